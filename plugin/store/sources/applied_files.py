"""Dropped files that were applied, and what the records were before, until the next file is applied to the connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import InboxKind, InboxState, JsonObject, MergeState, Stream
from plugin.store.batches import parts
from plugin.store.database import Tx, insert, new_rows
from plugin.store.sources import records
from plugin.store.tables import (
    applied_file,
    cycle,
    inbox,
    inbox_before,
    participant,
    person,
    person_identifier,
    person_merge,
    recommendation,
    recommendation_run,
)

_F, _B = applied_file.c, inbox_before.c
_ROWS = inbox_before.join(inbox, inbox.c.id == _B.inbox_id)


@dataclass(frozen=True)
class AppliedFile:
    id: int
    connection_id: int
    run_id: int
    file: str
    applied_by: str | None
    applied_at: datetime
    undo_run_id: int | None
    undone_by: str | None
    undone_at: datetime | None


_FILE = [_F[name] for name in AppliedFile.__dataclass_fields__]


@dataclass(frozen=True)
class Touched:
    """A row that the run wrote: as it is now, and as it was (``before`` None: it was not there)."""

    inbox_id: int
    stream: Stream
    run_id: int | None
    kind: InboxKind
    state: InboxState
    person_id: int | None
    before: InboxKind | None
    raw: JsonObject | None
    content_hash: str | None
    version: str | None


def add(tx: Tx, at: datetime, connection_id: int, run_id: int, file: str, by: str) -> None:
    """What was kept for undoing earlier files of the connection goes."""
    earlier = sa.select(_F.run_id).where(_F.connection_id == connection_id, _F.run_id != run_id)
    tx.execute(inbox_before.delete().where(_B.run_id.in_(earlier)))
    values = {"connection_id": connection_id, "run_id": run_id, "file": file}
    insert(tx, applied_file, **values, applied_by=by, applied_at=at)


def of_run(tx: Tx, run_id: int) -> list[AppliedFile]:
    query = sa.select(*_FILE).where(_F.run_id == run_id).order_by(_F.id)
    return [AppliedFile(*row) for row in tx.execute(query)]


def newest(tx: Tx, connection_id: int) -> list[AppliedFile]:
    """The files of the connection's newest run that read any."""
    last = sa.select(sa.func.max(_F.run_id)).where(_F.connection_id == connection_id).scalar_subquery()
    query = sa.select(*_FILE).where(_F.connection_id == connection_id, _F.run_id == last).order_by(_F.id)
    return [AppliedFile(*row) for row in tx.execute(query)]


def purpose(tx: Tx, run_id: int) -> tuple[bool, bool]:
    """Whether a run reads applied files, and whether it undoes some: then records of other connections are pending too, which the
    files had replaced or drawn to their people."""
    rows = tx.execute(
        sa.select(_F.run_id, _F.undo_run_id).where(sa.or_(_F.run_id == run_id, _F.undo_run_id == run_id))
    ).all()
    return any(row.run_id == run_id for row in rows), any(row.undo_run_id == run_id for row in rows)


def close(tx: Tx, at: datetime, run_id: int, by: str, undo_run_id: int) -> None:
    tx.execute(
        applied_file.update()
        .where(_F.run_id == run_id)
        .values(undone_by=by, undone_at=at, undo_run_id=undo_run_id)
    )
    tx.execute(inbox_before.delete().where(_B.run_id == run_id))


# --- what the records were ------------------------------------------------------------------------------------------


def keep_changed(tx: Tx, run_id: int, inbox_ids: Sequence[int]) -> None:
    """Before they change; what the same run changes a second time is kept as it was at first."""
    kept = [inbox.c[name] for name in ("kind", "raw", "content_hash", "version")]
    for part in parts(inbox_ids):
        query = sa.select(sa.literal(run_id), inbox.c.id, *kept).where(inbox.c.id.in_(part))
        names = ["run_id", "inbox_id", "kind", "raw", "content_hash", "version"]
        statement = new_rows(tx, inbox_before, ["run_id", "inbox_id"]).from_select(names, query)
        tx.execute(statement)


def keep_new(tx: Tx, run_id: int, connection_id: int, stream: str, keys: Sequence[str]) -> None:
    mine = sa.and_(inbox.c.connection_id == connection_id, inbox.c.stream == stream)
    for part in parts(keys):
        query = sa.select(sa.literal(run_id), inbox.c.id).where(mine, inbox.c.remote_key.in_(part))
        tx.execute(
            new_rows(tx, inbox_before, ["run_id", "inbox_id"]).from_select(["run_id", "inbox_id"], query)
        )


def touched(tx: Tx, run_id: int) -> list[Touched]:
    now = (inbox.c.id, inbox.c.stream, inbox.c.run_id, inbox.c.kind, inbox.c.state, inbox.c.person_id)
    before = (_B.kind.label("before"), _B.raw, _B.content_hash, _B.version)
    query = (
        sa.select(*now, *before)
        .join(inbox, inbox.c.id == _B.inbox_id)
        .where(_B.run_id == run_id)
        .order_by(inbox.c.id)
    )
    return [Touched(inbox_id, Stream(stream), *rest) for inbox_id, stream, *rest in tx.execute(query)]


@dataclass(frozen=True)
class Sums:
    """How many records a run wrote: all, those that were not there before, and of these the employees; how many have been written
    again since, and how many pay ranges there are."""

    touched: int
    new: int
    people: int
    changed_since: int
    ranges: int


