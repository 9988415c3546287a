"""How Frappe HR's rows become records of ours; pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from plugin.connectors.base import Context
from plugin.domain import (
    Json,
    JsonObject,
    LeaveKind,
    LeaveRecord,
    Money,
    PayRecord,
    PersonRecord,
    RatingRecord,
    Record,
    SkillRecord,
    Stream,
)
from plugin.errors import InvalidInput, SkipRecord
from plugin.texts import _

_NO_LEAVE = "none"
_LEAVE_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (  # the first that is part of a leave type's name
    (_NO_LEAVE, ("casual", "privilege", "annual", "vacation", "holiday", "earned", "compensatory")),
    (LeaveKind.PARENTAL, ("parental", "maternity", "paternity", "adoption", "pregnan")),
    (LeaveKind.CARE, ("care", "bereavement", "compassionate")),
    (LeaveKind.SICK, ("sick", "medical", "hospital", "injury")),
    (LeaveKind.UNPAID, ("unpaid", "without pay", "lwp", "sabbatical")),
)
_PERIODS = {"Weekly": 52, "Fortnightly": 26, "Bimonthly": 24}
_SCORES = ("total_score", "self_score", "avg_feedback_score")


def record(ctx: Context, stream: Stream, raw: JsonObject) -> Record:
    """SkipRecord with a code when the row cannot be used."""
    makers: dict[Stream, Callable[[Context, JsonObject], Record]] = {
        Stream.PEOPLE: person,
        Stream.RATINGS: rating,
        Stream.PAY: pay,
        Stream.LEAVES: leave,
        Stream.SKILLS: skill,
    }
    try:
        return makers[stream](ctx, raw)
    except InvalidInput as error:
        raise SkipRecord(str(error), code="value") from error


def person(ctx: Context, raw: JsonObject) -> PersonRecord:
    """``left_on`` of one whose status is Left without a relieving date is the day of the last change."""
    emails = (_text(raw, "company_email"), _text(raw, "user_id"))
    left = _day(raw, "relieving_date")
    if left is None and raw.get("status") == "Left":
        left = _date(str(raw.get("modified"))[:10], "modified")
    return PersonRecord(
        source_id=_required(raw, "name"),
        display_name=_required(raw, "employee_name"),
        emails=tuple(dict.fromkeys(one for one in emails if one and "@" in one)),
        employee_number=_text(raw, "employee_number"),
        manager_source_id=_text(raw, "reports_to"),
        job_title=_text(raw, "designation"),
        job_family=_text(raw, "designation"),
        level=_text(raw, "grade"),
        org_unit=_text(raw, "department"),
        country=_country(ctx, raw),
        hired_on=_day(raw, "date_of_joining"),
        left_on=left,
    )


def _country(ctx: Context, raw: JsonObject) -> str | None:
    if ctx.settings["country_from"] == "branch":
        return _text(raw, "branch")
    known = countries(ctx)
    return known.get(str(raw.get("company") or "").casefold(), known.get(""))


def countries(ctx: Context) -> dict[str, str]:
    """Country by company in lower case, and for all others under an empty name: "DE", or "Example Works = DE, Other = IN".

    InvalidInput when it cannot be read.
    """
    found: dict[str, str] = {}
    for rule in filter(
        None, (part.strip() for part in str(ctx.settings.get("default_country") or "").split(","))
    ):
        name, _other, country = (part.strip() for part in rule.rpartition("="))
        if not country:
            wrong = _("%(rule)s must be written like Example Works = DE", rule=rule)
            raise InvalidInput(wrong, fields={"default_country": wrong})
        found[name.casefold()] = country
    return found


def rating(ctx: Context, raw: JsonObject) -> RatingRecord:
    """A score of 0 is one that was not given: the suite itself counts a missing feedback as 0 in its final score.

    The day is the last of the appraisal's cycle: the appraisal itself holds none. The suite has no word for a score, so the
    record has no label.
    """
    given = [value for value in (_number(raw, name) for name in _scores(ctx, raw)) if value]
    if not given:
        raise SkipRecord(_("the appraisal needs a score"), code="no_score")
    highest = Decimal(ctx.settings["rating_maximum"])
    mean = sum(given, Decimal(0)) / len(given)
    if not 0 < mean <= highest:
        raise SkipRecord(_("the score must be from 0 to %(highest)s", highest=highest), code="range")
    score = max(Decimal(1), mean * 5 / highest).quantize(Decimal("0.01"))
    ended = _day(raw, "end_date")
    if ended is None:
        raise SkipRecord(_("the appraisal's cycle needs an end date"), code="missing")
    return RatingRecord(_required(raw, "name"), _required(raw, "employee"), ended, score)


def _scores(ctx: Context, raw: JsonObject) -> tuple[str, ...]:
    """The suite's own result where the firm gave the cycle a formula, unless another score is chosen."""
    chosen = str(ctx.settings["rating_field"])
    if chosen == "suite":
        chosen = "final_score" if raw.get("calculate_final_score_based_on_formula") else "total_score"
    return _SCORES if chosen == "mean" else (chosen,)


