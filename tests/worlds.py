"""Worlds that many tests begin with, built once a session on each database and copied: no company, a company, an open cycle,
an admin's installation."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from plugin.services.core import Core
from plugin.store.database import Database
from tests.conftest import FrozenClock, core_over
from tests.small_company import Company, fill, open_cycle
from tests.web import admin_world

TEMPLATE = "template_advisor"


@dataclass(frozen=True)
class World:
    """``source`` is a file (SQLite) or the name of a database (PostgreSQL) that nobody is connected to."""

    source: str
    company: Company | None = None
    cycle_id: int | None = None
    admin: admin_world.World | None = None
    folder: Path | None = None  # with the files that its connections read


@dataclass
class Worlds:
    """``folder`` of SQLite's files, ``server`` the address of PostgreSQL's template (None: SQLite)."""

    folder: Path
    empty: str
    server: str | None = None

    def __post_init__(self) -> None:
        self._built = {"empty": World(self.empty)}

    def world(self, stage: str) -> World:
        """``empty``, ``company``, ``cycle``, or ``admin-N`` with N days of runs."""
        if stage not in self._built:
            self._built[stage] = self._build(stage)
        return self._built[stage]

    def _build(self, stage: str) -> World:
        kind, _, days = stage.partition("-")
        before = self.world("company" if kind == "cycle" else "empty")
        source, clock = self._copy(before.source), FrozenClock.at_the_start()
        database = Database(self._url(source))
        core = core_over(database, clock, self.folder / stage)
        if kind == "admin":
            made = World(
                source,
                admin=admin_world.build(core, clock, days=int(days)),
                folder=self.folder / stage,
            )
        else:
            company = before.company or fill(core)
            made = World(source, company, open_cycle(core, company) if kind == "cycle" else None)
        database.close()
        return made

    @contextmanager
    def copied(self, stage: str, clock: FrozenClock, folder: Path) -> Iterator[tuple[Core, World]]:
        world = self.world(stage)
        source = self._copy(world.source)
        database = Database(self._url(source))
        core = core_over(database, clock, folder)
        if world.folder is not None:
            shutil.copytree(world.folder, folder, dirs_exist_ok=True)
        yield core, world
        database.close()
        self._drop(source)

    def _url(self, source: str) -> str:
        if self.server is None:
            return f"sqlite:///{source}"
        return sa.make_url(self.server).set(database=source).render_as_string(hide_password=False)

    def _copy(self, source: str) -> str:
        if self.server is None:
            return str(shutil.copy(source, self.folder / f"{uuid4().hex}.sqlite3"))
        name = f"t_{uuid4().hex}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy")
        return name

    def _drop(self, source: str) -> None:
        if self.server is None:
            Path(source).unlink()
        else:
            self._execute(f"DROP DATABASE {source} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        assert self.server is not None
        admin = sa.create_engine(
            sa.make_url(self.server).set(database="postgres"), isolation_level="AUTOCOMMIT"
        )
        with admin.connect() as connection:
            connection.exec_driver_sql(statement)
        admin.dispose()


def stage_of(names: list[str]) -> str:
    """By the fixtures that a test asks for."""
    stages = {"cycle_id": "cycle", "company": "company", "world": "admin-1"}
    return next((stage for name, stage in stages.items() if name in names), "empty")
