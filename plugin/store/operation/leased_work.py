"""Leased work: rows of a table of which each is held by one worker at a time, and comes back when that worker is gone.

waiting → held → ended; held → waiting (again, later); held → set aside, with code, message and remedy, until a person acts.
The holder proves itself with the lease's token at every write; ``_fenced`` is the only place that checks it. A row has at most
``most_attempts`` attempts, and one that took ``most_losses`` workers with it is set aside: it would kill the next one too.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic

import sqlalchemy as sa

from plugin.errors import AdvisorError, Conflict
from plugin.store.database import Database, Tx
from plugin.store.operation.queues import Queue, Row
from plugin.texts import _

_LONGEST_CODE = 64
_LOG = logging.getLogger(__name__)
LONGEST = timedelta(hours=6)
_FREE: Mapping[str, None] = {"leased_until": None, "lease_token": None}


class LeaseLost(Conflict):
    """Another worker has the work by now, or a person took it away: what the caller did is not to be written."""

    code = "lease_lost"


@dataclass(frozen=True)
class Lease:
    """The right to write about these rows; ``token`` proves it. ``until``: when it ran out unless it is extended."""

    queue: Queue[Any]
    ids: tuple[int, ...]
    token: str
    until: datetime

    def of(self, *ids: int) -> Lease:
        """For a part of the rows."""
        return replace(self, ids=ids)


@dataclass(frozen=True)
class Held(Generic[Row]):
    """Rows under one lease, the longest due first."""

    rows: tuple[Row, ...]
    lease: Lease

    @property
    def row(self) -> Row:
        """The only one."""
        (only,) = self.rows
        return only


@dataclass(frozen=True)
class Reason:
    """Why work is tried again or set aside. Texts of another side are cut to fit."""

    code: str
    message: str
    remedy: str | None = None


# --- taking ---------------------------------------------------------------------------------------------------------


def next_lane(tx: Tx, now: datetime, queue: Queue[Any]) -> int | None:
    """The lane of the row that is due longest and in nobody's hands."""
    c = queue.table.c
    query = sa.select(c[queue.lane]).where(queue.is_due(now)).order_by(c.due_at, c.id).limit(1)
    lane: int | None = tx.execute(query.with_for_update(skip_locked=True)).scalar()
    return lane


def claim(
    tx: Tx, now: datetime, queue: Queue[Row], *conditions: sa.ColumnElement[bool], limit: int = 1
) -> Held[Row] | None:
    """Up to ``limit`` due rows that meet the conditions, leased to the caller; None when there is none.

    PostgreSQL skips rows that another claim has locked; on SQLite one writer follows the other. On both the row must still wait.
    """
    assert limit == 1 or queue.most_per_lane is None, "lanes are counted once per claim"
    c = queue.table.c
    query = sa.select(c.id).where(queue.is_due(now), *conditions, *_free_lanes(tx, queue))
    query = query.order_by(c.due_at, c.id).limit(limit)
    ids = tx.execute(query.with_for_update(skip_locked=True, of=queue.table)).scalars().all()
    if not ids:
        return None
    token, until = secrets.token_hex(16), now + queue.lease
    leased = {"state": queue.held, "leased_until": until, "lease_token": token, "attempts": c.attempts + 1}
    begun = {queue.started: now} if queue.started else {}
    taken = queue.table.update().where(c.id.in_(ids), c.state == queue.waiting).values(**leased, **begun)
    found = [queue.of(row) for row in tx.execute(taken.returning(*queue.columns))]
    rows = tuple(sorted(found, key=lambda one: (one.due_at, one.id)))
    return Held(rows, Lease(queue, tuple(one.id for one in rows), token, until)) if rows else None


def _free_lanes(tx: Tx, queue: Queue[Any]) -> list[sa.ColumnElement[bool]]:
    if queue.most_per_lane is None:
        return []
    if tx.dialect.name == "postgresql":  # two claims must not count at the same time
        name = "/".join((queue.table.name, *queue.only.values()))
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(name))))
    return [queue.table.c[queue.lane].not_in(full_lanes(tx, queue, queue.most_per_lane))]


