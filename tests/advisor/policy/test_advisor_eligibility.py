"""Who takes part and for which share, with the reason in words; leave changes nothing unless the policy says so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.advisor.policy.eligibility import Eligible, judge
from plugin.advisor.policy.pay_policy import Eligibility, Proration
from plugin.advisor.recommendation import wording
from plugin.advisor.recommendation.snapshot import LeavePeriod
from plugin.advisor.recommendation.values import Facts, Note, NoteCode
from tests.advisor.advisor_company import AS_OF, person, policy

YEAR = Proration(date(2025, 1, 1), date(2025, 12, 31))


def judged(rule: Proration = YEAR, who: Eligibility | None = None, **changes: object) -> Eligible:
    return judge(person(**changes), AS_OF, policy(proration=rule, eligibility=who or Eligibility()))


def test_late_hire_is_out_but_may_be_brought_to_the_range_minimum() -> None:
    found = judged(who=Eligibility(hired_by=date(2025, 10, 31)), hired_on=date(2025, 11, 1))
    assert not found.takes_part
    assert found.to_minimum
    why = Note(NoteCode.HIRED_TOO_LATE, Facts(on=date(2025, 11, 1), limit=date(2025, 10, 31)))
    assert found.notes == (why,)
    assert wording.note(why).endswith("Not eligible in this cycle.")


def test_recent_raise_is_out() -> None:
    rule = Eligibility(months_since_raise=6)
    assert not judged(who=rule, last_pay_change_on=date(2025, 12, 1)).takes_part
    assert judged(who=rule, last_pay_change_on=date(2025, 10, 1)).takes_part


def test_exempt_country_is_out_altogether() -> None:
    found = judged(who=Eligibility(exempt_countries=("XX",)))
    assert (found.takes_part, found.to_minimum) == (False, False)


def test_hire_within_the_period_counts_for_the_days_worked() -> None:
    found = judged(hired_on=date(2025, 7, 2))
    assert found.factor == Decimal("0.5014")  # 183 of 365 days
    assert [wording.note(note) for note in found.notes] == [
        "Hired on 2 July 2025. The raise is prorated to 50%."
    ]


def test_hire_after_the_period_is_out() -> None:
    assert not judged(hired_on=date(2026, 1, 1)).takes_part


def test_pay_change_within_the_period_starts_the_share_anew_when_the_policy_says_so() -> None:
    assert judged(last_pay_change_on=date(2025, 7, 2)).factor == 1
    anew = Proration(YEAR.period_started_on, YEAR.period_ended_on, since_pay_change=True)
    assert judged(anew, last_pay_change_on=date(2025, 7, 2)).factor == Decimal("0.5014")


days = st.dates(date(2024, 6, 1), date(2026, 3, 1))


@given(
    st.lists(st.tuples(days, days).map(sorted), max_size=4),
    st.sampled_from(["parental", "sick", "unpaid"]),
)
def test_leave_changes_nothing_by_default(spans: list[list[date]], kind: str) -> None:
    leaves = tuple(LeavePeriod(kind, start, end) for start, end in spans)
    assert judged(leaves=leaves).factor == judged().factor
    assert judged(leaves=leaves).takes_part


@pytest.mark.parametrize(
    ("rule", "start", "end", "said"),
    [
        (YEAR, date(2025, 12, 31), None, True),
        (YEAR, date(2024, 6, 1), date(2025, 1, 1), True),
        (YEAR, date(2024, 6, 1), date(2024, 12, 31), False),
        (YEAR, date(2026, 1, 1), date(2026, 2, 1), False),
        (Proration(), date(2025, 6, 1), None, False),
    ],
)
def test_leave_is_spoken_of_only_where_it_lies_in_the_period(
    rule: Proration, start: date, end: date | None, *, said: bool
) -> None:
    assert bool(judged(rule, leaves=(LeavePeriod("parental", start, end),)).notes) is said


def test_leave_that_the_policy_counts_is_counted_once_and_said() -> None:
    rule = Proration(YEAR.period_started_on, YEAR.period_ended_on, leave_counts=("unpaid",))
    twice = (
        LeavePeriod("unpaid", date(2025, 1, 1), date(2025, 1, 31)),
        LeavePeriod("unpaid", date(2025, 1, 15), date(2025, 2, 28)),
        LeavePeriod("parental", date(2025, 3, 1), None),
    )
    found = judged(rule, leaves=twice)
    assert found.factor == (Decimal(365 - 59) / 365).quantize(Decimal("0.0001"))
    assert found.notes[0] == Note(NoteCode.LEAVE_COUNTED, Facts(days=59, share=found.factor))
    assert "59 days" in wording.note(found.notes[0])


def test_the_dates_of_a_policy_move_by_whole_years_and_february_29_with_them() -> None:
    leap = policy(
        eligibility=Eligibility(hired_by=date(2024, 2, 29), months_since_raise=6),
        proration=Proration(date(2023, 3, 1), date(2024, 2, 29), leave_counts=("unpaid",)),
    )
    back = leap.moved(-1)
    assert back.eligibility == Eligibility(hired_by=date(2023, 2, 28), months_since_raise=6)
    assert back.proration == Proration(date(2022, 3, 1), date(2023, 2, 28), leave_counts=("unpaid",))
    assert leap.moved(4).eligibility.hired_by == date(2028, 2, 29)
    assert (back.matrix, back.skills, back.ranges) == (leap.matrix, leap.skills, leap.ranges)


def test_a_policy_without_dates_is_the_same_in_every_year() -> None:
    assert policy().moved(-3).hash == policy().hash


@given(hired=st.dates(date(2020, 1, 1), date(2025, 12, 31)), years=st.integers(-6, 6))
def test_a_person_and_a_policy_moved_by_the_same_years_are_judged_alike(hired: date, years: int) -> None:
    if (hired.month, hired.day) == (2, 29):
        hired = date(hired.year, 2, 28)
    rules = policy(eligibility=Eligibility(hired_by=date(2025, 10, 31)))
    moved = person(hired_on=hired.replace(year=hired.year + years))
    then = judge(moved, AS_OF.replace(year=AS_OF.year + years), rules.moved(years))
    assert then.takes_part == judge(person(hired_on=hired), AS_OF, rules).takes_part
