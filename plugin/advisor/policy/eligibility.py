"""Who takes part in a cycle and for which share of the year, with the reason; leave changes nothing by default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from plugin.advisor.policy.pay_policy import Policy, Proration
from plugin.advisor.recommendation.snapshot import EmployeeRow, LeavePeriod
from plugin.advisor.recommendation.values import Facts, Note, NoteCode

ONE = Decimal(1)
NEUTRAL = Note(NoteCode.LEAVE_NEUTRAL)


@dataclass(frozen=True)
class Eligible:
    """``factor`` 0 to 1 multiplies the merit guideline."""

    takes_part: bool
    factor: Decimal = ONE
    notes: tuple[Note, ...] = ()
    to_minimum: bool = True  # may be brought to the range minimum all the same


def judge(row: EmployeeRow, as_of: date, policy: Policy) -> Eligible:
    """Eligibility first, then proration."""
    refusal = _refusal(row, as_of, policy)
    if refusal:
        exempt = row.country in policy.eligibility.exempt_countries
        return Eligible(takes_part=False, factor=Decimal(0), notes=(refusal,), to_minimum=not exempt)
    factor, notes = _factor(row, policy.proration)
    if factor == 0:
        return Eligible(takes_part=False, factor=factor, notes=notes)
    return Eligible(takes_part=True, factor=factor, notes=notes)


def _refusal(row: EmployeeRow, as_of: date, policy: Policy) -> Note | None:
    rules = policy.eligibility
    if rules.hired_by and row.hired_on and row.hired_on > rules.hired_by:
        return Note(NoteCode.HIRED_TOO_LATE, Facts(on=row.hired_on, limit=rules.hired_by))
    if row.country and row.country in rules.exempt_countries:
        return Note(NoteCode.PAY_SET_ELSEWHERE, Facts(country=row.country))
    least = rules.months_since_raise
    months = row.months_since_raise(as_of) if row.last_pay_change_on else None
    if least is not None and months is not None and months < least:
        return Note(NoteCode.RAISED_RECENTLY, Facts(months=months, least_months=least))
    return None


def _factor(row: EmployeeRow, rule: Proration) -> tuple[Decimal, tuple[Note, ...]]:
    start, end = rule.period_started_on, rule.period_ended_on
    if start is None or end is None:
        return ONE, ()
    began, code = _began(row, rule, start)
    away = _away(row, rule, began, end)
    worked = max((end - began).days + 1, 0) - away
    factor = (Decimal(max(worked, 0)) / Decimal((end - start).days + 1)).quantize(Decimal("0.0001"))
    notes: tuple[Note, ...] = () if code is None else (Note(code, Facts(on=began, share=factor)),)
    if away:
        notes += (Note(NoteCode.LEAVE_COUNTED, Facts(days=away, share=factor)),)
    elif any(leave.started_on <= end and (leave.ended_on or end) >= start for leave in row.leaves):
        notes += (NEUTRAL,)
    return factor, notes


def _began(row: EmployeeRow, rule: Proration, start: date) -> tuple[date, NoteCode | None]:
    began, code = start, None
    if row.hired_on and row.hired_on > began:
        began, code = row.hired_on, NoteCode.HIRED_DURING_YEAR
    changed = row.last_pay_change_on
    if rule.since_pay_change and changed and changed > began:
        began, code = changed, NoteCode.PAY_CHANGED_DURING_YEAR
    return began, code


def _away(row: EmployeeRow, rule: Proration, began: date, end: date) -> int:
    days: set[date] = set()
    for leave in counted(row, rule):
        first, last = max(leave.started_on, began), min(leave.ended_on or end, end)
        days.update(first + timedelta(days=i) for i in range((last - first).days + 1))
    return len(days)


def counted(row: EmployeeRow, rule: Proration) -> list[LeavePeriod]:
    """The leaves within the period that shorten it: all that a page may show of a person's leaves."""
    start, end = rule.period_started_on, rule.period_ended_on
    if start is None or end is None:
        return []
    return [
        leave
        for leave in row.leaves
        if leave.kind in rule.leave_counts and leave.started_on <= end and (leave.ended_on or end) >= start
    ]
