"""Fits the merit matrix of a pay policy to a target budget for the people of a cycle, and says what that changes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from plugin.advisor.policy import guideline
from plugin.advisor.policy.pay_policy import Policy
from plugin.advisor.recommendation.frame import fit_policy, frame
from plugin.advisor.recommendation.snapshot import Snapshot
from plugin.domain import JsonObject, Money, total_money
from plugin.errors import InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.cycle import recommending, snapshots
from plugin.services.model import training
from plugin.store.cycle import cycles, frozen_inputs
from plugin.store.cycle.cycles import Cycle
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.texts import _

CLOSE = Decimal("0.02")  # points of pay: rounding down to 0.01 point a cell costs less than this
LONGEST_NAME = 160
FITTED = re.compile(r", fitted to [0-9.]+ %$")
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Cost:
    """What the matrix's defaults cost in a year. ``percent`` is of the pay of all who take part, two decimals."""

    percent: Decimal
    money: Money


@dataclass(frozen=True)
class CellChange:
    """One cell: its band of each criterion, how many people are in it, its default in points before and after."""

    bands: tuple[str, ...]
    people: int
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Fitted:
    """``policy`` is the fitted one, ``policy_id`` its id, None when it was not stored. ``from_snapshot`` False: the people
    are those of the data of now, since the cycle has no snapshot yet."""

    policy: Policy
    policy_id: int | None
    fitted_from: int
    cycle_id: int
    target_percent: Decimal
    people: int
    payroll: Money
    from_snapshot: bool
    before: Cost
    after: Cost
    criteria: tuple[str, ...]
    cells: tuple[CellChange, ...]


def fit(
    core: Core,
    actor: Actor,
    cycle_id: int,
    target_percent: Decimal,
    *,
    policy_id: int | None = None,
    store: bool = True,
) -> Fitted:
    """The policy (default: the cycle's own) with low, default and high of every cell scaled by one factor within the cell's
    minimum and maximum, so that the merit part costs ``target_percent`` of the pay of all who take part.

    Only merit is fitted: range minimums, skill points, the model and rounding come on top. Stored under its own name as a
    policy of its own, which no cycle uses until it is chosen there; ``store`` False is a preview. InvalidInput when nobody
    takes part or the target cannot be met within the cells' minimum and maximum.
    """
    if not 0 < target_percent <= 100:
        raise InvalidInput(
            _("enter a target above 0%% and at most 100%% of pay"),
            fields={"target": _("must be above 0 and at most 100")},
        )
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        chosen = found.policy_id if policy_id is None else policy_id
        policy = training.read_policy(tx, chosen)
        people, is_frozen = _people(tx, core, found)
    named = _fit(people, policy, target_percent)
    made = _compared(people, (policy, named), (chosen, cycle_id), target_percent, from_snapshot=is_frozen)
    if target_percent - made.after.percent > CLOSE:
        raise _out_of_reach(
            _(
                "%(target_percent)s%% of pay can't be reached: the cells' defaults and maximums allow at most %(percent)s%%",
                target_percent=target_percent,
                percent=made.after.percent,
            )
        )
    return keep(core, actor, made) if store else made


def _people(tx: Tx, core: Core, found: Cycle) -> tuple[Snapshot, bool]:
    """The newest snapshot and True, else the data of now as of the cycle's day, which are not stored, and False."""
    if frozen_inputs.has_snapshot(tx, found.id):
        return recommending.read_snapshot(frozen_inputs.newest_snapshot(tx, found.id)), True
    label = core.settings.company_name
    built = snapshots.build(tx, found.snapshot_on, found.currency, found.rates, label=label)
    return built.snapshot, False


def _fit(people: Snapshot, policy: Policy, target: Decimal) -> Policy:
    try:
        fitted = fit_policy(people, policy, target)
    except InvalidInput as error:
        raise _out_of_reach(str(error)) from error
    base = FITTED.sub("", policy.name)[:LONGEST_NAME]
    # FITTED reads it back, whatever the reader's language.
    return replace(fitted, name=f"{base}, fitted to {target.normalize():f} %")  # machine text


def _out_of_reach(why: str) -> InvalidInput:
    return InvalidInput(
        why,
        fields={"target": _("can't be reached")},
        remedy=_("choose another target, or change the minimum, default and maximum of the matrix cells"),
    )


def _compared(
    people: Snapshot,
    policies: tuple[Policy, Policy],
    ids: tuple[int, int],
    target: Decimal,
    *,
    from_snapshot: bool,
) -> Fitted:
    """``ids`` are those of the policy before and of the cycle."""
    before, after = policies
    weights, counts, payroll = _weights(people, before)
    defaults = [{cell.bands: cell.default for cell in one.matrix.cells} for one in policies]
    costs = [_cost(weights, one, payroll) for one in defaults]
    return Fitted(
        policy=after,
        policy_id=None,
        fitted_from=ids[0],
        cycle_id=ids[1],
        target_percent=target,
        people=sum(counts.values()),
        payroll=payroll.rounded(),
        from_snapshot=from_snapshot,
        before=costs[0],
        after=costs[1],
        criteria=tuple(criterion.name for criterion in before.matrix.criteria),
        cells=tuple(
            CellChange(bands, counts[bands], defaults[0][bands], defaults[1][bands])
            for bands in guideline.labels(before.matrix)
        ),
    )


Bands = tuple[str, ...]


def _weights(people: Snapshot, policy: Policy) -> tuple[dict[Bands, Decimal], Counter[Bands], Money]:
    """Of those who take part: pay times proration and number of people by cell, and the pay of all."""
    found = frame(people, policy)
    names = guideline.labels(policy.matrix)
    weights: dict[Bands, Decimal] = dict.fromkeys(names, Decimal(0))
    counts: Counter[Bands] = Counter()
    where = guideline.cells(policy.matrix, found.bands).tolist() if len(people.rows) else []
    taking_part = [
        (row, entry, names[cell])
        for row, entry, cell in zip(people.rows, found.eligible, where, strict=True)
        if entry.takes_part
    ]
    for row, entry, bands in taking_part:
        weights[bands] += row.paid.amount * entry.factor
        counts[bands] += 1
    return weights, counts, total_money((row.paid for row, _other, _other in taking_part), people.currency)


def _cost(weights: dict[Bands, Decimal], defaults: dict[Bands, Decimal], payroll: Money) -> Cost:
    points = sum((weight * defaults[bands] for bands, weight in weights.items()), Decimal(0))
    share = (points / payroll.amount).quantize(HUNDREDTH, ROUND_HALF_UP)
    return Cost(share, Money(points / 100, payroll.currency).rounded())


def keep(core: Core, actor: Actor, made: Fitted) -> Fitted:
    """A fit that was only shown, stored as ``fit`` stores it; with its id."""
    detail: JsonObject = {
        "from_policy": made.fitted_from,
        "cycle": made.cycle_id,
        "target_percent": str(made.target_percent),
        "before_percent": str(made.before.percent),
        "after_percent": str(made.after.percent),
        "hash": made.policy.hash,
    }
    with core.database.transaction() as tx:
        policy_id = training.store_policy(tx, core, actor, made.policy)
        audits.append(tx, core.clock(), actor.name, "policy.fit", f"policy:{policy_id}", detail)
    return replace(made, policy_id=policy_id)
