"""Every page asks the database a bounded number of questions, and no more of them when there is more of everything."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.metering import statements
from plugin.app import create_app
from plugin.services.core import Core
from plugin.store.database import Database
from tests.conftest import FrozenClock, core_over
from tests.web.conftest import Visitor
from tests.web.whole_world import build, pages

MOST = 13  # session, what waits and what is held, and the page's own
MORE = {  # pages that put several things side by side
    "admin.badges": 18,
    "admin.connection": 16,
    "admin.issuers": 18,
    "admin.overview": 24,
    "admin.system": 16,
    "analyst.monitoring": 15,
    "cycles.cycle": 21,
    "manager.data": 15,
    "manager.worksheet": 28,  # with one "Why" open
    "probes.metrics": 15,
}


@dataclass(frozen=True)
class Look:
    """What one page asked in the smaller and in the three times larger installation."""

    endpoint: str
    small: list[str]
    large: list[str]


@pytest.fixture(scope="module")
def looks(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Look]:
    small, large = (
        _visited(sqlite_template, tmp_path_factory.mktemp(f"times-{times}"), times) for times in (1, 3)
    )
    assert small.keys() == large.keys()
    return {name: Look(name.partition(" ")[0], small[name], large[name]) for name in small}


def _visited(template: Path, folder: Path, times: int) -> dict[str, list[str]]:
    """The statements of every page, by page and who looks."""
    shutil.copy(template, folder / "whole.sqlite3")
    database, clock = (
        Database(f"sqlite:///{folder}/whole.sqlite3"),
        FrozenClock(datetime(2026, 11, 21, 9, tzinfo=UTC)),
    )
    try:
        return _pages(core_over(database, clock, folder), clock, times)
    finally:
        database.close()


def _pages(core: Core, clock: FrozenClock, times: int) -> dict[str, list[str]]:
    app, visitors, found = create_app(core), dict[str, Visitor](), dict[str, list[str]]()
    app.testing = True
    for page in pages(app, build(app, core, clock, times)):
        if page.email not in visitors:
            visitors[page.email] = Visitor(app.test_client())
            if page.email:
                visitors[page.email].sign_in(page.email)
        with statements(core.database) as cost:
            answer = visitors[page.email].get(page.address, **page.headers)
        assert answer.status_code in (200, 303), (page, answer.status_code)
        found[page.name] = cost.sql
    return found


def test_a_page_keeps_within_its_bound(looks: dict[str, Look]) -> None:
    over = {
        name: (len(look.large), MORE.get(look.endpoint, MOST))
        for name, look in looks.items()
        if len(look.large) > MORE.get(look.endpoint, MOST)
    }
    assert over == {}


def test_no_page_asks_more_when_there_is_three_times_as_much(looks: dict[str, Look]) -> None:
    grown = {
        name: (len(look.small), len(look.large), sorted(set(look.large) - set(look.small)))
        for name, look in looks.items()
        if len(look.large) > len(look.small)
    }
    assert grown == {}


def test_a_bound_above_the_usual_names_a_page_and_is_close(looks: dict[str, Look]) -> None:
    used = {name: [len(one.large) for one in looks.values() if one.endpoint == name] for name in MORE}
    loose = {
        name: (MORE[name], found) for name, found in used.items() if MORE[name] - max(found, default=0) > 3
    }
    assert loose == {}
