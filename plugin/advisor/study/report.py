"""What the study reports: estimates with their intervals, warnings, and what no panel of its kind can show."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.domain import JsonObject

PUBLISHED = {
    "points per badge": 1.0,
    "skill badge / knowledge badge": 2.0,
    "odds per badge": 1.09,
    "odds per skill badge": 1.16,
    "odds of super learners": 1.62,
    "odds of steady learners": 1.26,
}
NOT_IDENTIFIABLE = (
    "Whether badges act when earned (flow) or as long as they are held (stock); here they count when earned.",
    "What knowledge and other badges are worth apart: the published figures fix only their mix.",
    "Which part of the odds of promotion is caused by learning: the able may learn more and be promoted more.",
    "The effect of strategic badges: the study names it and gives no number.",
    "The ratio of skill to knowledge badges to better than about half a unit either way on 100,000 rows.",
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
        lines = [f"{self.people:,} people, {self.half_years} {self.period}s, {self.rows:,} rows", ""]
        lines.append(f"{'':44} {'value':>8} {'se':>7}   {'95% interval':<18} {'study':>6}")
        for e in self.estimates:
            study = "" if e.published is None else f"{e.published:g}"
            interval = f"{e.low:.3f} to {e.high:.3f}"
            lines.append(f"{e.name:44} {e.value:8.3f} {e.standard_error:7.3f}   {interval:<18} {study:>6}")
        if self.left_out:
            lines += [
                "",
                "Left out, since this panel cannot carry it:",
                *(f"  - {one}" for one in self.left_out),
            ]
        lines += ["", "Warnings from this panel:", *(f"  - {w}" for w in self.warnings or ("none",))]
        lines += ["", "Not identifiable here or in the study:", *(f"  - {n}" for n in self.not_identifiable)]
        return "\n".join(lines)
