"""Two records of suites that are one person: who looks like it, and what HR decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

import sqlalchemy as sa

from plugin.domain import CycleState, IdentifierKind, MergeState
from plugin.errors import NotFound
from plugin.store.batches import parts
from plugin.store.database import Tx, insert
from plugin.store.people.identities import Name
from plugin.store.tables import account, cycle, participant, person, person_identifier, person_merge
from plugin.texts import _

_M, _P, _I = person_merge.c, person.c, person_identifier.c
_TELLING = (
    IdentifierKind.EMAIL,
    IdentifierKind.EMPLOYEE_NUMBER,
    IdentifierKind.ACCOUNT,
    IdentifierKind.OPENID,
    IdentifierKind.DID,
)


@dataclass(frozen=True)
class Merge:
    id: int
    kept_id: int
    merged_id: int
    state: MergeState
    decided_by: str
    decided_at: datetime


_MERGE = [_M[name] for name in Merge.__dataclass_fields__]


@dataclass(frozen=True)
class Proposal:
    """Two people (the smaller id first) and the names that both have."""

    first_id: int
    second_id: int
    shared: tuple[Name, ...]


def proposals(tx: Tx) -> list[Proposal]:
    """Pairs that share a name and are called alike, or that two connections give the same name for; without those that HR
    decided. By ids."""
    shared: dict[tuple[int, int], set[Name]] = defaultdict(set)
    people: dict[int, tuple[str, int | None]] = {}
    by_name: dict[Name, set[int]] = defaultdict(set)
    query = (
        sa.select(_I.kind, _I.value, _I.person_id, _P.display_name, _P.connection_id)
        .join(person, _P.id == _I.person_id)
        .where(
            _I.kind.in_([kind.value for kind in _TELLING]),
            _P.merged_into_id.is_(None),
            _P.erased_at.is_(None),
        )
    )
    several = (
        sa.select(_I.kind, _I.value)
        .group_by(_I.kind, _I.value)
        .having(sa.func.count(_I.person_id.distinct()) > 1)
    ).subquery()
    query = query.join(several, sa.and_(several.c.kind == _I.kind, several.c.value == _I.value))
    for row in tx.execute(query):
        people[row.person_id] = (_folded(row.display_name), row.connection_id)
        by_name[row.kind, row.value].add(row.person_id)
    for name, who in by_name.items():
        for pair in combinations(sorted(who)[:20], 2):
            alike = people[pair[0]][0] == people[pair[1]][0]
            crossing = people[pair[0]][1] != people[pair[1]][1] and name[0] != IdentifierKind.EMPLOYEE_NUMBER
            if alike or crossing:
                shared[pair].add(name)
    answered = _answered(tx)
    return [Proposal(*pair, tuple(sorted(shared[pair]))) for pair in sorted(shared) if pair not in answered]


def _folded(name: str) -> str:
    """Without case, order and commas: "Example, Ada" is Ada Example."""
    return " ".join(sorted(name.replace(",", " ").casefold().split()))


def _answered(tx: Tx) -> set[tuple[int, int]]:
    query = sa.select(_M.kept_id, _M.merged_id).where(_M.state == MergeState.REFUSED)
    return {(min(row), max(row)) for row in tx.execute(query)}


def add(tx: Tx, at: datetime, kept_id: int, merged_id: int, state: MergeState, by: str) -> int:
    values = {"kept_id": kept_id, "merged_id": merged_id, "state": state}
    return insert(tx, person_merge, **values, decided_by=by, decided_at=at)


def get(tx: Tx, merge_id: int) -> Merge:
    row = tx.execute(sa.select(*_MERGE).where(_M.id == merge_id)).mappings().first()
    if row is None:
        raise NotFound(_("the decision doesn't exist"))
    return Merge(**row)


def page(tx: Tx, *, before: int | None = None, limit: int = 50) -> list[Merge]:
    """Merges and refusals in force, the newest first."""
    query = sa.select(*_MERGE).where(_M.state != MergeState.UNDONE).order_by(_M.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_M.id < before)
    return [Merge(**row) for row in tx.execute(query).mappings()]


def close(tx: Tx, merge_id: int) -> None:
    tx.execute(person_merge.update().where(_M.id == merge_id).values(state=MergeState.UNDONE))


def point(tx: Tx, merged_id: int, kept_id: int | None) -> None:
    """Counts a record for another person, or for itself again. Accounts follow."""
    tx.execute(person.update().where(_P.id == merged_id).values(merged_into_id=kept_id))
    if kept_id is not None:
        tx.execute(account.update().where(account.c.person_id == merged_id).values(person_id=kept_id))


def roots(tx: Tx, person_ids: Collection[int]) -> dict[int, int | None]:
    """Id -> the person whom it counts for, None for itself."""
    query = sa.select(_P.id, _P.merged_into_id).where(_P.id.in_(person_ids))
    return {row.id: row.merged_into_id for row in tx.execute(query)}


def in_cycles(tx: Tx, person_ids: Collection[int]) -> set[int]:
    """Those who take part in a cycle that is not closed."""
    query = sa.select(participant.c.person_id).join(cycle, cycle.c.id == participant.c.cycle_id)
    query = query.where(cycle.c.state != CycleState.CLOSED)
    found: set[int] = set()
    for part in parts(person_ids):
        found.update(tx.execute(query.where(participant.c.person_id.in_(part))).scalars())
    return found


def has_merged(tx: Tx, person_id: int) -> bool:
    return tx.execute(sa.select(_P.id).where(_P.merged_into_id == person_id).limit(1)).first() is not None


def names(tx: Tx, person_id: int) -> set[Name]:
    """Every name that a record claims."""
    query = sa.select(_I.kind, _I.value).where(_I.person_id == person_id)
    return {(row.kind, row.value) for row in tx.execute(query)}
