"""A model's stored card as rows for its page: errors beside the simple rules, gates, reasons, features, coverage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plugin.advisor.model import banned, features
from plugin.domain import FairnessVerdict, Json, JsonObject
from plugin.figures import writing
from plugin.store.model.fairness_reports import StoredReport
from plugin.store.model.model_versions import ModelVersion
from plugin.texts import _, counted
from plugin.web.analyst.words import (
    AS_THEY_WERE,
    GATES,
    GROUPS,
    METHODS,
    VERDICTS,
    capital,
    full,
    minus,
    named,
    plus,
    share,
)

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
        return _(VERDICTS[self.sign])


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
        return str(self.verdict.get("sentence", _("This model has not been evaluated.")))

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
            found.append(MethodRow(name, _(METHODS[name]), *map(figure, numbers), *map(figure, ends)))
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
        known = [(named(GROUPS.get(name, name)), figure(value) or 0.0) for name, value in found.items()]
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
                named(one.label),
                named(one.unit),
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
    found = [
        (capital(named(entry.code.replace("_", " "))), named(entry.reason), ", ".join(_shown(entry.words)))
        for entry in banned.REGISTRY
    ]
    found += [(named(one.label), named(one.why_not), "") for one in features.FEATURES if not one.allowed]
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
    name = named(METHODS.get(str(narrowest.get("baseline")), narrowest.get("baseline")))
    yield Gate(
        FairnessVerdict.PASS if all(map(_has_won, found)) else FairnessVerdict.FAIL,
        _("Closer than each of %(num)s simple rules", num=len(found)),
        _(
            "Points on the held-out year, 95%% interval %(low)s to %(high)s. Hardest to beat: %(method)s",
            low=plus(low),
            high=plus(high),
            method=name,
        ),
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
            _("Reasons add up to the recommendation"),
            _(
                "Largest difference over %(people)s employees, in points",
                people=counted(int(figure(found.get("people")) or 0)),
            ),
            writing.decimals(gap, 5),
        )
    directed, names = figure(found.get("directed")), card.feature_names
    if directed is not None:
        yield Gate(
            FairnessVerdict.PASS if directed == len(names) else FairnessVerdict.WARN,
            _("More skill or a better rating never lowers a raise"),
            _("Inputs with a fixed direction"),
            _("%(number)s of %(all)s", number=int(directed), all=len(names)),
        )
    forbidden = [name for name in names if banned.find(name)]
    yield Gate(
        FairnessVerdict.FAIL if forbidden else FairnessVerdict.PASS,
        _("No prohibited input"),
        _("Of %(num)s inputs, by the list below", num=len(names)),
        str(len(forbidden)),
    )
    level, coverage = figure(card.interval.get("level")), figure(part(card.interval, "coverage").get("all"))
    usable = bool(card.interval.get("usable"))
    yield Gate(
        FairnessVerdict.PASS if usable else FairnessVerdict.WARN,
        _("The stated range holds"),
        _(
            "Promised %(share)s, measured on %(raises)s raises kept apart for this test",
            share=share(level),
            raises=counted(card.coverage[0][2]),
        )
        if usable and card.coverage
        else full(str(card.interval.get("warning")))
        if card.interval.get("warning")
        else _("Too few past raises. The policy range is shown instead."),
        share(coverage),
    )


def _not_compared() -> Gate:
    return Gate(
        FairnessVerdict.NOT_MEASURED,
        _("Equal for groups"),
        _("No protected attributes were stored at training time, so no fairness report exists."),
        writing.NONE,
    )


def fair_gates(fair: StoredReport) -> list[Gate]:
    """Every gate of a fairness report, of all attributes."""
    return [
        Gate(
            _sign(gate),
            _gate_title(gate, report),
            full(named(gate.get("rule"))),
            minus(full(named(gate.get("found")))),
        )
        for report in rows(fair.document, "attributes")
        for gate in rows(report, "gates")
    ]


def _gate_title(gate: JsonObject, report: JsonObject) -> str:
    title = named(GATES.get(str(gate.get("name")), gate.get("name")))
    return _("%(check)s: %(result)s", check=title, result=named(report.get("attribute")))


def _sign(gate: JsonObject) -> FairnessVerdict:
    return FairnessVerdict(str(gate.get("verdict")))


def _fair(fair: StoredReport | None) -> Iterator[Gate]:
    """One gate an attribute: how many of its gates passed, and the worst one's words when it is not all."""
    if fair is None:
        yield _not_compared()
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
            _(
                "%(group)s vs. %(reference)s in points, like for like. %(passed)s of %(all)s checks passed",
                group=named(report.get("group")),
                reference=named(report.get("reference")),
                passed=passed,
                all=len(found),
            )
            if sign == FairnessVerdict.PASS
            else _(
                "%(check)s: %(result)s",
                check=named(GATES.get(str(worst.get("name")), worst.get("name"))),
                result=minus(named(worst.get("found"))),
            )
        )
        yield Gate(
            sign, _("Equal by %(attribute)s", attribute=named(report.get("attribute"))), full(said), plus(gap)
        )
