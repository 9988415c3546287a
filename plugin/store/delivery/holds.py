"""Holds: nothing is sent to a target for now, because it asked for a pause or refuses our credentials."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import OutboxKind
from plugin.store.database import Tx, upsert
from plugin.store.tables import connection, target_hold

_c = target_hold.c


@dataclass(frozen=True)
class Hold:
    """``until`` None: until a person has acted. ``part``: only messages of this event type are held; empty: all."""

    kind: OutboxKind
    target_id: int
    until: datetime | None
    code: str
    message: str
    held_at: datetime
    part: str = ""


def holding(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a row holds its target: its time has not passed, and no person has changed the connection since."""
    changed = sa.select(connection.c.id).where(
        connection.c.id == _c.target_id, connection.c.updated_at > _c.held_at, _c.kind == OutboxKind.WRITE
    )
    return sa.and_(sa.or_(_c.until.is_(None), _c.until > now), ~changed.exists())


def hold(tx: Tx, new: Hold) -> None:
    """Sets or lengthens a hold: one that waits for a person stays, and of two times the later one counts."""
    old = get(tx, new.kind, new.target_id, new.part)
    if old is not None and new.until is not None and (old.until is None or old.until > new.until):
        return
    upsert(tx, target_hold, [dict(new.__dict__)], ["kind", "target_id", "part"])


def get(tx: Tx, kind: OutboxKind, target_id: int, part: str = "") -> Hold | None:
    """The hold of a target or of a part of it, None when there is none; one whose time has passed no longer holds anything."""
    query = sa.select(target_hold).where(_c.kind == kind, _c.target_id == target_id, _c.part == part)
    row = tx.execute(query).first()
    return Hold(*row) if row else None


def release(tx: Tx, kind: OutboxKind, target_id: int) -> bool:
    """Lifts all holds of a target; False when there was none."""
    return bool(tx.execute(target_hold.delete().where(_c.kind == kind, _c.target_id == target_id)).rowcount)


def current(tx: Tx, now: datetime) -> list[Hold]:
    """All that hold now."""
    query = sa.select(target_hold).where(holding(now))
    return [Hold(*row) for row in tx.execute(query.order_by(_c.kind, _c.target_id, _c.part.desc()))]


def prune(tx: Tx, now: datetime) -> int:
    """Deletes holds whose time has passed."""
    return tx.execute(target_hold.delete().where(_c.until <= now)).rowcount
