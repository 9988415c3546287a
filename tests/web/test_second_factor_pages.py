"""The second step of the sign-in in the browser: nothing opens before it, and it can be set up on the way in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pyotp
import pytest
from flask import Flask

from plugin.services.core import Core
from tests.conftest import FrozenClock
from tests.small_company import Company
from tests.web.conftest import Visitor

HANA = "hana@example.com"


def _text(answer: object) -> str:
    return str(answer.get_data(as_text=True))  # type: ignore[attr-defined]


def _set_up(visitor: Visitor, core: Core) -> tuple[str, list[str]]:
    """The secret and the recovery codes."""
    visitor.get("/account/second-factor")
    assert visitor.post("/account/second-factor/begin", {"next": "/how"}).status_code == 303
    page = _text(visitor.get("/account/second-factor?next=/how"))
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", page)
    assert secret
    assert "<svg" in page
    assert "style=" not in page
    code = pyotp.TOTP(secret[1]).at(core.clock())
    done = visitor.post("/account/second-factor/confirm", {"code": code, "next": "/how"})
    assert done.headers["Cache-Control"] == "no-store"
    codes = re.findall(r"<li><code>([a-z2-9-]{19})</code>", _text(done))
    assert 'href="/how"' in _text(done)
    return secret[1], codes


@pytest.fixture
def strict(app: Flask, core: Core) -> Iterator[Core]:
    """HR admins need a second factor."""
    changed = replace(core, settings=replace(core.settings, second_factor_roles=("hr_admin",)))
    app.extensions["core"] = changed
    yield changed
    app.extensions["core"] = core


def test_no_page_opens_before_the_code(app: Flask, core: Core, hana: Visitor, clock: FrozenClock) -> None:
    secret, codes = _set_up(hana, core)
    assert len(codes) == 10
    assert hana.get("/account").status_code == 200
    clock.advance(minutes=2)
    again = Visitor(app.test_client())
    assert again.sign_in(HANA, next="/how").headers["Location"] == "/how"
    for address in ("/how", "/account", "/admin", "/account/second-factor"):
        assert again.get(address).status_code in (303, 401), address
    assert again.get("/how").headers["Location"] == "/sign-in/code?next=/how"
    assert again.client.get("/api/v1/connections").status_code == 401
    again.get("/sign-in/code?next=/how")
    for act in ("begin", "confirm"):
        assert again.post(f"/account/second-factor/{act}", {"code": codes[0]}).status_code == 401
    wrong = again.post("/sign-in/code", {"code": "000000", "next": "/how"})
    assert wrong.status_code == 401
    assert "Enter the newest code of your app" in html.unescape(_text(wrong))
    right = again.post("/sign-in/code", {"code": pyotp.TOTP(secret).at(core.clock()), "next": "/how"})
    assert right.headers["Location"] == "/how"
    assert again.get("/how").status_code == 200
    assert again.get("/sign-in/code").status_code == 401


def test_a_half_sign_in_can_be_cancelled(app: Flask, core: Core, hana: Visitor, clock: FrozenClock) -> None:
    _set_up(hana, core)
    again = Visitor(app.test_client())
    again.sign_in(HANA)
    again.get("/sign-in/code")
    assert again.post("/sign-out").status_code == 303
    assert again.get("/how").headers["Location"].startswith("/sign-in?")


def test_many_wrong_codes_are_slowed_with_429(app: Flask, core: Core, hana: Visitor) -> None:
    _set_up(hana, core)
    again = Visitor(app.test_client())
    again.sign_in(HANA)
    again.get("/sign-in/code")
    assert [again.post("/sign-in/code", {"code": "1"}).status_code for _ in range(6)] == [401] * 5 + [429]


def test_a_role_that_requires_it_sets_it_up_on_the_way_in(
    app: Flask, company: Company, strict: Core, clock: FrozenClock
) -> None:
    someone = Visitor(app.test_client())
    someone.sign_in(HANA, next="/how")
    assert someone.get("/how").headers["Location"] == "/account/second-factor?next=/how"
    assert "Your role requires a second factor." in _text(someone.get("/account/second-factor"))
    _set_up(someone, strict)
    assert someone.get("/how").status_code == 200
    assert "Remove second factor" not in _text(someone.get("/account/second-factor"))
    manager = Visitor(app.test_client())
    manager.sign_in("dana@example.com")
    assert manager.get("/how").status_code == 200


def test_another_hr_admin_resets_it(
    app: Flask, core: Core, company: Company, hana: Visitor, clock: FrozenClock
) -> None:
    from plugin.domain import Role
    from plugin.services.core import SYSTEM
    from plugin.services.people import account_setup
    from tests.small_company import PASSWORD

    _set_up(hana, core)
    added = account_setup.add_account(
        core, SYSTEM, email="h2@example.com", display_name="H2", password=PASSWORD, roles=[Role.HR_ADMIN]
    )
    assert added
    owner = next(one.id for one in account_setup.page(core) if one.email == HANA)
    address = f"/admin/accounts/{owner}"
    assert "Reset second factor" not in _text(hana.get(address))
    assert hana.post(f"{address}/second-factor/reset").status_code == 403
    other = Visitor(app.test_client())
    other.sign_in("h2@example.com")
    assert "Reset second factor" in _text(other.get(address))
    assert other.post(f"{address}/second-factor/reset").status_code == 303
    assert hana.get("/how").headers["Location"].startswith("/sign-in?")
    again = Visitor(app.test_client())
    again.sign_in(HANA)
    assert again.get("/how").status_code == 200
