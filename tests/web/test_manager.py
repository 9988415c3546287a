"""The manager's pages by their HTML: what is shown, saved, refused and hidden, with and without a script."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from flask import Flask

from plugin.services.core import Core
from plugin.services.cycle import exceptions, recommending
from plugin.services.cycle.exceptions import NewRuling
from plugin.services.decision import deciding, sheet, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.payroll import listing
from plugin.store import tables
from tests.small_company import Company, fill, open_cycle, rename_badge
from tests.web.conftest import Visitor

HOSTILE = "</script><img src=x onerror=alert(1)>\"'{{7*7}}"


def _team(company: Company, cycle_id: int) -> str:
    return f"/team/{cycle_id}/{company['Dana Lead']}"


def _row(company: Company, cycle_id: int, name: str) -> str:
    return f"{_team(company, cycle_id)}/people/{company[name]}"


def _saved(core: Core, company: Company, cycle_id: int, name: str) -> sheet.Row:
    return worksheet.load(core, company.dana, cycle_id, company["Dana Lead"]).row(company[name])


def test_the_start_page_leads_a_manager_to_the_team(dana: Visitor, company: Company, cycle_id: int) -> None:
    assert dana.get("/").headers["Location"] == "/team"
    assert dana.get("/team").headers["Location"] == _team(company, cycle_id)


def test_the_page_shows_everybody_with_pay_recommendation_and_budget(
    dana: Visitor, company: Company, cycle_id: int
) -> None:
    text = dana.get(_team(company, cycle_id)).get_data(as_text=True)
    for shown in (
        "Ada Example",
        "€56,000",
        "0.90",
        "4 (Exceeds)",
        "Kubernetes Administrator",
        "5.7%",
        "€19,083",
    ):
        assert shown in text, shown
    assert "Sample Person 01" not in text
    assert "1 October" not in text
    assert (
        "Hired on 15 October 2026, after the cutoff of 30 September 2026. Not eligible in this cycle." in text
    )


def test_htmx_gets_the_row_and_everything_that_changes_with_it(
    dana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    page = _team(company, cycle_id)
    dana.get(page)
    pid = company["Ada Example"]
    response = dana.post(
        _row(company, cycle_id, "Ada Example"), {f"raise-{pid}": "5.0", f"version-{pid}": "0"}, htmx=page
    )
    text = response.get_data(as_text=True)
    assert response.status_code == 200
    assert "<html" not in text
    for part in (f'id="r-{pid}"', '#budget"', '#submitbar"', '#live"', '#show"', "new pay"):
        assert part in text, part
    assert "€58,800" in text
    assert _saved(core, company, cycle_id, "Ada Example").percent == Decimal(5)


def test_a_refused_figure_comes_back_in_its_row_with_the_words_and_what_was_typed(
    dana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    page, pid = _team(company, cycle_id), company["Ben Sample"]
    dana.get(page)
    for typed in ("9.9", "abc"):
        response = dana.post(
            _row(company, cycle_id, "Ben Sample"), {f"raise-{pid}": typed, f"version-{pid}": "0"}, htmx=page
        )
        text = response.get_data(as_text=True)
        assert response.status_code == 422
        assert f'value="{typed}"' in text
        assert 'aria-invalid="true"' in text
    assert _saved(core, company, cycle_id, "Ben Sample").percent is None


def test_an_outdated_row_is_a_409_with_the_row_as_it_is(
    dana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    page, pid = _team(company, cycle_id), company["Ada Example"]
    dana.get(page)
    deciding.decide(core, company.hr, cycle_id, pid, Choice(percent=Decimal("4.4")))
    response = dana.post(
        _row(company, cycle_id, "Ada Example"), {f"raise-{pid}": "5.0", f"version-{pid}": "0"}, htmx=page
    )
    assert response.status_code == 409
    assert 'value="4.4"' in response.get_data(as_text=True)


def test_money_can_be_typed_instead(dana: Visitor, core: Core, company: Company, cycle_id: int) -> None:
    page, pid = f"{_team(company, cycle_id)}?open={company['Ada Example']}", company["Ada Example"]
    dana.get(page)
    address = _row(company, cycle_id, "Ada Example") + "?by=amount"
    response = dana.post(address, {f"amount-{pid}": "2,900", f"version-{pid}": "0"}, htmx=page)
    assert response.status_code == 200
    assert f'id="d-{pid}"' in response.get_data(as_text=True)  # the open explanation is renewed too
    assert _saved(core, company, cycle_id, "Ada Example").percent == Decimal("5.18")


def test_without_a_script_the_whole_form_saves_and_goes_back(
    dana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    page = _team(company, cycle_id)
    dana.get(page)
    ada, ben = company["Ada Example"], company["Ben Sample"]
    data = {f"raise-{ada}": "5.0", f"version-{ada}": "0", f"raise-{ben}": "99", f"version-{ben}": "0"}
    response = dana.post(page, {**data, "do": "save"})
    assert response.status_code == 422
    assert 'value="99"' in response.get_data(as_text=True)
    assert _saved(core, company, cycle_id, "Ada Example").percent == Decimal(5)
    again = dana.post(page, {f"raise-{ada}": "5.0", f"version-{ada}": "0", "do": "save"})
    assert again.status_code == 303  # nothing differs, so an old version number does no harm


def test_the_buttons_of_the_form_do_what_they_say(
    dana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    page = _team(company, cycle_id)
    dana.get(page)
    assert dana.post(page, {"use": str(company["Cleo Instance"])}).status_code == 303
    assert _saved(core, company, cycle_id, "Cleo Instance").percent == Decimal(5)
    assert dana.post(page, {"do": "accept"}).status_code == 303
    assert worksheet.load(core, company.dana, cycle_id).counts.decided == 6
    assert dana.post(page, {"do": "review"}).headers["Location"] == f"{page}/review"


def test_undo_in_the_row(dana: Visitor, core: Core, company: Company, cycle_id: int) -> None:
    page, pid = _team(company, cycle_id), company["Ada Example"]
    dana.get(page)
    dana.post(_row(company, cycle_id, "Ada Example"), {f"raise-{pid}": "5.0", f"version-{pid}": "0"})
    response = dana.post(_row(company, cycle_id, "Ada Example") + "/undo", {f"version-{pid}": "1"}, htmx=page)
    assert response.status_code == 200
    assert _saved(core, company, cycle_id, "Ada Example").percent is None


def test_why_says_the_reasons_and_they_add_up(
    dana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    page = f"{_team(company, cycle_id)}?open={company['Ada Example']}"
    text = dana.get(page).get_data(as_text=True)
    assert "Why 5.7%?" in text
    assert "Not used: sex, age" in text
    assert "The 5 most similar of 12 other employees in the same job family and level." in text
    row = _saved(core, company, cycle_id, "Ada Example")
    assert row.panel is not None
    assert row.panel.start is not None
    assert row.panel.start.points + sum(reason.points for reason in row.panel.reasons) == row.panel.percent
    assert len(row.panel.reasons) <= 6
    for reason in row.panel.reasons:
        assert reason.label in text


def test_why_there_is_no_figure_says_why(dana: Visitor, company: Company, cycle_id: int) -> None:
    text = dana.get(f"{_team(company, cycle_id)}?open={company['Gia Mockup']}").get_data(as_text=True)
    assert "Why no recommendation?" in text
    assert "Policy guideline" in text


def test_few_comparable_people_are_not_shown(dana: Visitor, company: Company, cycle_id: int) -> None:
    text = dana.get(f"{_team(company, cycle_id)}?open={company['Finn Pattern']}").get_data(as_text=True)
    peers = text[text.index("Comparison with peers") :][:600]
    assert ("Too few comparable employees" in peers) == ('class="peers"' not in peers)


def test_the_filters_show_what_they_count(dana: Visitor, company: Company, cycle_id: int) -> None:
    page, pid = _team(company, cycle_id), company["Ben Sample"]
    dana.get(page)
    dana.post(_row(company, cycle_id, "Ben Sample"), {f"raise-{pid}": "4.5", f"version-{pid}": "0"})
    outside = dana.get(f"{page}?show=outside").get_data(as_text=True)
    assert "Ben Sample" in outside
    assert "Ada Example" not in outside
    todo = dana.get(f"{page}?show=todo").get_data(as_text=True)
    assert "Ben Sample" not in todo
    assert "Ada Example" in todo


@pytest.mark.parametrize("name", ["Dana Lead", "Rosa Chief", "Sample Person 01"])
def test_nobody_elses_data_is_reachable(dana: Visitor, company: Company, cycle_id: int, name: str) -> None:
    pid = company[name]
    dana.get("/how")
    assert dana.get(f"/team/{cycle_id}/people/{pid}/data").status_code == 404
    assert dana.get(f"/team/{cycle_id}/{company['Omar Lead']}").status_code == 404
    address = f"{_team(company, cycle_id)}/people/{pid}"
    assert dana.post(address, {f"raise-{pid}": "3", f"version-{pid}": "0"}).status_code == 404
    assert dana.post(f"{address}/undo", {}).status_code == 404
    assert dana.get(f"/approvals/{cycle_id}/{company['Omar Lead']}").status_code == 404


def test_a_hostile_badge_name_is_text_everywhere(app: Flask, core: Core) -> None:
    company = fill(core)
    rename_badge(core, HOSTILE)
    cycle_id = open_cycle(core, company)
    visitor = Visitor(app.test_client())
    visitor.sign_in("dana@example.com")
    ada = company["Ada Example"]
    for address in (f"{_team(company, cycle_id)}?open={ada}", f"/team/{cycle_id}/people/{ada}/data"):
        text = visitor.get(address).get_data(as_text=True)
        assert "<img" not in text
        assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in text
        assert "49" not in text[text.index("onerror=alert") :][:40]


def test_review_asks_for_what_is_missing_and_submits_when_nothing_is(
    dana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    page = _team(company, cycle_id)
    dana.get(page)
    assert dana.post(f"{page}/submit").status_code == 422
    dana.post(page, {"do": "accept"})
    pid = company["Gia Mockup"]
    dana.post(_row(company, cycle_id, "Gia Mockup"), {f"raise-{pid}": "2.0", f"version-{pid}": "0"})
    review = dana.get(f"{page}/review").get_data(as_text=True)
    assert "As recommended <small>6</small>" in review
    assert dana.post(f"{page}/submit").status_code == 303
    after = dana.get(page).get_data(as_text=True)
    assert "Submitted. Your approver has it." in after
    assert f'name="raise-{pid}"' not in after
    assert dana.post(page, {"do": "recall"}).status_code == 303
    assert f'name="raise-{pid}"' in dana.get(page).get_data(as_text=True)


def test_the_next_manager_up_approves_or_sends_back(
    dana: Visitor, rosa: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    page = _team(company, cycle_id)
    dana.get(page)
    dana.post(page, {"do": "accept"})
    pid, ben = company["Gia Mockup"], company["Ben Sample"]
    dana.post(_row(company, cycle_id, "Gia Mockup"), {f"raise-{pid}": "2.0", f"version-{pid}": "0"})
    dana.post(f"{page}/submit")
    listing = rosa.get("/approvals").get_data(as_text=True)
    assert "7 awaiting approval" in listing
    assert '<span class="count">1' in listing
    address = f"/approvals/{cycle_id}/{company['Dana Lead']}"
    rosa.get(address)
    assert rosa.post(address, {"do": "send_back", "people": [ben], "note": ""}).status_code == 422
    assert rosa.post(address, {"do": "send_back", "people": [ben], "note": "Too low?"}).status_code == 303
    assert rosa.post(address, {"do": "approve", "people": [pid]}).status_code == 303
    assert "Sent back: Too low?" in dana.get(page).get_data(as_text=True)
    assert _saved(core, company, cycle_id, "Gia Mockup").state == "approved"
    dana.get(address.replace(str(company["Dana Lead"]), str(company["Dana Lead"])))
    assert dana.post(address, {"do": "approve", "people": [company["Ada Example"]]}).status_code == 422


def test_a_report_of_wrong_data_is_kept_and_shown(dana: Visitor, company: Company, cycle_id: int) -> None:
    address = f"/team/{cycle_id}/people/{company['Ada Example']}"
    dana.get(f"{address}/data")
    assert dana.post(f"{address}/report", {"text": " "}).status_code == 422
    assert dana.post(f"{address}/report", {"text": "The level is wrong."}).status_code == 303
    assert "The level is wrong." in dana.get(f"{address}/data").get_data(as_text=True)


def test_the_download_holds_the_figures_and_no_formula(app: Flask, core: Core) -> None:
    company = fill(core)
    rename_badge(core, "=HYPERLINK(1)")
    cycle_id = open_cycle(core, company)
    deciding.decide(
        core,
        company.dana,
        cycle_id,
        company["Ben Sample"],
        Choice(percent=Decimal("4.5"), reason_code="market", note="@SUM(1)"),
    )
    visitor = Visitor(app.test_client())
    visitor.sign_in("dana@example.com")
    response = visitor.get(f"{_team(company, cycle_id)}/export.csv")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(response.get_data(as_text=True).removeprefix("\ufeff"))))
    by_name = {row["Employee"]: row for row in rows}
    assert len(rows) == 8
    assert by_name["Ben Sample"]["Your raise percent"] == "4.5"
    assert by_name["Ben Sample"]["Note"] == "'@SUM(1)"
    assert by_name["Finn Pattern"]["New skills"] == "'=HYPERLINK(1)"
    assert not any(cell[:1] in ("=", "+", "@") for row in rows for cell in row.values())


def test_recommendations_stay_hidden_until_the_own_figure_is_given(app: Flask, core: Core) -> None:
    company = fill(core)
    cycle_id = open_cycle(core, company, reveal="after_own")
    visitor = Visitor(app.test_client())
    visitor.sign_in("dana@example.com")
    page, pid = _team(company, cycle_id), company["Ada Example"]
    text = visitor.get(f"{page}?open={pid}").get_data(as_text=True)
    assert "5.7%" not in text
    assert "All recommendations:" not in text
    assert "5.7" not in visitor.get(f"{page}/export.csv").get_data(as_text=True)
    visitor.get(page)
    response = visitor.post(_row(company, cycle_id, "Ada Example"), {f"estimate-{pid}": "4"}, htmx=page)
    assert "5.7%" in response.get_data(as_text=True)


def test_recommendations_on_request_need_a_click(app: Flask, core: Core) -> None:
    company = fill(core)
    cycle_id = open_cycle(core, company, reveal="on_request")
    visitor = Visitor(app.test_client())
    visitor.sign_in("dana@example.com")
    page, pid = _team(company, cycle_id), company["Ada Example"]
    assert "5.7%" not in visitor.get(page).get_data(as_text=True)
    assert "5.7%" in visitor.get(f"{page}?open={pid}").get_data(as_text=True)


def test_the_kill_switch_is_said_on_the_page(
    dana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    recommending.set_matrix_only(core, company.hr, cycle_id, on=True, reason="Figures under review.")
    text = dana.get(_team(company, cycle_id)).get_data(as_text=True)
    assert "The model is turned off for this cycle" in text
    assert "Figures under review." in text


def test_how_recommendations_are_made_is_open_to_every_role(
    app: Flask, company: Company, cycle_id: int
) -> None:
    for email in ("dana@example.com", "hana@example.com", "anil@example.com"):
        visitor = Visitor(app.test_client())
        visitor.sign_in(email)
        text = visitor.get("/how").get_data(as_text=True)
        assert "Data never used" in text
        assert "Position in the pay range" in text
        assert "No model is in use" in text


def test_views_of_pay_are_written_down(dana: Visitor, core: Core, company: Company, cycle_id: int) -> None:
    from plugin.store.operation import audits

    dana.get(f"{_team(company, cycle_id)}?open={company['Ada Example']}")
    with core.database.reading() as tx:
        actions = {(e.actor, e.action) for e in audits.page(tx, limit=5)}
    assert ("dana@example.com", "worksheet.view") in actions
    assert ("dana@example.com", "recommendation.view") in actions


def _ruled(core: Core, company: Company) -> int:
    """Ben fixed at 3.0, Ada with 1.0 for the market, Hugo (hired too late) below the range minimum, Dev near its maximum."""
    since = {"Hugo Recent": Decimal(48_000), "Dev Placeholder": Decimal(73_500)}
    with core.database.transaction() as tx:
        for name, amount in since.items():
            tx.execute(
                tables.pay.update().where(tables.pay.c.person_id == company[name]).values(annual=amount)
            )
    cycle_id = open_cycle(core, company)
    for name, kind, points in (("Ben Sample", "fixed", "3.0"), ("Ada Example", "market", "1.0")):
        ruling = NewRuling(company[name], kind, Decimal(points), "Agreed in spring.")
        exceptions.rule(core, company.hr, cycle_id, ruling)
    recommending.make_recommendations(core, company.hr, cycle_id)
    return cycle_id


def _cut(text: str, company: Company, name: str) -> str:
    """One person's row of the page."""
    start = text.index(f'id="r-{company[name]}"')
    return text[start : text.index("</tr>", start)]


