"""Guesses are counted before they are tried, slowed down everywhere, and shut nobody out."""

from __future__ import annotations

from collections import Counter

import pytest

from plugin.domain import Role
from plugin.errors import NotAllowed, RetryLater
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, guessing, passwords, signing_in
from plugin.services.people.sessions import Browser
from plugin.store.operation import audits
from plugin.store.people import guesses
from plugin.store.people.guesses import Guesses
from tests.conftest import FrozenClock

PASSWORD = "a long enough password"
ADA, NOBODY = "ada@example.com", "nobody@example.com"


@pytest.fixture
def account_id(any_core: Core) -> int:
    return account_setup.add_account(
        any_core, SYSTEM, email=ADA, display_name="Ada Example", password=PASSWORD, roles=[Role.MANAGER]
    )


def _tried(core: Core, name: str, password: str = "wrong", address: str = "", known: str = "") -> str:
    """What came of it."""
    try:
        signing_in.with_password(core, name, password, Browser(address), known=known)
    except NotAllowed:
        return "wrong"
    except RetryLater:
        return "slow"
    return "in"


def test_whether_an_account_exists_shows_nowhere(any_core: Core, account_id: int) -> None:
    said = []
    for name in (ADA, NOBODY):
        answers = []
        for _ in range(guessing.PAIR.free + 2):
            try:
                signing_in.with_password(any_core, name, "wrong", Browser("127.0.0.9"))
            except (NotAllowed, RetryLater) as error:
                answers.append((type(error), str(error), error.code, error.remedy, getattr(error, "wait", 0)))
        said.append(answers)
    assert said[0] == said[1]
    assert {one[0] for one in said[0]} == {NotAllowed, RetryLater}


