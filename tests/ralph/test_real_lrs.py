"""A real learning record store: every statement arrives once, also after a second run and after kill -9 in mid-run."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
import sqlalchemy as sa

from plugin.services.core import SYSTEM, Core
from plugin.services.sources import connection_setup, run_requests, sync
from plugin.store import tables
from tests.ralph.conftest import READER, Lrs

pytestmark = pytest.mark.ralph

VERBS = ("completed", "passed", "experienced", "initialized")


def own_statements(number: int) -> list[dict[str, Any]]:
    """Statements of invented learners, in the order of their time."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        {
            "id": str(uuid5(NAMESPACE_URL, f"statement {index}")),
            "actor": {"objectType": "Agent", "mbox": f"mailto:learner{index % 50}@example.com"},
            "verb": {
                "id": f"http://adlnet.gov/expapi/verbs/{VERBS[index % 4]}",
                "display": {"en": VERBS[index % 4]},
            },
            "object": {
                "id": f"https://lms.example.org/courses/{index % 200}",
                "definition": {"name": {"en": f"Course {index % 200}"}},
            },
            "result": {"duration": "PT1H30M"} if index % 4 < 2 else {},
            "timestamp": (start + timedelta(minutes=index)).isoformat(),
        }
        for index in range(number)
    ]


@pytest.fixture(autouse=True)
def real_time(clock: Any) -> None:
    """Ralph lives by the real clock, so do we."""
    clock.moment = datetime.now(UTC)


def connect(core: Core, lrs: Lrs) -> int:
    settings = {
        "endpoint": lrs.endpoint,
        "username": READER[0],
        "password": READER[1],
        "keep": "all",
        "page_size": 100,
    }
    return connection_setup.add(
        core, SYSTEM, connector="xapi_lrs", name="LRS", settings=settings | {"networks": "127.0.0.0/8"}
    )


def run(core: Core, connection_id: int) -> run_requests.Run:
    ended = sync.perform_next(core, run_id=run_requests.request_run(core, SYSTEM, connection_id))
    assert ended is not None
    return ended


def arrived(core: Core) -> list[str]:
    with core.database.reading() as tx:
        return sorted(row.remote_key for row in tx.execute(sa.select(tables.inbox.c.remote_key)))


def ids(statements: list[dict[str, Any]]) -> list[str]:
    return sorted(statement["id"].lower() for statement in statements)


def test_connection_test_passes(core: Core, lrs: Lrs) -> None:
    assert [probe for probe in connection_setup.check(core, connect(core, lrs)) if probe.ok is False] == []


def test_every_statement_arrives_once(any_core: Core, lrs: Lrs) -> None:
    sent = own_statements(600)
    lrs.post(sent)
    connection_id = connect(any_core, lrs)
    first = run(any_core, connection_id)
    assert first.state == "succeeded", first.message
    assert arrived(any_core) == ids(sent)
    again = run(any_core, connection_id)
    assert (again.counts["new"], again.counts["changed"]) == (0, 0)
    assert arrived(any_core) == ids(sent)
    more = own_statements(630)
    lrs.post(more[600:])
    run(any_core, connection_id)
    assert arrived(any_core) == ids(more)


def test_killed_run_loses_and_doubles_nothing(any_core: Core, lrs: Lrs, clock: Any) -> None:
    sent = own_statements(1500)
    lrs.post(sent)
    connection_id = connect(any_core, lrs)
    run_requests.request_run(any_core, SYSTEM, connection_id)
    worker = _worker(any_core)
    while not (0 < len(arrived(any_core)) < len(sent)):
        assert worker.poll() is None, "the worker ended before it could be killed"
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    part = len(arrived(any_core))
    assert 0 < part < len(sent)
    clock.advance(minutes=10)  # the dead worker's lease runs out
    assert run_requests.free_stuck(any_core) == 1
    ended = sync.perform_next(any_core)
    assert ended is not None
    assert ended.state == "succeeded", ended.message
    assert arrived(any_core) == ids(sent)


def _worker(core: Core) -> subprocess.Popen[bytes]:
    """Another process that carries out the waiting run."""
    program = (
        "from plugin import settings\nfrom plugin.services.sources import sync\nfrom plugin.services.core import open_core\n"
        "assert sync.perform_next(open_core(settings.load()))"
    )
    own = {
        "PATH": os.environ["PATH"],
        "ADVISOR_SECRET_KEY": core.settings.secret_key,
        "ADVISOR_VAULT_KEYS": core.settings.vault_keys[0],
    }
    own |= {
        "ADVISOR_DATABASE_URL": core.database.url.render_as_string(hide_password=False),
        "ADVISOR_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    return subprocess.Popen([sys.executable, "-c", program], env=own)


@pytest.mark.slow
def test_statements_of_others_arrive_once(core: Core, lrs: Lrs, vectors: Path) -> None:
    """2,000 statements of real learners and the valid statements of ADL's conformance suite: pytest --vectors FOLDER."""
    folder = vectors / "xapi" / "valid"
    real = [
        json.loads(line)
        for line in gzip.decompress((folder / "ralph_2000.jsonl.gz").read_bytes()).splitlines()
    ]
    rows = [
        json.loads(line) for line in (folder / "adl_lrs_conformance_1.0.3.jsonl").read_text().splitlines()
    ]
    valid = [_with_id(row.get("statement", row), index) for index, row in enumerate(rows)]
    unique = {one["id"].lower(): one for one in [*real, *valid]}
    refused = _post_all(lrs, list(unique.values()))
    connection_id = connect(core, lrs)
    for _ in range(2):
        ended = run(core, connection_id)
    kept = set(unique) - refused
    print(
        f"\nposted {len(unique)}, refused by the store {len(refused)}, arrived {len(arrived(core))}, second run {ended.counts}"
    )
    missing = kept - set(arrived(core))
    set_aside = run_requests.rejections(core, connection_id, limit=1000)
    print(f"missing {len(missing)}, set aside with a reason {len(set_aside)}")
    assert len(arrived(core)) + len({one.place for one in set_aside}) >= len(kept)
    assert (ended.counts["new"], ended.counts["changed"]) == (0, 0)


def _with_id(statement: dict[str, Any], index: int) -> dict[str, Any]:
    return {"id": str(uuid5(NAMESPACE_URL, f"adl {index}")), **statement}


def _post_all(lrs: Lrs, statements: list[dict[str, Any]]) -> set[str]:
    """Batches, and one by one where a batch is refused; the ids that the store itself refuses."""
    refused: set[str] = set()
    for start in range(0, len(statements), 200):
        batch = statements[start : start + 200]
        try:
            lrs.post(batch)
        except AssertionError:
            for one in batch:
                try:
                    lrs.post([one])
                except AssertionError:
                    refused.add(one["id"].lower())
    return refused