def test_a_row_that_hr_settled_says_so_and_shows_no_range(app: Flask, core: Core) -> None:
    company = fill(core)
    cycle_id = _ruled(core, company)
    visitor = Visitor(app.test_client())
    visitor.sign_in("dana@example.com")
    text = visitor.get(_team(company, cycle_id)).get_data(as_text=True)
    ben, hugo, ada = (_cut(text, company, name) for name in ("Ben Sample", "Hugo Recent", "Ada Example"))
    for row, words in ((ben, "Set by HR"), (hugo, "Range minimum only")):
        assert words in row
        assert "To confirm" in row
        assert "Recommended range" not in row
    assert "no merit raise in this cycle" in hugo
    assert "Recommended range" in ada
    visitor.post(_team(company, cycle_id), {"do": "accept"})
    after = visitor.get(_team(company, cycle_id)).get_data(as_text=True)
    assert "Confirmed" in _cut(after, company, "Ben Sample")
    assert "7 recommendations accepted. 1 employee has no recommendation to accept." in after


def test_why_of_a_settled_row_says_who_settled_it_and_what_limits_hold(app: Flask, core: Core) -> None:
    company = fill(core)
    cycle_id = _ruled(core, company)
    visitor = Visitor(app.test_client())
    visitor.sign_in("dana@example.com")

    def why(name: str) -> str:
        page = visitor.get(f"{_team(company, cycle_id)}?open={company[name]}").get_data(as_text=True)
        start = page.index(f'id="d-{company[name]}"')
        return page[start : page.index("</div></td></tr>", start)]

    ben = why("Ben Sample")
    assert "HR set this raise at 3.0%. Please confirm it." in ben
    assert "Only HR can change this raise." in ben
    assert "Confirm 3.0%" in ben
    assert "You can decide between" not in ben
    hugo = why("Hugo Recent")
    assert "Range minimum only. Please confirm this raise." in hugo
    assert "No merit raise in this cycle." in hugo
    assert "Raise to range minimum" in hugo
    ada = why("Ada Example")
    assert "Market or equity adjustment" in ada
    row = worksheet.load(core, company.dana, cycle_id).row(company["Ada Example"])
    assert row.recommended is not None
    low, high = row.recommended.hard_limits
    assert f"You can decide between {low} and {high}%. Ask HR to go beyond." in ada
    assert "In addition, 1.0% for an adjustment." in ada


