"""What a refresh changed for one person, in words for the manager whose decision it touches."""

from __future__ import annotations

from decimal import Decimal

from plugin.advisor.recommendation.snapshot import EmployeeRow
from plugin.domain import Money
from plugin.services.decision.recommendation import Advice
from plugin.store.decision.decisions import Decision


def differences(old: Advice | None, new: Advice) -> tuple[str, ...]:
    """One phrase for each thing that is another one now, e.g. "full-time pay 60,000 to 66,000 EUR"; empty when nothing is."""
    if old is None:
        return ("the person is new in this cycle",)
    was, now = _facts(old), _facts(new)
    named = [f"{name} {was[name]} to {now[name]}" for name in was if was[name] != now[name]]
    if not named and old.row != new.row:
        named = ["data that the suggestion does not rest on"]
    return tuple(named)


def refreshed_note(changes: tuple[str, ...], decision: Decision, amount: Decimal | None) -> str:
    """For the manager: what changed, and what the same percent is in money now."""
    told = f"HR refreshed this person's data: {'; '.join(changes)}."
    if decision.amount is None or amount is None or decision.amount == amount:
        return told
    points = "0" if decision.percent is None else f"{decision.percent.normalize():f}"
    return f"{told} {points}% is {amount:,.0f} {decision.currency} a year now, not {decision.amount:,.0f}."


def _facts(found: Advice) -> dict[str, str]:
    row = found.row
    return {
        "full-time pay": _money(row.paid_in or row.annual),
        "working share": f"{(row.fte * 100).normalize():f}%",
        "job": " ".join(part for part in (row.job_family, row.level) if part) or "none",
        "pay range": _range(row),
        "rating": "none" if row.rating is None else f"{row.rating_label} {row.rating}".strip(),
        "new skills": ", ".join(dict.fromkeys(piece.name for piece in row.new_evidence)) or "none",
        "suggestion": "none" if found.suggested is None else f"{found.suggested}%",
    }


def _range(row: EmployeeRow) -> str:
    if row.range_minimum is None or row.range_maximum is None:
        return "none"
    return f"{row.range_minimum.amount:,.0f}–{_money(row.range_maximum)}"


def _money(money: Money) -> str:
    return f"{money.amount:,.0f} {money.currency}"