def full_lanes(tx: Tx, queue: Queue[Any], most: int) -> list[int]:
    """Lanes with so many rows out. Counted here: for a GROUP BY SQLite walks the whole queue in the order of another index."""
    c = queue.table.c
    query = sa.select(c[queue.lane]).where(c.state == queue.held, queue.is_part())
    out = Counter[int](tx.execute(query).scalars())
    return [lane for lane, number in out.items() if number >= most]


# --- what the holder writes: all of it through one fence ------------------------------------------------------------


def _fenced(tx: Tx, lease: Lease, values: Mapping[str, object]) -> Sequence[str]:
    """Writes to the rows of the lease and gives their states; LeaseLost, and nothing is to be kept, unless it holds all of them."""
    c = lease.queue.table.c
    mine = sa.and_(c.id.in_(lease.ids), c.state == lease.queue.held, c.lease_token == lease.token)
    states = tx.execute(lease.queue.table.update().where(mine).values(**values).returning(c.state))
    found = states.scalars().all()
    if len(found) != len(lease.ids):
        raise LeaseLost(
            _(
                "another worker has taken over %(table)s %(ids)s",
                table=lease.queue.table.name,
                ids=", ".join(map(str, lease.ids)),
            )
        )
    return found


def extend(tx: Tx, now: datetime, lease: Lease, **values: object) -> None:
    """Keeps the lease for its full length from now, and notes values in the rows. In the transaction of a step's results it fences
    them too: a worker that lost its lease keeps none of them."""
    _fenced(tx, lease, {"leased_until": now + lease.queue.lease, **values})


def end(
    tx: Tx, now: datetime, lease: Lease, state: StrEnum, reason: Reason | None = None, **values: object
) -> None:
    """The work is over, in this state."""
    ended = {"state": state, lease.queue.ended: now, **_FREE, **_said(reason)}
    _fenced(tx, lease, {**ended, **values})


def set_aside(tx: Tx, now: datetime, lease: Lease, reason: Reason, **values: object) -> None:
    """No attempt will help: kept until a person acts."""
    recommended = replace(reason, remedy=reason.remedy or _(lease.queue.remedy))
    end(tx, now, lease, lease.queue.set_aside, recommended, **values)


def again(tx: Tx, now: datetime, lease: Lease, due_at: datetime, reason: Reason, **values: object) -> bool:
    """Waits for another attempt at ``due_at``; False when no attempt was left and it was set aside."""
    queue = lease.queue
    is_spent = queue.table.c.attempts >= queue.most_attempts
    states = _fenced(tx, lease, {**_back(queue, now, due_at, is_spent, reason), **values})
    return queue.set_aside not in states


def release(tx: Tx, lease: Lease, due_at: datetime, reason: Reason) -> None:
    """Waits again, and the attempt does not count: it was something else that failed, not this work."""
    attempts = sa.case((lease.queue.table.c.attempts > 0, lease.queue.table.c.attempts - 1), else_=0)
    freed = {"state": lease.queue.waiting, "due_at": due_at, "attempts": attempts}
    _fenced(tx, lease, {**freed, **_FREE, **_said(reason)})


def _back(
    queue: Queue[Any], now: datetime, due_at: datetime, is_spent: sa.ColumnElement[bool], reason: Reason
) -> dict[str, object]:
    """Waiting, or set aside where ``is_spent``."""
    ended, remedy = queue.table.c[queue.ended], queue.table.c.remedy
    return {
        **_said(reason),
        **_FREE,
        "state": sa.case((is_spent, queue.set_aside), else_=queue.waiting),
        "due_at": due_at,
        queue.ended: sa.case((is_spent, sa.literal(now, ended.type)), else_=sa.null()),
        "remedy": sa.case(
            (is_spent, sa.literal(reason.remedy or _(queue.remedy), remedy.type)), else_=sa.null()
        ),
    }


