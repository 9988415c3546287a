"""HR sees two people with one identifier side by side, decides once, and can take it back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from plugin.app import create_app
from plugin.domain import Role
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup
from tests.reports.kit import Files, owners
from tests.services.cycle.test_conflict_effects import BADGE, BEN, DESK, DEV, KUBERNETES, share
from tests.services.sources.test_conflicts import (
    LARS,
    LEARNING,
    LENA,
    MAIL,
    PEOPLE,
    RECORDS,
    TWO,
    course,
    people,
)
from tests.small_company import fill, open_cycle
from tests.web.admin_world import HR
from tests.web.conftest import Visitor

PAGE = f"/admin/people-to-match/conflict?kind=email&value={MAIL}"
LIST = "/admin/people-to-match/conflicts"
POST = "/admin/people-to-match/conflict"


@pytest.fixture
def hana(core: Core) -> Visitor:
    Files(core).read(people=PEOPLE + LENA + LARS, learning=LEARNING)
    account_setup.add_account(
        core, SYSTEM, email=HR, display_name="Hana", password="long enough word", roles=[Role.HR_ADMIN]
    )
    app: Flask = create_app(core)
    app.testing = True
    visitor = Visitor(app.test_client())
    visitor.sign_in(HR, "long enough word")
    visitor.get("/admin")
    return visitor


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def sent(core: Core, answer: str, **more: str) -> dict[str, str]:
    return {"kind": "email", "value": MAIL, "answer": answer, **more}


def test_both_people_stand_side_by_side_with_what_waits(hana: Visitor, core: Core) -> None:
    text = text_of(hana.get(PAGE))
    for part in ("Lars Brandt", "Lena Brandt", "100231", "104417", "Course 2026-02-09", "3 waiting records"):
        assert part in text
    assert not re.search(r'value="handed_on"\s+checked', text)
    assert f'value="one_person:{people(core)["P2"]}"' in text
    assert "3 records" in text_of(hana.get("/admin")) or "Identifiers with several holders" in text_of(
        hana.get("/admin")
    )
    assert MAIL in text_of(hana.get(LIST))


def test_one_press_moves_the_records_and_undo_puts_them_back(hana: Visitor, core: Core) -> None:
    ids = people(core)
    answer = hana.post(POST, sent(core, "handed_on", **{f"from-{ids['P2']}": "2026-02-01"}))
    assert answer.status_code == 303
    assert owners(core, "learning") == ["P1", "P1", "P1", "P2", "P2"]
    text = text_of(hana.get(LIST))
    assert "Decided. 3 records were attached." in text
    assert "1 record to Lars Brandt" in text
    ruling = re.search(r'name="ruling_id" value="(\d+)"', text)
    assert ruling is not None
    assert hana.post(f"{POST}/undo", {"ruling_id": ruling[1]}).status_code == 303
    assert owners(core, "learning") == ["P1", "P1"]
    assert "Undone. The records are waiting again." in text_of(hana.get(LIST))


@pytest.mark.parametrize("answer", ["", "nonsense", "one_person:999", "one_person:x", "handed_on"])
def test_a_wrong_answer_is_said_and_changes_nothing(hana: Visitor, core: Core, answer: str) -> None:
    found = hana.post(POST, sent(core, answer))
    assert found.status_code == 422
    assert "Not saved." in text_of(found)
    assert owners(core, "learning") == ["P1", "P1"]


def test_a_decided_question_is_gone(hana: Visitor, core: Core) -> None:
    hana.post(POST, sent(core, "shared", note="IT says so"))
    assert hana.get(PAGE).status_code == 404
    assert hana.post(POST, sent(core, "shared")).status_code == 404
    assert owners(core, "learning") == []


def test_a_record_of_two_people_is_decided_alone(hana: Visitor, core: Core) -> None:
    learning = RECORDS + course("r4", "p9@files.example", "00010")
    Files(core, "other").read(people=TWO, learning=learning)
    text = text_of(hana.get(LIST))
    assert "p9@files.example / 00010" in text
    where = re.search(r"kind=record&amp;value=(\d+)", text)
    assert where is not None
    text = text_of(hana.get(f"/admin/people-to-match/conflict?kind=record&value={where[1]}"))
    for part in ("One record names 2 people", "Vor Nine", "Vor Ten", "Only this record is decided."):
        assert part in text
    assert "handed_on" not in text
    assert "with one identifier" not in text
    sent_ = {"kind": "record", "value": where[1], "answer": f"one_person:{people(core)['P9']}"}
    assert hana.post(POST, sent_).status_code == 303
    text = text_of(hana.get(LIST))
    assert "only this record" in text
    assert "1 record to Vor Nine" in text


def test_a_shared_address_is_a_task_without_a_record(hana: Visitor, core: Core) -> None:
    shared = TWO.replace("p10@files.example", "p9@files.example")
    Files(core, "other").read(people=shared)
    assert "p9@files.example" in text_of(hana.get(LIST))
    text = text_of(hana.get("/admin/people-to-match/conflict?kind=email&value=p9@files.example"))
    assert "No record is waiting yet." in text
    answer = {"kind": "email", "value": "p9@files.example", "answer": f"one_person:{people(core)['P9']}"}
    assert hana.post(POST, answer).status_code == 303
    text = text_of(hana.get(LIST))
    assert "Decided. No record was waiting." in text


def test_each_answer_says_what_it_does_to_pay(core: Core) -> None:
    company = fill(core)
    share(core, company, BEN, DEV)
    Files(core).read(badges=BADGE + KUBERNETES)
    visitor = Visitor(create_app(core).test_client())
    visitor.sign_in(company.hr.name)
    page = f"{POST}?kind=email&value={DESK}"
    assert "No effect on pay: no cycle is open." in text_of(visitor.get(page))
    open_cycle(core, company)
    text = text_of(visitor.get(page))
    assert re.search(
        rf"{BEN}: the recommendation rises from \d\.\d% to \d\.\d%, by \d\.\d points or €[\d,]+ a year\. "
        "This counts once the badges are verified",
        text,
    )
    assert text.count(f"{DEV}: no effect on pay, no record counts for the recommendation.") == 1
    assert "No effect on pay: no record counts for the recommendation." in text
