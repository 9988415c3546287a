"""What analysts and HR do on their pages: train, compare, measure fairness, watch a cycle; names are for HR only."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from plugin.services import spreadsheets
from plugin.services.core import Actor, Core
from plugin.services.cycle import cycle_monitoring
from plugin.services.model import training
from plugin.services.operation import task_requests
from plugin.store import tables
from plugin.store.cycle import frozen_inputs, recommendations
from plugin.store.model import fairness_reports, model_versions
from plugin.store.model.fairness_reports import Fresh
from plugin.store.operation import leased_work, tasks
from plugin.store.tables import fairness_report
from plugin.web.analyst import words
from tests.services.past_raises import history, with_sexes
from tests.small_company import Company, open_cycle, policy, put_decision
from tests.web.conftest import Visitor


@pytest.fixture
def anil(app: Flask, company: Company) -> Visitor:
    someone = Visitor(app.test_client())
    someone.sign_in("anil@example.com")
    return someone


def _text(visitor: Visitor, address: str) -> str:
    response = visitor.get(address)
    assert response.status_code == 200, address
    return response.get_data(as_text=True)


def _asked(visitor: Visitor, address: str, form: dict[str, object] | None = None) -> str:
    """The address of the page that shows how far the work is."""
    response = visitor.post(address, form)
    assert response.status_code == 303, response.get_data(as_text=True)
    return response.headers["Location"]


def test_a_model_is_trained_by_the_worker_and_approved_by_another_person(
    core: Core, company: Company, anil: Visitor, hana: Visitor
) -> None:
    history(core, people=80)
    policy_id = training.add_policy(core, company.analyst, policy())
    assert "Train model" in _text(anil, "/models")
    page = _asked(anil, "/models/train", {"policy_id": policy_id})
    assert "Waiting for the worker" in _text(anil, page)
    assert "No worker is running" in _text(anil, page)
    assert 'data-hx-trigger="every 2s"' in _text(anil, page)
    assert "Model training in progress" in _text(anil, "/models")
    assert task_requests.perform_next(core)
    done = _text(anil, page)
    assert "data-hx-trigger" not in done
    found = re.search(r'href="(/models/\d+)"', done)
    assert found
    card = _text(anil, found[1])
    assert "Another person must approve" in card
    for shown in (
        "Linear model (ridge regression)",
        "Reasons behind recommendations",
        "Women vs. men",
        "Equal by age",
    ):
        assert shown in card, shown
    _text(hana, found[1])
    note = {"note": "Read errors, gates and groups."}
    while hana.post(f"{found[1]}/approve", note).status_code == 303:
        pass
    assert "Approved" in _text(hana, found[1])
    document = json.loads(anil.get(f"{found[1]}/card.json").get_data())
    assert document["trained_by"] == "anil@example.com"
    assert {"label_gap", "proxy"} <= set(document["fairness"]["attributes"][0])


def test_an_analyst_asks_for_repaired_labels_and_the_page_says_what_was_added(
    core: Core, company: Company, anil: Visitor
) -> None:
    history(core, people=80, bias=-0.8)
    policy_id = training.add_policy(core, company.analyst, policy())
    assert "Repaired on sex: women and men" in _text(anil, "/models")
    form: dict[str, object] = {"policy_id": policy_id, "repair": "sex"}
    page = _asked(anil, "/models/train", form)
    assert _asked(anil, "/models/train", {"policy_id": policy_id}) != page, "the one without is other work"
    while task_requests.perform_next(core):
        pass
    done = _text(anil, page)
    assert "Past raises were repaired on sex" in done
    found = re.search(r'href="(/models/\d+)"', done)
    assert found
    card = _text(anil, found[1])
    for shown in ("Past raises repaired on sex", "Errors on the original raises", "Unit 0, 2025"):
        assert shown in card, shown
    report = re.search(r'href="(/fairness/reports/\d+)"', card)
    assert report
    assert "Past raises below are the original ones" in _text(anil, report[1])


def test_a_repair_on_what_is_not_stored_is_refused_on_the_page(
    core: Core, company: Company, anil: Visitor
) -> None:
    policy_id = training.add_policy(core, company.analyst, policy())
    assert "Repaired on" not in _text(anil, "/models")
    response = anil.post("/models/train", {"policy_id": policy_id, "repair": "sex"})
    assert response.status_code == 422
    assert "Choose an attribute that has stored data" in response.get_data(as_text=True)


def test_training_without_a_policy_is_refused_on_the_page(anil: Visitor) -> None:
    anil.get("/models")
    response = anil.post("/models/train", {"policy_id": "77"})
    assert response.status_code == 422
    assert "Choose a pay policy" in response.get_data(as_text=True)


def test_failed_work_says_why_and_can_be_asked_for_again(core: Core, company: Company, anil: Visitor) -> None:
    policy_id = training.add_policy(core, company.analyst, policy())
    anil.get("/models")
    page = _asked(anil, "/models/train", {"policy_id": policy_id})
    task_requests.perform_next(core)
    text = _text(anil, page)
    assert "Past raises of 0 years are not enough" in text
    assert "Import at least two years" in text
    assert "The last training failed" in _text(anil, "/models")
    assert _asked(anil, f"{page}/again") != page


def test_the_part_that_changes_comes_alone_for_htmx(
    core: Core, company: Company, anil: Visitor, cycle_id: int
) -> None:
    anil.get("/monitoring")
    page = _asked(anil, f"/monitoring/{cycle_id}/next-money")
    part = anil.get(page, **{"HX-Request": "true"}).get_data(as_text=True)
    assert part.startswith('<div id="task"')
    assert "<html" not in part


def test_two_models_are_compared_on_the_newest_cycle(
    core: Core, company: Company, anil: Visitor, cycle_id: int
) -> None:
    history(core, people=80)
    made = training.train(core, Actor("x@example.com"), training.add_policy(core, company.hr, policy()))
    address = f"/models/compare?first=0&second={made.model_id}"
    assert "Not calculated yet" in _text(anil, address)
    page = _asked(anil, "/models/compare", {"first": 0, "second": made.model_id})
    task_requests.perform_next(core)
    assert "View result" in _text(anil, page)
    text = _text(anil, address)
    assert "of 22:" in text
    assert re.search(r"€[\d,]+ → €[\d,]+", text)
    assert anil.post("/models/compare", {"first": 3, "second": 3}).status_code == 422


def test_who_moves_most_is_listed_by_number_for_analysts_and_by_name_for_hr(
    core: Core, company: Company, anil: Visitor, hana: Visitor, cycle_id: int
) -> None:
    history(core, people=80, signal=2.0)
    second = training.train(
        core, Actor("x@example.com"), training.add_policy(core, company.hr, policy())
    ).model_id
    address = f"/models/compare?first=0&second={second}"
    assert anil.get(f"/models/compare.csv?first=0&second={second}").status_code == 404
    task = int(_asked(anil, "/models/compare", {"first": 0, "second": second}).rsplit("/", 1)[1])
    task_requests.perform_next(core)
    result = task_requests.waiting(core, task).task.result
    assert result is not None
    moves = result["moves"]
    assert isinstance(moves, list)
    assert 0 < len(moves) <= 20
    changes = [
        abs(Decimal(str(one["second"])) - Decimal(str(one["first"])))
        for one in moves
        if isinstance(one, dict)
    ]
    assert changes == sorted(changes, reverse=True)
    assert changes[-1] > 0
    assert str(changes[0]) == result["largest"]
    name = {number: name for name, number in company.people.items()}[moves[0]["person_id"]]  # type: ignore[index,call-overload]
    file = f"/models/compare.csv?first=0&second={second}"
    for visitor, is_named in ((anil, False), (hana, True)):
        for text in (_text(visitor, address), visitor.get(file).get_data(as_text=True)):
            assert (name in text) is is_named
            assert (f"No. P-{moves[0]['person_id']:03}" in text) is not is_named  # type: ignore[index,call-overload]


def test_a_comparison_made_before_people_were_kept_is_still_shown(
    core: Core, company: Company, anil: Visitor, cycle_id: int
) -> None:
    with core.database.transaction() as tx:
        fresh = model_versions.Fresh(b"old", "0" * 64, {}, "checked")
        second = model_versions.add(tx, fresh, core.clock(), "x@example.com")
    old = {
        "cycle": "Merit",
        "people": 22,
        "moved": 1,
        "up": 1,
        "down": 0,
        "mean_difference": "0.1",
        "largest": "1.2",
        "currency": "EUR",
        "costs": ["10", "12"],
        "budget": "11",
        "switched_off": [None, None],
    }
    pair = {"first": 0, "second": second, "cycle_id": cycle_id}
    task_requests.request(core, company.hr, "compare", f"models:0:{second}", dict(pair))
    with core.database.transaction() as tx:
        held = tasks.claim(tx, core.clock())
        assert held is not None
        leased_work.end(tx, core.clock(), held.lease, "done", result=old)
    text = _text(anil, f"/models/compare?first=0&second={second}")
    assert "of 22: 1 up, 0 down" in text
    assert "largest changes" not in text


def test_a_fairness_report_is_made_kept_and_approved_by_two(
    core: Core, company: Company, anil: Visitor, hana: Visitor, cycle_id: int
) -> None:
    assert "No protected attributes" in _text(anil, "/fairness")
    with_sexes(core, company.people)
    _text(anil, "/fairness")
    page = _asked(anil, f"/fairness/{cycle_id}")
    task_requests.perform_next(core)
    found = re.search(r'href="(/fairness/reports/\d+)"', _text(anil, page))
    assert found
    report = found[1]
    text = _text(anil, report)
    assert "Sex: women vs. men" in text
    assert "Equal recommendations for like work: sex" in text
    assert not any(name in text for name in company.people)
    assert "Awaiting" not in text
    assert anil.post(f"{report}/approve", {"note": ""}).status_code == 422
    assert anil.post(f"{report}/approve", {"note": "Small groups, looked at each."}).status_code == 303
    assert anil.post(f"{report}/approve", {"note": "Again."}).status_code == 409
    _text(hana, report)
    assert hana.post(f"{report}/approve", {"note": "Agreed."}).status_code == 303
    listing = _text(anil, f"/fairness?cycle={cycle_id}")
    assert "anil@example.com, hana@example.com" in listing
    document = json.loads(anil.get(f"{report}.json").get_data())
    assert [one["by"] for one in document["approvals"]] == ["anil@example.com", "hana@example.com"]


def test_two_attributes_at_once_stand_on_the_page_and_old_reports_stay_readable(
    core: Core, company: Company, anil: Visitor
) -> None:
    history(core, people=160)
    made = training.train(core, Actor("x@example.com"), training.add_policy(core, company.hr, policy()))
    report = re.search(r'href="(/fairness/reports/\d+)"', _text(anil, f"/models/{made.model_id}"))
    assert report
    text = _text(anil, report[1])
    assert "Sex and age combined" in text
    assert "Women, under 50" in text
    with core.database.transaction() as tx:
        old = fairness_reports.get(tx, int(report[1].rsplit("/", 1)[1]))
        document = {name: part for name, part in old.document.items() if name != "intersections"}
        tx.execute(fairness_report.update().values(document=document))
    text = _text(anil, report[1])
    assert "combined" not in text
    assert "Sex: women vs. men" in text


def test_older_reports_are_on_the_next_page(
    core: Core, company: Company, anil: Visitor, cycle_id: int
) -> None:
    with core.database.transaction() as tx:
        for _ in range(25):
            fresh = Fresh("pass", 1, {"attributes": [], "people": 22, "state": "open"}, cycle_id=cycle_id)
            fairness_reports.add(tx, fresh, core.clock(), "anil@example.com")
    text = _text(anil, f"/fairness?cycle={cycle_id}")
    assert text.count('href="/fairness/reports/') == 20
    found = re.search(r'href="(/fairness\?cycle=\d+&amp;before=\d+)"', text)
    assert found
    assert _text(anil, found[1].replace("&amp;", "&")).count('href="/fairness/reports/') == 5


def _decide_all(core: Core, cycle_id: int, change: Decimal) -> None:
    with core.database.transaction() as tx:
        for one in recommendations.all_current(tx, cycle_id):
            if one.percent is None:
                continue
            put_decision(core, tx, cycle_id, one.person_id, one.percent + change, state="approved")


def test_monitoring_counts_what_managers_changed(
    core: Core, company: Company, anil: Visitor, cycle_id: int
) -> None:
    text = _text(anil, "/monitoring")
    assert "Shown from 5 decisions" in text
    assert "No rating" in text
    _decide_all(core, cycle_id, Decimal("0.5"))
    changed = _text(anil, "/monitoring")
    assert re.search(r"<dd>\d+ up, 0 down", changed)
    assert "<dd>0%" in changed


def test_the_page_says_how_far_a_cycle_is_from_what_its_model_learned_from(
    core: Core, company: Company, anil: Visitor, hana: Visitor
) -> None:
    history(core, people=120)
    policy_id = training.add_policy(core, company.analyst, policy())
    model_id = training.train(core, Actor("x@example.com"), policy_id).model_id
    assert model_id is not None
    for n in range(2):
        if training.card(core, model_id).state == "checked":
            training.approve(core, Actor(f"reader{n}@example.com"), model_id, "Read.")
    plain, cycle_id = open_cycle(core, company), open_cycle(core, company, name="With", model_id=model_id)
    assert "This cycle runs without a model." in _text(anil, f"/monitoring?cycle={plain}")
    page = f"/monitoring?cycle={cycle_id}"
    assert "Similar inputs do not prove that the model is still valid" in _text(anil, page)
    work = _asked(anil, f"/monitoring/{cycle_id}/drift")
    task_requests.perform_next(core)
    assert f'href="{page}"' in _text(anil, work)
    text = _text(anil, page)
    for shown in (
        "Policy guideline, points",
        "Learning hours",
        "changed a lot",
        "similar",
    ):
        assert shown in text, shown
    assert "Raises are compared from 30 decisions. Decided so far: 0." in text


def test_nearly_all_accepted_as_they_stand_raises_the_alarm(
    core: Core, company: Company, anil: Visitor, cycle_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugin.advisor.fairness.gates import GateLimits
    from plugin.services.cycle import cycle_monitoring

    _decide_all(core, cycle_id, Decimal(0))
    assert "In effect, the tool decides" not in _text(anil, "/monitoring"), "too few decisions for an alarm"
    monkeypatch.setattr(cycle_monitoring, "LIMITS", GateLimits(unchanged_from=10))
    assert "100% of" in _text(anil, "/monitoring")
    assert "In effect, the tool decides" in _text(anil, "/monitoring")


def test_analysts_see_numbers_and_hr_sees_names(
    core: Core, company: Company, anil: Visitor, hana: Visitor, cycle_id: int
) -> None:
    ada = company["Ada Example"]
    result = {
        "year": 2026,
        "people": 22,
        "recommended": 20,
        "currency": "EUR",
        "given_cost": "10",
        "recommended_cost": "12",
        "mean_difference": "0.1",
        "close_share": 0.5,
        "different": [
            {"person_id": ada, "given": "1", "recommended": "3", "sentence": "=1+1 is no formula."}
        ],
    }
    task_id = task_requests.request(core, company.hr, "dry_run", f"cycle:{cycle_id}", {"cycle_id": cycle_id})
    with core.database.transaction() as tx:
        held = tasks.claim(tx, core.clock())
        assert held is not None
        assert held.row.id == task_id
        leased_work.end(tx, core.clock(), held.lease, "done", result=result)
    page = f"/monitoring/{cycle_id}/dry-run"
    assert f"No. P-{ada:03}" in _text(anil, page)
    assert "Ada Example" not in _text(anil, page)
    assert "Ada Example" in _text(hana, page)
    assert "'=1+1 is no formula." in anil.get(f"{page}.csv").get_data(as_text=True)


def test_a_figure_is_computed_again_for_a_number_or_for_hr_a_name(
    core: Core, company: Company, anil: Visitor, hana: Visitor, cycle_id: int
) -> None:
    address = f"/monitoring/{cycle_id}/replay"
    anil.get("/monitoring")
    assert anil.post(address, {"person": "Ada Example"}).status_code == 422
    assert anil.post(address, {"person": str(company["Ada Example"])}).status_code == 422
    assert anil.post(address, {"person": "P-003", "on": "someday"}).status_code == 422
    hana.get("/monitoring")
    page = _asked(hana, address, {"person": "ada example"})
    task_requests.perform_next(core)
    found = _text(hana, page)
    assert f"employee no. P-{company['Ada Example']:03} matches the stored one exactly" in found


def test_payroll_files_are_for_hr(
    core: Core, company: Company, anil: Visitor, hana: Visitor, cycle_id: int
) -> None:
    _decide_all(core, cycle_id, Decimal(0))
    assert anil.get(f"/monitoring/{cycle_id}/raises.csv").status_code == 403
    rows = hana.get(f"/monitoring/{cycle_id}/raises.csv").get_data(as_text=True).splitlines()
    assert rows[0].lstrip("\ufeff").startswith("Employee number,ID in the HR suite,Name")
    assert any("Ada Example" in row for row in rows)


def test_the_payroll_file_names_people_as_payroll_knows_them_and_speaks_the_readers_language(
    core: Core, company: Company, hana: Visitor, cycle_id: int
) -> None:
    """Also what holds a raise back, although the file is written when the request is over."""
    ada = company["Ada Example"]
    _decide_all(core, cycle_id, Decimal(0))
    with core.database.transaction() as tx:
        mine = tables.person.c.id == ada
        tx.execute(tables.person.update().where(mine).values(employee_number="00014"))
        tx.execute(
            tables.decision.update().where(tables.decision.c.person_id == ada).values(percent=Decimal(-1))
        )
    address = f"/monitoring/{cycle_id}/raises.csv"
    texts = {
        "de": ("Personalnummer", "Zurückgehalten", "eine Gehaltserhöhung darf das Gehalt nicht senken"),
        "en": ("Employee number", "On hold", "a raise can't lower pay"),
    }
    for language, (number, status, reason) in texts.items():
        text = hana.get(f"{address}?lang={language}").get_data(as_text=True)
        table = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
        assert table[0][0] == number
        (own,) = (row for row in table if "Ada Example" in row)
        assert own[:2] == ["00014", f"P-{ada:03}"]
        assert status in own
        assert reason in own
        assert not {"ready", "queued", "done", "dead", "no_change"} & {cell for row in table for cell in row}


def test_an_analyst_reads_a_cycle_without_names_and_without_buttons(
    core: Core, company: Company, anil: Visitor, cycle_id: int
) -> None:
    text = _text(anil, f"/cycles/{cycle_id}")
    assert "Use of recommendations" in text
    assert "Turn model off" not in text
    assert not any(name in text for name in company.people)
    assert anil.post(f"/cycles/{cycle_id}/switch", {"on": "1", "reason": "x"}).status_code == 403
    assert "New cycle" not in _text(anil, "/cycles")


@pytest.mark.parametrize(
    "address",
    ["/models", "/models/compare", "/fairness", "/monitoring", "/tasks/1", "/cycles", "/models/1/card.json"],
)
def test_managers_open_none_of_these_pages(dana: Visitor, address: str) -> None:
    assert dana.get(address).status_code == 403


@pytest.mark.parametrize(
    "address", ["/models/999", "/fairness/reports/999", "/tasks/999", "/monitoring/999/dry-run"]
)
def test_what_does_not_exist_is_not_found(anil: Visitor, address: str) -> None:
    assert anil.get(address).status_code == 404


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=SUM(A1)", "'=SUM(A1)"),
        ("@x", "'@x"),
        ("-2+3", "'-2+3"),
        (Decimal("-0.5"), "-0.5"),
        ("+1", "+1"),
        (None, ""),
        ("  =1+1", "'  =1+1"),
        ("＝1+1", "'＝1+1"),
        ("\tx", "'\tx"),
        ("a;=1+1", "a;'=1+1"),
        ('a; "=1+1"', """a;' "=1+1\""""),
        ("a;;@x;-1", "a;;'@x;'-1"),
        ("a\n=1+1", "a\n'=1+1"),
        ("a\t+x\r\n@y", "a\t'+x\r\n'@y"),
        ("a;＝1+1", "a;'＝1+1"),
        ("a\u2028=1", "a\u2028'=1"),
        ("|=x", "|'=x"),
        ("Well-being; self-care - and more", "Well-being; self-care - and more"),
        ("-5", "-5"),
        ("a=b;c=d", "a=b;c=d"),
    ],
)
def test_cells_cannot_become_formulas(cell: object, shown: str) -> None:
    assert spreadsheets.cell(cell) == shown


