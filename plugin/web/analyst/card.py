"""A model's stored card as rows for its page: errors beside the simple rules, gates, reasons, features, coverage."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.advisor.model import banned, features, wording
from plugin.advisor.recommendation.messages import FEATURES
from plugin.domain import Json, JsonObject
from plugin.store.model.model_versions import ModelVersion
from plugin.texts import _
from plugin.web.analyst.words import (
    AS_THEY_WERE,
    GROUPS,
)

ORDER = tuple(wording.METHODS)


def part(value: JsonObject, name: str) -> JsonObject:
    """A nested object, empty when the card has none."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def rows(value: JsonObject, name: str) -> list[JsonObject]:
    """A nested list of objects, empty when the card has none."""
    found = value.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def figure(value: Json) -> float | None:
    """A number, None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True)
class MethodRow:
    """One method: error and R² over all held-out years and on the last; ``gain`` is how much closer the model came."""

    name: str
    label: str
    mae: float | None
    r2: float | None
    last_mae: float | None
    last_r2: float | None
    gain: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Bar:
    """A group of reasons and its share of the longest bar, 0 to 100."""

    label: str
    points: float
    width: float


@dataclass(frozen=True)
class FeatureRow:
    label: str
    unit: str
    direction: int
    group: str
    points: float | None


@dataclass(frozen=True)
class Card:
    """Everything that the page shows of a model but its fairness."""

    version: ModelVersion

    @property
    def metadata(self) -> JsonObject:
        return part(self.version.card, "metadata")

    @property
    def evaluation(self) -> JsonObject:
        return part(self.version.card, "evaluation")

    @property
    def verdict(self) -> JsonObject:
        return part(self.evaluation, "verdict")

    @property
    def sentence(self) -> str:
        return wording.verdict(self.verdict)

    @property
    def kind(self) -> str:
        return _("Ridge regression") if self.metadata.get("kind") == "ridge" else "XGBoost"

    @property
    def decisions(self) -> int:
        return int(figure(self.version.card.get("decisions")) or 0)

    @property
    def years(self) -> list[int]:
        found = self.version.card.get("years")
        return [int(year) for year in found if isinstance(year, int)] if isinstance(found, list) else []

    @property
    def held_out(self) -> int | None:
        year = figure(self.verdict.get("held_out_year"))
        return None if year is None else int(year)

    def method(self, name: str) -> MethodRow | None:
        return next((row for row in self.methods if row.name == name), None)

    @property
    def methods(self) -> list[MethodRow]:
        """The model first, then what it must beat."""
        scores = {(str(s.get("method")), figure(s.get("year"))): s for s in rows(self.evaluation, "scores")}
        gains = {str(row.get("baseline")): row for row in rows(self.verdict, "comparisons")}
        held = None if self.held_out is None else float(self.held_out)
        found = []
        for name in ORDER:
            if (name, None) not in scores:
                continue
            every, last, gain = scores[name, None], scores.get((name, held), {}), gains.get(name, {})
            numbers = (every.get("mae"), every.get("r2"), last.get("mae"), last.get("r2"))
            ends = (gain.get("gain"), gain.get("low"), gain.get("high"))
            found.append(MethodRow(name, wording.method(name), *map(figure, numbers), *map(figure, ends)))
        return found

    @property
    def repair(self) -> JsonObject:
        """What was done to the labels (see ``fairness_repair.Repair``); empty when they are raises as they were given."""
        return part(self.version.card, "repair")

    @property
    def as_they_were(self) -> list[tuple[str, float | None, float | None]]:
        """Method, error in points and R² on the last year's raises as they were given; of a model of repaired labels only."""
        found = part(self.version.card, "as_they_were")
        return [
            (_(label), figure(part(found, name).get("mae")), figure(part(found, name).get("r2")))
            for name, label in AS_THEY_WERE.items()
            if name in found
        ]

    @property
    def people_held_out(self) -> int | None:
        number = figure(part(self.evaluation, "n_held_out").get("all"))
        return None if number is None else int(number)

    @property
    def interval(self) -> JsonObject:
        return part(self.metadata, "interval")

    @property
    def coverage(self) -> list[tuple[str, float | None, int]]:
        """By rating: how often the stated range held, and over how many decisions; all of them first."""
        shares, people = part(self.interval, "coverage"), part(self.interval, "n")
        names = sorted(shares, key=lambda band: (band != "all", band))
        return [
            (
                _("All") if band == "all" else _("Rating %(rating)s", rating=band),
                figure(shares[band]),
                int(figure(people.get(band)) or 0),
            )
            for band in names
        ]

    @property
    def reasons(self) -> list[Bar]:
        """Mean absolute contribution by group, largest first."""
        found = part(part(self.version.card, "measured"), "reasons")
        known = [
            (_(GROUPS[name]) if name in GROUPS else name, figure(value) or 0.0)
            for name, value in found.items()
        ]
        longest = max((value for _, value in known), default=0.0) or 1.0
        ordered = sorted(known, key=lambda pair: -pair[1])
        return [Bar(label, value, round(100 * value / longest, 1)) for label, value in ordered]

    @property
    def features(self) -> list[FeatureRow]:
        names = self.metadata.get("features")
        single = part(part(self.version.card, "measured"), "features")
        known = [features.BY_NAME.get(str(name)) for name in names] if isinstance(names, list) else []
        return [
            FeatureRow(
                _(FEATURES[one.name]),
                _(one.unit),
                one.direction,
                _(GROUPS[one.group.value]),
                figure(single.get(one.name)),
            )
            for one in known
            if one is not None
        ]

    @property
    def feature_names(self) -> list[str]:
        names = self.metadata.get("features")
        return [str(name) for name in names] if isinstance(names, list) else []


def never_used() -> list[tuple[str, str, str]]:
    """The registry: what is banned, why, and names by which it is recognised. Then what is known but not allowed."""
    found = [(*wording.refused(entry.code), ", ".join(_shown(entry.words))) for entry in banned.REGISTRY]
    found += [(_(FEATURES[one.name]), _(one.why_not), "") for one in features.FEATURES if not one.allowed]
    return found


def _shown(words: tuple[str, ...]) -> list[str]:
    return [word.replace("*", "…").replace("_", " ") for word in words]
