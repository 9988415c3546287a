"""Policies, snapshots, advice runs and recommendations: what was advised, from which frozen inputs."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import sqlalchemy as sa

from plugin.domain import JsonObject
from plugin.errors import NotFound
from plugin.store.batches import parts
from plugin.store.database import Tx, insert
from plugin.store.models import advice_run, participant, policy, recommendation, snapshot

BATCH = 1000


@dataclass(frozen=True)
class StoredPolicy:
    id: int
    name: str
    document: JsonObject
    hash: str


@dataclass(frozen=True)
class StoredSnapshot:
    """As ``plugin.advisor.frozen`` reads it: ``content`` is a whole packed snapshot, ``newer`` the rows that replace some of
    it (then ``content`` is that of the snapshot ``base_id``), ``hash`` that of both together."""

    id: int
    cycle_id: int
    hash: str
    content: bytes
    newer: bytes | None
    base_id: int | None
    taken_at: datetime

    @property
    def root_id(self) -> int:
        """The whole snapshot that it is, or rests on."""
        return self.id if self.base_id is None else self.base_id


@dataclass(frozen=True)
class AdviceRun:
    """All inputs of one making of recommendations."""

    id: int
    cycle_id: int
    snapshot_id: int
    policy_id: int
    model_id: int | None
    settings: JsonObject
    made_at: datetime
    made_by: str | None
    completed_at: datetime | None = None


@dataclass(frozen=True)
class StoredRecommendation:
    """``document`` holds the snapshot row, the recommendation, peers and what-ifs of one person."""

    person_id: int
    advice_run_id: int
    percent: Decimal | None
    pool: str | None
    document: JsonObject


def add_policy(tx: Tx, name: str, document: JsonObject, document_hash: str, at: datetime, by: str) -> int:
    """The policy's id; the existing one for the same content."""
    known = tx.execute(sa.select(policy.c.id).where(policy.c.hash == document_hash)).scalar()
    if known is not None:
        return int(known)
    return insert(tx, policy, name=name, document=document, hash=document_hash, created_at=at, created_by=by)


def get_policy(tx: Tx, policy_id: int) -> StoredPolicy:
    columns = (policy.c.id, policy.c.name, policy.c.document, policy.c.hash)
    row = tx.execute(sa.select(*columns).where(policy.c.id == policy_id)).first()
    if row is None:
        raise NotFound("no such policy")
    return StoredPolicy(*row)


def policies(tx: Tx) -> list[StoredPolicy]:
    """Newest first."""
    columns = (policy.c.id, policy.c.name, policy.c.document, policy.c.hash)
    return [StoredPolicy(*row) for row in tx.execute(sa.select(*columns).order_by(policy.c.id.desc()))]


def add_snapshot(
    tx: Tx, cycle_id: int, whole_hash: str, content: bytes, at: datetime, *, base_id: int | None = None
) -> int:
    """``content`` is packed: a whole snapshot, or with ``base_id`` the rows that replace those of that whole one."""
    values = {"cycle_id": cycle_id, "hash": whole_hash, "document": content, "base_id": base_id}
    return insert(tx, snapshot, **values, taken_at=at)


def _snapshot(tx: Tx, row: sa.Row[Any] | None) -> StoredSnapshot:
    if row is None:
        raise NotFound("no snapshot was taken", remedy="take the cycle's snapshot first")
    if row.base_id is None:
        return StoredSnapshot(row.id, row.cycle_id, row.hash, row.document, None, None, row.taken_at)
    whole = sa.select(snapshot.c.document).where(snapshot.c.id == row.base_id)
    content = bytes(tx.execute(whole).scalar_one())
    return StoredSnapshot(row.id, row.cycle_id, row.hash, content, row.document, row.base_id, row.taken_at)


def get_snapshot(tx: Tx, snapshot_id: int) -> StoredSnapshot:
    return _snapshot(tx, tx.execute(sa.select(snapshot).where(snapshot.c.id == snapshot_id)).first())


def newest_snapshot(tx: Tx, cycle_id: int) -> StoredSnapshot:
    """NotFound when the cycle has none."""
    query = sa.select(snapshot).where(snapshot.c.cycle_id == cycle_id).order_by(snapshot.c.id.desc())
    return _snapshot(tx, tx.execute(query.limit(1)).first())


def newest_hash(tx: Tx, cycle_id: int) -> str | None:
    """Hash of the newest snapshot; None when the cycle has none."""
    query = sa.select(snapshot.c.hash).where(snapshot.c.cycle_id == cycle_id).order_by(snapshot.c.id.desc())
    return tx.execute(query.limit(1)).scalar()


def newest_root(tx: Tx, cycle_id: int) -> int | None:
    """Id of the whole snapshot that the newest one is, or rests on; None when the cycle has none."""
    root = sa.func.coalesce(snapshot.c.base_id, snapshot.c.id)
    query = sa.select(root).where(snapshot.c.cycle_id == cycle_id).order_by(snapshot.c.id.desc())
    return tx.execute(query.limit(1)).scalar()


def drop_snapshots(tx: Tx, cycle_id: int) -> None:
    """For a draft whose day or currency was changed: nobody decided anything on them."""
    for table in (recommendation, advice_run, snapshot):
        tx.execute(table.delete().where(table.c.cycle_id == cycle_id))