def sums(tx: Tx, run_id: int) -> Sums:
    is_new, is_people = _B.kind.is_(None), inbox.c.stream == Stream.PEOPLE.value
    again = sa.func.coalesce(inbox.c.run_id, 0) != run_id
    rules = (is_new, is_new & is_people, again, inbox.c.stream == Stream.PAY_RANGES.value)
    counts = [sa.func.coalesce(sa.func.sum(sa.case((rule, 1), else_=0)), 0) for rule in rules]
    query = sa.select(sa.func.count(), *counts).select_from(_ROWS).where(_B.run_id == run_id)
    return Sums(*map(int, tx.execute(query).one()))


def _people(run_id: int, *rules: sa.ColumnElement[bool]) -> sa.Select[int]:
    """Whose records a run wrote; to be used as a subquery."""
    mine = (_B.run_id == run_id, inbox.c.person_id.is_not(None), *rules)
    return sa.select(inbox.c.person_id).select_from(_ROWS).where(*mine)


def overtaken(tx: Tx, run_id: int) -> int:
    """How many of the run's records another source has replaced since."""
    found = 0
    for stream, table in records.replaceable().items():
        kept = sa.select(table.c.inbox_id).where(table.c.inbox_id == inbox.c.id).exists()
        query = (
            sa.select(sa.func.count())
            .select_from(_ROWS)
            .where(_B.run_id == run_id, inbox.c.stream == stream.value, ~kept)
            .where(inbox.c.state == InboxState.APPLIED, inbox.c.kind == InboxKind.UPSERT)
        )
        found += tx.execute(query).scalar_one()
    return found


def cycles_since(tx: Tx, run_id: int, at: datetime, *, is_everybody: bool) -> dict[str, int]:
    """Name of each cycle that has calculated since a time with people whose records the run wrote (or with anybody), and of how
    many of them."""
    people = sa.true() if is_everybody else recommendation.c.person_id.in_(_people(run_id))
    query = (
        sa.select(cycle.c.name, sa.func.count(recommendation.c.person_id.distinct()).label("number"))
        .join(cycle, cycle.c.id == recommendation.c.cycle_id)
        .join(recommendation_run, recommendation_run.c.id == recommendation.c.recommendation_run_id)
        .where(recommendation_run.c.made_at >= at, people)
        .group_by(cycle.c.name)
        .order_by(cycle.c.name)
    )
    return {row.name: row.number for row in tx.execute(query)}


def is_settled(tx: Tx, run_id: int) -> bool:
    """Whether any employee whom the run brought is in a cycle or was merged, and so must stay."""
    brought = _people(run_id, _B.kind.is_(None), inbox.c.stream == Stream.PEOPLE.value)
    merged, kept = person_merge.c.merged_id, person_merge.c.kept_id
    queries = (
        sa.select(participant.c.id).where(participant.c.person_id.in_(brought)),
        sa.select(person_merge.c.id).where(
            person_merge.c.state == MergeState.MERGED, sa.or_(merged.in_(brought), kept.in_(brought))
        ),
    )
    return any(tx.execute(query.limit(1)).first() for query in queries)


# --- undoing --------------------------------------------------------------------------------------------------------


def restore(tx: Tx, rows: Sequence[Touched]) -> None:
    """They are as they were before, and are to be applied again."""
    if rows:
        named = {"kind": "to_kind", "raw": "to_raw", "content_hash": "to_hash", "version": "to_version"}
        values = {name: sa.bindparam(new, type_=inbox.c[name].type) for name, new in named.items()}
        statement = (
            inbox.update()
            .where(inbox.c.id == sa.bindparam("row"))
            .values(**values, state=InboxState.PENDING, revision=inbox.c.revision + 1)
        )
        tx.execute(
            statement,
            [
                {
                    "row": one.inbox_id,
                    "to_kind": one.before,
                    "to_raw": one.raw,
                    "to_hash": one.content_hash,
                    "to_version": one.version,
                }
                for one in rows
            ],
        )


def retract(tx: Tx, inbox_ids: Sequence[int], content_hash: str) -> None:
    """They are to be withdrawn."""
    values = {"kind": InboxKind.RETRACT, "state": InboxState.PENDING, "content_hash": content_hash}
    for part in parts(inbox_ids):
        tx.execute(inbox.update().where(inbox.c.id.in_(part)).values(**values))


def forget_misses(tx: Tx, connection_id: int) -> None:
    """A listing that is undone missed nothing."""
    mine = sa.and_(inbox.c.connection_id == connection_id, inbox.c.missed > 0)
    tx.execute(inbox.update().where(mine).values(missed=inbox.c.missed - 1))


def remove_people(tx: Tx, people: Sequence[int], inbox_ids: Sequence[int]) -> None:
    for part in parts(inbox_ids):
        tx.execute(inbox.delete().where(inbox.c.id.in_(part)))
    for part in parts(people):
        tx.execute(person.delete().where(person.c.id.in_(part)))


def take_names(tx: Tx, people: Sequence[int], source: str, since: datetime | None) -> set[tuple[str, str]]:
    """Names that a source gave these people since a time (None: ever); the names."""
    table, found = person_identifier.c, set[tuple[str, str]]()
    for part in parts(people):
        mine = sa.and_(table.person_id.in_(part), table.source == source if since else sa.true())
        mine = sa.and_(mine, table.added_at >= since) if since else mine
        found |= {(row.kind, row.value) for row in tx.execute(sa.select(table.kind, table.value).where(mine))}
        tx.execute(person_identifier.delete().where(mine))
    return found
