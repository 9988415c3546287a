"""Puts the chain together: snapshot, policy and model in, one recommendation per person out, the same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from plugin.advisor.model import interval
from plugin.advisor.model.artefact import Artefact
from plugin.advisor.model.tables import Floats, Ints
from plugin.advisor.policy import budget
from plugin.advisor.policy.budget import NextMoney, Seat
from plugin.advisor.policy.pay_policy import Policy
from plugin.advisor.policy.rounding import half_up, money_parts, points
from plugin.advisor.policy.settings import AdvisorSettings
from plugin.advisor.recommendation import abstain, codec, explain, ledger_steps, range_notes
from plugin.advisor.recommendation.context import Context, prepare
from plugin.advisor.recommendation.frame import Frame, band_of, margin_of
from plugin.advisor.recommendation.ledger_steps import ORDER, Steps
from plugin.advisor.recommendation.snapshot import Snapshot
from plugin.advisor.recommendation.values import (
    Abstention,
    Confidence,
    Facts,
    Guideline,
    LedgerLine,
    LineCode,
    Note,
    NoteCode,
    Recommendation,
)
from plugin.domain import Json, Money, RangeKind, RecommendationStatus, canonical_json
from plugin.errors import InvalidInput
from plugin.texts import _

Mask = np.typing.NDArray[np.bool_]
KINDS = (RangeKind.POLICY, RangeKind.CALIBRATED, RangeKind.FIXED)


@dataclass(frozen=True)
class Run:
    """A whole snapshot computed up to the budget; ``build`` makes the recommendations of any rows on demand."""

    context: Context
    peer_groups: dict[tuple[str, str], Any] = field(
        default_factory=dict, repr=False, compare=False
    )  # filled by ``peers``

    @cached_property
    def fixed(self) -> Mask:
        """(n,) whose raise HR fixed."""
        locked = self.context.settings.locked
        named = np.array([str(who) in locked for who in self._ids], dtype=bool)
        found: Mask = named & self.context.frame.takes_part
        return found

    @cached_property
    def _silences(self) -> tuple[Abstention | None, ...]:
        return abstain.judge(self.context)

    @cached_property
    def abstentions(self) -> tuple[Abstention | None, ...]:
        """Why the advisor gives no number, per row; never for a raise that HR fixed."""
        too_much = abstain.too_much(self.context.settings)
        rows = zip(self._beyond, self.fixed, self._silences, strict=True)
        return tuple(too_much if beyond else None if fixed else why for beyond, fixed, why in rows)

    @cached_property
    def _beyond(self) -> Mask:
        return self.steps.beyond(self.context.settings.largest)

    @cached_property
    def fresh(self) -> Steps:
        """All lines of all people but the budget."""
        context = self.context
        adjustment = ledger_steps.tenths_by_person(self._ids, context.settings.adjustments)
        return ledger_steps.compute(
            context.frame, context.policy, self._delta(), adjustment, largest=context.settings.largest
        )

    @cached_property
    def steps(self) -> Steps:
        """All lines of all people, the budget included when there are pools or locked rows."""
        context = self.context
        return ledger_steps.fit_pools(self.fresh, context.frame, self._ids, context.policy, context.settings)

    @cached_property
    def _ids(self) -> list[int]:
        return [row.person_id for row in self.context.snapshot.rows]

    def seats(self, positions: Sequence[int], locked: Mapping[str, Decimal] | None = None) -> list[Seat]:
        """The people at these positions as seats of a pool, keyed by person (text), for ``budget.fit`` of a team.

        ``locked``: percent by person, e.g. what a manager has decided; without it, what HR locked.
        """
        fixed = self.context.settings.locked if locked is None else locked
        where = np.array(positions, dtype=np.int64)
        return ledger_steps.seats_of(self.fresh, self.context.frame, self._ids, where, fixed)

    def next_money(self, unit: str = "*", amount: Decimal = Decimal(1000)) -> NextMoney:
        """Whom another ``amount`` in the pool of ``unit`` would go to. InvalidInput when there is no such pool."""
        pools = self.context.settings.pools
        if unit not in pools:
            wrong = _("Choose one of these pools: %(pools)s.", pools=", ".join(sorted(pools)))
            raise InvalidInput(wrong, fields={"pool": wrong})
        found = self.context.frame
        members = np.flatnonzero(found.takes_part & (ledger_steps.pool_of(found, pools) == unit)).astype(
            np.int64
        )
        seats = self.seats(members.tolist())
        fitted = ledger_steps.fitter(unit, seats, found, self._ids, members, self.context.settings)
        return budget.next_money(seats, pools[unit].amount, amount, fitted=fitted)

    def _delta(self) -> np.typing.NDArray[np.float64]:
        context = self.context
        if context.predictor is None or not len(context.x):
            return np.zeros(len(context.snapshot.rows))
        silent = np.array([entry is not None for entry in self._silences], dtype=bool)
        return np.where(silent, 0.0, context.predictor.delta(context.x))

    @cached_property
    def ends(self) -> tuple[Ints, Ints, Mask]:
        """(n,) lower and upper end in tenths and whether they were measured on decisions of this cycle (else they are the
        guideline's low and high: a range that was measured on last year's decisions does not hold in this one, nor one that
        held too few decisions of this rating)."""
        limits = self.steps.guideline
        context = self.context
        calibration = context.settings.calibration
        if context.predictor is None or calibration is None or not calibration.usable or not len(context.x):
            return limits[:, 1], limits[:, 3], np.zeros(len(limits), dtype=bool)
        low, high = context.predictor.raw_ends(context.x)
        margin = margin_of(context.frame, context.policy)
        band = band_of(context.frame.columns.rating)
        low, high = interval.apply(calibration, margin + low, margin + high, band)
        inside = [np.clip(half_up(end * 10), limits[:, 0], limits[:, 4]) for end in (low, high)]
        known, where = np.unique(band, return_inverse=True)
        return inside[0], inside[1], np.array([calibration.holds(int(b)) for b in known], dtype=bool)[where]

    def build(self, rows: Sequence[int]) -> list[Recommendation]:
        """Recommendations of the rows at these positions of the snapshot."""
        where = np.array(rows, dtype=np.int64)
        if not len(where):
            return []
        raw = explain.raw_groups(self.context, where)
        shares = explain.share(self.context, where, raw, self.steps)
        figures = self._figures(where, shares)
        return [self._one(int(i), entry) for i, entry in zip(where, figures, strict=True)]

    def _figures(self, where: Ints, shares: explain.Shares) -> Iterator[_Figures]:
        """Plain numbers per row, out of the columns at once."""
        steps, unit = self.steps, explain.unit_of(self.context)
        minor = self.context.frame.columns.minor[where]
        columns = (
            steps.lines[where],
            shares.line_units,
            steps.guideline[where],
            steps.lump[where],
            money_parts(minor, steps.lump[where][:, None], unit)[:, 0],
            shares.tenths,
            shares.units,
            self._ranges[where],
        )
        return (_Figures(*row) for row in zip(*(column.tolist() for column in columns), strict=True))

    @cached_property
    def _ranges(self) -> Ints:
        """(n, 3) tenths of base pay: low, high, which kind of range (index into ``KINDS``). Moved by what is reserved, held by
        the range maximum, never without the percent."""
        low, high, measured = self.ends
        limits, percent = self.steps.guideline, self.steps.percent
        speaks = np.array([entry is None for entry in self.abstentions], dtype=bool) & measured
        ends = [np.where(speaks, low, limits[:, 1]), np.where(speaks, high, limits[:, 3])]
        held = [np.minimum(end + self.steps.reserved, self.steps.room) for end in ends]
        fixed = self.fixed | ~self.context.frame.takes_part
        low, high = np.minimum(held[0], percent), np.maximum(held[1], percent)
        kind = np.where(fixed, KINDS.index(RangeKind.FIXED), speaks)
        return np.column_stack([np.where(fixed, percent, low), np.where(fixed, percent, high), kind])

    @cached_property
    def likeness(self) -> Floats:
        """(n, 4) what makes people comparable: rating, compa-ratio, months since the last raise, skill points."""
        c = self.context.frame.columns
        return np.column_stack(
            [c.rating, c.compa_ratio, c.months_since_raise, c.skill_tenths.astype(np.float64)]
        )

    @cached_property
    def _confidences(self) -> list[Confidence]:
        """The track record per rating band from -1 (unrated) to 5; the last entry serves band -1."""
        return [range_notes.record_of(self.context.predictor, band) for band in (*range(6), -1)]

    @cached_property
    def _bands(self) -> list[int]:
        bands: list[int] = band_of(self.context.frame.columns.rating).tolist()
        return bands

    def _one(self, i: int, figures: _Figures) -> Recommendation:
        context = self.context
        status, why = self._status(i, raised=sum(figures.lines) > 0)
        speaks = status in (
            RecommendationStatus.RECOMMENDED,
            RecommendationStatus.POLICY_ONLY,
            RecommendationStatus.FIXED,
        )
        return Recommendation(
            person_id=context.snapshot.rows[i].person_id,
            status=status,
            percent=None if why else points(sum(figures.lines)),
            amount=None if why else self._money(sum(figures.money)),
            low=points(figures.ends[0]),
            high=points(figures.ends[1]),
            interval_kind=KINDS[figures.ends[2]],
            guideline=Guideline(*(points(value) for value in figures.guideline)),
            ledger=self._ledger(i, figures),
            baseline=explain.baseline(context, figures.units[0]) if speaks else None,
            reasons=explain.reasons(context, i, figures.tenths, figures.units[1:], figures.lines)
            if speaks
            else (),
            lump_points=points(figures.lump),
            lump_sum=self._money(figures.lump_units),
            confidence=self._confidences[self._bands[i]]
            if status is RecommendationStatus.RECOMMENDED
            else range_notes.no_record(status),
            notes=self._notes(i, status, figures),
            abstention=why,
            model_off=context.model_off,
            model_hash=context.model_hash,
            policy_hash=context.policy.hash,
            snapshot_hash=context.snapshot.hash,
        )

    def _status(self, i: int, *, raised: bool) -> tuple[RecommendationStatus, Abstention | None]:
        if self._beyond[i]:
            return RecommendationStatus.ABSTAINED, self.abstentions[i]
        if not self.context.frame.eligible[i].takes_part:
            return (RecommendationStatus.RULES_ONLY if raised else RecommendationStatus.INELIGIBLE), None
        if self.fixed[i]:
            return RecommendationStatus.FIXED, None
        if self.abstentions[i] is not None:
            return RecommendationStatus.ABSTAINED, self.abstentions[i]
        return (
            RecommendationStatus.POLICY_ONLY
            if self.context.predictor is None
            else RecommendationStatus.RECOMMENDED
        ), None

    def _money(self, units: int) -> Money:
        return explain.as_money(self.context, units)

    def _ledger(self, i: int, figures: _Figures) -> tuple[LedgerLine, ...]:
        skills = self.context.frame.skills[i]
        return tuple(
            LedgerLine(
                code,
                points(figures.lines[j]),
                self._money(figures.money[j]),
                explain.line_badges(code, skills),
            )
            for j, code in enumerate(ORDER)
            if figures.lines[j] or code is LineCode.MERIT
        )

    def _notes(self, i: int, status: RecommendationStatus, figures: _Figures) -> tuple[Note, ...]:
        notes = list(self.context.frame.eligible[i].notes)
        if figures.lump:
            notes.append(Note(NoteCode.LUMP_SUM, Facts(points=points(figures.lump))))
        if self.steps.split[i] and status is not RecommendationStatus.ABSTAINED:
            notes.append(Note(NoteCode.SPLIT_SHORTFALL, Facts(points=self.context.settings.largest)))
        if status is RecommendationStatus.RULES_ONLY:
            notes.append(Note(NoteCode.RULES_ONLY, Facts(points=points(sum(figures.lines)))))
        if status is RecommendationStatus.RECOMMENDED:
            calibration, kind = self.context.settings.calibration, KINDS[figures.ends[2]]
            notes.append(range_notes.of_range(calibration, kind, self._bands[i]))
        return tuple(notes)


@dataclass(frozen=True)
class _Figures:
    """One person's whole tenths (points) and whole units (money)."""

    lines: list[int]
    money: list[int]
    guideline: list[int]
    lump: int
    lump_units: int
    tenths: list[int]
    units: list[int]  # the baseline first
    ends: list[int]  # low, high, index into ``KINDS``


def start(
    snapshot: Snapshot,
    policy: Policy,
    model: Artefact | None = None,
    settings: AdvisorSettings | None = None,
    found: Frame | None = None,
) -> Run:
    """A run to keep while many pages ask for single people; ``found`` as in ``context.prepare``."""
    return Run(prepare(snapshot, policy, model, settings, found))


def chunks(run: Run) -> Iterator[list[Recommendation]]:
    """All recommendations in the snapshot's order, ``settings.chunk`` people at a time, so that memory stays bounded."""
    size = run.context.settings.chunk
    for first in range(0, len(run.context.snapshot.rows), size):
        yield run.build(range(first, min(first + size, len(run.context.snapshot.rows))))


def recommend(
    snapshot: Snapshot, policy: Policy, model: Artefact | None = None, settings: AdvisorSettings | None = None
) -> list[Recommendation]:
    """One recommendation per row of the snapshot, in its order. Without a model, with an unapproved one or with the kill
    switch: policy and skills alone, and ``model_off`` says why.

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
