"""Before a cycle opens: what today's policy, money and model would have said last time, beside what was really given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from plugin.advisor.fairness.report import report
from plugin.advisor.policy.settings import AdvisorSettings
from plugin.advisor.recommendation import summary
from plugin.advisor.recommendation.frame import frame
from plugin.advisor.recommendation.snapshot import EmployeeRow
from plugin.advisor.recommendation.summary import Summary
from plugin.advisor.recommendation.values import Recommendation
from plugin.domain import JsonObject, Money, RecommendationStatus, one_decimal, total_money
from plugin.errors import NotFound
from plugin.services.core import Core
from plugin.services.cycle import run_inputs, snapshots
from plugin.services.model import fairness_inputs, training
from plugin.store.cycle import cycles
from plugin.store.cycle.cycles import Cycle
from plugin.store.database import Tx
from plugin.texts import _

if TYPE_CHECKING:
    from plugin.advisor.model.artefact import Artefact
    from plugin.advisor.model.training import PastCycle

MOST_DIFFERENT = 20
CLOSE = Decimal("0.5")


@dataclass(frozen=True)
class Different:
    """A person who would have got something else, and why."""

    person_id: int
    given: Decimal
    recommended: Decimal
    summary: Summary


@dataclass(frozen=True)
class DryRun:
    """Points are per cent of pay. Costs are a year's, over the people with recommendations only, so that both sides compare.

    ``gaps``: per protected attribute what the fairness reports call label_gap (given) and recommendation_gap (recommended);
    empty where no attribute is stored or a group is too small.
    """

    year: int
    people: int
    recommended: int
    given_cost: Money
    recommended_cost: Money
    paid_once: Money
    mean_difference: Decimal  # recommended minus given
    close_share: Decimal  # share of people within half a point, 0 to 1
    different: tuple[Different, ...]
    gaps: tuple[JsonObject, ...]


@dataclass(frozen=True)
class _Pair:
    row: EmployeeRow
    given: Decimal
    made: Recommendation

    @property
    def recommended(self) -> Decimal:
        return self.made.planned

    @property
    def difference(self) -> Decimal:
        return self.recommended - self.given


def last_cycle(core: Core, cycle_id: int) -> DryRun:
    """Nothing is stored. The policy's dates are moved to that year, the cycle's pools are funded for the people of then;
    rulings for single people are left out. NotFound when no year of past raises is known, InvalidInput when a pool would
    have been below the sum of its floors.

    The model may have learned from that very year: the figures say who would differ and what it costs, not how good
    the model is (its card does).
    """
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        past = snapshots.past_cycles(tx, found.currency, found.rates, smallest=training.SMALLEST_YEAR)
        if not past:
            raise NotFound(_("no past cycle yet"), remedy=_("import past raises"))
        last = past[-1]
        pairs = _pairs(tx, found, last, training.load_artefact(tx, found.model_id))
        gaps = _gaps(tx, pairs, last)
    spread = [pair.difference for pair in pairs]
    return DryRun(
        year=last.year,
        people=len(last.snapshot.rows),
        recommended=len(pairs),
        given_cost=_sum(found, [pair.row.paid.percent(pair.given) for pair in pairs]),
        recommended_cost=_sum(found, [pair.made.amount for pair in pairs if pair.made.amount is not None]),
        paid_once=_sum(found, [pair.made.lump_sum for pair in pairs]),
        mean_difference=one_decimal(sum(spread, Decimal(0)) / max(len(spread), 1)),
        close_share=Decimal(sum(abs(gap) <= CLOSE for gap in spread)) / max(len(spread), 1),
        different=_different(pairs),
        gaps=gaps,
    )


def _pairs(tx: Tx, found: Cycle, last: PastCycle, artefact: Artefact | None) -> list[_Pair]:
    from plugin.advisor.recommendation import recommend

    policy = training.read_policy(tx, found.policy_id).moved(last.year - found.effective_on.year)
    layers = frame(last.snapshot, policy, last.rewarded)
    plan = run_inputs.plan_of(found)
    settings = AdvisorSettings(
        matrix_only=found.matrix_only,
        rewarded=last.rewarded,
        pools=run_inputs.fitted(run_inputs.funded_on(found, layers, policy)),
        side_rules=plan.side_rules,
        spend_all=plan.spend_all,
    )
    run = recommend.start(last.snapshot, policy, artefact, settings, layers)
    made = [one for part in recommend.chunks(run) for one in part]
    return [
        _Pair(row, last.decided[row.person_id], one)
        for row, one in zip(last.snapshot.rows, made, strict=True)
        if one.percent is not None and one.status != RecommendationStatus.INELIGIBLE
    ]


def _sum(found: Cycle, amounts: Sequence[Money]) -> Money:
    return total_money(amounts, found.currency).rounded()


def _different(pairs: Sequence[_Pair]) -> tuple[Different, ...]:
    far = sorted(pairs, key=lambda pair: -abs(pair.difference))[:MOST_DIFFERENT]
    return tuple(
        Different(pair.row.person_id, pair.given, pair.recommended, summary.of(pair.made))
        for pair in far
        if abs(pair.difference) > CLOSE
    )


def _gaps(tx: Tx, pairs: Sequence[_Pair], last: PastCycle) -> tuple[JsonObject, ...]:
    rows = [pair.row for pair in pairs]
    recommended = np.array([float(pair.recommended) for pair in pairs])
    people = fairness_inputs.of_rows([row.person_id for row in rows], rows, recommended)
    given = np.array([float(pair.given) for pair in pairs])
    entered = fairness_inputs.inputs(tx, replace(people, label=given, of_training=True), last.snapshot.as_of)
    kept = ("attribute", "group", "reference", "label_gap", "recommendation_gap")
    measured = [report(one) for one in entered]
    return tuple({name: one.to_json()[name] for name in kept} for one in measured if one.n_group)
