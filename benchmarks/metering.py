"""What one piece of work costs, counted and not timed: SQL statements, rows fetched, own files entered, documents decoded."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import sqlalchemy as sa

import plugin
from plugin.store.database import Database

OWN = str(Path(plugin.__file__).parent)
UNCOUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")
STEPS = 100  # SQLite tells after so many steps of its machine
DECODER: CodeType = json.loads.__code__


@dataclass
class Cost:
    """``sql`` holds each statement's text in order; ``database_steps`` is SQLite's own measure of its work, in hundreds.

    ``depth`` is how many own calls are open at once at most.
    """

    sql: list[str] = field(default_factory=list)
    rows: int = 0
    database_steps: int = 0
    files: set[str] = field(default_factory=set)
    depth: int = 0
    documents: int = 0

    @property
    def statements(self) -> int:
        return len(self.sql)

    def figures(self) -> dict[str, int]:
        return {
            "statements": self.statements,
            "rows": self.rows,
            "database_steps": self.database_steps,
            "files": len(self.files),
            "depth": self.depth,
            "documents": self.documents,
        }


@contextmanager
def measured(database: Database) -> Iterator[Cost]:
    """The cost of what is done inside, in this thread."""
    cost = Cost()
    with _statements(database.engine, cost), _calls(cost):
        yield cost


@contextmanager
def statements(database: Database) -> Iterator[Cost]:
    """The cost of what the database is asked inside; quicker, since no call is watched."""
    cost = Cost()
    with _statements(database.engine, cost):
        yield cost


@contextmanager
def _statements(engine: sa.Engine, cost: Cost) -> Iterator[None]:
    listener = _Listener(cost, is_sqlite=engine.dialect.name == "sqlite")
    heard: tuple[tuple[Any, str, Callable[..., None]], ...] = (
        (engine, "before_cursor_execute", listener.before),
        (engine, "after_cursor_execute", listener.after),
        (engine.pool, "checkout", listener.checkout),
        (engine.pool, "checkin", listener.checkin),
    )
    for target, name, act in heard:
        sa.event.listen(target, name, act)
    try:
        yield
    finally:
        for target, name, act in heard:
            sa.event.remove(target, name, act)


@dataclass(frozen=True)
class _Listener:
    """SQLite's driver knows no number of rows: they are counted as they are fetched."""

    cost: Cost
    is_sqlite: bool

    def before(self, _connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if not text.lstrip().upper().startswith(UNCOUNTED):
            self.cost.sql.append(text)

    def after(self, _connection: Any, cursor: Any, *_rest: Any) -> None:
        if not self.is_sqlite and cursor.description is not None:
            self.cost.rows += max(cursor.rowcount, 0)

    def checkout(self, raw: Any, *_rest: Any) -> None:
        if self.is_sqlite:
            raw.row_factory = self._row
            raw.set_progress_handler(self._step, STEPS)

    def checkin(self, raw: Any, *_rest: Any) -> None:
        if self.is_sqlite and raw is not None:
            raw.row_factory = None
            raw.set_progress_handler(None, STEPS)

    def _row(self, _cursor: Any, values: tuple[Any, ...]) -> tuple[Any, ...]:
        self.cost.rows += 1
        return values

    def _step(self) -> None:
        self.cost.database_steps += 1


@contextmanager
def _calls(cost: Cost) -> Iterator[None]:
    open_calls = 0

    def seen(frame: FrameType, event: str, _arg: object) -> None:
        nonlocal open_calls
        code = frame.f_code
        if event == "call" and code is DECODER:
            cost.documents += 1
        if event not in ("call", "return") or not code.co_filename.startswith(OWN):
            return
        if event == "call":
            cost.files.add(code.co_filename[len(OWN) + 1 :])
        open_calls += 1 if event == "call" else -1
        cost.depth = max(cost.depth, open_calls)

    sys.setprofile(seen)
    try:
        yield
    finally:
        sys.setprofile(None)


def processor_share(work: Callable[[], object], *, times: int = 15) -> float:
    """Processor time of ``work`` in parts of a fixed piece of work in the same process: the least of some, so that a busy
    machine counts little."""
    pieces = [(_spent(work), _spent(_yardstick)) for _ in range(times)]
    return round(min(one for one, _ in pieces) / min(one for _, one in pieces), 2)


def _spent(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _yardstick() -> int:
    return len(json.dumps([json.loads(json.dumps({"n": n, "text": "x" * 40})) for n in range(2000)]))
