"""A stored secret goes to the address that it was entered for and to no other, by whichever way somebody tries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask, request

from plugin import manifest
from plugin.app import create_app
from plugin.domain import Role
from plugin.errors import InvalidInput, Tampered
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, api_tokens
from plugin.services.sources import connection_setup, run_requests, sync
from plugin.testing.serving import serve
from plugin.vault import Secret, Vault

CANARY = "canary-secret-2718281828"


@dataclass
class Host:
    """Writes down what it is sent."""

    base_url: str
    seen: list[str] = field(default_factory=list)


def _host(seen: list[str]) -> Flask:
    app = Flask("host")

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def any_call(path: str) -> tuple[dict[str, object], int]:
        seen.append(f"{request.headers} {request.get_data(as_text=True)}")
        return {"statements": [], "more": ""}, 200

    return app


@pytest.fixture
def ours() -> Iterator[Host]:
    seen: list[str] = []
    with serve(_host(seen)) as served:
        yield Host(served.base_url, seen)


@pytest.fixture
def theirs() -> Iterator[Host]:
    seen: list[str] = []
    with serve(_host(seen)) as served:
        yield Host(served.base_url, seen)


def _settings(host: Host, **more: object) -> dict[str, object]:
    return {"endpoint": host.base_url, "username": "u", "networks": ["127.0.0.0/8"], **more}


@pytest.fixture
def connection_id(any_core: Core, ours: Host) -> int:
    return connection_setup.add(
        any_core, SYSTEM, connector="xapi_lrs", name="LRS", settings=_settings(ours, password=CANARY)
    )


def _version(core: Core, connection_id: int) -> int:
    return connection_setup.shown(core, connection_id).connection.version


def _sent(host: Host) -> bool:
    from base64 import b64encode

    return any(b64encode(f"u:{CANARY}".encode()).decode() in call for call in host.seen)


def test_the_secret_goes_where_it_was_entered_for(any_core: Core, connection_id: int, ours: Host) -> None:
    connection_setup.check(any_core, connection_id)
    assert _sent(ours)


@pytest.mark.parametrize("left_empty", [{}, {"password": ""}, {"password": None}])
def test_a_change_of_the_address_asks_for_the_secret_again(
    any_core: Core, connection_id: int, theirs: Host, left_empty: dict[str, object]
) -> None:
    version = _version(any_core, connection_id)
    for attempt in (
        lambda: connection_setup.change(
            any_core, SYSTEM, connection_id, version, name="LRS", settings=_settings(theirs, **left_empty)
        ),
        lambda: connection_setup.check_change(any_core, connection_id, _settings(theirs, **left_empty)),
    ):
        with pytest.raises(InvalidInput) as caught:
            attempt()
        assert "another address" in caught.value.fields["password"]
    connection_setup.check(any_core, connection_id)
    assert theirs.seen == []


def test_with_the_secret_entered_again_it_moves(any_core: Core, connection_id: int, theirs: Host) -> None:
    connection_setup.change(
        any_core, SYSTEM, connection_id, 1, name="LRS", settings=_settings(theirs, password=CANARY)
    )
    connection_setup.check(any_core, connection_id)
    assert _sent(theirs)


@pytest.mark.parametrize(
    "same",
    ["HTTPS://LRS.example.com/xapi", "https://lrs.example.com:443/xapi/", "https://lrs.example.com/xapi"],
)
def test_the_same_address_written_otherwise_asks_for_nothing(any_core: Core, same: str) -> None:
    settings = {"endpoint": "https://lrs.example.com/xapi", "username": "u", "password": CANARY}
    added = connection_setup.add(any_core, SYSTEM, connector="xapi_lrs", name="LRS", settings=settings)
    changed = {"endpoint": same.replace("HTTPS", "https"), "username": "v"}
    connection_setup.change(any_core, SYSTEM, added, 1, name="LRS", settings=changed)
    with any_core.database.reading() as tx:
        stored = tx.exec_driver_sql("SELECT ciphertext FROM connection_secret").scalar_one()
    found = connection_setup.shown(any_core, added)
    to = manifest.binding(found.manifest, found.connection.settings)
    assert any_core.vault.open(stored, to=to) == Secret(CANARY)


@pytest.mark.parametrize(
    "other",
    [
        "http://lrs.example.com/xapi", "https://lrs.example.com:8443/xapi", "https://lrs.example.com/other",
        "https://lrs.example.com.evil.example/xapi", "https://evil.example/xapi",
    ],
)  # fmt: skip
def test_every_other_address_asks(any_core: Core, other: str) -> None:
    settings = {"endpoint": "https://lrs.example.com/xapi", "username": "u", "password": CANARY}
    added = connection_setup.add(any_core, SYSTEM, connector="xapi_lrs", name="LRS", settings=settings)
    with pytest.raises(InvalidInput):
        connection_setup.change(
            any_core, SYSTEM, added, 1, name="LRS", settings={"endpoint": other, "username": "u"}
        )


def test_settings_written_past_us_send_it_nowhere(any_core: Core, connection_id: int, theirs: Host) -> None:
    """A row changed in the database, or put back from another dump."""
    changed = json.dumps({**_settings(theirs), "page_size": 200})
    with any_core.database.transaction() as tx:
        assert "'" not in changed
        tx.exec_driver_sql(f"UPDATE connection SET settings = '{changed}'")  # of our own making
    probes = connection_setup.check(any_core, connection_id)
    assert [(one.ok, one.remedy) for one in probes] == [(False, "enter the secret again")]
    with pytest.raises(Tampered):
        connection_setup.discover(any_core, connection_id)
    run_id = run_requests.request_run(any_core, SYSTEM, connection_id)
    sync.perform_next(any_core, run_id=run_id)
    assert theirs.seen == []


def test_page_and_api_ask_too(any_core: Core, connection_id: int, theirs: Host) -> None:
    account = account_setup.add_account(
        any_core,
        SYSTEM,
        email="hana@example.com",
        display_name="Hana",
        password="a long enough password",
        roles=[Role.HR_ADMIN],
    )
    token = api_tokens.make(any_core, SYSTEM, account_id=account, name="t").reveal()
    client = create_app(any_core).test_client()
    body = {"connector": "xapi_lrs", "name": "LRS", "version": 1, "settings": _settings(theirs)}
    answer = client.put(
        f"/api/v1/connections/{connection_id}", json=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 409  # the values are well-formed; they do not fit what is stored
    assert "another address" in answer.get_data(as_text=True)
    with client.session_transaction() as session:
        session["csrf"] = "t"
    client.post(
        "/sign-in",
        data={"csrf_token": "t", "email": "hana@example.com", "password": "a long enough password"},
    )
    with client.session_transaction() as session:
        session["csrf"] = "t"
    form = {
        "csrf_token": "t",
        "name": "LRS",
        "version": "1",
        "s-endpoint": theirs.base_url,
        "s-username": "u",
    }
    form |= {"s-networks": "127.0.0.0/8", "s-languages": "en", "s-page_size": "200"}
    for do in ("test", "save"):
        page = client.post(f"/admin/connections/{connection_id}/settings", data={**form, "do": do})
        assert page.status_code == 422
        assert "another address" in page.get_data(as_text=True)
    assert theirs.seen == []


def test_a_secret_of_another_connection_opens_in_none(any_core: Core) -> None:
    vault = Vault(any_core.settings.vault_keys)
    sealed = vault.seal(Secret(CANARY), to="a")
    assert vault.open(sealed, to="a") == Secret(CANARY)
    for to in ("b", ""):
        with pytest.raises(Tampered):
            vault.open(sealed, to=to)
    assert vault.open(vault.seal(Secret(CANARY)), to="b") == Secret(CANARY)  # of before this release
    assert vault.is_readable(sealed)


def test_every_connector_with_a_secret_that_it_sends_says_where_to() -> None:
    """A new connector fails here until one of its settings is an address or says ``destination``."""
    inbound_only = {"xapi_receiver"}
    for path in sorted(Path(manifest.__file__).parents[2].glob("manifests/connectors/*.json")):
        declared = manifest.manifest_of(path.stem)
        if declared.secret_names and declared.slug not in inbound_only:
            assert any(one.destination for one in declared.settings), declared.slug
        for one in declared.settings:
            if one.name in ("host", "port", "server", "domain", "site", "tenant", "host_key"):
                assert one.destination, (declared.slug, one.name)
