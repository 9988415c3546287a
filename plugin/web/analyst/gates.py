"""A model's and a fairness report's gates as a checklist: what each asks, what was found, whether it passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plugin.advisor.fairness import wording
from plugin.advisor.model import banned
from plugin.advisor.model.wording import method
from plugin.domain import FairnessVerdict, JsonObject, said
from plugin.figures import writing
from plugin.store.model.fairness_reports import StoredReport
from plugin.texts import _, counted
from plugin.web.analyst.card import Card, figure, part, rows
from plugin.web.analyst.words import (
    full,
    plus,
    share,
)


@dataclass(frozen=True)
class Gate:
    """``sign`` as in VERDICTS."""

    sign: FairnessVerdict
    title: str
    said: str
    measured: str

    @property
    def word(self) -> str:
        return said(self.sign)


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
    name = method(str(narrowest.get("baseline")))
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
            full(wording.rule(gate)),
            full(wording.found(gate)),
        )
        for report in rows(fair.document, "attributes")
        for gate in rows(report, "gates")
    ]


def _gate_title(gate: JsonObject, report: JsonObject) -> str:
    return _("%(check)s: %(result)s", check=wording.title(gate), result=wording.word(report.get("attribute")))


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
                group=wording.word(report.get("group")),
                reference=wording.word(report.get("reference")),
                passed=passed,
                all=len(found),
            )
            if sign == FairnessVerdict.PASS
            else _(
                "%(check)s: %(result)s",
                check=wording.title(worst),
                result=wording.found(worst),
            )
        )
        yield Gate(
            sign,
            _("Equal by %(attribute)s", attribute=wording.word(report.get("attribute"))),
            full(said),
            plus(gap),
        )
