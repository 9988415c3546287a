"""Policies, snapshots and runs of the advisor: the frozen inputs of what was recommended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.domain import JsonObject
from plugin.errors import Conflict, NotFound
from plugin.store.database import Tx, insert
from plugin.store.tables import (
    participant,
    policy,
    recommendation,
    recommendation_document,
    recommendation_run,
    snapshot,
)
from plugin.texts import _

DISCARDED = 5000


@dataclass(frozen=True)
class StoredPolicy:
    id: int
    name: str
    document: JsonObject
    hash: str


@dataclass(frozen=True)
class StoredSnapshot:
    """As ``plugin.advisor.recommendation.frozen`` reads it: ``content`` is a whole packed snapshot, ``newer`` the rows that replace some of
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
class RecommendationRun:
    """All inputs of one making of recommendations. ``completed_at`` None: under way or given up, nobody sees its rows."""

    id: int
    cycle_id: int
    snapshot_id: int
    policy_id: int
    model_id: int | None
    settings: JsonObject
    made_at: datetime
    made_by: str | None
    completed_at: datetime | None = None


def add_policy(tx: Tx, name: str, document: JsonObject, document_hash: str, at: datetime, by: str) -> int:
    """The policy's id; the existing one for the same content."""
    known = of_hash(tx, document_hash)
    if known is not None:
        return known
    return insert(tx, policy, name=name, document=document, hash=document_hash, created_at=at, created_by=by)


def get_policy(tx: Tx, policy_id: int) -> StoredPolicy:
    columns = (policy.c.id, policy.c.name, policy.c.document, policy.c.hash)
    row = tx.execute(sa.select(*columns).where(policy.c.id == policy_id)).first()
    if row is None:
        raise NotFound(_("the policy doesn't exist"))
    return StoredPolicy(*row)


def add_snapshot(
    tx: Tx, cycle_id: int, whole_hash: str, content: bytes, at: datetime, *, base_id: int | None = None
) -> int:
    """``content`` is packed: a whole snapshot, or with ``base_id`` the rows that replace those of that whole one."""
    values = {"cycle_id": cycle_id, "hash": whole_hash, "document": content, "base_id": base_id}
    return insert(tx, snapshot, **values, taken_at=at)


def _snapshot(tx: Tx, row: sa.Row[Any] | None) -> StoredSnapshot:
    if row is None:
        raise NotFound(_("the cycle has no snapshot yet"), remedy=_("take the cycle's snapshot first"))
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


def newest_id(tx: Tx, cycle_id: int) -> int | None:
    """None when the cycle has none."""
    return tx.execute(sa.select(sa.func.max(snapshot.c.id)).where(snapshot.c.cycle_id == cycle_id)).scalar()


def newest_root(tx: Tx, cycle_id: int) -> int | None:
    """Id of the whole snapshot that the newest one is, or rests on; None when the cycle has none."""
    root = sa.func.coalesce(snapshot.c.base_id, snapshot.c.id)
    query = sa.select(root).where(snapshot.c.cycle_id == cycle_id).order_by(snapshot.c.id.desc())
    return tx.execute(query.limit(1)).scalar()


def drop_snapshots(tx: Tx, cycle_id: int) -> None:
    """For a draft whose day or currency was changed: nobody decided anything on them."""
    for table in (recommendation, recommendation_run, snapshot):
        tx.execute(table.delete().where(table.c.cycle_id == cycle_id))


def has_snapshot(tx: Tx, cycle_id: int) -> bool:
    return tx.execute(sa.select(snapshot.c.id).where(snapshot.c.cycle_id == cycle_id)).first() is not None


def add_run(tx: Tx, run: RecommendationRun) -> int:
    """``run.id`` is ignored."""
    return insert(
        tx,
        recommendation_run,
        cycle_id=run.cycle_id,
        snapshot_id=run.snapshot_id,
        policy_id=run.policy_id,
        model_id=run.model_id,
        settings=run.settings,
        made_at=run.made_at,
        made_by=run.made_by,
        completed_at=run.completed_at,
    )