def pay(ctx: Context, raw: JsonObject) -> PayRecord:
    """From an assignment: base times the pay periods of its structure, from its day. From an employee: ctc, as if valid since
    the day of joining, because the suite keeps no history of it; choose assignments where past pay matters."""
    if ctx.settings["pay_source"] == "ctc":
        name, amount, currency = _required(raw, "name"), _number(raw, "ctc"), _text(raw, "salary_currency")
        key, who, start = f"{name}/ctc", name, _day(raw, "date_of_joining")
    else:
        base, currency = _number(raw, "base"), _text(raw, "currency")
        amount = base * pay_periods(ctx, raw.get("payroll_frequency")) if base else None
        key, who, start = _required(raw, "name"), _required(raw, "employee"), _day(raw, "from_date")
    if not amount or amount < 0 or not currency or start is None:
        raise SkipRecord(_("the pay needs an amount, a currency and a date"), code="no_pay")
    return PayRecord(key, who, start, Money(amount, currency))


def pay_periods(ctx: Context, frequency: Json) -> int:
    """How often ``base`` is paid in a year, by the structure's payroll_frequency; SkipRecord where nobody can say.

    The setting counts for monthly pay only: some firms pay 13 or 14 monthly salaries.
    https://github.com/frappe/hrms/blob/version-15/hrms/payroll/doctype/salary_structure/salary_structure.json
    """
    if frequency == "Monthly":
        return int(ctx.settings["pay_periods"])
    found = _PERIODS.get(str(frequency))
    if found is None:
        raise SkipRecord(
            _(
                "a year's pay can't be told from payroll frequency “%(frequency)s”",
                frequency=frequency or _("none"),
            ),
            code="pay_periods",
            remedy=_("use a monthly, bimonthly, fortnightly or weekly salary structure"),
        )
    return found


def leave_row(ctx: Context, raw: JsonObject) -> JsonObject | None:
    """What is kept of a Leave Application, its type replaced by its kind; None when it is not approved, of half a day, or a holiday."""
    half = raw.get("half_day") and raw.get("from_date") == raw.get("to_date")
    kind = leave_kind(str(raw.get("leave_type") or ""), str(ctx.settings.get("leave_types") or ""))
    if raw.get("status") != "Approved" or half or kind == _NO_LEAVE:
        return None
    kept: JsonObject = {name: raw.get(name) for name in ("name", "employee", "from_date", "to_date")}
    return kept | {"leave_type": kind}


def leave_kind(leave_type: str, rules: str) -> str:
    """One of LeaveKind, or "none" for holidays: by the connection's rules ("Elternzeit = parental, ..."), else by words in it.

    InvalidInput when a rule cannot be read.
    """
    for rule in filter(None, (part.strip() for part in rules.split(","))):
        name, _other, kind = (part.strip().casefold() for part in rule.rpartition("="))
        if not name or kind not in (*LeaveKind, _NO_LEAVE):
            wrong = _(
                "Write each rule like Elternzeit = parental, not “%(rule)s”. Kinds of leave: %(kinds)s.",
                rule=rule,
                kinds=", ".join((*LeaveKind, _NO_LEAVE)),
            )
            raise InvalidInput(wrong, fields={"leave_types": wrong})
        if name == leave_type.strip().casefold():
            return kind
    said = leave_type.casefold()
    return next((str(kind) for kind, words in _LEAVE_WORDS if any(w in said for w in words)), "other")


def leave(_ctx: Context, raw: JsonObject) -> LeaveRecord:
    kind, start, end = LeaveKind(_required(raw, "leave_type")), _day(raw, "from_date"), _day(raw, "to_date")
    if start is None or end is None or end < start:
        raise SkipRecord(_("the leave needs a start date and a later end date"), code="order")
    return LeaveRecord(
        _required(raw, "name"), _required(raw, "employee"), kind, start, end, kind.is_protected
    )


def skill(_ctx: Context, raw: JsonObject) -> SkillRecord:
    proficiency = _number(raw, "proficiency")
    if proficiency is not None and not 0 <= proficiency <= 1:
        raise SkipRecord(_("proficiency must be from 0 to 1"), code="range")
    employee, name = _required(raw, "employee"), _required(raw, "skill")
    return SkillRecord(f"{employee}/{name}", employee, name, proficiency, _day(raw, "evaluation_date"))


def _required(raw: JsonObject, name: str) -> str:
    found = _text(raw, name)
    if found is None:
        raise SkipRecord(_("%(name)s is missing", name=name), code="missing")
    return found


def _text(raw: JsonObject, name: str) -> str | None:
    found = raw.get(name)
    return found.strip() or None if isinstance(found, str) else None


def _number(raw: JsonObject, name: str) -> Decimal | None:
    found: Any = raw.get(name)
    if found is None or isinstance(found, bool):
        return None
    try:
        value = Decimal(str(found))
    except InvalidOperation as error:
        raise SkipRecord(_("%(name)s must be a number", name=name), code="value") from error
    if not value.is_finite():
        raise SkipRecord(_("%(name)s must be a number", name=name), code="value")
    return value


def _day(raw: JsonObject, name: str) -> date | None:
    found = _text(raw, name)
    return _date(found, name) if found else None


def _date(text: str, name: str) -> date:
    try:
        value = date.fromisoformat(text)
    except ValueError as error:
        raise SkipRecord(_("%(name)s must be a date", name=name), code="value") from error
    if not 1900 <= value.year < 2200:
        raise SkipRecord(_("%(name)s must be a plausible date of employment", name=name), code="value")
    return value