def test_what_is_paid_once_stands_wherever_the_raise_does(app: Flask, core: Core) -> None:
    company = fill(core)
    cycle_id = _ruled(core, company)
    dana, rosa = Visitor(app.test_client()), Visitor(app.test_client())
    dana.sign_in("dana@example.com")
    rosa.sign_in("rosa@example.com")
    page, gia = _team(company, cycle_id), company["Gia Mockup"]
    dana.get(page)
    dana.post(page, {"do": "accept"})
    dana.post(_row(company, cycle_id, "Gia Mockup"), {f"raise-{gia}": "2.0", f"version-{gia}": "0"})
    once = _saved(core, company, cycle_id, "Dev Placeholder").paid_once
    assert once is not None
    said = f"€{once.amount:,.0f}"
    assert _cut(dana.get(page).get_data(as_text=True), company, "Dev Placeholder").count(said) == 2
    assert f"plus {said} lump sum" in dana.get(f"{page}/review").get_data(as_text=True)
    rows = csv.DictReader(
        io.StringIO(dana.get(f"{page}/export.csv").get_data(as_text=True).removeprefix("\ufeff"))
    )
    dev = next(row for row in rows if row["Employee"] == "Dev Placeholder")
    assert dev["Recommended lump sum"] == dev["Your lump sum"] == str(once.amount)
    dana.post(f"{page}/submit")
    address = f"/approvals/{cycle_id}/{company['Dana Lead']}"
    assert f"<small>plus {said} lump sum</small>" in rosa.get(address).get_data(as_text=True)


