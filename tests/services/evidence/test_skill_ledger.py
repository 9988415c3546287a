"""Evidence is paid for once; what stops holding afterwards is looked at by a person and cuts nothing by itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.jobs import JOBS
from plugin.services.core import Core
from plugin.services.evidence import skill_ledger
from plugin.store import tables
from plugin.store.evidence import evidence_facts
from plugin.store.evidence.ledger import Piece
from plugin.store.operation import audits
from plugin.store.payroll import exports
from tests.small_company import Company, count, draft_cycle, fill

TODAY = date(2026, 11, 21)


@pytest.fixture
def company(any_core: Core) -> Company:
    return fill(any_core)


@pytest.fixture
def rewarded(any_core: Core, company: Company) -> dict[str, int]:
    """Award ids by name: Ada's two badges and Finn's one were paid for in a cycle."""
    cycle_id = draft_cycle(any_core, company)
    with any_core.database.transaction() as tx:
        rows = tx.execute(sa.select(tables.badge_award.c.id, tables.badge_award.c.source_id)).all()
        ids = {row.source_id: row.id for row in rows}
        found = {"kubernetes": ids["award-0"], "python": ids["award-1"], "finn": ids["award-3"]}
        exports.add_rewards(tx, cycle_id, TODAY, [(one, Decimal("0.5")) for one in found.values()])
    return found


def change(core: Core, award_id: int, **values: object) -> None:
    with core.database.transaction() as tx:
        tx.execute(tables.badge_award.update().where(tables.badge_award.c.id == award_id).values(**values))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"state": "revoked"}, "revoked"),
        ({"verdict": "invalid", "codes": ["revoked"]}, "revoked"),
        ({"verdict": "invalid", "codes": ["expired"]}, "expired"),
        ({"expires_on": TODAY}, "expired"),
        ({"verdict": "invalid", "codes": ["bad_signature"]}, "invalid"),
        ({"trust": "blocked"}, "blocked"),
    ],
)
def test_what_stops_holding_after_reward_opens_one_review(
    any_core: Core, rewarded: dict[str, int], values: dict[str, object], why: str
) -> None:
    change(any_core, rewarded["finn"], **values)
    assert skill_ledger.open_reviews(any_core) == 1
    assert skill_ledger.open_reviews(any_core) == 0
    (review,) = skill_ledger.reviews(any_core)
    assert (review.line.award_id, review.reason) == (rewarded["finn"], why)
    assert [(step.actor, step.reason) for step in review.steps] == [("system", why)]


@pytest.mark.parametrize(
    "values", [{"verdict": "undetermined"}, {"trust": "unknown"}, {"expires_on": date(2026, 11, 22)}]
)
def test_doubt_that_may_pass_opens_nothing(
    any_core: Core, rewarded: dict[str, int], values: dict[str, object]
) -> None:
    change(any_core, rewarded["finn"], **values)
    assert skill_ledger.open_reviews(any_core) == 0


def test_a_badge_that_was_never_rewarded_needs_no_review(any_core: Core, company: Company) -> None:
    with any_core.database.transaction() as tx:
        tx.execute(tables.badge_award.update().values(state="revoked"))
    assert skill_ledger.open_reviews(any_core) == 0


def test_the_scheduler_opens_reviews_daily(any_core: Core, rewarded: dict[str, int]) -> None:
    change(any_core, rewarded["finn"], expires_on=TODAY)
    (job,) = [one for one in JOBS if one.id == "open_skill_reviews"]
    job.perform(any_core)
    assert skill_ledger.counts(any_core) == {"none": 2, "open": 1}


def test_nothing_is_cut_until_a_person_decides(
    any_core: Core, company: Company, rewarded: dict[str, int]
) -> None:
    pays = count(any_core, tables.pay)
    change(any_core, rewarded["finn"], state="revoked")
    skill_ledger.open_reviews(any_core)
    assert count(any_core, tables.pay) == pays
    with any_core.database.reading() as tx:
        assert rewarded["finn"] in {one.award_id for one in evidence_facts.rewarded_before(tx, TODAY)}
    (review,) = skill_ledger.reviews(any_core)
    skill_ledger.decide(any_core, company.hr, review.line.id, "withdrawn", "Awarded by mistake.")
    with any_core.database.reading() as tx:
        assert rewarded["finn"] not in {one.award_id for one in evidence_facts.rewarded_before(tx, TODAY)}
    assert count(any_core, tables.pay) == pays


def test_a_decision_is_audited_and_made_once(
    any_core: Core, company: Company, rewarded: dict[str, int]
) -> None:
    change(any_core, rewarded["finn"], state="revoked")
    skill_ledger.open_reviews(any_core)
    line = skill_ledger.reviews(any_core)[0].line
    skill_ledger.decide(any_core, company.hr, line.id, "kept", "  Earned in good faith.  ")
    (review,) = skill_ledger.reviews(any_core, state="kept")
    assert review.line.review_note == "Earned in good faith."
    assert [step.actor for step in review.steps] == ["system", "hana@example.com"]
    with any_core.database.reading() as tx:
        assert audits.first_break(tx) is None
    with pytest.raises(Conflict):
        skill_ledger.decide(any_core, company.hr, line.id, "withdrawn", "Too late.")
    with pytest.raises(NotFound):
        skill_ledger.decide(any_core, company.hr, 10**9, "kept", "Nothing.")


@pytest.mark.parametrize(
    ("outcome", "note", "field"),
    [("kept", "  ", "note"), ("cut", "x", "outcome"), ("kept", "x" * 2001, "note")],
)
def test_a_decision_needs_a_note_and_a_known_outcome(
    any_core: Core, company: Company, rewarded: dict[str, int], outcome: str, note: str, field: str
) -> None:
    change(any_core, rewarded["finn"], state="revoked")
    skill_ledger.open_reviews(any_core)
    line = skill_ledger.reviews(any_core)[0].line
    with pytest.raises(InvalidInput) as caught:
        skill_ledger.decide(any_core, company.hr, line.id, outcome, note)
    assert set(caught.value.fields) == {field}


def test_what_was_kept_is_asked_again_for_a_new_reason_only(
    any_core: Core, company: Company, rewarded: dict[str, int]
) -> None:
    change(any_core, rewarded["finn"], expires_on=TODAY)
    skill_ledger.open_reviews(any_core)
    line = skill_ledger.reviews(any_core)[0].line
    skill_ledger.decide(any_core, company.hr, line.id, "kept", "The skill is still used daily.")
    assert skill_ledger.open_reviews(any_core) == 0
    change(any_core, rewarded["finn"], state="revoked")
    assert skill_ledger.open_reviews(any_core) == 1


def test_a_person_sees_what_was_paid_where_and_what_is_new(
    any_core: Core, company: Company, rewarded: dict[str, int]
) -> None:
    ada = skill_ledger.of_person(any_core, company["Ada Example"])
    assert ada.pay_changed_on == date(2025, 4, 1)
    assert [(one.line.badge_name, one.line.cycle_name, one.line.points) for one in ada.paid] == [
        ("Kubernetes Administrator", "Merit cycle 2027", Decimal("0.5")),
        ("Python Data Science", "Merit cycle 2027", Decimal("0.5")),
    ]
    assert {one.word for one in ada.badges} == {"rewarded"}
    words = {
        name: [one.word for one in skill_ledger.of_person(any_core, company[name]).badges]
        for name in ("Ben Sample", "Cleo Instance", "Eve Specimen")
    }
    assert words == {"Ben Sample": ["new"], "Cleo Instance": ["before"], "Eve Specimen": []}
    with pytest.raises(NotFound):
        skill_ledger.of_person(any_core, 10**9)


GOOD = Piece(
    1, "SQL", "Academy", "skill", None, "decided", date(2026, 5, 1), None, "active", "valid", "trusted", None
)


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("state", "active", "new"),
        ("state", "revoked", "revoked"),
        ("expires_on", TODAY, "expired"),
        ("verdict", "undetermined", "unverified"),
        ("verdict", "unchecked", "unverified"),
        ("trust", "unknown", "untrusted"),
        ("entry_state", "proposed", "undecided"),
        ("kind", "performance", "kind"),
        ("kind", None, "kind"),
        ("rewarded_in", "Merit cycle", "rewarded"),
        ("issued_on", date(2026, 1, 1), "before"),
    ],
)
def test_a_badge_counts_only_when_nothing_speaks_against_it(field: str, value: object, word: str) -> None:
    piece = Piece(**{**GOOD.__dict__, field: value})
    assert skill_ledger.standing(piece, date(2026, 1, 1), TODAY) == word
