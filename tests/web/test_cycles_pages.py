"""HR runs a whole cycle on pages; each step says what is missing."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from plugin.services.core import Core
from plugin.services.cycle import life
from plugin.services.model import training
from plugin.services.operation import task_requests, topics
from plugin.store import tables
from tests.services.payroll.test_write_back import _approved
from tests.small_company import Company, draft_cycle, policy, suite
from tests.web.conftest import Visitor

FORM = {
    "name": "Merit 2027",
    "snapshot_on": "2026-11-20",
    "notice_on": "2026-11-10",
    "due_on": "2026-12-12",
    "effective_on": "2027-04-01",
    "budget_percent": "4,4",
    "reveal": "together",
}


def test_a_cycle_is_made_and_opened_on_pages(hana: Visitor, core: Core, company: Company) -> None:
    policy_id = training.add_policy(core, company.hr, policy())
    hana.get("/cycles")
    made = hana.post("/cycles", {**FORM, "policy_id": str(policy_id)})
    assert made.status_code == 303
    page = made.headers["Location"]
    hana.get(page)
    assert hana.post(f"{page}/state", {"to": "notice"}).status_code == 303
    assert "take the snapshot" in hana.get(page).get_data(as_text=True)
    assert hana.post(f"{page}/state", {"to": "shadow"}).status_code == 422
    assert hana.post(f"{page}/snapshot").status_code == 303
    assert task_requests.perform_next(core)
    assert hana.post(f"{page}/state", {"to": "shadow"}).status_code == 303
    assert hana.post(f"{page}/recommend").status_code == 303
    assert task_requests.perform_next(core)
    assert hana.post(f"{page}/state", {"to": "open"}).status_code == 303
    text = hana.get(page).get_data(as_text=True)
    assert "22 raises are not submitted" in text
    assert "of €61,939" in text or re.search(r"of €\d\d,\d{3}", text)
    assert life.listed(core)[0].state == "open"


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    hana: Visitor, core: Core, company: Company
) -> None:
    policy_id = training.add_policy(core, company.hr, policy())
    hana.get("/cycles")
    data = {**FORM, "policy_id": str(policy_id), "due_on": "soon", "budget_percent": "a lot"}
    response = hana.post("/cycles", data)
    text = response.get_data(as_text=True)
    assert response.status_code == 422
    assert 'id="due_on-error"' in text
    assert 'id="budget_percent-error"' in text
    assert 'value="Merit 2027"' in text


def test_an_old_page_cannot_move_a_cycle(hana: Visitor, core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company)
    hana.get(f"/cycles/{cycle_id}")
    assert hana.post(f"/cycles/{cycle_id}/state", {"to": "notice", "version": "1"}).status_code == 303
    hana.post(f"/cycles/{cycle_id}/state", {"to": "draft"})
    answer = hana.post(f"/cycles/{cycle_id}/state", {"to": "notice", "version": "1"})
    assert answer.status_code == 409


def test_people_who_are_left_out_are_listed(hana: Visitor, core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company)
    with core.database.transaction() as tx:
        tx.execute(tables.pay.delete().where(tables.pay.c.person_id == company["Ada Example"]))
    page = f"/cycles/{cycle_id}/left-out"
    assert "Not checked yet" in hana.get(page).get_data(as_text=True)
    asked = hana.post(page).headers["Location"]
    assert task_requests.perform_next(core)
    assert page in hana.get(asked).get_data(as_text=True)
    text = hana.get(page).get_data(as_text=True)
    assert "has 22 eligible employees. 1 employee is not eligible." in text
    assert "Ada Example" in text
    assert "No pay on file for that date." in text


def test_the_worker_takes_the_snapshot_and_says_whom_it_leaves_out(
    hana: Visitor, core: Core, company: Company
) -> None:
    cycle_id = draft_cycle(core, company)
    with core.database.transaction() as tx:
        tx.execute(tables.pay.delete().where(tables.pay.c.person_id == company["Ada Example"]))
    hana.get(f"/cycles/{cycle_id}")
    asked = hana.post(f"/cycles/{cycle_id}/snapshot").headers["Location"]
    assert "This cycle is waiting to be processed" in hana.get(f"/cycles/{cycle_id}").get_data(as_text=True)
    assert task_requests.perform_next(core)
    text = hana.get(asked).get_data(as_text=True)
    assert "The snapshot holds 22 employees. 1 employee was left out." in text
    assert f'href="/cycles/{cycle_id}"' in text
    listed = hana.get(f"/cycles/{cycle_id}/left-out").get_data(as_text=True)
    assert "has 22 eligible employees. 1 employee is not eligible." in listed
    assert "Ada Example" in listed
    assert "No pay on file for that date." in listed
    assert "Not checked yet" not in listed


def test_the_switch_needs_a_reason(hana: Visitor, core: Core, company: Company, cycle_id: int) -> None:
    hana.get(f"/cycles/{cycle_id}")
    assert hana.post(f"/cycles/{cycle_id}/switch", {"on": "1", "reason": ""}).status_code == 422
    assert hana.post(f"/cycles/{cycle_id}/switch", {"on": "1", "reason": "A test."}).status_code == 303
    assert life.get(core, cycle_id).matrix_only
    text = hana.get(f"/cycles/{cycle_id}").get_data(as_text=True)
    assert "policy and verified skills alone" in text
    assert "This cycle is waiting to be processed" in text
    assert task_requests.perform_next(core)
    (done,) = task_requests.newest(core, "recommend")
    assert done.state == "done"
    assert "The model is turned off" in topics.sentence(done.kind, done.result)


def test_a_change_says_figures_and_managers_as_people_do(
    hana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    with core.database.transaction() as tx:
        mine = tables.person.c.id == company["Ada Example"]
        tx.execute(tables.person.update().where(mine).values(manager_id=company["Eve Specimen"], level="E3"))
    page = f"/cycles/{cycle_id}"
    hana.get(page)
    hana.post(f"{page}/changes")
    assert task_requests.perform_next(core)
    text = hana.get(page).get_data(as_text=True)
    assert "New manager" in text
    assert "→ Eve Specimen" in text
    assert "transferred" not in re.sub(r"<[^>]*>", "", text)


def test_changes_wait_at_the_desk(hana: Visitor, core: Core, company: Company, cycle_id: int) -> None:
    with core.database.transaction() as tx:
        tx.execute(
            tables.person.update()
            .where(tables.person.c.id == company["Eve Specimen"])
            .values(left_on=date(2026, 11, 20))
        )
    page = f"/cycles/{cycle_id}"
    hana.get(page)
    hana.post(f"{page}/changes")
    assert task_requests.perform_next(core)
    text = hana.get(page).get_data(as_text=True)
    assert "Eve Specimen" in text
    assert "Left the company" in text
    found = re.search(rf"{page}/changes/(\d+)", text)
    assert found
    assert hana.post(f"{page}/changes/{found[1]}", {"choice": "remove"}).status_code == 303
    assert hana.post(f"{page}/changes/{found[1]}", {"choice": "remove"}).status_code == 409


def test_a_report_of_a_manager_is_answered(
    hana: Visitor, dana: Visitor, company: Company, cycle_id: int
) -> None:
    person = f"/team/{cycle_id}/people/{company['Ada Example']}"
    dana.get(f"{person}/data")
    dana.post(f"{person}/report", {"text": "The level is wrong."})
    text = hana.get(f"/cycles/{cycle_id}").get_data(as_text=True)
    assert "The level is wrong." in text
    found = re.search(r"/reports/(\d+)", text)
    assert found
    hana.post(f"/cycles/{cycle_id}/reports/{found[1]}", {"answer": "Corrected in the suite."})
    assert "Answer: Corrected in the suite." in dana.get(f"{person}/data").get_data(as_text=True)


def test_hr_decides_for_people_without_a_manager(
    hana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    listing = hana.get("/approvals").get_data(as_text=True)
    assert "No manager in this cycle" in listing
    sheet = hana.get(f"/team/{cycle_id}/0").get_data(as_text=True)
    assert "Rosa Chief" in sheet
    assert "Employees without a manager in this cycle" in sheet
    approval = hana.get(f"/approvals/{cycle_id}/0").get_data(as_text=True)
    assert "0 of 1 raises have been decided." in approval
    for page in (sheet, approval):
        assert not re.search("(of|:) No manager|No manager has", page)


def test_a_manager_cannot_open_the_team_of_nobody(dana: Visitor, company: Company, cycle_id: int) -> None:
    assert dana.get(f"/team/{cycle_id}/0").status_code == 404
    assert dana.get(f"/cycles/{cycle_id}").status_code == 403


def test_raises_are_checked_and_sent_by_the_worker_and_the_page_says_how_many(
    hana: Visitor, core: Core, company: Company
) -> None:
    suite(core)
    page = f"/cycles/{_approved(core, company)}"
    text = hana.get(page).get_data(as_text=True)
    assert "<dt>Not sent</dt><dd>22</dd>" in text
    for button in ("check-raises", "export", "collect"):
        assert hana.post(f"{page}/{button}").status_code == 303
        assert task_requests.perform_next(core)
    text = hana.get(page).get_data(as_text=True)
    assert "<dt>On the way</dt><dd>22</dd>" in text
    assert "22 raises queued for payroll." in text
    assert "Not sent" not in text


def test_all_changes_of_a_kind_are_settled_on_the_page(
    hana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    with core.database.transaction() as tx:
        people = [company["Ada Example"], company["Ben Sample"]]
        mine = tables.rating.update().where(tables.rating.c.person_id.in_(people))
        tx.execute(mine.values(score=Decimal(5)))
        tx.execute(tables.person.update().where(tables.person.c.id.in_(people)).values(org_unit="Elsewhere"))
    page = f"/cycles/{cycle_id}"
    hana.get(page)
    hana.post(f"{page}/changes")
    assert task_requests.perform_next(core)
    text = hana.get(page).get_data(as_text=True)
    assert "Rating changed: 2" in text
    assert "Unit changed: 2" in text
    newest = max(int(found) for found in re.findall(r'name="up_to" value="(\d+)"', text))
    form = {"kind": "rating_changed", "up_to": str(newest)}
    address = f"{page}/changes/of-a-kind"
    assert hana.post(address, {**form, "choice": "remove"}).status_code == 422
    assert hana.post(address, {**form, "choice": "refresh"}).status_code == 303
    assert task_requests.perform_next(core)
    text = hana.get(page).get_data(as_text=True)
    assert "<small>0 open</small>" in text  # the refresh took the new units with it
    again = hana.post(address, {**form, "kind": "unit_changed", "choice": "keep"})
    assert again.status_code == 303


@pytest.mark.parametrize(
    ("language", "rates", "said"),
    [
        ("en", "USD=1,085", "1,085 could mean 1,085 or 1.085"),
        ("de", "USD=1.085", "1.085"),
        ("en", "EUR=1.2", "EUR is the currency of the cycle"),
    ],
)
def test_a_rate_that_could_mean_two_or_is_of_the_own_currency_is_refused(
    hana: Visitor, core: Core, company: Company, language: str, rates: str, said: str
) -> None:
    policy_id = training.add_policy(core, company.hr, policy())
    hana.get(f"/cycles?lang={language}")
    sent = {**FORM, "budget_percent": "4", "currency": "EUR", "policy_id": str(policy_id), "rates": rates}
    before = len(life.listed(core))
    headers = {"Accept-Language": language}
    refused = hana.client.post("/cycles", data={"csrf_token": hana.token, **sent}, headers=headers)
    assert refused.status_code == 422
    assert said in refused.get_data(as_text=True)
    assert len(life.listed(core)) == before
    fine = {**sent, "rates": "USD=1.085" if language == "en" else "USD=1,085"}
    made = hana.client.post("/cycles", data={"csrf_token": hana.token, **fine}, headers=headers)
    assert made.status_code == 303
    assert life.listed(core)[0].rates == {"USD": "1.085"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("policy_id", "\u00b2"),
        ("policy_id", "9" * 30),
        ("model_id", "\u00b2"),
        ("model_id", "9" * 30),
        ("name", "x" * 201),
    ],
)
def test_what_a_new_cycle_cannot_be_made_of_is_refused(
    hana: Visitor, core: Core, company: Company, field: str, value: str
) -> None:
    policy_id = training.add_policy(core, company.hr, policy())
    hana.get("/cycles")
    answer = hana.post("/cycles", {**FORM, "policy_id": str(policy_id), field: value})
    assert answer.status_code == 422
    assert life.listed(core) == []
