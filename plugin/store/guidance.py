"""Policies, snapshots, advice runs and recommendations: what was advised, from which frozen inputs."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

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
    """``document`` are the canonical bytes whose SHA-256 is ``hash``."""

    id: int
    cycle_id: int
    hash: str
    document: bytes
    taken_at: datetime


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


def add_snapshot(tx: Tx, cycle_id: int, document_hash: str, document: bytes, at: datetime) -> int:
    """Stored compressed; ``document_hash`` is that of the uncompressed bytes."""
    values = {"cycle_id": cycle_id, "hash": document_hash, "document": zlib.compress(document, 6)}
    return insert(tx, snapshot, **values, taken_at=at)


def _snapshot(row: sa.Row[Any] | None) -> StoredSnapshot:
    if row is None:
        raise NotFound("no snapshot was taken", remedy="take the cycle's snapshot first")
    return StoredSnapshot(row.id, row.cycle_id, row.hash, zlib.decompress(row.document), row.taken_at)


def get_snapshot(tx: Tx, snapshot_id: int) -> StoredSnapshot:
    return _snapshot(tx.execute(sa.select(snapshot).where(snapshot.c.id == snapshot_id)).first())


def newest_snapshot(tx: Tx, cycle_id: int) -> StoredSnapshot:
    """NotFound when the cycle has none."""
    query = sa.select(snapshot).where(snapshot.c.cycle_id == cycle_id).order_by(snapshot.c.id.desc())
    return _snapshot(tx.execute(query.limit(1)).first())


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
