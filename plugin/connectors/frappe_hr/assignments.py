"""A raise in Frappe HR: a new salary structure assignment that is the last one but for its day and its base."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from plugin.connectors.base import Context
from plugin.connectors.frappe_hr import api, payslips, records
from plugin.connectors.frappe_hr.documents import (
    ASSIGNMENT,
    CENT,
    decimal_of,
    plan_submitted,
    stored_otherwise,
    submitted,
    unlike,
)
from plugin.connectors.writing import Action, Create, Desired, Done, Patch, Refuse, Remote
from plugin.domain import Json, JsonObject, Money
from plugin.errors import Conflict, GiveUp, SkipRecord
from plugin.figures.writing import day, money
from plugin.texts import _

OF_ITS_PERSON = frozenset({"employee_name", "department", "designation", "grade"})
"""Fetched anew by the suite. What else is kept: variable, cost centres, tax slab, currency, account, custom fields."""
OF_ITS_PERIOD = frozenset({"taxable_earnings_till_date", "tax_deducted_till_date"})
"""Opening balances count in the payroll period of the assignment's day only (salary_slip.py, get_opening_for)."""
_ROUNDED_AWAY = Decimal(1)  # a year's pay is told to the cent, a period's base rounds it


def find(ctx: Context, desired: Desired) -> Remote | None:
    """The assignment of the day, or an empty one that tells of later pay or of pay that is higher already."""
    day = str(desired.values["effective_on"])
    about: list[Json] = [["employee", "=", desired.person_source_id], ["docstatus", "!=", 2]]
    fields = ["name", "base", "currency", "salary_structure", "docstatus", "from_date", "modified"]
    rows = api.rows(ctx, ASSIGNMENT, fields, about, order_by="from_date asc,docstatus desc,name asc", limit=0)
    if not rows:
        return None
    final = [row for row in rows if row["docstatus"] == 1]
    later = next((row for row in final if str(row["from_date"]) > day), None)
    before = next((row for row in reversed(final) if str(row["from_date"]) < day), None)
    seen: JsonObject = {
        "later": later and later["from_date"],
        "annual_before": _annual(ctx, before),
        "currency_before": before and before["currency"],
    }
    same = [row for row in rows if str(row["from_date"]) == day]
    if not same:
        return Remote("", seen) if later or before else None
    row = same[0]
    seen |= {"annual": _annual(ctx, row), "base": str(row["base"]), "currency": row["currency"]}
    seen |= {"docstatus": row["docstatus"], "periods": _periods(ctx, row)}
    return Remote(str(row["name"]), {**seen, "doubled": len(same) > 1}, str(row["modified"]))


