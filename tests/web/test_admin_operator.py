"""The operator's pages: audit log, accounts, API tokens, system."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from plugin.domain import AccountFinding, JsonObject
from plugin.services.core import Core
from plugin.services.people import api_tokens
from plugin.store.people import account_findings
from tests.web.admin_world import HR, MANAGER, OPERATOR, PASSWORD, World
from tests.web.conftest import Visitor


@pytest.fixture
def olaf(app: Flask, world: World) -> Visitor:
    someone = Visitor(app.test_client())
    assert someone.sign_in(OPERATOR, PASSWORD).status_code == 303
    someone.get("/admin/system")
    return someone


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def rows(page: str) -> int:
    return page.count('<tr role="row">') - page.count("<thead")


def test_audit_log_is_filtered(olaf: Visitor) -> None:
    everything = rows(text_of(olaf.get("/admin/audit")))
    some = text_of(olaf.get("/admin/audit?action=endpoint.add"))
    assert rows(some) == 2
    assert everything > 10
    assert rows(text_of(olaf.get("/admin/audit?subject=connection:1&action=connection.add"))) == 1


def test_details_of_the_audit_log_are_in_the_readers_language(olaf: Visitor, core: Core) -> None:
    from plugin.store.operation import audits

    detail: JsonObject = {"roles": ["hr_admin", "operator"], "every_minutes": 15, "sinks": []}
    with core.database.transaction() as tx:
        audits.append(tx, core.clock(), "system", "made.up", "thing:1", detail)
    page = text_of(olaf.get("/admin/audit?action=made.up", **{"Accept-Language": "de"}))
    assert "Abstand in Minuten: 15; Rollen: HR-Administration und Betrieb; Schreibzugriffe: keine" in page


def test_audit_log_is_paged(olaf: Visitor, core: Core) -> None:
    from plugin.store.operation import audits

    with core.database.transaction() as tx:
        for n in range(60):
            audits.append(tx, core.clock(), "system", "made.up", f"thing:{n}")
    first = text_of(olaf.get("/admin/audit?action=made.up"))
    found = re.search(r'href="([^"]+)">Next 50', first)
    assert found is not None
    second = text_of(olaf.get(found[1].replace("&amp;", "&")))
    assert (rows(first), rows(second)) == (50, 10)
    assert "thing:0<" in second
    assert "First page" in second


def test_chain_is_proved_and_a_change_shows(olaf: Visitor, core: Core) -> None:
    import sqlalchemy as sa

    assert "The chain is intact." in text_of(olaf.get("/admin/audit?check=1"))
    with core.database.transaction() as tx:
        tx.execute(sa.text("UPDATE audit SET actor = 'nobody' WHERE seq = 3"))
    assert "The chain is broken at entry 3." in text_of(olaf.get("/admin/audit?check=1"))


def test_account_is_made_and_can_sign_in(olaf: Visitor, app: Flask) -> None:
    data: dict[str, object] = {
        "email": "new@example.com",
        "display_name": "New Person",
        "password": "a first password",
        "roles": ["hr_admin", "manager"],
    }
    answer = olaf.post("/admin/accounts/add", data)
    assert answer.status_code == 303
    page = text_of(olaf.get(answer.headers["Location"]))
    assert "HR admin, Manager" in page
    assert Visitor(app.test_client()).sign_in("new@example.com", "a first password").status_code == 303


def test_wrong_account_is_told_beside_its_fields(olaf: Visitor) -> None:
    answer = olaf.post("/admin/accounts/add", {"email": "x", "password": "short"})
    text = text_of(answer)
    assert answer.status_code == 422
    for field in ("email", "password", "roles"):
        assert f'id="{field}-error"' in text
    assert "short<" not in text
    assert 'value="short"' not in text


def test_manager_account_is_linked_to_the_employee(olaf: Visitor, core: Core, world: World) -> None:
    account = world.accounts[MANAGER]
    page = text_of(olaf.get(f"/admin/accounts/{account}?q=ada"))
    found = re.search(r'name="person_id" value="(\d+)"', page)
    assert found is not None
    olaf.post(f"/admin/accounts/{account}/person", {"person_id": found[1]})
    assert "Ada Example" in text_of(olaf.get(f"/admin/accounts/{account}"))
    olaf.post(f"/admin/accounts/{account}/person", {"person_id": ""})
    assert "Not linked." in text_of(olaf.get(f"/admin/accounts/{account}"))


def test_link_to_nobody_is_not_found(olaf: Visitor, world: World) -> None:
    account = world.accounts[MANAGER]
    assert olaf.post(f"/admin/accounts/{account}/person", {"person_id": "999"}).status_code == 404


def test_ended_sessions_end_at_once(olaf: Visitor, app: Flask, world: World) -> None:
    hana = Visitor(app.test_client())
    hana.sign_in(HR, PASSWORD)
    assert hana.get("/admin").status_code == 200
    olaf.post(f"/admin/accounts/{world.accounts[HR]}/end-sessions")
    assert hana.get("/admin").status_code == 303


def test_own_sessions_end_with_a_sign_out(olaf: Visitor, world: World) -> None:
    answer = olaf.post(f"/admin/accounts/{world.accounts[OPERATOR]}/end-sessions")
    assert answer.headers["Location"].startswith("/sign-in")
    assert olaf.get("/admin/system").status_code == 303


def test_token_is_shown_once_works_and_is_revoked(
    olaf: Visitor, app: Flask, core: Core, world: World
) -> None:
    data = {
        "account_id": str(world.accounts[HR]),
        "name": "export",
        "days": "30",
        "scopes": "read:connections",
    }
    made = text_of(olaf.post("/admin/tokens/add", data))
    found = re.search(r'value="(ra_[^"]+)"', made)
    assert found is not None
    headers = {"Authorization": f"Bearer {found[1]}"}
    client = app.test_client()
    assert client.get("/api/v1/connections", headers=headers).status_code == 200
    assert found[1] not in text_of(olaf.get("/admin/tokens"))
    token = api_tokens.page(core, world.accounts[HR])[0]
    olaf.post(f"/admin/tokens/{token.id}/revoke")
    assert client.get("/api/v1/connections", headers=headers).status_code == 401
    assert "Revoked" in text_of(olaf.get("/admin/tokens"))


@pytest.mark.parametrize(
    ("account", "name", "days", "field"),
    [("", "x", "30", "account_id"), ("1", "", "30", "name"), ("1", "x", "0", "days"), ("1", "x", "9999", "days"), ("1", "x", "many", "days")],
)  # fmt: skip
def test_wrong_token_is_told_beside_the_field(
    olaf: Visitor, account: str, name: str, days: str, field: str
) -> None:
    answer = olaf.post("/admin/tokens/add", {"account_id": account, "name": name, "days": days})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in text_of(answer)


def test_system_page_masks_secrets_and_names_findings(olaf: Visitor, core: Core) -> None:
    page = text_of(olaf.get("/admin/system"))
    assert "ADVISOR_SECRET_KEY" in page
    assert core.settings.secret_key not in page
    assert "the chain is intact" in page
    assert "worker:host.example:1" in page


def test_connections_are_tested_only_when_asked(olaf: Visitor) -> None:
    assert "Connection Learning records" not in text_of(olaf.get("/admin/system"))
    assert "Connection Learning records" in text_of(olaf.post("/admin/system"))


def test_account_page_of_nobody_is_not_found(olaf: Visitor) -> None:
    assert olaf.get("/admin/accounts/999").status_code == 404


def test_guesses_at_an_account_are_told_and_lock_nobody(olaf: Visitor, core: Core, world: World) -> None:
    from plugin.errors import NotAllowed
    from plugin.services.people import guessing, signing_in
    from plugin.services.people.sessions import Browser

    for i in range(guessing.ACCOUNT.free):
        with pytest.raises(NotAllowed):
            signing_in.with_password(core, HR, "a wrong password", Browser(f"127.0.{i}.1"))
    assert "Wrong passwords" in text_of(olaf.get("/admin/accounts"))
    page = text_of(olaf.get(f"/admin/accounts/{world.accounts[HR]}"))
    assert "20 wrong passwords lately." in page
    assert "A new browser can try again in 6 seconds." in page


def test_hr_ends_sessions_and_does_nothing_else_to_accounts(app: Flask, olaf: Visitor, world: World) -> None:
    hana = Visitor(app.test_client())
    hana.sign_in(HR, PASSWORD)
    address = f"/admin/accounts/{world.accounts[OPERATOR]}"
    page = text_of(hana.get(address))
    assert "Create a token" not in page
    found = re.search(rf'action="({address}/sessions/\d+/end)"', page)
    assert found is not None
    assert hana.post(found[1]).status_code == 303
    assert olaf.get("/admin/system").headers["Location"].startswith("/sign-in")
    assert hana.post(found[1]).status_code == 404
    for forbidden in ("/admin/accounts/add", f"{address}/person", "/admin/tokens/add"):
        assert hana.post(forbidden).status_code == 403


def test_hr_and_operators_see_what_an_identity_provider_sent_in_vain(
    app: Flask, olaf: Visitor, core: Core, world: World
) -> None:
    hana = Visitor(app.test_client())
    assert hana.sign_in(HR, PASSWORD).status_code == 303
    for visitor in (olaf, hana):
        assert "Everything that identity providers sent was taken." in text_of(
            visitor.get("/admin/accounts/findings")
        )
    subject = f"account:{world.accounts[MANAGER]}"
    with core.database.transaction() as tx:
        account_findings.put(tx, core.clock(), subject, AccountFinding.MANAGER_REFUSED, "<b>boss</b>")
    for visitor in (olaf, hana):
        assert "View what was not taken" in text_of(visitor.get("/admin/accounts"))
        page = text_of(visitor.get("/admin/accounts/findings"))
        assert "Manager not taken" in page
        assert "&lt;b&gt;boss" in page
        assert "manager_refused" not in page
