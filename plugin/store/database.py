"""Opens the database and its transactions, so that SQLite and PostgreSQL behave alike for everyone above."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from plugin.errors import ConfigError, RetryLater
from plugin.texts import _

Tx: TypeAlias = sa.Connection
"""One open transaction; made by Database only, passed to every function of the store."""


class Database:
    """One engine. ``transaction()`` commits at its end or rolls back on any error; ``reading()`` never writes.

    A write transaction on SQLite begins IMMEDIATE, so that two writers queue up instead of failing in the middle.
    Raises ConfigError for a URL that cannot be used, RetryLater when the database does not answer.
    """

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise ConfigError(
                _(
                    "ADVISOR_DATABASE_URL names the unsupported database “%(get_backend_name)s”",
                    get_backend_name=self.url.get_backend_name(),
                ),
                remedy=_("use sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"),
            )
        if self.url.drivername == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.engine = self._engine(pool_size)
        self._writing = (
            threading.RLock() if self.is_sqlite else nullcontext()
        )  # SQLite has one writer: queue here, not there

    def _engine(self, pool_size: int) -> sa.Engine:
        options: dict[str, Any] = {"hide_parameters": True}
        if not self.is_sqlite:
            options |= {"pool_size": pool_size, "pool_pre_ping": True}
        elif self.url.database in (None, "", ":memory:"):
            options |= {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
        else:
            Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
        try:
            engine = sa.create_engine(self.url, **options)
        except ModuleNotFoundError as error:
            raise ConfigError(
                _("the database driver %(error)s is not installed", error=error.name),
                remedy=_("pip install 'raise-advisor[postgres]'"),
            ) from error
        if self.is_sqlite:
            sa.event.listen(engine, "connect", _tune_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """All or nothing."""
        with self._writing, self._connected() as connection, connection.begin():
            yield connection

    @contextmanager
    def rebuilding(self) -> Iterator[Tx]:
        """A transaction that may drop tables and put new ones in their place, whose rows others refer to.

        SQLite would delete those others with the table, and changes its mind outside of transactions only.
        """
        if not self.is_sqlite:
            with self.transaction() as tx:
                yield tx
            return
        with self._writing, self._connected() as connection:
            raw: Any = connection.connection.driver_connection
            raw.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    yield connection
                    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    assert not lost, f"{len(lost)} rows refer to nothing"
            finally:
                raw.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """One consistent view; whatever is written is rolled back."""
        with self._connected() as connection:
            connection.execution_options(reading=True)
            with connection.begin() as transaction:
                yield connection
                transaction.rollback()

    @contextmanager
    def rehearsing(self) -> Iterator[Database]:
        """A database in which everything is done as in this one, and of which nothing stays. Others who write wait until its end."""
        with self._writing, self._connected() as connection, connection.begin() as whole:
            try:
                yield _Rehearsal(self, connection)
            finally:
                whole.rollback()

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        try:
            connection = self.engine.connect()
        except OperationalError as error:
            raise RetryLater(
                _("the database does not respond"),
                code="database",
                remedy=_("start the database, or check ADVISOR_DATABASE_URL"),
            ) from error
        with connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


class _Rehearsal(Database):
    """Its transactions are savepoints of one transaction, which whoever made it rolls back."""

    def __init__(self, real: Database, connection: sa.Connection) -> None:
        self.url, self.is_sqlite, self.engine = real.url, real.is_sqlite, real.engine
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        with self._connection.begin_nested():
            yield self._connection

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        with self._connection.begin_nested() as savepoint:
            yield self._connection
            savepoint.rollback()


def _tune_sqlite(raw: Any, _record: Any) -> None:
    raw.isolation_level = None  # we say BEGIN ourselves
    cursor = raw.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def analyze(tx: Tx, *tables: sa.Table) -> None:
    """Figures about the tables for PostgreSQL's planner, right after many rows were written: by itself it counts a minute
    later, and plans for empty tables until then. SQLite plans without."""
    if tx.dialect.name == "postgresql":
        for table in tables:
            tx.exec_driver_sql(f"ANALYZE {tx.dialect.identifier_preparer.format_table(table)}")


def insert(tx: Tx, table: sa.Table, **values: Any) -> int:
    """Adds a row and gives its new id."""
    return int(tx.execute(table.insert().values(**values).returning(table.c.id)).scalar_one())


def insert_new(tx: Tx, table: sa.Table, rows: Sequence[dict[str, Any]], unique: Sequence[str]) -> int:
    """Adds the rows whose ``unique`` columns are not there yet, and says how many were new; all rows have the same columns.
    Both databases know ON CONFLICT."""
    if not rows:
        return 0
    counted = new_rows(tx, table, unique).returning(
        table.c[unique[0]]
    )  # psycopg gives no row count of an insert
    return len(tx.execute(counted, list(rows)).all())


def new_rows(tx: Tx, table: sa.Table, unique: Sequence[str]) -> Any:
    """An insert that leaves out what is there already; the caller says the values and what to return."""
    return _dialect_insert(tx, table).on_conflict_do_nothing(index_elements=list(unique))


def upsert(tx: Tx, table: sa.Table, rows: Sequence[dict[str, Any]], unique: Sequence[str]) -> None:
    """Adds or replaces rows by their ``unique`` columns, in one batch. All rows have the same columns."""
    if not rows:
        return
    statement = _dialect_insert(tx, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in unique}
    tx.execute(statement.on_conflict_do_update(index_elements=list(unique), set_=changed), list(rows))


def _dialect_insert(tx: Tx, table: sa.Table) -> Any:
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)
