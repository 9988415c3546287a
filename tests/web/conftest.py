"""A signed-in browser without a browser: forms are sent with the token of the page that they stand on."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.services.core import Core
from plugin.services.operation.rate_limit import Buckets
from plugin.web.api import caller
from plugin.web.scim import serving
from tests.conftest import FrozenClock, app_over
from tests.small_company import PASSWORD, Company
from tests.template_format import flat
from tests.web import admin_world
from tests.worlds import World, Worlds, stage_of


def _flat(response: TestResponse) -> TestResponse:
    """Where a template's lines end is no fact that a test may rest on."""
    if response.mimetype == "text/html" and not response.direct_passthrough:
        response.set_data(flat(response.get_data(as_text=True)))
    return response


@dataclass
class Visitor:
    """One person at one browser."""

    client: FlaskClient
    token: str = ""

    def get(self, address: str, **headers: str) -> TestResponse:
        response = _flat(self.client.get(address, headers=headers))
        found = re.search(r'name="csrf_token" value="([^"]+)"', response.get_data(as_text=True))
        response.close()
        if found:
            self.token = html.unescape(found[1])
        return response

    def post(
        self, address: str, data: Mapping[str, object] | None = None, *, htmx: str | None = None
    ) -> TestResponse:
        """``htmx`` is the address of the page that the request comes from."""
        headers = {} if htmx is None else {"HX-Request": "true", "HX-Current-URL": f"http://localhost{htmx}"}
        sent = {"csrf_token": self.token, **(data or {})}
        return _flat(self.client.post(address, data=sent, headers=headers))

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
        self.get("/sign-in")
        return self.post("/sign-in", {"email": email, "password": password, **more})


@pytest.fixture(autouse=True)
def _as_fast_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (caller, serving):
        monkeypatch.setattr(module, "PER_ACCOUNT", Buckets(rate=10_000, burst=10_000))


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> str:
    """What the world holds already when the test begins."""
    return stage_of(request.fixturenames)


@pytest.fixture(params=["sqlite", "postgresql"])
def ground(
    request: pytest.FixtureRequest,
    worlds_on: Callable[[str], Worlds],
    stage: str,
    clock: FrozenClock,
    tmp_path: Path,
) -> Iterator[tuple[Core, World]]:
    """Every test of the pages and of the API, on both databases."""
    with worlds_on(request.param).copied(stage, clock, tmp_path) as (core, world):
        yield core, world


@pytest.fixture
def core(ground: tuple[Core, World]) -> Core:
    return ground[0]


@pytest.fixture
def app(core: Core) -> Flask:
    return app_over(core)


@pytest.fixture
def world(ground: tuple[Core, World]) -> admin_world.World:
    """What an admin sees; the module's stage is ``admin-N``."""
    made = ground[1].admin
    assert made is not None
    return made


@pytest.fixture
def company(ground: tuple[Core, World]) -> Company:
    made = ground[1].company
    assert made is not None
    return made


@pytest.fixture
def cycle_id(ground: tuple[Core, World]) -> int:
    made = ground[1].cycle_id
    assert made is not None
    return made


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())


def signed_in(app: Flask, email: str, password: str = PASSWORD) -> Visitor:
    someone = Visitor(app.test_client())
    assert someone.sign_in(email, password).status_code == 303
    return someone


@pytest.fixture
def dana(app: Flask, company: Company) -> Visitor:
    return signed_in(app, "dana@example.com")


@pytest.fixture
def rosa(app: Flask, company: Company) -> Visitor:
    return signed_in(app, "rosa@example.com")


@pytest.fixture
def omar(app: Flask, company: Company) -> Visitor:
    return signed_in(app, "omar@example.com")


@pytest.fixture
def hana(app: Flask, company: Company) -> Visitor:
    return signed_in(app, "hana@example.com")
