"""What a page shows can be typed: every field posted back unchanged changes nothing, and every figure beside its field is
read as itself, in every language of the product."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin.advisor.policy.pools import Pool
from plugin.advisor.policy.settings import SideRule
from plugin.domain import Money, RulingKind
from plugin.services.core import Core
from plugin.services.cycle import budgets, exceptions, life
from plugin.services.cycle.budgets import Options
from plugin.services.decision import deciding
from plugin.services.decision.deciding import Choice
from plugin.services.evidence import catalogue_files
from plugin.store import tables
from plugin.texts import LOCALES
from tests.small_company import Company, draft_cycle
from tests.web import catalogue_world
from tests.web.conftest import Visitor
from tests.web.forms import Page

PEOPLE = ("dana@example.com", "hana@example.com", "anil@example.com")
MOST_PAGES = 60
FIGURE = re.compile(
    r"[\u2212-]?(?:[€$]|[A-Z]{3}\xa0)?[0-9](?:[0-9.,\u202f\xa0]*[0-9])?(?:[\u202f\xa0]?[%€])?"
)
# A post leaves its mark in these although it changes nothing.
MARKS = {"audit", "account", "heartbeat", "slot", "task"}
STAMPS = {"version", "updated_at", "budget_changed_at", "decided_at", "made_at", "before"}


@pytest.fixture
def full(core: Core, company: Company, cycle_id: int) -> int:
    """An open cycle with every figure that a page can set, none of them round; a draft beside it."""
    hr = company.hr
    pools = (
        Pool("Firm", None, Money(Decimal("70000.5"), "EUR")),
        Pool("Platform", "Firm", None, Decimal("3.25"), Decimal("3.125")),
        Pool("*", "Firm"),
    )
    budgets.set_pools(core, hr, cycle_id, pools)
    budgets.set_options(
        core, hr, cycle_id, Options(minimum_pool=Decimal("90000.25"), adjustment_pool=Decimal(1500))
    )
    rule = SideRule("*", "level", "E2", Money(Decimal(1000), "EUR"), Money(Decimal("12345.67"), "EUR"))
    budgets.add_side_rule(core, hr, cycle_id, rule)
    ruling = exceptions.NewRuling(
        company["Ada Example"], RulingKind.MARKET, Decimal("1.5"), "Below the market"
    )
    exceptions.rule(core, hr, cycle_id, ruling)
    draft_cycle(
        core,
        company,
        name="Draft",
        budget_percent=Decimal("4.45"),
        rates={"USD": "0.0000573", "GBP": "1.170"},
    )
    return cycle_id


def visitor(app: Flask, email: str, language: str) -> Visitor:
    someone = Visitor(app.test_client())
    assert someone.sign_in(email).status_code == 303
    someone.get(f"/?lang={language}")
    return someone


def stored(core: Core) -> dict[str, list[sa.Row[*tuple[object, ...]]]]:
    """All that is stored, without marks and stamps."""
    with core.database.reading() as tx:
        return {
            table.name: sorted(
                tx.execute(sa.select(*(one for one in table.c if one.name not in STAMPS))).all(),
                key=repr,
            )
            for table in tables.metadata.sorted_tables
            if table.name not in MARKS
        }


def pages(someone: Visitor, start: str = "/") -> Iterator[tuple[str, Page]]:
    waiting, seen = [start, "/cycles", "/team"], set[str]()
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0)
        if address in seen or "lang=" in address or "sign-out" in address or "/static/" in address:
            continue
        seen.add(address)
        response = someone.client.get(address, follow_redirects=True)
        if response.mimetype == "text/html" and response.status_code == 200:
            page = Page(response.get_data(as_text=True))
            yield response.request.path, page
            waiting.extend(page.links)
        response.close()


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("email", PEOPLE)
def test_a_field_that_is_sent_back_as_shown_changes_nothing(
    app: Flask, core: Core, company: Company, full: int, email: str, language: str
) -> None:
    if email == "dana@example.com":
        choice = Choice(percent=Decimal("4.35"), reason_code="market", note="Agreed")
        deciding.decide(core, company.dana, full, company["Ben Sample"], choice)
    someone, before, sent = visitor(app, email, language), stored(core), list[str]()
    for address, page in pages(someone):
        for form in page.forms:
            if form.method == "post" and form.typed:
                answer = someone.client.post(form.action or address, data=form.data)
                assert answer.status_code in (200, 303, 422), (address, form)
                sent += form.typed
                assert stored(core) == before, (address, form.typed)
    needed = {"dana@example.com": "raise-", "hana@example.com": "budget_percent", "anil@example.com": ""}[
        email
    ]
    assert any(name.startswith(needed) for name in sent) or not needed


# --- figures beside their fields ------------------------------------------------------------------------------------


def figure(text: str) -> str:
    """The figure in a cell, with its sign and unit; "" when there is none."""
    found = FIGURE.search(text)
    return found[0] if found else ""


def cells(page: Page, first: str, columns: int) -> list[str]:
    """The row of a table of so many columns that begins with ``first``."""
    return next(row for row in page.rows if len(row) == columns and row[0].strip() == first)


def typed(kind: str, text: str) -> dict[str, str]:
    """Into the field for money or that for percent, as the unit says."""
    return {f"{kind}_percent" if "%" in text else kind: text}


@pytest.mark.parametrize("language", LOCALES)
def test_a_pool_s_figures_are_typed_as_they_are_shown(
    app: Flask, core: Core, full: int, language: str
) -> None:
    hana, address = visitor(app, "hana@example.com", language), f"/cycles/{full}/budget"
    page = Page(hana.get(address).get_data(as_text=True))
    before = budgets.state(core, full).plan
    for pool in before.pools[:2]:
        _, _, funding, prefill, _ = (figure(text) for text in cells(page, pool.code, 5))
        form = {"code": pool.code, "parent": pool.parent or "", **typed("funding", funding)}
        if pool.prefill_percent is not None:
            form |= typed("prefill", prefill)
        assert hana.post(f"{address}/pools", form).status_code == 303, (funding, prefill)
    after = budgets.state(core, full).plan.pools
    assert sorted(after, key=lambda one: one.code) == sorted(before.pools, key=lambda one: one.code)


@pytest.mark.parametrize("language", LOCALES)
def test_side_rules_and_rulings_are_typed_as_they_are_shown(
    app: Flask, core: Core, full: int, language: str
) -> None:
    hana, address = visitor(app, "hana@example.com", language), f"/cycles/{full}/budget"
    page = Page(hana.get(address).get_data(as_text=True))
    rules, (ruling,) = budgets.state(core, full).plan.side_rules, exceptions.listed(core, full)
    row = next(row for row in page.rows if len(row) == 5 and "E2" in row[1])
    form = {
        "pool": "*",
        "field": "level",
        "value": "E2",
        "at_least": figure(row[2]),
        "at_most": figure(row[3]),
    }
    assert hana.post(f"{address}/rules", form).status_code == 303, form
    assert budgets.state(core, full).plan.side_rules == rules
    percent = figure(cells(page, "Ada Example", 5)[1])
    form = {"person": "Ada Example", "kind": "market", "percent": percent, "note": ruling.note}
    assert hana.post(f"/cycles/{full}/rulings", form).status_code == 303, form
    assert [one.percent for one in exceptions.listed(core, full)] == [ruling.percent]


@pytest.mark.parametrize("language", LOCALES)
def test_a_cycle_s_budget_is_typed_as_the_list_shows_it(
    app: Flask, core: Core, company: Company, full: int, language: str
) -> None:
    hana = visitor(app, "hana@example.com", language)
    (draft,) = (one for one in life.listed(core) if one.name == "Draft")
    page = Page(hana.get("/cycles").get_data(as_text=True))
    shown = figure(cells(page, "Draft", 6)[5])
    edit = Page(hana.get(f"/cycles/{draft.id}/edit").get_data(as_text=True))
    form = next(one for one in edit.forms if "budget_percent" in one.data)
    form.data["budget_percent"] = [shown]
    answer = hana.client.post(form.action or f"/cycles/{draft.id}/edit", data=form.data)
    assert answer.status_code == 303, shown
    assert life.get(core, draft.id).budget_percent == draft.budget_percent == Decimal("4.45")
    assert life.get(core, draft.id).rates == draft.rates


@pytest.mark.parametrize("language", LOCALES)
def test_a_raise_given_as_money_is_read_back_from_its_field(
    app: Flask, core: Core, company: Company, full: int, language: str
) -> None:
    ben, team = company["Ben Sample"], f"/team/{full}/{company['Dana Lead']}"
    deciding.decide(
        core, company.dana, full, ben, Choice(amount=Decimal("2345.67"), reason_code="market", note="Agreed")
    )
    dana, before = visitor(app, "dana@example.com", language), stored(core)
    page = Page(dana.get(f"{team}?open={ben}").get_data(as_text=True))
    form = next(one for one in page.forms if f"amount-{ben}" in one.data)
    assert "2345" in re.sub(r"\D", "", unmarked(form.data[f"amount-{ben}"][0]))
    answer = dana.post(
        f"{team}/people/{ben}?by=amount", {name: values[0] for name, values in form.data.items()}, htmx=team
    )
    assert answer.status_code == 200
    assert stored(core) == before


def unmarked(text: str) -> str:
    """With the digits that a program writes."""
    return "".join(str(unicodedata.digit(sign)) if sign.isdigit() else sign for sign in text)


def test_what_was_meant_by_an_amount_of_two_meanings_is_asked(app: Flask, core: Core, full: int) -> None:
    before = budgets.state(core, full).plan
    for language, text in (("en", "70.000"), ("de", "70,000"), ("ar", "70.000")):
        hana = visitor(app, "hana@example.com", language)
        hana.get(f"/cycles/{full}/budget")
        answer = hana.post(f"/cycles/{full}/budget/pools", {"code": "Firm", "funding": text})
        assert answer.status_code == 422
    assert budgets.state(core, full).plan == before


# --- files ----------------------------------------------------------------------------------------------------------


def test_the_catalogue_s_file_is_read_back_as_it_was_written(core: Core, company: Company) -> None:
    world = catalogue_world.extend(core, company)
    before = [one for one in catalogue_files.export_entries(core).splitlines() if ",decided," in one]
    assert world.decided
    assert before
    done = catalogue_files.import_entries(core, company.hr, catalogue_files.export_entries(core))
    assert done.rows >= len(before)
    after = [one for one in catalogue_files.export_entries(core).splitlines() if ",decided," in one]
    assert set(before) <= set(after)
