"""A folder of files that a run reads, as the reports' smallest inputs are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from plugin.services.core import SYSTEM, Core
from plugin.services.sources import connection_setup, run_requests, sync
from plugin.store import tables

STREAM_TABLES = {"learning": tables.learning, "badges": tables.badge_award, "pay": tables.pay}


class Files:
    """One connection to a folder of CSV files. ``read`` writes them and carries out a run."""

    def __init__(self, core: Core, name: str = "hr", **settings: object) -> None:
        self.core = core
        self.folder = Path(core.settings.files_root) / name
        self.folder.mkdir(parents=True, exist_ok=True)
        wanted = {"folder": name, "complete": True, **settings}
        self.connection_id = connection_setup.add(
            core, SYSTEM, connector="csv_folder", name=f"Files {name}", settings=wanted
        )

    def read(self, **files: str) -> run_requests.Run:
        for name, text in files.items():
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8")
        asked = run_requests.request_run(self.core, SYSTEM, self.connection_id)
        ended = sync.perform_next(self.core, run_id=asked)
        assert ended is not None
        return ended


def owners(core: Core, stream: str) -> list[str]:
    """The suite's ids of the people whom the stored records of a stream belong to, revoked badges left out."""
    table = STREAM_TABLES[stream]
    query = sa.select(tables.person.c.source_id).join(table, table.c.person_id == tables.person.c.id)
    with core.database.reading() as tx:
        return sorted(tx.execute(query).scalars())


def states(core: Core, stream: str) -> list[tuple[str, str | None]]:
    """State and code of each record of the stream as it came in."""
    query = sa.select(tables.inbox.c.state, tables.inbox.c.code).where(tables.inbox.c.stream == stream)
    with core.database.reading() as tx:
        return sorted((str(row.state), row.code) for row in tx.execute(query))


def renumber(core: Core, by: int = 5_000) -> None:
    """The next people get ids that no test would guess."""
    with core.database.transaction() as tx:
        values = {"id": by, "source_id": "gone", "display_name": "erased", "fte": Decimal(1)}
        tx.execute(tables.person.insert().values(**values, updated_at=core.clock(), erased_at=core.clock()))
        if tx.dialect.name == "postgresql":
            tx.exec_driver_sql(f"SELECT setval('person_id_seq', {by})")