def get_run(tx: Tx, run_id: int) -> RecommendationRun:
    row = tx.execute(sa.select(recommendation_run).where(recommendation_run.c.id == run_id)).first()
    if row is None:
        raise NotFound(_("the recommendation run doesn't exist"))
    return RecommendationRun(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to a dict


def complete_in(cycle_id: int) -> sa.ColumnElement[bool]:
    """Runs of a cycle whose rows count."""
    return sa.and_(recommendation_run.c.cycle_id == cycle_id, recommendation_run.c.completed_at.is_not(None))


def runs(tx: Tx, cycle_id: int) -> list[RecommendationRun]:
    """Complete ones, newest first."""
    query = (
        sa.select(recommendation_run).where(complete_in(cycle_id)).order_by(recommendation_run.c.id.desc())
    )
    return [RecommendationRun(**row._mapping) for row in tx.execute(query)]  # noqa: SLF001 - as above


def newest_run(tx: Tx, cycle_id: int) -> RecommendationRun | None:
    """The newest complete one."""
    query = (
        sa.select(recommendation_run)
        .where(complete_in(cycle_id))
        .order_by(recommendation_run.c.id.desc())
        .limit(1)
    )
    row = tx.execute(query).first()
    return None if row is None else RecommendationRun(**row._mapping)  # noqa: SLF001 - as above


def unfinished_runs(tx: Tx, cycle_id: int) -> list[int]:
    """Ids of runs that are under way or were given up, oldest first."""
    open_ = sa.and_(recommendation_run.c.cycle_id == cycle_id, recommendation_run.c.completed_at.is_(None))
    return list(
        tx.execute(
            sa.select(recommendation_run.c.id).where(open_).order_by(recommendation_run.c.id)
        ).scalars()
    )


def must_be_unfinished(tx: Tx, run_id: int) -> None:
    """Conflict when the run was discarded, or is complete."""
    open_ = sa.and_(recommendation_run.c.id == run_id, recommendation_run.c.completed_at.is_(None))
    if tx.execute(sa.select(recommendation_run.c.id).where(open_)).first() is None:
        raise Conflict(_("a newer recommendation run has replaced this one"))


def discard_some(tx: Tx, run_id: int) -> bool:
    """Deletes rows of an unfinished run, a few thousand at a time; False when nothing is left to delete."""
    open_ = sa.and_(recommendation_run.c.id == run_id, recommendation_run.c.completed_at.is_(None))
    if tx.execute(sa.select(recommendation_run.c.id).where(open_)).first() is None:
        return False
    made, mine = recommendation_document, recommendation_document.c.recommendation_run_id == run_id
    some = list(
        tx.execute(
            sa.select(made.c.person_id).where(mine).order_by(made.c.person_id).limit(DISCARDED)
        ).scalars()
    )
    of_run = recommendation.c.recommendation_run_id == run_id
    if some:
        tx.execute(made.delete().where(mine, made.c.person_id <= some[-1]))
        tx.execute(recommendation.delete().where(of_run, recommendation.c.person_id <= some[-1]))
        return True
    tx.execute(recommendation_run.delete().where(recommendation_run.c.id == run_id))
    return False


def complete(tx: Tx, cycle_id: int, run_id: int, at: datetime) -> None:
    """From now on the run's rows count for their people, for all at once; not where a later run has spoken meanwhile.

    Conflict when the run was discarded.
    """
    must_be_unfinished(tx, run_id)
    tx.execute(recommendation_run.update().where(recommendation_run.c.id == run_id).values(completed_at=at))
    made = sa.select(recommendation.c.id).where(
        recommendation.c.recommendation_run_id == run_id,
        recommendation.c.person_id == participant.c.person_id,
    )
    later = sa.select(recommendation.c.id).where(
        recommendation.c.cycle_id == cycle_id, recommendation.c.recommendation_run_id > run_id
    )
    now = participant.c.recommendation_id
    tx.execute(
        participant.update()
        .where(participant.c.cycle_id == cycle_id, made.exists(), sa.or_(now.is_(None), now.not_in(later)))
        .values(recommendation_id=made.scalar_subquery())
    )


def has_recommendations(tx: Tx, cycle_id: int) -> bool:
    """Whether recommendations were made for everybody."""
    return (
        tx.execute(sa.select(recommendation_run.c.id).where(complete_in(cycle_id)).limit(1)).first()
        is not None
    )


@dataclass(frozen=True)
class Entry:
    """A policy without its document. ``added_by`` None: nobody was named."""

    id: int
    name: str
    hash: str
    added_at: datetime
    added_by: str | None


COLUMNS = (policy.c.id, policy.c.name, policy.c.hash, policy.c.created_at, policy.c.created_by)


def get(tx: Tx, policy_id: int) -> Entry:
    """NotFound when there is none."""
    row = tx.execute(sa.select(*COLUMNS).where(policy.c.id == policy_id)).first()
    if row is None:
        raise NotFound(_("the policy doesn't exist"))
    return Entry(*row)


def newest_first(tx: Tx, *, skipped: int = 0, limit: int | None = None) -> list[Entry]:
    """All, or ``limit`` of them behind the first ``skipped``."""
    query = sa.select(*COLUMNS).order_by(policy.c.id.desc()).offset(skipped).limit(limit)
    return [Entry(*row) for row in tx.execute(query)]


def number(tx: Tx) -> int:
    return tx.execute(sa.select(sa.func.count()).select_from(policy)).scalar_one()


def of_hash(tx: Tx, content_hash: str) -> int | None:
    """The id of the policy with this content; None when it is new."""
    return tx.execute(sa.select(policy.c.id).where(policy.c.hash == content_hash)).scalar()