def _said(reason: Reason | None) -> dict[str, object]:
    if reason is None:
        return {"code": None, "message": None, "remedy": None}
    code = reason.code.replace("\0", "")[:_LONGEST_CODE]  # PostgreSQL stores no NUL
    return {"code": code, "message": reason.message, "remedy": reason.remedy}


@contextmanager
def guarded(
    database: Database, clock: Callable[[], datetime], lease: Lease, broke: Callable[[Reason], object]
) -> Iterator[None]:
    """Around all that is done with the work, its last write included. The lease is extended as long as it lasts. An error that nobody
    foresaw is settled at once by ``broke`` and raised again for the worker's log: only there stands what it was, since its text may
    quote a record."""
    name, ids = lease.queue.table.name, ", ".join(map(str, lease.ids))
    try:
        with _alive(database, clock, lease):
            yield
    except LeaseLost:
        _LOG.warning("%s %s: the lease was lost, another worker has it", name, ids)
    except Exception:
        with suppress(LeaseLost):
            broke(unexpected())
        raise


def unexpected() -> Reason:
    return Reason(
        "unexpected", _("an unexpected error occurred"), _("check the worker's log, then try again")
    )


@contextmanager
def _alive(database: Database, clock: Callable[[], datetime], lease: Lease) -> Iterator[None]:
    """Extends the lease from a thread of its own while the block works, at most LONGEST, which ends also work that hangs. Whether
    the lease still holds shows at the next write of the block."""
    over = threading.Event()

    def extend_it() -> None:
        stop_at = time.monotonic() + LONGEST.total_seconds()
        while not over.wait(lease.queue.lease.total_seconds() / 4) and time.monotonic() < stop_at:
            try:
                with database.transaction() as tx:
                    extend(tx, clock(), lease)
            except LeaseLost:
                return
            except (AdvisorError, sa.exc.SQLAlchemyError):
                continue  # the database may answer again before the lease has run out

    thread = threading.Thread(target=extend_it, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


# --- housekeeping ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Swept:
    """What a sweep did with leases that ran out."""

    again: int
    set_aside: int


def lost() -> Reason:
    return Reason(
        "worker_lost",
        _("the worker was lost in the middle of this work"),
        _("look at the log of the worker for what stopped it, then ask for the work again"),
    )


def sweep(tx: Tx, now: datetime, queue: Queue[Any]) -> Swept:
    """Frees rows whose worker is gone: they wait again, or are set aside when they lost too many workers or have no attempt left."""
    c = queue.table.c
    stuck = sa.select(c.id).where(c.state == queue.held, c.leased_until < now, queue.is_part()).order_by(c.id)
    ids = tx.execute(stuck.with_for_update(skip_locked=True)).scalars().all()
    if not ids:
        return Swept(0, 0)
    is_spent = sa.or_(c.losses + 1 >= queue.most_losses, c.attempts >= queue.most_attempts)
    values = {**_back(queue, now, now, is_spent, lost()), **queue.when_lost, "losses": c.losses + 1}
    states = tx.execute(queue.table.update().where(c.id.in_(ids)).values(**values).returning(c.state))
    found = Counter(states.scalars())
    return Swept(found[queue.waiting], found[queue.set_aside])


def requeue(tx: Tx, now: datetime, queue: Queue[Any], row_id: int, state: StrEnum) -> bool:
    """A person asks for it again: a row in this state waits as if it were new; False when it is not in this state."""
    c = queue.table.c
    fresh = {"state": queue.waiting, "due_at": now, "attempts": 0, "losses": 0, queue.ended: None}
    asked = queue.table.update().where(c.id == row_id, c.state == state)
    return tx.execute(asked.values(**fresh, **_FREE, **_said(None))).rowcount == 1


def prune(tx: Tx, queue: Queue[Any], before: datetime, *states: StrEnum) -> int:
    """Deletes rows that ended in one of the states before ``before``; their number."""
    c = queue.table.c
    old = sa.and_(c.state.in_(states), c[queue.ended] < before, queue.is_part())
    return tx.execute(queue.table.delete().where(old)).rowcount
