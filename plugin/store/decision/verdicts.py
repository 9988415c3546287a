"""What the rules say of many decided figures, beside the recommendations that they are said of; nobody decides anything here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from plugin.store.batches import parts
from plugin.store.cycle import recommendations
from plugin.store.cycle.recommendations import Outline
from plugin.store.database import Tx
from plugin.store.decision.decisions import Judged
from plugin.store.tables import decision, recommendation

_JUDGED = tuple(Judged.__dataclass_fields__)
_OUTLINE = tuple(recommendation.c[name] for name in Outline.__dataclass_fields__)


@dataclass(frozen=True)
class Beside:
    """A decided figure beside the recommendations of a run: ``judged`` is what is stored."""

    recommended: Outline
    version: int
    percent: Decimal
    judged: Judged


def beside_recommendation(tx: Tx, cycle_id: int, run_id: int) -> Iterator[Beside]:
    """Every decided figure of a cycle for whose person the run made recommendations, whether it counts yet or not."""
    both = (decision.c.person_id == recommendation.c.person_id) & (
        recommendation.c.recommendation_run_id == run_id
    )
    columns = (decision.c.version, decision.c.percent, *(decision.c[name] for name in _JUDGED), *_OUTLINE)
    query = sa.select(*columns).select_from(decision.join(recommendation, both))
    query = query.where(decision.c.cycle_id == cycle_id, decision.c.percent.is_not(None))
    for version, percent, *rest in tx.execute(query.execution_options(yield_per=recommendations.BATCH)):
        judged, recommended = Judged(*rest[: len(_JUDGED)]), Outline(*rest[len(_JUDGED) :])
        yield Beside(recommended, version, percent, judged)


def versions(tx: Tx, cycle_id: int) -> dict[int, int]:
    """By person, of all decided figures."""
    query = sa.select(decision.c.person_id, decision.c.version)
    mine = query.where(decision.c.cycle_id == cycle_id, decision.c.percent.is_not(None))
    return {row[0]: row[1] for row in tx.execute(mine)}


def put_judged(tx: Tx, cycle_id: int, judged: Mapping[int, Judged]) -> None:
    """By person. Not a new version: nobody decided anything. Few statements: most figures differ in nothing but the flags."""
    flags: dict[tuple[bool, bool, bool], list[int]] = {}
    for who, one in judged.items():
        flags.setdefault((one.is_unchanged, one.is_outside, one.needs_hr), []).append(who)
    mine = decision.c.cycle_id == cycle_id
    for (unchanged, outside, hr), people in flags.items():
        said = {"is_unchanged": unchanged, "is_outside": outside, "needs_hr": hr}
        for part in parts(people):
            tx.execute(decision.update().where(mine, decision.c.person_id.in_(part)).values(said))


def put_budget_costs(tx: Tx, cycle_id: int, costs: Mapping[int, Decimal]) -> None:
    """By person, where other money is reserved now."""
    mine = (decision.c.cycle_id == cycle_id) & (decision.c.person_id == sa.bindparam("who"))
    rows = [{"who": who, "new": cost} for who, cost in costs.items()]
    if rows:
        tx.execute(decision.update().where(mine).values(budget_cost=sa.bindparam("new")), rows)
