"""Queues of leased work as values: which table or part of it, its states, its limits; and what is in one. Verbs: leased_work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast

import sqlalchemy as sa

from plugin.store.column_types import Word
from plugin.store.database import Tx


class QueuedRow(Protocol):
    """A frozen dataclass whose fields are columns of the queue's table."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def id(self) -> int: ...
    @property
    def due_at(self) -> datetime: ...


Row = TypeVar("Row", bound=QueuedRow)
LEASE = timedelta(seconds=20)
"""How long work stays with a worker that gives no sign of life. Who works gives one every quarter of it, see leased_work.guarded."""


@dataclass(frozen=True)
class Queue(Generic[Row]):
    """One queue and its rules.

    Its table has id, state, attempts, losses, due_at, leased_until, lease_token, code, message, remedy and the column ``ended``.
    ``only``: the part of the table that is this queue. ``most_per_lane``: so many rows with the same value in the column ``lane``
    may be out at a time. ``when_lost``: what is noted besides when a worker was lost. ``remedy``: what a person can do about a row
    that was set aside, where the reason does not say it better.
    """

    table: sa.Table
    row: type[Row]
    waiting: StrEnum
    held: StrEnum
    set_aside: StrEnum
    most_attempts: int
    most_losses: int
    remedy: str
    lease: timedelta = LEASE
    ended: str = "finished_at"
    started: str | None = None
    only: Mapping[str, str] = field(default_factory=dict)
    lane: str = ""
    most_per_lane: int | None = None
    when_lost: Mapping[str, object] = field(default_factory=dict)

    @property
    def columns(self) -> list[sa.Column[Any]]:
        """Those of ``row``."""
        return [self.table.c[name] for name in self.row.__dataclass_fields__]

    def of(self, values: Sequence[Any]) -> Row:
        """A row from the values of ``columns``."""
        return cast("Callable[..., Row]", self.row)(*values)

    def is_part(self) -> sa.ColumnElement[bool]:
        return sa.and_(sa.true(), *(self.table.c[name] == value for name, value in self.only.items()))

    def is_due(self, now: datetime) -> sa.ColumnElement[bool]:
        c = self.table.c
        return sa.and_(c.state == self.waiting, c.due_at <= now, self.is_part())


def has_due(tx: Tx, now: datetime, queue: Queue[Any]) -> bool:
    """A cheap look that takes no write lock: whether ``claim`` may find something."""
    return tx.execute(sa.select(queue.table.c.id).where(queue.is_due(now)).limit(1)).first() is not None


def find(tx: Tx, queue: Queue[Row], row_id: int) -> Row | None:
    found = tx.execute(sa.select(*queue.columns).where(queue.table.c.id == row_id)).first()
    return None if found is None else queue.of(found)


def page(
    tx: Tx, queue: Queue[Row], *, before: int | None = None, limit: int = 50, **wanted: object
) -> list[Row]:
    """Newest first; ``before`` is the id of the last row of the page before. ``wanted``: columns and values, None for any."""
    c = queue.table.c
    query = sa.select(*queue.columns).where(queue.is_part()).order_by(c.id.desc()).limit(limit)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(c[name] == value)
    if before is not None:
        query = query.where(c.id < before)
    return [queue.of(row) for row in tx.execute(query)]


def count(tx: Tx, queue: Queue[Any], states: type[Word]) -> dict[Word, int]:
    """Rows per state."""
    c = queue.table.c
    query = sa.select(c.state, sa.func.count()).where(queue.is_part()).group_by(c.state)
    return {states(row[0]): row[1] for row in tx.execute(query)}
