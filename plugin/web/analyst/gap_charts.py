"""Differences between groups as marks on a lane from -1 to +1 point, with the same figures as text."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.advisor.fairness.wording import word
from plugin.domain import JsonObject
from plugin.texts import _, counted
from plugin.web.analyst.card import figure, part, rows
from plugin.web.analyst.words import capital

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
    people = _(
        "%(group)s: %(in_group)s, %(reference)s: %(in_reference)s",
        group=group,
        in_group=_number(gap, "n_group"),
        reference=reference,
        in_reference=_number(gap, "n_reference"),
    )
    return GapRow(title, people, value, low, high, _at(value), _at(low), _at(high))


def gap_rows(document: JsonObject) -> list[GapRow]:
    """The gap in recommendations of each attribute of a report."""
    found = [
        gap_row(
            _versus(one),
            part(one, "recommendation_gap"),
            word(one.get("group")),
            word(one.get("reference")),
        )
        for one in rows(document, "attributes")
    ]
    return [row for row in found if row is not None]


def before_and_after(report: JsonObject) -> list[GapRow]:
    """Gap in past raises, in recommendations, in what was decided, and what the changes add."""
    decisions = part(report, "decisions")
    titles = (
        (_("Past raises"), part(report, "label_gap")),
        (_("Recommendations"), part(report, "recommendation_gap")),
        (_("Recommendations with a decision"), part(decisions, "before")),
        (_("Manager decisions"), part(decisions, "after")),
        (_("Added by manager changes"), part(decisions, "change")),
    )
    names = word(report.get("group")), word(report.get("reference"))
    found = [gap_row(title, gap, *names) for title, gap in titles if gap]
    return [row for row in found if row is not None]


def _versus(report: JsonObject) -> str:
    names = {"group": word(report.get("group")), "reference": word(report.get("reference"))}
    return capital(_("%(group)s vs. %(reference)s", **names))


def _number(gap: JsonObject, name: str) -> str:
    return counted(int(figure(gap.get(name)) or 0))


def _at(points: float) -> float:
    return round(min(max(points / REACH, -1.0), 1.0) * 100, 1)
