"""The inbox: the newest version of each record of each source, kept before anything is done with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar, cast

import sqlalchemy as sa

from plugin.domain import InboxKind, InboxState, JsonObject
from plugin.store.database import Tx
from plugin.store.sources import applied_files
from plugin.store.tables import identity_question, inbox

T = TypeVar("T")


@dataclass(frozen=True)
class Arrival:
    """One record as it came in."""

    remote_key: str
    kind: InboxKind
    raw: JsonObject
    content_hash: str
    version: str | None = None


@dataclass(frozen=True)
class Item:
    """One row of the inbox."""

    id: int
    connection_id: int
    stream: str
    remote_key: str
    kind: InboxKind
    raw: JsonObject
    state: InboxState
    code: str | None
    message: str | None
    received_at: datetime
    person_id: int | None
    day: date | None = None


ITEM = [inbox.c[name] for name in Item.__dataclass_fields__]


def accept(
    tx: Tx,
    at: datetime,
    connection_id: int,
    stream: str,
    arrivals: Sequence[Arrival],
    run_id: int | None,
    *,
    keeps: bool = False,
) -> dict[str, int]:
    """Stores what is new or changed as pending; counts of new, changed, unchanged and retracted. ``keeps``: what the rows were
    before is kept, so that the run can be undone.

    Of several arrivals with one key the last counts. A version that is older than the stored one is left out.
    """
    latest = {arrival.remote_key: arrival for arrival in arrivals}
    known = _known(tx, connection_id, stream, list(latest))
    counts = {"new": 0, "changed": 0, "unchanged": len(arrivals) - len(latest), "retracted": 0}
    fresh: list[dict[str, object]] = []
    changed: list[dict[str, object]] = []
    seen: list[int] = []
    for key, arrival in latest.items():
        old = known.get(key)
        if old is None and arrival.kind == InboxKind.UPSERT:
            fresh.append(
                _values(arrival, at, run_id)
                | {"connection_id": connection_id, "stream": stream, "remote_key": key}
            )
        elif old is not None and _differs(old, arrival):
            changed.append(_values(arrival, at, run_id) | {"row": old.id})
        else:
            seen += [old.id] if old else []
            counts["unchanged"] += 1
    counts["retracted"] = sum(1 for row in changed if row["kind"] == InboxKind.RETRACT)
    counts["changed"] = len(changed) - counts["retracted"]
    if keeps and run_id is not None:
        applied_files.keep_changed(tx, run_id, [cast("int", row["row"]) for row in changed])
    counts["new"] = _write(tx, fresh, changed, seen)
    if keeps and run_id is not None:
        applied_files.keep_new(tx, run_id, connection_id, stream, [str(row["remote_key"]) for row in fresh])
    return counts


def rename(tx: Tx, connection_id: int, stream: str, old: str, new: str) -> int:
    """Rows of the key, and of keys that begin with it and a slash, go on under the new one; how many. A key that is there
    already keeps its row, and the old row stays as it is."""
    mine = sa.and_(inbox.c.connection_id == connection_id, inbox.c.stream == stream)
    keys = sa.or_(inbox.c.remote_key == old, inbox.c.remote_key.startswith(f"{old}/", autoescape=True))
    found = {
        row.remote_key: row.id
        for row in tx.execute(sa.select(inbox.c.id, inbox.c.remote_key).where(mine, keys))
    }
    renamed = {key: new + key[len(old) :] for key in found}
    taken = _known(tx, connection_id, stream, list(renamed.values()))
    changed = {key: name for key, name in renamed.items() if name not in taken}
    for key, name in changed.items():
        tx.execute(inbox.update().where(inbox.c.id == found[key]).values(remote_key=name))
    return len(changed)


def _known(
    tx: Tx, connection_id: int, stream: str, keys: Sequence[str]
) -> dict[str, sa.Row[int, str, str, str | None, InboxKind]]:
    columns = sa.select(inbox.c.id, inbox.c.remote_key, inbox.c.content_hash, inbox.c.version, inbox.c.kind)
    mine = sa.and_(inbox.c.connection_id == connection_id, inbox.c.stream == stream)
    found: dict[str, sa.Row[int, str, str, str | None, InboxKind]] = {}
    for part in _parts(keys, 500):
        found |= {
            row.remote_key: row for row in tx.execute(columns.where(mine, inbox.c.remote_key.in_(part)))
        }
    return found


def _differs(old: sa.Row[int, str, str, str | None, InboxKind], arrival: Arrival) -> bool:
    if arrival.kind == InboxKind.RETRACT:
        return bool(old.kind != InboxKind.RETRACT)
    if old.version and arrival.version and arrival.version < old.version:
        return False
    return bool(old.content_hash != arrival.content_hash or old.kind != arrival.kind)


def _values(arrival: Arrival, at: datetime, run_id: int | None) -> dict[str, object]:
    return {
        "content_hash": arrival.content_hash,
        "version": arrival.version,
        "kind": arrival.kind,
        "raw": arrival.raw,
        "run_id": run_id,
        "received_at": at,
        "state": InboxState.PENDING,
        "code": None,
        "message": None,
        "missed": 0,
    }


def _write(tx: Tx, fresh: list[dict[str, object]], changed: list[dict[str, object]], seen: list[int]) -> int:
    if fresh:
        tx.execute(inbox.insert(), [{**row, "revision": 1} for row in fresh])
    for row in changed:
        values = {
            name: value
            for name, value in row.items()
            if name != "row" and not (name == "raw" and row["kind"] == InboxKind.RETRACT)
        }
        tx.execute(
            inbox.update().where(inbox.c.id == row["row"]).values(**values, revision=inbox.c.revision + 1)
        )
    for part in _parts(seen, 500):
        tx.execute(inbox.update().where(inbox.c.id.in_(part), inbox.c.missed > 0).values(missed=0))
    return len(fresh)


def miss(tx: Tx, connection_id: int, stream: str, keys_seen: Iterable[str]) -> tuple[list[str], int]:
    """After a complete listing: counts a miss for what it did not hold.

    Gives the keys missed in two listings running, and the number of live records there were.
    """
    live = sa.and_(
        inbox.c.connection_id == connection_id, inbox.c.stream == stream, inbox.c.kind == InboxKind.UPSERT
    )
    rows = tx.execute(sa.select(inbox.c.id, inbox.c.remote_key, inbox.c.missed).where(live)).all()
    held = set(keys_seen)
    gone = [row for row in rows if row.remote_key not in held]
    for part in _parts([row.id for row in gone], 500):
        tx.execute(inbox.update().where(inbox.c.id.in_(part)).values(missed=inbox.c.missed + 1))
    return [row.remote_key for row in gone if row.missed >= 1], len(rows)


def pending(tx: Tx, *, connection_id: int, stream: str, limit: int) -> list[Item]:
    """Oldest first."""
    mine = sa.and_(
        inbox.c.state == InboxState.PENDING, inbox.c.connection_id == connection_id, inbox.c.stream == stream
    )
    return [
        Item(**row)
        for row in tx.execute(sa.select(*ITEM).where(mine).order_by(inbox.c.id).limit(limit)).mappings()
    ]


def get(tx: Tx, item_id: int) -> Item | None:
    row = tx.execute(sa.select(*ITEM).where(inbox.c.id == item_id)).mappings().first()
    return Item(**row) if row else None


@dataclass(frozen=True)
class Mark:
    """What became of a pending row. ``revision`` is not needed: a row that changed meanwhile is pending again by itself."""

    item_id: int
    state: InboxState
    person_id: int | None = None
    code: str | None = None
    message: str | None = None


def mark(tx: Tx, at: datetime, marks: Sequence[Mark]) -> None:
    if not marks:
        return
    statement = (
        inbox.update()
        .where(inbox.c.id == sa.bindparam("row"))
        .values(
            state=sa.bindparam("to"),
            person_id=sa.bindparam("who"),
            code=sa.bindparam("why"),
            message=sa.bindparam("said"),
            applied_at=at,
        )
    )
    tx.execute(
        statement,
        [
            {"row": m.item_id, "to": m.state, "who": m.person_id, "why": m.code, "said": m.message}
            for m in marks
        ],
    )
    for part in _parts([m.item_id for m in marks], 500):
        tx.execute(identity_question.delete().where(identity_question.c.inbox_id.in_(part)))


def connections_with_pending(tx: Tx) -> list[int]:
    return [
        row.connection_id
        for row in tx.execute(
            sa.select(inbox.c.connection_id).where(inbox.c.state == InboxState.PENDING).distinct()
        )
    ]


def page(
    tx: Tx, *, state: InboxState, connection_id: int | None = None, after: int = 0, limit: int = 50
) -> list[Item]:
    query = (
        sa.select(*ITEM).where(inbox.c.state == state, inbox.c.id > after).order_by(inbox.c.id).limit(limit)
    )
    if connection_id is not None:
        query = query.where(inbox.c.connection_id == connection_id)
    return [Item(**row) for row in tx.execute(query).mappings()]


def counts(tx: Tx, connection_id: int) -> dict[str, dict[InboxState, int]]:
    """Stream -> state -> number of rows. What was withdrawn, and is so by now, is in none."""
    is_gone = sa.and_(inbox.c.state == InboxState.APPLIED, inbox.c.kind == InboxKind.RETRACT)
    query = sa.select(inbox.c.stream, inbox.c.state, sa.func.count().label("n")).where(
        inbox.c.connection_id == connection_id, ~is_gone
    )
    found: dict[str, dict[InboxState, int]] = {}
    for row in tx.execute(query.group_by(inbox.c.stream, inbox.c.state)):
        found.setdefault(row.stream, {})[row.state] = row.n
    return found


def again(tx: Tx, *, connection_id: int, states: Sequence[InboxState], item_id: int | None = None) -> int:
    """Rows in these states become pending again; their number."""
    which = sa.and_(inbox.c.connection_id == connection_id, inbox.c.state.in_(states))
    if item_id is not None:
        which = sa.and_(which, inbox.c.id == item_id)
    return tx.execute(inbox.update().where(which).values(state=InboxState.PENDING)).rowcount


def _parts(values: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))
