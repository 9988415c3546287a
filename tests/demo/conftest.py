"""The demo, set up once a module on each database, as its command does it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from plugin.demo import launch
from tests.conftest import new_postgres


@pytest.fixture(scope="module", params=[pytest.param("sqlite", marks=pytest.mark.dates), "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """None: SQLite in the demo's folder. On PostgreSQL an empty database, without our schema."""
    if request.param == "sqlite":
        yield None
        return
    with new_postgres(request.getfixturevalue("postgres_url"), "template0") as url:
        yield url


@pytest.fixture(scope="module")
def demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, database_url: str | None
) -> Iterator[launch.Demo]:
    folder, module = tmp_path_factory.mktemp("demo"), request.module
    with launch.prepared(
        folder,
        port=8080,
        size=module.SIZE,
        seed=module.SEED,
        today=datetime.now(UTC).date(),
        say=lambda _: None,
        database_url=database_url,
    ) as ready:
        yield ready