def has_snapshot(tx: Tx, cycle_id: int) -> bool:
    return tx.execute(sa.select(snapshot.c.id).where(snapshot.c.cycle_id == cycle_id)).first() is not None


def add_run(tx: Tx, run: AdviceRun) -> int:
    """``run.id`` is ignored."""
    return insert(
        tx,
        advice_run,
        cycle_id=run.cycle_id,
        snapshot_id=run.snapshot_id,
        policy_id=run.policy_id,
        model_id=run.model_id,
        settings=run.settings,
        made_at=run.made_at,
        made_by=run.made_by,
        completed_at=run.completed_at,
    )


def get_run(tx: Tx, run_id: int) -> AdviceRun:
    row = tx.execute(sa.select(advice_run).where(advice_run.c.id == run_id)).first()
    if row is None:
        raise NotFound("no such run of the advisor")
    return AdviceRun(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to a dict


def runs(tx: Tx, cycle_id: int) -> list[AdviceRun]:
    """Newest first."""
    query = sa.select(advice_run).where(advice_run.c.cycle_id == cycle_id).order_by(advice_run.c.id.desc())
    return [AdviceRun(**row._mapping) for row in tx.execute(query)]  # noqa: SLF001 - as above


@dataclass(frozen=True)
class MadeRecommendation:
    """One row to store: the figures that lists and sums need, and the document that has everything."""

    person_id: int
    percent: Decimal | None
    status: str
    paid: Decimal
    planned_amount: Decimal
    planned_percent: Decimal
    low: Decimal
    high: Decimal
    policy_minimum: Decimal
    policy_maximum: Decimal
    pool: str | None
    reserved_amount: Decimal
    abstain_code: str | None
    document: JsonObject


def add_recommendations(tx: Tx, cycle_id: int, run_id: int, made: Iterable[MadeRecommendation]) -> int:
    """Says how many were stored."""
    total, batch = 0, list[dict[str, Any]]()
    for one in made:
        batch.append({"cycle_id": cycle_id, "advice_run_id": run_id, **vars(one)})
        if len(batch) == BATCH:
            tx.execute(recommendation.insert(), batch)
            total, batch = total + BATCH, []
    if batch:
        tx.execute(recommendation.insert(), batch)
    return total + len(batch)


_SHOWN = (
    recommendation.c.person_id,
    recommendation.c.advice_run_id,
    recommendation.c.percent,
    recommendation.c.pool,
    recommendation.c.document,
)


def newest(cycle_id: int) -> sa.Select[int]:
    """Selects the ids of the recommendations that count now; to be used as a subquery."""
    return _newest_ids(cycle_id, None, None)


def newest_by_person(cycle_id: int) -> sa.Select[int, int]:
    """Selects (person_id, id) of the recommendations that count now; for joins."""
    newest_id = sa.func.max(recommendation.c.id).label("id")
    query = sa.select(recommendation.c.person_id, newest_id)
    return query.where(recommendation.c.cycle_id == cycle_id).group_by(recommendation.c.person_id)


def _newest_ids(cycle_id: int, people: Collection[int] | None, until_run: int | None) -> sa.Select[int]:
    query = sa.select(sa.func.max(recommendation.c.id)).where(recommendation.c.cycle_id == cycle_id)
    if people is not None:
        query = query.where(recommendation.c.person_id.in_(people))
    if until_run is not None:
        query = query.where(recommendation.c.advice_run_id <= until_run)
    return query.group_by(recommendation.c.person_id)


def current(tx: Tx, cycle_id: int, people: Collection[int]) -> dict[int, StoredRecommendation]:
    """The newest recommendation of each of ``people``; who has none is absent."""
    found: dict[int, StoredRecommendation] = {}
    for part in parts(people):
        query = sa.select(*_SHOWN).where(recommendation.c.id.in_(_newest_ids(cycle_id, part, None)))
        found |= {row.person_id: StoredRecommendation(*row) for row in tx.execute(query)}
    return found


def all_current(tx: Tx, cycle_id: int) -> Iterable[StoredRecommendation]:
    """The newest of every participant, streamed in batches."""
    still_in = sa.select(participant.c.person_id).where(participant.c.cycle_id == cycle_id)
    query = (
        sa.select(*_SHOWN)
        .where(recommendation.c.id.in_(_newest_ids(cycle_id, None, None)))
        .where(recommendation.c.person_id.in_(still_in))
    )
    for row in tx.execute(query.execution_options(yield_per=BATCH)):
        yield StoredRecommendation(*row)


def as_of_run(tx: Tx, cycle_id: int, person_id: int, until_run: int | None = None) -> StoredRecommendation:
    """What stood for a person after run ``until_run`` (None = now); NotFound when nothing did."""
    query = sa.select(*_SHOWN).where(recommendation.c.id.in_(_newest_ids(cycle_id, [person_id], until_run)))
    row = tx.execute(query).first()
    if row is None:
        raise NotFound("no recommendation was made for this person in this cycle")
    return StoredRecommendation(*row)


def has_recommendations(tx: Tx, cycle_id: int) -> bool:
    query = sa.select(recommendation.c.id).where(recommendation.c.cycle_id == cycle_id)
    return tx.execute(query.limit(1)).first() is not None
