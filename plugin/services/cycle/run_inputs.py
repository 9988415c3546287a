"""What a run of the advisor over a cycle is given beside snapshot, policy and model: money, HR's rulings, ledger, ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from plugin.advisor.model import interval
from plugin.advisor.policy import pools
from plugin.advisor.policy.pay_policy import Policy
from plugin.advisor.policy.pools import REST, BudgetPlan, Funded, OwnSums, Pool
from plugin.advisor.policy.settings import AdvisorSettings, RewardedSkill
from plugin.advisor.recommendation import codec, ledger_steps
from plugin.advisor.recommendation.frame import Frame, frame
from plugin.advisor.recommendation.snapshot import Snapshot
from plugin.domain import CycleState, Money, RulingKind
from plugin.errors import NotAllowed
from plugin.store.cycle import exceptions
from plugin.store.cycle.cycles import Cycle
from plugin.store.cycle.exceptions import Ruling
from plugin.store.cycle.pools import PoolRow
from plugin.store.database import Tx
from plugin.store.decision import decisions
from plugin.store.evidence import evidence_facts
from plugin.texts import _

if TYPE_CHECKING:
    from plugin.advisor.model.artefact import Artefact
    from plugin.advisor.model.interval import Calibration


FROZEN = (CycleState.APPROVED, CycleState.EXPORTED, CycleState.CLOSED)


@dataclass(frozen=True)
class Given:
    """``pools`` parents before children."""

    settings: AdvisorSettings
    layers: Frame
    pools: tuple[PoolRow, ...]


def plan_of(found: Cycle) -> BudgetPlan:
    """What HR entered; without anything one pool for everybody, of the cycle's budget per cent."""
    return codec.from_json(BudgetPlan, found.budget) if found.budget else BudgetPlan()


def must_not_be_frozen(found: Cycle) -> None:
    """NotAllowed once the raises are approved: recommendations, money and rulings stay as they are."""
    if found.state in FROZEN:
        raise NotAllowed(
            _("the state of the cycle is %(state)s", state=found.state),
            code="cycle_state",
            remedy=_("return the cycle to review"),
        )


def is_stale(found: Cycle, made_at: datetime | None) -> bool:
    """Whether recommendations of that time does not know of the newest budget or ruling."""
    changed = found.budget_changed_at
    return changed is not None and made_at is not None and made_at <= changed


def of_cycle(tx: Tx, found: Cycle, frozen: Snapshot, policy: Policy, artefact: Artefact | None) -> Given:
    """InvalidInput when pools contradict each other or leave people out."""
    rewarded = _rewarded(tx, found)
    layers = frame(frozen, policy, rewarded)
    plan, funded = plan_of(found), funded_on(found, layers, policy)
    ruled = exceptions.of_cycle(tx, found.id)
    settings = AdvisorSettings(
        matrix_only=found.matrix_only,
        rewarded=rewarded,
        pools=fitted(funded),
        spend_all=plan.spend_all,
        side_rules=plan.side_rules,
        locked=_points(ruled, (RulingKind.FIXED,)),
        adjustments=_points(ruled, (RulingKind.MARKET, RulingKind.EQUITY)),
        frozen_ratings=tuple(str(one.person_id) for one in ruled if one.kind == RulingKind.RATING_FROZEN),
        minimum_pool=plan.minimum_pool,
        adjustment_pool=plan.adjustment_pool,
        largest=policy.approvals.hr_maximum,
        calibration=_calibration(tx, found, frozen, policy, rewarded, artefact),
    )
    return Given(settings, layers, tuple(_row(one) for one in funded))


def funded_on(found: Cycle, layers: Frame, policy: Policy) -> tuple[Funded, ...]:
    """The cycle's pools with their money for these people, parents before children."""
    every = plan_of(found).pools or (Pool(REST, funding_percent=found.budget_percent),)
    own = _own(layers, policy, every, found.currency)
    return tuple(pools.fund(every, own, found.currency).values())


def fitted(funded: Sequence[Funded]) -> dict[str, Money]:
    """What recommendations are fitted to, by pools that have people of their own."""
    return {one.code: one.fitted for one in funded if one.own_payroll.amount}


def _rewarded(tx: Tx, found: Cycle) -> tuple[RewardedSkill, ...]:
    """The ledger "pay a skill once": what earlier cycles paid for."""
    return tuple(
        RewardedSkill(
            entry.person_id, entry.skill, entry.level, str(entry.award_id), entry.cycle, entry.rewarded_on
        )
        for entry in evidence_facts.rewarded_before(tx, found.snapshot_on)
        if entry.cycle != found.name
    )


def _own(layers: Frame, policy: Policy, every: Sequence[Pool], currency: str) -> dict[str, OwnSums]:
    """People, pay and policy targets by the pool that pays for them."""
    place = ledger_steps.pool_of(layers, {pool.code for pool in every})
    target = ledger_steps.targets(layers, policy)
    found: dict[str, OwnSums] = {}
    for code in set(place[layers.takes_part].tolist()):
        here = layers.takes_part & (place == code)
        pay, cost = layers.columns.minor[here], layers.columns.minor[here] @ target[here]
        found[code] = OwnSums(
            int(here.sum()),
            Money(Decimal(int(pay.sum())) / 100, currency),
            Money(Decimal(int(cost)) / 100_000, currency),
        )
    return found


def _points(ruled: Sequence[Ruling], kinds: Sequence[str]) -> dict[str, Decimal]:
    """Person (text) -> points of the rulings of these kinds together."""
    total: dict[str, Decimal] = {}
    for one in ruled:
        if one.kind in kinds and one.percent is not None:
            key = str(one.person_id)
            total[key] = total.get(key, Decimal(0)) + one.percent
    return total


def _calibration(
    tx: Tx,
    found: Cycle,
    frozen: Snapshot,
    policy: Policy,
    rewarded: tuple[RewardedSkill, ...],
    artefact: Artefact | None,
) -> Calibration | None:
    """Ranges measured on what managers of this cycle decided so far; None while those are too few, or no model speaks."""
    if artefact is None or not artefact.approved or "lower" not in artefact.blobs or found.matrix_only:
        return None
    known = {row.person_id for row in frozen.rows}
    decided = {who: points for who, points in decisions.merit_points(tx, found.id).items() if who in known}
    if len(decided) < interval.LEAST_ROWS:
        return None
    from plugin.advisor.model import training
    from plugin.advisor.model.predictor import Predictor

    past = training.PastCycle(found.effective_on.year, frozen, decided, rewarded)
    names = [feature.name for feature in Predictor(artefact).features]
    return training.calibrate_on(artefact, training.table_of([past], policy, names))


def _row(one: Funded) -> PoolRow:
    return PoolRow(
        one.code,
        one.parent,
        one.people,
        one.payroll.amount,
        one.target.amount,
        one.funding.amount,
        one.own_payroll.amount,
        one.own_funding.amount,
        one.fitted.amount,
    )
