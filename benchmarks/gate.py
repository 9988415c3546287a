"""What the gate for implausible values costs a whole firm, step by step: seconds, statements and peak memory as JSON lines.

``python -m benchmarks.gate --people 50000 [--folder F]``. First nothing trips, then everybody's pay is a week's read as a month's.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from benchmarks.firm_store import SETTER, core_of, fill
from benchmarks.metering import statements
from plugin.domain import HeldRule, OutboxKind
from plugin.services.core import Core
from plugin.services.delivery import backlog
from plugin.services.people import plausibility
from plugin.services.sources.applying import BATCH
from plugin.store import tables
from plugin.store.database import insert
from plugin.store.delivery import outbox
from plugin.store.people import reporting_lines, withheld
from plugin.store.people.reporting_lines import Concerned

DAY = date(2026, 9, 1)
PART = 5000  # rows of one insert: the memory measured is the gate's


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--folder", type=Path, help="keep the database here, and use the one that is there")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="gate"))
    folder.mkdir(parents=True, exist_ok=True)
    source, work = folder / "filled.sqlite3", folder / "work.sqlite3"
    if not source.exists():
        core = core_of(f"sqlite:///{source}")
        fill(core, given.people)
        _connect_all(core)
        core.database.close()
    shutil.copy(source, work)
    core = core_of(f"sqlite:///{work}")
    for name, step in _steps(core):
        started = time.perf_counter()
        with statements(core.database) as cost:
            said = step()
        seconds = round(time.perf_counter() - started, 2)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
        figures = {"step": name, "seconds": seconds, "statements": cost.statements, "rows": cost.rows}
        print(json.dumps({**figures, "peak_mb": peak, "said": said}), flush=True)
    core.database.close()
    if given.folder is None:
        shutil.rmtree(folder)


def _connect_all(core: Core) -> None:
    with core.database.transaction() as tx:
        values = {"connector": "frappe_hr", "name": "HR suite", "settings": {}, "sinks": ["raises", "skills"]}
        times = {"created_at": core.clock(), "updated_at": core.clock()}
        made = insert(tx, tables.connection, **values, state="active", hook_token="token", version=1, **times)
        tx.execute(tables.person.update().values(connection_id=made))


def _judge(core: Core, people: list[int] | None = None) -> int:
    return plausibility.judge_in_parts(core, people)


def _steps(core: Core) -> Iterator[tuple[str, Callable[[], object]]]:
    with core.database.reading() as tx:
        people = list(
            tx.execute(sa.select(tables.person.c.id).where(tables.person.c.left_on.is_(None))).scalars()
        )
    yield "judge all, nothing was known", lambda: _judge(core)
    yield from _again(core, people, "nothing is held")
    _queue(core, people)
    yield "claim a write", lambda: _claim(core)
    _weekly(core)
    yield "judge all, all pay is a week's", lambda: _judge(core)
    yield from _again(core, people, "all are held")
    yield "claim a write, all wait", lambda: _claim(core)
    yield "how many writes wait", lambda: backlog.summary(core, OutboxKind.WRITE).for_release
    yield "a page of held values", lambda: len(plausibility.page(core))
    yield "how many are held, by rule", lambda: sum(plausibility.counts(core).values())
    yield "release all of a rule", lambda: _release(core)
    yield "judge all after the release", lambda: _judge(core)
    _headcount(core)
    yield "judge all, half the firm is gone", lambda: _judge(core)
    yield "who is held by it", lambda: _held(core, None)
    yield "claim a write, the connection is held", lambda: _claim(core)


def _again(core: Core, people: list[int], when: str) -> Iterator[tuple[str, Callable[[], object]]]:
    yield f"judge all again, {when}", lambda: _judge(core)
    yield f"judge one employee, {when}", lambda: _judge(core, people[:1])
    yield f"judge {BATCH} employees, {when}", lambda: _judge(core, people[:BATCH])
    yield f"judge 6,000 employees, {when}", lambda: _judge(core, people[:6000])
    yield f"who is held, {when}", lambda: _held(core, None)
    yield f"who of a team is held, {when}", lambda: _held(core, people[:12])
    yield f"link managers of one employee, {when}", lambda: _relink(core, Concerned(people[:1], ()))
    yield f"link managers of everybody, {when}", lambda: _relink(core)


def _relink(core: Core, concerned: Concerned | None = None) -> int:
    with core.database.transaction() as tx:
        return reporting_lines.relink(tx, core.clock().date(), concerned)


def _held(core: Core, people: list[int] | None) -> int:
    with core.database.reading() as tx:
        return len(withheld.held_people(tx, people))


def _claim(core: Core) -> int:
    with core.database.transaction() as tx:
        found = outbox.claim(tx, core.clock(), OutboxKind.WRITE)
        for one in found:
            outbox.done(tx, core.clock(), one)
        return len(found)


def _queue(core: Core, people: list[int]) -> None:
    rows = [
        {
            "kind": OutboxKind.WRITE, "target_id": 1, "op_id": f"op-{who}", "event_type": "skills.write",
            "subject": f"skill:{who}", "payload": {}, "person_id": who, "state": "due", "attempts": 0, "losses": 0,
            "due_at": core.clock(), "ambiguous": False, "created_at": core.clock(),
        }
        for who in people
    ]  # fmt: skip
    with core.database.transaction() as tx:
        for first in range(0, len(rows), PART):
            tx.execute(tables.outbox.insert(), rows[first : first + PART])


def _weekly(core: Core) -> None:
    """A source says of everybody, from this month on, a quarter of the pay."""
    pay = tables.pay.c
    newest = (
        sa.select(pay.person_id, sa.func.max(pay.effective_on).label("day"))
        .group_by(pay.person_id)
        .subquery()
    )
    now = sa.select(pay.person_id, pay.annual, pay.currency).join(
        newest, sa.and_(newest.c.person_id == pay.person_id, newest.c.day == pay.effective_on)
    )
    with core.database.transaction() as tx:
        rows = [
            {
                "person_id": row.person_id,
                "effective_on": DAY,
                "annual": row.annual * 12 / Decimal(52),
                "currency": row.currency,
            }
            for row in tx.execute(now)
            if row.annual
        ]
        tx.execute(tables.pay.delete().where(pay.effective_on == DAY))
        for first in range(0, len(rows), PART):
            tx.execute(tables.pay.insert(), rows[first : first + PART])


def _release(core: Core) -> int:
    return plausibility.release_all(core, SETTER, HeldRule.PAY_JUMP, "A new pay period", up_to=10**9)


def _headcount(core: Core) -> None:
    with core.database.transaction() as tx:
        gone = tables.person.update().where(tables.person.c.id % 2 == 0)
        tx.execute(gone.values(left_on=DAY))


if __name__ == "__main__":
    main()
