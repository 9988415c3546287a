"""Puts the chain together: snapshot, policy and model in, one recommendation per person out, the same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from plugin.advisor import abstain, codec, explain, interval, wording
from plugin.advisor import steps as stepping
from plugin.advisor.abstain import Abstention
from plugin.advisor.context import Context, prepare
from plugin.advisor.model import Artefact
from plugin.advisor.policy import Policy
from plugin.advisor.recommendation import Guideline, LedgerLine, Recommendation, Status
from plugin.advisor.rounding import half_up, money_parts
from plugin.advisor.settings import AdvisorSettings
from plugin.advisor.snapshot import Snapshot
from plugin.advisor.steps import ORDER, Steps
from plugin.advisor.tables import Ints
from plugin.advisor.training import band_of, margin_of
from plugin.domain import Json, Money, canonical_json


@dataclass(frozen=True)
class Run:
    """A whole snapshot computed up to the budget; ``build`` makes the recommendations of any rows on demand."""

    context: Context

    @cached_property
    def abstentions(self) -> tuple[Abstention | None, ...]:
        """Why the advisor is silent, per row."""
        return abstain.judge(self.context)

    @cached_property
    def steps(self) -> Steps:
        """All lines of all people, the budget included when there are pools or locked rows."""
        context = self.context
        fresh = stepping.compute(context.frame, context.policy, self._delta())
        ids = [row.person_id for row in context.snapshot.rows]
        return stepping.fit_pools(fresh, context.frame, ids, context.policy, context.settings)

    def _delta(self) -> np.typing.NDArray[np.float64]:
        context = self.context
        if context.predictor is None or not len(context.x):
            return np.zeros(len(context.snapshot.rows))
        silent = np.array([entry is not None for entry in self.abstentions], dtype=bool)
        return np.where(silent, 0.0, context.predictor.delta(context.x))

    @cached_property
    def ends(self) -> tuple[Ints, Ints, bool]:
        """(n,) lower and upper end in tenths and whether they were measured (else they are the guideline's low and high)."""
        limits = self.steps.guideline
        context = self.context
        if context.predictor is None or not context.predictor.calibration.usable or not len(context.x):
            return limits[:, 1], limits[:, 3], False
        low, high = context.predictor.raw_ends(context.x)
        margin = margin_of(context.frame, context.policy)
        band = band_of(context.frame.columns.rating)
        low, high = interval.apply(context.predictor.calibration, margin + low, margin + high, band)
        inside = [np.clip(half_up(end * 10), limits[:, 0], limits[:, 4]) for end in (low, high)]
        return inside[0], inside[1], True

    def build(self, rows: Sequence[int]) -> list[Recommendation]:
        """Recommendations of the rows at these positions of the snapshot."""
        where = np.array(rows, dtype=np.int64)
        if not len(where):
            return []
        raw = explain.raw_groups(self.context, where, self.context.settings.explain_engine)
        shares = explain.share(self.context, where, raw, self.steps)
        unit = explain.unit_of(self.context)
        money = money_parts(self.context.frame.columns.minor[where], self.steps.lines[where], unit)
        lump = money_parts(self.context.frame.columns.minor[where], self.steps.lump[where][:, None], unit)[
            :, 0
        ]
        return [self._one(int(i), k, shares, money[k], int(lump[k])) for k, i in enumerate(where)]

    def _one(self, i: int, k: int, shares: explain.Shares, money: Ints, lump: int) -> Recommendation:
        context, lines = self.context, self.steps.lines[i]
        status, why = self._status(i)
        speaks = status in (Status.ADVISED, Status.POLICY_ONLY)
        percent = Decimal(int(lines.sum())) / 10
        low, high, measured = self._range(i, int(lines.sum()))
        return Recommendation(
            person_id=context.snapshot.rows[i].person_id,
            status=status,
            percent=None if why else percent,
            amount=None if why else self._money(int(money.sum())),
            low=low,
            high=high,
            interval_kind="calibrated" if measured else "policy",
            guideline=Guideline(*(Decimal(int(v)) / 10 for v in self.steps.guideline[i])),
            ledger=self._ledger(i, money),
            baseline=explain.baseline(context, int(shares.units[k, 0])) if speaks else None,
            reasons=explain.reasons(context, i, shares.tenths[k], shares.units[k, 1:], lines)
            if speaks
            else (),
            lump_points=Decimal(int(self.steps.lump[i])) / 10,
            lump_sum=self._money(lump),
            confidence=self._confidence(i, status),
            notes=self._notes(i, status, measured=measured),
            abstain_code=why.code if why else None,
            abstain_sentence=why.sentence if why else None,
            switched_off=context.switched_off,
            model_hash=context.model_hash,
            policy_hash=context.policy.hash,
            snapshot_hash=context.snapshot.hash,
        )

    def _status(self, i: int) -> tuple[Status, Abstention | None]:
        if not self.context.frame.eligible[i].takes_part:
            return Status.INELIGIBLE, None
        if self.abstentions[i] is not None:
            return Status.ABSTAINED, self.abstentions[i]
        return (Status.POLICY_ONLY if self.context.predictor is None else Status.ADVISED), None

    def _money(self, units: int) -> Money:
        return explain.as_money(self.context, units)

    def _range(self, i: int, percent: int) -> tuple[Decimal, Decimal, bool]:
        """Ends of base pay: moved by the step to the range minimum, held by the range maximum, never without the percent."""
        low, high, measured = self.ends
        measured = measured and self.abstentions[i] is None
        if not measured:
            low, high = self.steps.guideline[:, 1], self.steps.guideline[:, 3]
        first, room = int(self.steps.minimum[i]), int(self.steps.room[i])
        ends = (min(int(low[i]) + first, room, percent), max(min(int(high[i]) + first, room), percent))
        return Decimal(ends[0]) / 10, Decimal(ends[1]) / 10, measured

    def _ledger(self, i: int, units: Ints) -> tuple[LedgerLine, ...]:
        lines, skills = self.steps.lines[i], self.context.frame.skills[i]
        return tuple(
            LedgerLine(
                code,
                wording.LINE_LABELS[code],
                Decimal(int(lines[j])) / 10,
                self._money(int(units[j])),
                explain.line_evidence(code, skills),
            )
            for j, code in enumerate(ORDER)
            if lines[j] or code == "merit"
        )

    def _confidence(self, i: int, status: Status) -> str:
        if status is Status.ABSTAINED:
            return wording.CONFIDENCE_ABSTAINED
        predictor = self.context.predictor
        if status is not Status.ADVISED or predictor is None:
            return wording.CONFIDENCE_POLICY
        record = predictor.track_record(int(band_of(self.context.frame.columns.rating[i : i + 1])[0]))
        if record is None:
            return wording.CONFIDENCE_POLICY
        return wording.CONFIDENCE.format(n=record[1], points=f"{record[0]:.1f}", year=predictor.tested_year)

    def _notes(self, i: int, status: Status, *, measured: bool) -> tuple[str, ...]:
        notes = list(self.context.frame.eligible[i].notes)
        if self.steps.lump[i]:
            notes.append(wording.LUMP_NOTE.format(points=Decimal(int(self.steps.lump[i])) / 10))
        predictor = self.context.predictor
        if status is Status.ADVISED and predictor is not None:
            notes.append(_interval_note(predictor.calibration, measured=measured))
        return tuple(notes)


def _interval_note(calibration: interval.Calibration, *, measured: bool) -> str:
    if measured:
        coverage, n = calibration.coverage["all"], calibration.n["all"]
        return wording.COVERAGE_NOTE.format(coverage=f"{coverage:.0%}", n=n)
    return wording.INTERVAL_NOTE.format(why=calibration.warning or interval.NONE.warning)


def start(
    snapshot: Snapshot, policy: Policy, model: Artefact | None = None, settings: AdvisorSettings | None = None
) -> Run:
    """A run to keep while many pages ask for single people."""
    return Run(prepare(snapshot, policy, model, settings))


def chunks(run: Run) -> Iterator[list[Recommendation]]:
    """All recommendations in the snapshot's order, ``settings.chunk`` people at a time, so that memory stays bounded."""
    size = run.context.settings.chunk
    for first in range(0, len(run.context.snapshot.rows), size):
        yield run.build(range(first, min(first + size, len(run.context.snapshot.rows))))


def recommend(
    snapshot: Snapshot, policy: Policy, model: Artefact | None = None, settings: AdvisorSettings | None = None
) -> list[Recommendation]:
    """One recommendation per row of the snapshot, in its order. Without a model, with an unapproved one or with the kill
    switch: policy and skills alone, and ``switched_off`` says why.

    InvalidInput when a pool is below the sum of its floors or the model uses a feature that may not move pay.
    """
    return [item for part in chunks(start(snapshot, policy, model, settings)) for item in part]


def to_json(recommendations: Sequence[Recommendation]) -> bytes:
    """Canonical JSON bytes: equal inputs, equal bytes (frozen replay)."""
    value: Json = [codec.to_json(item) for item in recommendations]
    return canonical_json(value)


def from_json(data: bytes) -> list[Recommendation]:
    """Back from ``to_json``."""
    return [codec.from_json(Recommendation, item) for item in json.loads(data)]