def test_what_the_pages_and_the_file_show_is_what_is_sent(app: Flask, core: Core) -> None:
    company = fill(core)
    ada = company["Ada Example"]
    with core.database.transaction() as tx:
        tx.execute(
            tables.pay.update().where(tables.pay.c.person_id == ada).values(annual=Decimal("56000.96"))
        )
    cycle_id = open_cycle(core, company)
    for row in worksheet.load(core, company.dana, cycle_id).rows:
        if row.is_eligible and row.recommended:
            planned = Choice(percent=row.recommended.recommendation.planned)
            chosen = Choice(amount=Decimal(2826)) if row.person_id == ada else planned
            deciding.decide(core, company.dana, cycle_id, row.person_id, chosen)
    dana, rosa = Visitor(app.test_client()), Visitor(app.test_client())
    dana.sign_in("dana@example.com")
    rosa.sign_in("rosa@example.com")
    page = _team(company, cycle_id)
    pages = [_cut(dana.get(page).get_data(as_text=True), company, "Ada Example")]
    pages.append(dana.get(f"{page}/review").get_data(as_text=True))
    rows = csv.DictReader(
        io.StringIO(dana.get(f"{page}/export.csv").get_data(as_text=True).removeprefix("\ufeff"))
    )
    own = next(row for row in rows if row["Employee"] == "Ada Example")
    dana.post(f"{page}/submit")
    pages.append(rosa.get(f"/approvals/{cycle_id}/{company['Dana Lead']}").get_data(as_text=True))
    with core.database.transaction() as tx:
        tx.execute(tables.decision.update().values(state="approved"))
    sent = next(line for line in listing.lines(core, cycle_id) if line.person_id == ada)
    assert (sent.annual, sent.percent) == (Decimal("58826.96"), Decimal("5.05"))
    assert (own["Pay"], own["New pay"], own["Your raise percent"]) == ("56000.96", "58826.96", "5.05")
    for text in pages:
        assert "€58,826.96" in text
        assert "5.05" in text