def test_an_unknown_account_costs_the_same_work(
    any_core: Core, account_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One hash is compared and one entry written, whether there is an account, a password, or neither."""
    compared: list[str] = []
    hasher = passwords._hasher()

    class Counting:
        def verify(self, digest: str, password: str) -> bool:
            compared.append(digest)
            return hasher.verify(digest, password)

        def hash(self, password: str) -> str:
            return hasher.hash(password)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    with any_core.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE account SET password_hash = NULL")
    entries = []
    for name in (ADA, NOBODY):
        with any_core.database.reading() as tx:
            before = audits.count(tx)
        assert _tried(any_core, name) == "wrong"
        with any_core.database.reading() as tx:
            entries.append(audits.count(tx) - before)
    assert (len(compared), entries) == (2, [1, 1])


def test_wrong_passwords_wait_longer_and_longer_and_the_right_one_ends_it(
    any_core: Core, account_id: int, clock: FrozenClock
) -> None:
    assert {_tried(any_core, ADA) for _ in range(guessing.PAIR.free)} == {"wrong"}
    for seconds in (30, 60, 120):
        assert _tried(any_core, ADA, PASSWORD) == "slow"
        clock.advance(seconds=seconds - 1)
        assert _tried(any_core, ADA) == "slow"
        clock.advance(seconds=1)
        assert _tried(any_core, ADA) == "wrong"
    clock.advance(seconds=240)
    assert _tried(any_core, ADA, PASSWORD) == "in"
    assert {_tried(any_core, ADA) for _ in range(guessing.PAIR.free)} == {"wrong"}


def test_waiting_tries_make_nobody_wait_longer(any_core: Core, account_id: int, clock: FrozenClock) -> None:
    for _ in range(guessing.PAIR.free):
        _tried(any_core, ADA)
    assert {_tried(any_core, ADA) for _ in range(50)} == {"slow"}
    clock.advance(seconds=30)
    assert _tried(any_core, ADA, PASSWORD) == "in"


def test_one_account_from_everywhere_is_slowed_for_minutes_at_most(
    any_core: Core, account_id: int, clock: FrozenClock
) -> None:
    found = Counter(_tried(any_core, ADA, address=f"127.0.{i}.1") for i in range(60))
    assert found == {"wrong": guessing.ACCOUNT.free, "slow": 60 - guessing.ACCOUNT.free}
    for i in range(20):
        clock.advance(seconds=guessing.ACCOUNT.most_seconds)
        assert _tried(any_core, ADA, address=f"127.1.{i}.1") == "wrong"
    clock.advance(seconds=guessing.ACCOUNT.most_seconds)
    assert _tried(any_core, ADA, PASSWORD, address="127.2.0.1") == "in"


def test_the_owner_s_browser_signs_in_while_others_guess(any_core: Core, account_id: int) -> None:
    known = signing_in.with_password(any_core, ADA, PASSWORD, Browser("127.0.0.5")).known
    for i in range(40):
        _tried(any_core, ADA, address=f"127.0.{i}.1")
    assert _tried(any_core, ADA, PASSWORD, address="127.0.0.5") == "slow"
    assert _tried(any_core, ADA, PASSWORD, address="127.0.0.5", known=known) == "in"


def test_a_known_browser_is_known_for_its_account_alone_and_not_made_up(
    any_core: Core, account_id: int
) -> None:
    known = signing_in.with_password(any_core, ADA, PASSWORD, Browser("127.0.0.5")).known
    made_up = ("x" * 24 + known[24:], known[:-1] + ("1" if known[-1] == "0" else "0"), "a.b", "\ud800", ".")
    for cookie in made_up:
        tried = guessing.try_of(any_core, ADA, "127.0.0.5", cookie)
        assert guessing.OVERALL in tried.limits.values(), cookie
    assert guessing.OVERALL in guessing.try_of(any_core, NOBODY, "127.0.0.5", known).limits.values()
    assert list(guessing.try_of(any_core, ADA, "", known).limits.values()) == [guessing.KNOWN]
    assert Counter(_tried(any_core, ADA, known=known) for _ in range(20)) == {"wrong": 10, "slow": 10}


def test_one_address_is_slowed_over_all_accounts_and_others_are_not(any_core: Core, account_id: int) -> None:
    names = [f"p{i}@example.com" for i in range(guessing.ADDRESS.free + 20)]
    found = Counter(_tried(any_core, name, address="2001:db8::1") for name in names)
    assert found == {"wrong": guessing.ADDRESS.free, "slow": 20}
    assert _tried(any_core, "q@example.com", address="2001:db8::ffff") == "slow"  # the same network
    assert _tried(any_core, ADA, PASSWORD, address="2001:db8:0:1::1") == "in"


def test_over_all_accounts_and_addresses_tries_come_one_by_one_in_the_end(
    any_core: Core, clock: FrozenClock
) -> None:
    one = guessing.try_of(any_core, "p@example.com", "127.0.0.1", "").limits
    everywhere = next(key for key, limit in one.items() if limit is guessing.OVERALL)
    with any_core.database.transaction() as tx:
        guesses.put(tx, [Guesses(everywhere, guessing.OVERALL.free - 1, clock())])
    found = Counter(_tried(any_core, f"p{i}@example.com", address=f"127.{i}.0.1") for i in range(9))
    assert found == {"wrong": 1, "slow": 8}
    for i in range(9):
        clock.advance(seconds=guessing.OVERALL.most_seconds)
        assert _tried(any_core, f"q{i}@example.com", address=f"127.{i}.0.2") == "wrong"


def test_failures_are_forgotten_with_time(any_core: Core, account_id: int, clock: FrozenClock) -> None:
    for _ in range(guessing.PAIR.free):
        _tried(any_core, ADA)
    assert guessing.waits(any_core, [ADA, NOBODY]) == {ADA: (guessing.PAIR.free, 0.0)}
    clock.advance(hours=guessing.PAIR.free)
    assert {_tried(any_core, ADA) for _ in range(guessing.PAIR.free)} == {"wrong"}
    clock.advance(days=guessing.KEPT.days + 1)
    assert guessing.waits(any_core, [ADA]) == {}
    assert guessing.prune(any_core) > 0
    with any_core.database.reading() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM guess").scalar_one() == 0