@given(st.lists(st.text(alphabet=";,|\t\n\r\"' =+-@＝１a1", max_size=12), min_size=1, max_size=4))
def test_no_part_of_a_line_begins_like_a_formula_wherever_it_is_split(cells: list[str]) -> None:
    """As a spreadsheet reads our line that splits at semicolons or tabs and minds no quotes."""
    out = io.StringIO()
    csv.writer(out).writerow([spreadsheets.cell(one) for one in cells])
    _first, *others = re.split(r"[;\t\r\n]", out.getvalue())
    for part in others:
        begins = unicodedata.normalize("NFKC", part).lstrip(' "')
        assert begins[:1] not in ("=", "+", "-", "@"), (cells, part)


def test_figures_are_written_one_way() -> None:
    assert [words.plus(-0.001), words.plus(0.126), words.plus(-0.38), words.plus(None)] == [
        "0.00",
        "+0.13",
        "−0.38",
        "–",
    ]


def test_making_recommendations_is_done_by_the_worker(
    core: Core, company: Company, hana: Visitor, cycle_id: int
) -> None:
    hana.get(f"/cycles/{cycle_id}")
    page = _asked(hana, f"/cycles/{cycle_id}/recommend")
    assert "This cycle is waiting to be processed." in _text(hana, f"/cycles/{cycle_id}")
    task_requests.perform_next(core)
    assert "Recommendations: 21. Policy range only: 1. " in _text(hana, page)
    with core.database.reading() as tx:
        assert len(frozen_inputs.runs(tx, cycle_id)) == 2
    assert cycle_monitoring.overview(core, cycle_id).recommended == 21


def test_who_is_left_out_can_be_looked_up_at_any_time(
    core: Core, company: Company, hana: Visitor, anil: Visitor, cycle_id: int
) -> None:
    page = f"/cycles/{cycle_id}/left-out"
    hana.get(page)
    hana.post(page)
    assert task_requests.perform_next(core)
    assert "None." in _text(hana, page)
    assert anil.get(page).status_code == 403
