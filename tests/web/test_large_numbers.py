"""Numbers that no row can have, in every address and question of the pages: a page or a refusal, never a fault of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing.converters import NumberConverter

import plugin.web
from plugin.domain import Role
from plugin.domain.ids import LARGEST_ID, known_id
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup
from plugin.web import auth
from plugin.web.record_ids import RecordId
from tests.small_company import PASSWORD, Company
from tests.web.conftest import Visitor
from tests.web.whole_world import OPERATOR, WHO

HUGE = "1" + "0" * 30
IN_SOURCE = re.compile(r'(?:args\.get|\bnumber|args\.getlist)\(\s*"(\w+)"')


def _asked() -> list[str]:
    """The name of every parameter that a view reads from its address."""
    root = Path(plugin.web.__file__).parent
    found = {name for path in root.rglob("*.py") for name in IN_SOURCE.findall(path.read_text("utf-8"))}
    assert found >= {"page", "cycle", "before", "open", "first", "after"}
    return sorted(found)


def _addresses(app: Flask, ids: dict[str, int | str], number: str) -> Iterator[tuple[str, Role]]:
    asked = "&".join(f"{name}={number}" for name in _asked())
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint.startswith(("static", "scim", "lrs")):
            continue
        access = auth.access_of(app, rule.endpoint)
        role = (
            min(access & WHO.keys())
            if isinstance(access, frozenset) and access & WHO.keys()
            else Role.HR_ADMIN
        )
        for large in [None, *sorted(rule.arguments)]:
            values = {name: number if name == large else str(ids.get(name, 1)) for name in rule.arguments}
            address = re.sub(
                r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda found, given=values: given[found[1]], rule.rule
            )
            yield f"{address}?{asked}", role


@pytest.mark.parametrize("number", [HUGE, str(LARGEST_ID)], ids=["huge", "largest"])
def test_no_page_fails_on_a_number(
    app: Flask, core: Core, company: Company, cycle_id: int, number: str
) -> None:
    account_setup.add_account(
        core, SYSTEM, email=OPERATOR, display_name="Olaf", password=PASSWORD, roles=[Role.OPERATOR]
    )
    who = {role: Visitor(app.test_client()) for role in WHO}
    for role, visitor in who.items():
        assert visitor.sign_in(WHO[role]).status_code == 303
    ids: dict[str, int | str] = {
        "cycle_id": cycle_id,
        "manager_id": company["Dana Lead"],
        "person_id": company["Ada Example"],
        "slug": "csv_folder",
        "filename": "app.css",
    }
    with app.test_request_context():
        addresses = list(_addresses(app, ids, number))
    assert len(addresses) > 100
    addresses += [(f"/approvals/{odd}/1?page={odd}", Role.MANAGER) for odd in ("\u00b2", "9" * 5000)]
    failed = [address[:120] for address, role in addresses if who[role].get(address).status_code >= 500]
    assert failed == []


def test_every_number_in_an_address_is_read_in_one_way(app: Flask) -> None:
    numbers = {
        (rule.rule, type(converter))
        for rule in app.url_map.iter_rules()
        for converter in rule._converters.values()
        if isinstance(converter, NumberConverter)
    }
    assert len(numbers) > 80
    assert {kind for _rule, kind in numbers} == {RecordId}


def test_forms_refuse_numbers_that_no_row_has(
    dana: Visitor, rosa: Visitor, company: Company, cycle_id: int
) -> None:
    page, pid = f"/team/{cycle_id}/{company['Dana Lead']}", company["Ada Example"]
    dana.get(page)
    for number in (HUGE, "\u00b2", str(LARGEST_ID)):
        row = {f"raise-{pid}": "5.0", f"version-{pid}": number}
        assert dana.post(f"{page}/people/{pid}", row, htmx=page).status_code == 409, number
        assert dana.post(f"{page}/people/{pid}/undo", row, htmx=page).status_code in (409, 422), number
        open_why = f"{page}?open={number}"
        assert dana.post(f"{page}/people/{pid}", {f"raise-{pid}": "x"}, htmx=open_why).status_code == 422
    approval = f"/approvals/{cycle_id}/{company['Dana Lead']}"
    rosa.get(approval)
    for number in (HUGE, "\u00b2"):
        assert rosa.post(approval, {"people": number, "do": "approve"}).status_code == 404, number


@pytest.mark.parametrize("text", ["", "\u00b2", "-1", " 1", "1_0", "1.0", "9" * 17, str(LARGEST_ID + 1)])
def test_what_is_no_id(text: str) -> None:
    assert known_id(text) is None
    assert known_id(str(LARGEST_ID)) == LARGEST_ID
