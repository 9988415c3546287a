"""Receivers of our webhooks as stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugin.errors import NotFound
from plugin.store.database import Database, Tx
from plugin.store.delivery import endpoints

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
QUIET = timedelta(days=2)


def add(tx: Tx, name: str = "receiver", types: tuple[str, ...] = ()) -> int:
    return endpoints.add(
        tx, NOW, name=name, url="https://receiver.example.com/", secret_ciphertext="x", event_types=types
    )


def test_endpoint_gets_the_events_that_it_asked_for(any_database: Database) -> None:
    with any_database.transaction() as tx:
        everything, badges, off, paused = (
            add(tx),
            add(tx, "badges", ("badge.awarded",)),
            add(tx, "off"),
            add(tx, "paused"),
        )
        endpoints.change(tx, off, state="disabled")
        endpoints.change(tx, paused, state="paused")
        assert endpoints.subscribed(tx, "badge.awarded") == [everything, badges, paused]
        assert endpoints.subscribed(tx, "cycle.opened") == [everything, paused]


def test_series_of_failures_begins_with_the_first_and_ends_with_a_success(any_database: Database) -> None:
    with any_database.transaction() as tx:
        one = add(tx)
        assert endpoints.note_failure(tx, one, NOW, quiet=QUIET) == NOW
        later = NOW + timedelta(days=1)
        assert endpoints.note_failure(tx, one, later, quiet=QUIET) == NOW
        endpoints.note_success(tx, one)
        assert endpoints.get(tx, one).first_failure_at is None
        assert endpoints.note_failure(tx, one, later, quiet=QUIET) == later


def test_failure_after_long_silence_begins_a_new_series(any_database: Database) -> None:
    with any_database.transaction() as tx:
        one = add(tx)
        endpoints.note_failure(tx, one, NOW, quiet=QUIET)
        later = NOW + timedelta(days=30)
        assert endpoints.note_failure(tx, one, later, quiet=QUIET) == later


def test_unknown_endpoint_is_named(any_database: Database) -> None:
    with any_database.transaction() as tx:
        for call in (
            lambda: endpoints.get(tx, 5),
            lambda: endpoints.secrets(tx, 5),
            lambda: endpoints.change(tx, 5, state="paused"),
            lambda: endpoints.remove(tx, 5),
            lambda: endpoints.note_failure(tx, 5, NOW, quiet=QUIET),
        ):
            with pytest.raises(NotFound, match="5"):
                call()


def test_pages_are_keyed_by_id(any_database: Database) -> None:
    with any_database.transaction() as tx:
        ids = [add(tx, f"e{n}") for n in range(3)]
        assert [one.id for one in endpoints.page(tx, limit=2)] == ids[:2]
        assert [one.id for one in endpoints.page(tx, after=ids[1])] == ids[2:]
        assert endpoints.is_name_taken(tx, "e0")
        assert not endpoints.is_name_taken(tx, "e0", but=ids[0])
