"""What each pool of a cycle held when recommendations were last made for everybody, and what is planned and decided in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from dataclasses import replace as replace_fields
from decimal import ROUND_HALF_UP, Decimal

import sqlalchemy as sa

from plugin.domain import RecommendationStatus
from plugin.store.column_types import total
from plugin.store.cycle import recommendations
from plugin.store.database import Tx
from plugin.store.people import withheld
from plugin.store.tables import decision, participant, pool, recommendation

ZERO = Decimal(0)


@dataclass(frozen=True)
class PoolRow:
    """Money a year in the cycle's currency. ``people`` to ``funding`` include all pools below, the own ones do not.

    ``target`` None: somebody in it is held, and what the policy gives the others was not summed.
    """

    code: str
    parent: str | None
    people: int
    payroll: Decimal
    target: Decimal | None
    funding: Decimal
    own_payroll: Decimal
    own_funding: Decimal
    fitted: Decimal

    @property
    def rate(self) -> Decimal:
        """Funding of its own people in parts of their pay."""
        return self.own_funding / self.own_payroll if self.own_payroll else ZERO


_SHOWN = tuple(pool.c[name] for name in PoolRow.__dataclass_fields__)


def replace(tx: Tx, cycle_id: int, rows: Iterable[PoolRow]) -> None:
    """In the order given, parents before children."""
    tx.execute(pool.delete().where(pool.c.cycle_id == cycle_id))
    values = [{"cycle_id": cycle_id, **asdict(row)} for row in rows]
    if values:
        tx.execute(pool.insert(), values)


def of_cycle(tx: Tx, cycle_id: int) -> list[PoolRow]:
    """Parents before children; empty before any recommendation was made."""
    query = sa.select(*_SHOWN).where(pool.c.cycle_id == cycle_id).order_by(pool.c.id)
    return [PoolRow(*row) for row in tx.execute(query)]


@dataclass(frozen=True)
class Gone:
    """Who is held by now: how many, and those whom a pool pays for with their pay, by its code."""

    people: int
    by_pool: Mapping[str, tuple[int, Decimal]]


def _whole(money: Decimal) -> Decimal:
    """As money is kept: in ten-thousandths."""
    return money.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def without(rows: list[PoolRow], gone: Gone) -> list[PoolRow]:
    """A pool's money goes with the pay that it is for."""
    if not gone.people:
        return rows
    people = dict.fromkeys((row.code for row in rows), 0)
    paid, funding = dict.fromkeys(people, ZERO), dict.fromkeys(people, ZERO)
    left: list[PoolRow] = []
    for row in reversed(rows):  # children before parents
        number, own = gone.by_pool.get(row.code, (0, ZERO))
        people[row.code] += number
        paid[row.code] += own
        funding[row.code] += _whole(own * row.rate)
        if row.parent:
            people[row.parent] += people[row.code]
            paid[row.parent] += paid[row.code]
            funding[row.parent] += funding[row.code]
        fitted = _whole(row.fitted * own / row.own_payroll) if row.own_payroll else ZERO
        fresh = replace_fields(
            row,
            people=row.people - people[row.code],
            payroll=row.payroll - paid[row.code],
            target=None if people[row.code] else row.target,
            funding=row.funding - funding[row.code],
            own_payroll=row.own_payroll - own,
            own_funding=row.own_funding - _whole(own * row.rate),
            fitted=row.fitted - fitted,
        )
        left.insert(0, fresh)
    return left


@dataclass(frozen=True)
class Spent:
    """One pool's own people: what recommendations and decisions cost beyond what is reserved, lump sums included; ``reserved`` is
    paid elsewhere."""

    planned: Decimal
    used: Decimal
    reserved: Decimal


def spent(tx: Tx, cycle_id: int) -> tuple[dict[str, Spent], Gone]:
    """Of those who are not held, by pool code, "" for people whom no pool pays for; and who is held."""
    mine = (decision.c.cycle_id == cycle_id) & (decision.c.person_id == participant.c.person_id)
    eligible = recommendation.c.status != RecommendationStatus.INELIGIBLE
    code = sa.func.coalesce(recommendation.c.pool, "").label("code")
    held = participant.c.person_id.in_(withheld.held_in(cycle_id)).label("is_held")
    query = (
        sa.select(
            held,
            code,
            sa.func.count(),
            total(recommendation.c.paid, eligible),
            total(recommendation.c.budget_cost, eligible),
            total(decision.c.budget_cost, eligible),
            total(recommendation.c.reserved_amount, eligible),
        )
        .select_from(recommendations.standing().outerjoin(decision, mine))
        .where(participant.c.cycle_id == cycle_id)
        .group_by(held.name, code.name)
    )
    rows = tx.execute(query).all()
    gone = {row.code: (row[2], row[3]) for row in rows if row.is_held}
    people = sum(number for number, _paid in gone.values())
    return {row.code: Spent(*row[4:]) for row in rows if not row.is_held}, Gone(people, gone)
