"""Sessions end when somebody says so, when they are idle and when they are old; and none comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plugin.domain import Role
from plugin.errors import NotAllowed, NotFound
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, people_topic, sessions, signing_in
from plugin.services.people.sessions import Browser
from plugin.store.operation import audits
from plugin.store.people import web_sessions
from tests.conftest import FrozenClock

PASSWORD = "a long enough password"
HERE = Browser("127.0.0.7", "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0")


@pytest.fixture
def account_id(any_core: Core) -> int:
    return account_setup.add_account(
        any_core,
        SYSTEM,
        email="ada@example.com",
        display_name="Ada Example",
        password=PASSWORD,
        roles=[Role.MANAGER],
    )


def _key(core: Core) -> str:
    return signing_in.with_password(core, "ada@example.com", PASSWORD, HERE).key.reveal()


def _is_over(core: Core, key: str) -> bool:
    try:
        sessions.resume(core, key)
    except NotAllowed:
        return True
    return False


def test_only_a_hash_of_the_key_is_stored(any_core: Core, account_id: int) -> None:
    key = _key(any_core)
    with any_core.database.reading() as tx:
        stored = tx.exec_driver_sql("SELECT token_hash FROM web_session").scalar_one()
    assert key not in stored
    assert _is_over(any_core, stored)


def test_one_ends_and_the_others_go_on(any_core: Core, account_id: int) -> None:
    keys = [_key(any_core) for _ in range(3)]
    ids = [sessions.resume(any_core, key).session_id for key in keys]
    sessions.end(any_core, SYSTEM, account_id, ids[1])
    assert [_is_over(any_core, key) for key in keys] == [False, True, False]
    with pytest.raises(NotFound):
        sessions.end(any_core, SYSTEM, account_id, ids[1])
    assert sessions.end_all(any_core, SYSTEM, account_id, but=ids[2]) == 1
    assert [_is_over(any_core, key) for key in keys] == [True, True, False]


def test_a_session_of_another_account_is_not_found(any_core: Core, account_id: int) -> None:
    other = account_setup.add_account(
        any_core, SYSTEM, email="b@example.com", display_name="", password=PASSWORD, roles=[Role.MANAGER]
    )
    key = _key(any_core)
    with pytest.raises(NotFound):
        sessions.end(any_core, SYSTEM, other, sessions.resume(any_core, key).session_id)
    assert not _is_over(any_core, key)


def test_idle_sessions_end_and_used_ones_do_not(any_core: Core, account_id: int, clock: FrozenClock) -> None:
    used, idle = _key(any_core), _key(any_core)
    for _ in range(2):
        clock.advance(minutes=20)
        sessions.resume(any_core, used)
    assert not _is_over(any_core, used)
    assert _is_over(any_core, idle)
    clock.advance(minutes=30)
    assert _is_over(any_core, used)


def test_a_page_that_asks_for_news_keeps_no_session_alive(
    any_core: Core, account_id: int, clock: FrozenClock
) -> None:
    key = _key(any_core)
    for _ in range(2):
        clock.advance(minutes=14)
        sessions.resume(any_core, key, is_use=False)
    clock.advance(minutes=2)
    assert _is_over(any_core, key)


def test_every_session_ends_after_its_longest_time(
    any_core: Core, account_id: int, clock: FrozenClock
) -> None:
    key = _key(any_core)
    for _ in range(29):
        clock.advance(minutes=20)
        sessions.resume(any_core, key)
    clock.advance(minutes=20)
    assert _is_over(any_core, key)


def test_the_times_are_settings(any_core: Core, account_id: int, clock: FrozenClock) -> None:
    longer = replace(any_core, settings=replace(any_core.settings, session_idle_minutes=120, session_hours=1))
    key = _key(longer)
    clock.advance(minutes=59)
    assert not _is_over(longer, key)
    clock.advance(minutes=1)
    assert _is_over(longer, key)


def test_the_list_shows_those_that_last_and_pruning_deletes_the_others(
    any_core: Core, account_id: int, clock: FrozenClock
) -> None:
    _key(any_core)
    clock.advance(minutes=29)
    _key(any_core)
    clock.advance(minutes=2)
    shown = sessions.page(any_core, account_id)
    assert [(one.address, one.agent) for one in shown] == [(HERE.address, HERE.agent)]
    with any_core.database.reading() as tx:
        assert len(web_sessions.page(tx, account_id)) == 2
    assert people_topic.TOPIC.prune is not None
    people_topic.TOPIC.prune(any_core)
    with any_core.database.reading() as tx:
        assert len(web_sessions.page(tx, account_id)) == 1


def test_sign_out_and_end_are_in_the_trail(any_core: Core, account_id: int) -> None:
    key = _key(any_core)
    found = sessions.resume(any_core, key)
    sessions.sign_out(any_core, found.actor, found.session_id)
    sessions.sign_out(any_core, found.actor, found.session_id)
    sessions.end_all(any_core, SYSTEM, account_id)
    with any_core.database.reading() as tx:
        actions = [one.action for one in audits.page(tx, subject=f"account:{account_id}")]
    assert actions[:3] == ["account.end_sessions", "account.sign_out", "account.sign_in"]
