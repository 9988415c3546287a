"""Every page asks the database a bounded number of questions, and no more of them when there is more of everything; and every text
on it is in the reader's language, also those that were stored."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.metering import statements
from plugin.app import create_app
from plugin.services.core import Core
from plugin.store import tables
from plugin.store.database import Database
from tests.conftest import FrozenClock, core_over
from tests.texts import pseudo
from tests.web.conftest import Visitor
from tests.web.whole_world import build, pages

DATA = {  # names in this world that are also messages
    *("Learning records", "Dropped", "test", "Below", "Partly meets", "Meets", "Exceeds", "Outstanding"),
    *("system", "company", "no range", "scarcity", "UTF-8"),
}
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
    page: str


@dataclass(frozen=True)
class Seen:
    """What a page asked, and what it shows of it where it is HTML."""

    sql: list[str]
    page: str


@dataclass(frozen=True)
class Installation:
    """All pages, and every stored cell with a text that only a reader's catalogue makes."""

    pages: dict[str, Seen]
    kept: dict[str, str]


@pytest.fixture(scope="module")
def installations(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Installation]:
    return [_visited(sqlite_template, tmp_path_factory.mktemp(f"times-{times}"), times) for times in (1, 3)]


@pytest.fixture(scope="module")
def looks(installations: list[Installation]) -> dict[str, Look]:
    small, large = (one.pages for one in installations)
    assert small.keys() == large.keys()
    return {
        name: Look(name.partition(" ")[0], small[name].sql, large[name].sql, small[name].page)
        for name in small
    }


def _visited(template: Path, folder: Path, times: int) -> Installation:
    """The statements of every page, by page and who looks, and its words with every message marked."""
    shutil.copy(template, folder / "whole.sqlite3")
    database, clock = (
        Database(f"sqlite:///{folder}/whole.sqlite3"),
        FrozenClock(datetime(2026, 11, 21, 9, tzinfo=UTC)),
    )
    try:
        with pseudo.marking():
            seen = _pages(core_over(database, clock, folder), clock, times)
        return Installation(seen, _kept(database))
    finally:
        database.close()


def _pages(core: Core, clock: FrozenClock, times: int) -> dict[str, Seen]:
    app, visitors, found = create_app(core), dict[str, Visitor](), dict[str, Seen]()
    app.testing = True
    for page in pages(app, build(app, core, clock, times)):
        if page.email not in visitors:
            visitors[page.email] = Visitor(app.test_client())
            if page.email:
                visitors[page.email].sign_in(page.email)
        with statements(core.database) as cost:
            answer = visitors[page.email].get(
                page.address, **{**page.headers, "Accept-Language": pseudo.LOCALE}
            )
        assert answer.status_code in (200, 303), (page, answer.status_code)
        is_page = answer.mimetype == "text/html" and answer.status_code == 200
        found[page.name] = Seen(cost.sql, answer.get_data(as_text=True) if is_page else "")
    return found


def _kept(database: Database) -> dict[str, str]:
    """A text of ours that was stored as it was said, by column."""
    found: dict[str, str] = {}
    with database.reading() as tx:
        for table in tables.metadata.sorted_tables:
            for row in tx.exec_driver_sql(f'SELECT * FROM "{table.name}"').mappings():
                found |= {
                    f"{table.name}.{name}": str(value)
                    for name, value in row.items()
                    if any(mark in str(value) for mark in (pseudo.OPENS, json.dumps(pseudo.OPENS)[1:-1]))
                }
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


def test_no_message_stands_on_a_page_in_english(looks: dict[str, Look]) -> None:
    found = {
        name: words
        for name, look in looks.items()
        if look.page and (words := pseudo.untranslated(pseudo.unmarked_in(look.page), besides=DATA))
    }
    assert found == {}


def test_no_text_is_stored_in_the_language_of_who_caused_it(installations: list[Installation]) -> None:
    assert installations[0].kept == {}


def test_what_is_not_translated_is_found() -> None:
    page = "<h1>⟦Pay <b>of ⟦Ada⟧</b>⟧</h1><p>Save</p><p title='Sign in'>Ada</p><p>Too many wrong codes. Try again in 3 seconds.</p>"
    assert pseudo.untranslated(pseudo.unmarked_in(page)) == {
        "Save",
        "Sign in",
        "Too many wrong codes. Try again in 3 seconds.",
    }
