"""The ledger of slots and the signs of life of workers and schedulers, as use cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from plugin.domain import ProcessKind
from plugin.services.core import Core
from plugin.store.operation import slots
from plugin.store.operation.slots import Beat

ALIVE_SECONDS = 60
"""A process without a sign of life for so long is taken for dead; it gives one every 8 s."""


@dataclass(frozen=True)
class Process:
    """A worker or scheduler. ``name`` is unique: kind, host, process id."""

    name: str
    kind: ProcessKind
    started_at: datetime

    @classmethod
    def here(cls, core: Core, kind: ProcessKind, name: str) -> Self:
        return cls(name[:200], kind, core.clock())

    def beat(self, core: Core) -> None:
        with core.database.transaction() as tx:
            slots.beat(tx, Beat(self.name, self.kind, self.started_at, core.clock()))


def alive(core: Core) -> list[Beat]:
    """Workers and schedulers that gave a sign of life in the last ALIVE_SECONDS."""
    with core.database.reading() as tx:
        return slots.beats(tx, core.clock() - timedelta(seconds=ALIVE_SECONDS))


def take_slot(core: Core, job: str, scheduled_for: datetime) -> bool:
    """True for the one scheduler that gets the slot."""
    with core.database.transaction() as tx:
        return slots.take(tx, job, scheduled_for, core.clock())


def prune_ledger(core: Core, *, keep: timedelta = timedelta(days=30)) -> int:
    """Deletes old slots and processes that are gone for a day; the number of slots."""
    now = core.clock()
    with core.database.transaction() as tx:
        slots.prune_beats(tx, now - timedelta(days=1))
        return slots.prune(tx, now - keep)


def is_worker_alive(core: Core) -> bool:
    """Whether anybody does what is queued."""
    return any(one.kind == ProcessKind.WORKER for one in alive(core))
