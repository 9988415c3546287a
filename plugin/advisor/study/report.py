"""What the study reports: estimates with their intervals, warnings, and what no panel of its kind can show."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.domain import JsonObject
from plugin.figures.writing import decimals
from plugin.texts import N_, _, counted

PUBLISHED = {  # machine text  # names of plugin/advisor/study/regressions.py
    "points per badge": 1.0,
    "skill badge / knowledge badge": 2.0,
    "odds per badge": 1.09,
    "odds per skill badge": 1.16,
    "odds of super learners": 1.62,
    "odds of steady learners": 1.26,
}
NOT_IDENTIFIABLE = (
    N_(
        "Whether badges act when earned (flow) or as long as they are held (stock); here they count when earned."
    ),
    N_("What knowledge and other badges are worth apart: the published figures fix only their mix."),
    N_(
        "Which part of the odds of promotion is caused by learning: the able may learn more and be promoted more."
    ),
    N_("The effect of strategic badges: the study names it and gives no number."),
    N_("The ratio of skill to knowledge badges to better than about half a unit either way on 100,000 rows."),
)


@dataclass(frozen=True)
class Estimate:
    """One figure with its 95% interval. ``published`` is the study's figure for it, None where it gives none.

    ``standard_error`` is on the scale of ``value``; odds ratios have their interval from the log scale.
    """

    name: str
    value: float
    standard_error: float
    low: float
    high: float
    method: str
    published: float | None = None

    def to_json(self) -> JsonObject:
        return {
            "name": self.name,
            "value": round(self.value, 5),
            "standard_error": round(self.standard_error, 5),
            "low": round(self.low, 5),
            "high": round(self.high, 5),
            "method": self.method,
            "published": self.published,
        }


@dataclass(frozen=True)
class StudyReport:
    """All estimates, warnings that this panel raises, and what no panel of this kind can show.

    ``half_years`` counts the panel's periods, which ``period`` names; ``left_out`` says what the panel could not carry.
    """

    people: int
    rows: int
    half_years: int
    estimates: tuple[Estimate, ...]
    warnings: tuple[str, ...]
    not_identifiable: tuple[str, ...] = NOT_IDENTIFIABLE
    period: str = "half-year"
    left_out: tuple[str, ...] = ()

    def get(self, name: str) -> Estimate:
        """The estimate of that name; KeyError without it."""
        return {estimate.name: estimate for estimate in self.estimates}[name]

    def to_json(self) -> JsonObject:
        return {
            "people": self.people,
            "rows": self.rows,
            "period": self.period,
            "half_years": self.half_years,
            "estimates": [estimate.to_json() for estimate in self.estimates],
            "left_out": list(self.left_out),
            "warnings": list(self.warnings),
            "not_identifiable": list(self.not_identifiable),
        }

    def to_text(self) -> str:
        """A table for the terminal, warnings and limits below it."""
        size = _(
            "People: %(people)s. Periods: %(periods)s. Rows: %(rows)s.",
            people=counted(self.people),
            periods=self.half_years,
            rows=counted(self.rows),
        )
        heads = (_("Value"), _("Std. error"), _("95%% interval"), _("Study"))
        lines = [size, "", "{:44} {:>8} {:>10}   {:<18} {:>6}".format("", *heads)]
        for e in self.estimates:
            study = "" if e.published is None else decimals(e.published, 2)
            interval = _("%(low)s to %(high)s", low=decimals(e.low, 3), high=decimals(e.high, 3))
            figures = (decimals(e.value, 3), decimals(e.standard_error, 3), interval, study)
            lines.append("{:44} {:>8} {:>10}   {:<18} {:>6}".format(_(e.name), *figures))
        for head, entries in (
            (_("Left out, because the data can't show it:"), self.left_out),
            (_("Warnings from this data:"), self.warnings or (_("None"),)),
            (_("Not identifiable here or in the study:"), tuple(map(_, self.not_identifiable))),
        ):
            lines += ["", head, *(f"  - {one}" for one in entries)] if entries else []
        return "\n".join(lines)