def plan(ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    """What a person entered for the same day or a later one is never overwritten, only reported."""
    if remote is None:
        return Create(desired)
    held = remote.values
    if held.get("later"):
        why = _(
            "the HR suite has other pay for this employee from %(day)s on; cancel it there, or correct the decision",
            day=day(date.fromisoformat(str(held["later"]))),
        )
        return Refuse(desired, "later_pay", why)
    if not remote.remote_id:
        before = held.get("annual_before")
        is_lower = before is not None and Decimal(str(before)) > decimal_of(desired, "annual") + _ROUNDED_AWAY
        if is_lower and held.get("currency_before") == desired.values["currency"]:
            why = _(
                "the HR suite now pays more than this raise would: %(pay)s a year",
                pay=money(Money(Decimal(str(before)), str(held["currency_before"]))),
            )
            return Refuse(desired, "lower_pay", why)
        return Create(desired)
    if held.get("doubled"):
        why = _("the HR suite has two salaries for this employee and day; cancel one of them there")
        return Refuse(desired, "doubled", why)
    periods = held.get("periods")
    is_same = (
        periods is not None
        and Decimal(str(held["base"])).quantize(CENT) == base_of(desired, int(str(periods)))
        and held["currency"] == desired.values["currency"]
    )
    if not is_same:
        why = _(
            "the HR suite has another salary for this employee and day; cancel it there, or correct the decision"
        )
        return Refuse(desired, "differs", why)
    return plan_submitted(ctx, desired, remote)


def apply(ctx: Context, action: Create | Patch, _op_id: UUID) -> Done:
    """Written, read back as a whole and compared; and the suite must be able to make the next payslip of it."""
    desired = action.desired
    last, values = successor(ctx, desired)
    before = payslips.preview(ctx, str(last["salary_structure"]), desired)
    if isinstance(action, Patch):
        name = action.remote.remote_id
    else:
        name = str(api.insert(ctx, ASSIGNMENT, values)["name"])
    done = submitted(ctx, ASSIGNMENT, name)
    wrong = unlike(values, api.document(ctx, ASSIGNMENT, name))
    if wrong:
        raise stored_otherwise(wrong)
    found = find(ctx, desired)
    if found is not None and found.values.get("doubled"):  # the suite's own check races with another writer
        raise GiveUp(
            _("the HR suite has two salaries for this employee and day; cancel one of them there"),
            code="doubled",
        )
    after = payslips.preview(ctx, str(values["salary_structure"]), desired)
    return Done(done.remote_id, done.etag, payslips.told(before, after))


def last_assignment(ctx: Context, desired: Desired) -> JsonObject:
    """The whole document of the salary in force before the day. GiveUp when there is none, or one in another currency."""
    about: list[Json] = [
        ["employee", "=", desired.person_source_id],
        ["docstatus", "=", 1],
        ["from_date", "<=", desired.values["effective_on"]],
    ]
    found = api.rows(ctx, ASSIGNMENT, ["name"], about, order_by="from_date desc,name desc")
    if not found:
        raise GiveUp(
            _("the employee has no salary structure before this date"),
            code="no_structure",
            remedy=_("assign one in the HR suite"),
        )
    last = api.document(ctx, ASSIGNMENT, str(found[0]["name"]))
    if last.get("currency") != desired.values["currency"]:
        raise GiveUp(_("the raise must be in the currency of the employee's salary"), code="currency")
    return last


def successor(ctx: Context, desired: Desired) -> tuple[JsonObject, JsonObject]:
    """The last assignment, and what is sent: it without its identity, with the new day and base."""
    last = last_assignment(ctx, desired)
    periods = _periods(ctx, last)
    if periods is None:
        raise GiveUp(
            _("a year's pay can't be told from the payroll frequency of this salary structure"),
            code="pay_periods",
            remedy=_("enter this raise manually, or use a structure with another payroll frequency"),
        )
    day = str(desired.values["effective_on"])
    left = OF_ITS_PERSON if _is_of_one_period(ctx, last, day) else OF_ITS_PERSON | OF_ITS_PERIOD
    values = {name: value for name, value in api.without_identity(last).items() if name not in left}
    return last, {**values, "from_date": day, "base": float(base_of(desired, periods))}


def _is_of_one_period(ctx: Context, last: JsonObject, day: str) -> bool:
    if not any(last.get(name) for name in OF_ITS_PERIOD):
        return True
    about: list[Json] = [
        ["company", "=", last.get("company")],
        ["start_date", "<=", day],
        ["end_date", ">=", day],
    ]
    found = api.rows(ctx, "Payroll Period", ["name", "start_date"], about)
    return bool(found) and str(last["from_date"]) >= str(found[0]["start_date"])


def base_of(desired: Desired, periods: int) -> Decimal:
    """Pay of one period, rounded to the cent once, here."""
    return (decimal_of(desired, "annual") / periods).quantize(CENT, ROUND_HALF_UP)


def _annual(ctx: Context, row: JsonObject | None) -> str | None:
    periods = _periods(ctx, row) if row else None
    return None if row is None or periods is None else str(Decimal(str(row.get("base") or 0)) * periods)


def _periods(ctx: Context, row: JsonObject) -> int | None:
    """Pay periods in a year of the assignment's structure; None where nobody can say."""
    about: list[Json] = [["name", "=", row.get("salary_structure")]]
    found = api.rows(ctx, "Salary Structure", ["name", "payroll_frequency"], about)
    if not found:
        raise Conflict(_("the HR suite no longer has the salary structure"), code="no_structure")
    try:
        return records.pay_periods(ctx, found[0].get("payroll_frequency"))
    except SkipRecord:
        return None