def test_undo_beyond_the_own_limits_is_a_sentence_in_the_row(
    dana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    page, ben = _team(company, cycle_id), company["Ben Sample"]
    by_hr = Choice(percent=Decimal(20), reason_code="retention")
    deciding.decide(core, company.hr, cycle_id, ben, by_hr)
    dana.get(page)
    dana.post(_row(company, cycle_id, "Ben Sample"), {f"raise-{ben}": "3.0", f"version-{ben}": "1"})
    response = dana.post(f"{_row(company, cycle_id, 'Ben Sample')}/undo", {f"version-{ben}": "2"}, htmx=page)
    assert response.status_code == 422
    assert "Only HR can restore 20.0%." in response.get_data(as_text=True)
    ada = company["Ada Example"]
    nothing = dana.post(f"{_row(company, cycle_id, 'Ada Example')}/undo", {f"version-{ada}": "0"}, htmx=page)
    assert nothing.status_code == 422


def test_taking_over_the_rest_says_what_was_left_and_why(app: Flask, core: Core) -> None:
    company = fill(core)
    cycle_id = open_cycle(core, company, reveal="on_request")
    visitor = Visitor(app.test_client())
    visitor.sign_in("dana@example.com")
    page = _team(company, cycle_id)
    visitor.get(f"{page}?open={company['Ada Example']}")
    assert "5.7%" in visitor.get(page).get_data(as_text=True)  # once opened it stays shown
    visitor.post(page, {"do": "accept"})
    text = visitor.get(page).get_data(as_text=True)
    assert "1 recommendation accepted. 5 rows were skipped: open their recommendations first." in text


def test_without_a_script_a_typed_amount_is_saved_too(
    dana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    page, ada = _team(company, cycle_id), company["Ada Example"]
    dana.get(page)
    sent = {f"raise-{ada}": "", f"amount-{ada}": "2900", f"version-{ada}": "0", "do": "save"}
    assert dana.post(page, sent).status_code == 303
    saved = _saved(core, company, cycle_id, "Ada Example")
    assert (saved.percent, saved.raised_by and saved.raised_by.amount) == (Decimal("5.18"), Decimal(2900))
    same = {**sent, f"raise-{ada}": "5.18", f"version-{ada}": "1"}
    assert dana.post(page, same).status_code == 303
    assert _saved(core, company, cycle_id, "Ada Example").version == saved.version
    by_percent = dana.post(page, {**same, f"raise-{ada}": "5.0"})
    assert by_percent.status_code == 303
    assert _saved(core, company, cycle_id, "Ada Example").percent == Decimal(5)


@pytest.mark.parametrize("scripted", [True, False])
def test_a_note_leaves_an_amount_as_it_was_typed(
    dana: Visitor, core: Core, company: Company, cycle_id: int, scripted: bool
) -> None:
    """2,901 a year is 5.18% of pay to two decimals, and 5.18% of pay is 2,900."""
    page, ada = _team(company, cycle_id), company["Ada Example"]
    dana.get(page)
    typed = {f"raise-{ada}": "", f"amount-{ada}": "2901", f"version-{ada}": "0", "do": "save"}
    assert dana.post(page, typed).status_code == 303
    noted = {f"raise-{ada}": "5.18", f"amount-{ada}": "2901", f"note-{ada}": "Agreed", f"version-{ada}": "1"}
    address = _row(company, cycle_id, "Ada Example") if scripted else page
    answer = dana.post(address, {**noted, "do": "save"}, htmx=page if scripted else None)
    assert answer.status_code == (200 if scripted else 303)
    saved = _saved(core, company, cycle_id, "Ada Example").decision
    assert saved is not None
    assert (saved.note, saved.percent, saved.amount) == ("Agreed", Decimal("5.18"), Decimal(2901))
    dana.post(page, {**noted, f"raise-{ada}": "5.0", f"version-{ada}": "2"})
    by_percent = _saved(core, company, cycle_id, "Ada Example").raised_by
    assert by_percent is not None
    assert by_percent.amount == Decimal(2800)


def test_a_percentage_and_an_amount_at_once_are_refused(
    dana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    page, ada = _team(company, cycle_id), company["Ada Example"]
    dana.get(page)
    sent = {f"raise-{ada}": "4.4", f"amount-{ada}": "2900", f"version-{ada}": "0", "do": "save"}
    refused = dana.post(page, sent)
    text = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Clear one of them" in text
    assert 'value="4.4"' in text
    assert 'value="2900"' in text  # the panel that holds it is open
    assert _saved(core, company, cycle_id, "Ada Example").percent is None
    assert dana.post(page, {**sent, f"raise-{ada}": ""}).status_code == 303
    assert _saved(core, company, cycle_id, "Ada Example").percent == Decimal("5.18")


@pytest.mark.parametrize("scripted", [True, False])
def test_what_was_typed_beside_a_refused_figure_stays(
    dana: Visitor, company: Company, cycle_id: int, scripted: bool
) -> None:
    page, ben = _team(company, cycle_id), company["Ben Sample"]
    asked = f"{page}?open={ben}"
    dana.get(asked)
    outside = {f"raise-{ben}": "4.5", f"version-{ben}": "0"}
    assert dana.post(_row(company, cycle_id, "Ben Sample"), outside, htmx=asked).status_code == 200
    code = next(iter(deciding.REASONS))
    wrong = {
        f"raise-{ben}": "abc",
        f"note-{ben}": "Typed <note>",
        f"reason-{ben}": code,
        f"version-{ben}": "1",
    }
    address, htmx = (_row(company, cycle_id, "Ben Sample"), asked) if scripted else (page, None)
    refused = dana.post(address, wrong, htmx=htmx)
    text = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Typed &lt;note&gt;</textarea>" in text
    assert f'value="{code}" selected' in text
    assert 'value="abc"' in text
