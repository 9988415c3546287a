"""A model's stored card as rows for its page: errors beside the simple rules, gates, reasons, features, coverage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plugin.advisor.model import banned, features
from plugin.domain import FairnessVerdict, Json, JsonObject
from plugin.store.model.fairness_reports import StoredReport
from plugin.store.model.model_versions import ModelVersion
from plugin.web.analyst.words import AS_THEY_WERE, GATES, GROUPS, METHODS, VERDICTS, full, minus, plus, share

ORDER = tuple(METHODS)


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
class Gate:
    """``sign`` as in VERDICTS."""

    sign: FairnessVerdict
    title: str
    said: str
    measured: str

    @property
    def word(self) -> str:
        return VERDICTS[self.sign]


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
        return str(self.verdict.get("sentence", "This model was never evaluated."))

    @property
    def kind(self) -> str:
        return "ridge regression" if self.metadata.get("kind") == "ridge" else "XGBoost"

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
            found.append(MethodRow(name, METHODS[name], *map(figure, numbers), *map(figure, ends)))
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
            (label, figure(part(found, name).get("mae")), figure(part(found, name).get("r2")))
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
                "All" if band == "all" else f"Rating {band}",
                figure(shares[band]),
                int(figure(people.get(band)) or 0),
            )
            for band in names
        ]

    @property
    def reasons(self) -> list[Bar]:
        """Mean absolute contribution by group, largest first."""
        found = part(part(self.version.card, "measured"), "reasons")
        known = [(GROUPS.get(name, name), figure(value) or 0.0) for name, value in found.items()]
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
                one.label, one.unit, one.direction, GROUPS[one.group.value], figure(single.get(one.name))
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
    found = [
        (full(entry.code.replace("_", " ")).rstrip("."), entry.reason, ", ".join(_shown(entry.words)))
        for entry in banned.REGISTRY
    ]
    found += [(one.label, one.why_not, "") for one in features.FEATURES if not one.allowed]
    return found


def _shown(words: tuple[str, ...]) -> list[str]:
    return [word.replace("*", "…").replace("_", " ") for word in words]


def gates(card: Card, fair: StoredReport | None) -> list[Gate]:
    """All that must hold before a second person can approve, in the order of the page."""
    return [*_against(card), *_technical(card), *_fair(fair)]


def _against(card: Card) -> Iterator[Gate]:
    """One gate over all simple rules: the narrowest win, or the first loss."""
    found = rows(card.verdict, "comparisons")
    if not found:
        return
    narrowest = min(found, key=lambda row: (_has_won(row), figure(row.get("gain")) or 0.0))
    gain, low, high = (figure(narrowest.get(name)) for name in ("gain", "low", "high"))
    name = METHODS.get(str(narrowest.get("baseline")), str(narrowest.get("baseline")))
    yield Gate(
        FairnessVerdict.PASS if all(map(_has_won, found)) else FairnessVerdict.FAIL,
        f"Closer than each of {len(found)} simple rules",
        f"points on the held-out year, 95% interval {plus(low)} to {plus(high)}; hardest to beat: {name[:1].lower()}{name[1:]}",
        plus(gain),
    )


def _has_won(row: JsonObject) -> bool:
    return (figure(row.get("low")) or 0.0) > 0 and (figure(row.get("r2_gain")) or 0.0) > 0


def _technical(card: Card) -> Iterator[Gate]:
    found = part(card.version.card, "measured")
    gap = figure(found.get("gap"))
    if gap is not None:
        yield Gate(
            FairnessVerdict.PASS if gap < 0.001 else FairnessVerdict.FAIL,
            "Reasons add up to the suggestion",
            f"largest difference over {int(figure(found.get('people')) or 0):,} people, in points",
            f"{gap:.5f}",
        )
    directed, names = figure(found.get("directed")), card.feature_names
    if directed is not None:
        yield Gate(
            FairnessVerdict.PASS if directed == len(names) else FairnessVerdict.WARN,
            "More skill or a better rating never lowers a raise",
            "features with a fixed direction",
            f"{directed:.0f} of {len(names)}",
        )
    forbidden = [name for name in names if banned.find(name)]
    yield Gate(
        FairnessVerdict.FAIL if forbidden else FairnessVerdict.PASS,
        "No forbidden input",
        f"of {len(names)} inputs, by the registry below",
        str(len(forbidden)),
    )
    level, coverage = figure(card.interval.get("level")), figure(part(card.interval, "coverage").get("all"))
    usable = bool(card.interval.get("usable"))
    yield Gate(
        FairnessVerdict.PASS if usable else FairnessVerdict.WARN,
        "The stated range holds",
        f"promised {share(level)}; measured on {card.coverage[0][2]:,} decisions that set nothing"
        if usable and card.coverage
        else str(
            card.interval.get("warning") or "too few past decisions: the policy’s range is shown instead"
        ),
        share(coverage),
    )


NOT_COMPARED = Gate(
    FairnessVerdict.NOT_MEASURED,
    "Alike for groups",
    "No fairness report was made when it was trained: no protected attributes were stored.",
    "–",
)


def fair_gates(fair: StoredReport) -> list[Gate]:
    """Every gate of a fairness report, of all attributes."""
    return [
        Gate(
            _sign(gate),
            f"{GATES.get(str(gate.get('name')), str(gate.get('name')))}: {report.get('attribute')}",
            full(str(gate.get("rule"))),
            minus(full(str(gate.get("found")))),
        )
        for report in rows(fair.document, "attributes")
        for gate in rows(report, "gates")
    ]


def _sign(gate: JsonObject) -> FairnessVerdict:
    return FairnessVerdict(str(gate.get("verdict")))


def _fair(fair: StoredReport | None) -> Iterator[Gate]:
    """One gate an attribute: how many of its gates passed, and the worst one's words when it is not all."""
    if fair is None:
        yield NOT_COMPARED
        return
    order = list(FairnessVerdict)
    for report in rows(fair.document, "attributes"):
        found = rows(report, "gates")
        worst = max(found, key=lambda gate: order.index(_sign(gate)))
        sign, passed = (
            _sign(worst),
            sum(_sign(gate) is FairnessVerdict.PASS for gate in found),
        )
        gap = figure(part(report, "recommendation_gap").get("estimate"))
        said = (
            f"{report.get('group')} against {report.get('reference')}, points, like for like; {passed} of {len(found)} checks passed"
            if sign == FairnessVerdict.PASS
            else f"{GATES.get(str(worst.get('name')), '')}: {minus(str(worst.get('found')))}"
        )
        yield Gate(sign, f"Alike by {report.get('attribute')}", full(said), plus(gap))
