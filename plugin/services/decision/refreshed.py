"""What a refresh changed for one person, in words for the manager whose decision it touches."""

from __future__ import annotations

from decimal import Decimal

from plugin.advisor.recommendation import wording
from plugin.advisor.recommendation.snapshot import EmployeeRow
from plugin.domain import Money
from plugin.figures import writing
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.store.decision.decisions import Decision
from plugin.texts import _


def differences(old: PersonRecommendation | None, new: PersonRecommendation) -> tuple[str, ...]:
    """One phrase for each thing that is another one now, e.g. "FTE: 80% to 100%"; empty when nothing is."""
    if old is None:
        return (_("new in this cycle"),)
    was, now = _facts(old), _facts(new)
    named = [
        _("%(name)s: %(was)s to %(now)s", name=name, was=was[name], now=now[name])
        for name in was
        if was[name] != now[name]
    ]
    if not named and old.row != new.row:
        named = [_("data that the recommendation does not use")]
    return tuple(named)


def refreshed_note(changes: tuple[str, ...], decision: Decision, amount: Decimal | None) -> str:
    """For the manager: what changed, and what the same percent is in money now."""
    told = _("HR refreshed this employee’s data (%(changes)s).", changes="; ".join(changes))
    if decision.amount is None or amount is None or decision.amount == amount or decision.currency is None:
        return told
    money = _(
        "%(percent)s is now %(now)s per year instead of %(was)s.",
        percent=writing.percent(decision.percent),
        now=writing.money(Money(amount, decision.currency)),
        was=writing.money(Money(decision.amount, decision.currency)),
    )
    return f"{told} {money}"


def _facts(found: PersonRecommendation) -> dict[str, str]:
    row = found.row
    none = _("none")
    return {
        _("full-time-equivalent pay"): writing.money(row.paid_in or row.annual),
        _("FTE"): writing.share(row.fte),
        _("job"): " ".join(part for part in (row.job_family, row.level) if part) or none,
        _("pay range"): _range(row),
        _("rating"): wording.rating(row.rating, row.rating_label),
        _("new skills"): ", ".join(dict.fromkeys(piece.name for piece in row.new_evidence)) or none,
        _("recommendation"): none if found.percent is None else writing.percent(found.percent),
    }


def _range(row: EmployeeRow) -> str:
    if row.range_minimum is None or row.range_maximum is None:
        return _("none")
    return f"{writing.money(row.range_minimum)}–{writing.money(row.range_maximum)}"
