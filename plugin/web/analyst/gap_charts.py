"""Differences between groups as marks on a lane from -1 to +1 point, with the same figures as text."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.domain import JsonObject
from plugin.web.analyst.card import figure, part, rows

REACH = 1.0  # points to both sides of the lane


@dataclass(frozen=True)
class GapRow:
    """``x``, ``low_x`` and ``high_x`` are places on a lane from -100 to 100; the numbers beside them are unbounded."""

    title: str
    people: str
    value: float
    low: float
    high: float
    x: float
    low_x: float
    high_x: float


def gap_row(title: str, gap: JsonObject, group: str, reference: str) -> GapRow | None:
    """None for a gap that was not measured."""
    value, low, high = (figure(gap.get(name)) for name in ("estimate", "low", "high"))
    if value is None or low is None or high is None:
        return None
    people = f"{group}: {gap.get('n_group'):,}, {reference}: {gap.get('n_reference'):,}"
    return GapRow(title, people, value, low, high, _at(value), _at(low), _at(high))


def gap_rows(document: JsonObject) -> list[GapRow]:
    """The gap in suggestions of each attribute of a report."""
    found = [
        gap_row(
            f"{str(one.get('group')).capitalize()} against {one.get('reference')}",
            part(one, "recommendation_gap"),
            str(one.get("group")),
            str(one.get("reference")),
        )
        for one in rows(document, "attributes")
    ]
    return [row for row in found if row is not None]


def before_and_after(report: JsonObject) -> list[GapRow]:
    """Gap in past raises, in suggestions, in what was decided, and what the changes add."""
    decisions = part(report, "decisions")
    titles = (
        ("Past raises", part(report, "label_gap")),
        ("Suggestions", part(report, "recommendation_gap")),
        ("Suggestions of those decided", part(decisions, "before")),
        ("Decided by managers", part(decisions, "after")),
        ("Added by managers’ changes", part(decisions, "change")),
    )
    names = str(report.get("group")), str(report.get("reference"))
    found = [gap_row(title, gap, *names) for title, gap in titles if gap]
    return [row for row in found if row is not None]


def _at(points: float) -> float:
    return round(min(max(points / REACH, -1.0), 1.0) * 100, 1)
