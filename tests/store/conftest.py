"""Databases without a schema, for the tests of migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from plugin.services.core import Core
from plugin.store.database import Database


@contextmanager
def _empty(request: pytest.FixtureRequest, *, sqlite: bool) -> Iterator[Database]:
    """A database without a schema, unlike those of other tests."""
    if sqlite:
        folder: Path = request.getfixturevalue("tmp_path")
        opened = Database(f"sqlite:///{folder}/first_release.sqlite3")
        yield opened
        opened.close()
        return
    template = sa.make_url(request.getfixturevalue("postgres_url"))
    admin = sa.create_engine(template.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = f"t_{uuid4().hex}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    opened = Database(template.set(database=name).render_as_string(hide_password=False))
    yield opened
    opened.close()
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with _empty(request, sqlite=request.param == "sqlite") as opened:
        yield opened


@pytest.fixture
def empty_beside(request: pytest.FixtureRequest, any_core: Core) -> Iterator[Database]:
    """Of the same kind as that of ``any_core``."""
    with _empty(request, sqlite=any_core.database.is_sqlite) as opened:
        yield opened
