"""Checks of badges by several workers, over changes of the badge meanwhile, and with a badge whose check breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from plugin.domain import AwardState
from plugin.services.core import SYSTEM, Core
from plugin.services.evidence import badge_checks
from plugin.services.sources import run_requests, sync
from plugin.store import tables
from plugin.store.evidence.badges import Award
from tests.services.evidence.test_badge_checks import awards, base_url, issuer, open_core

__all__ = ["awards", "base_url", "issuer", "open_core"]


class Killed(BaseException):
    pass


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], None]], list[str]]:
    """Something happens after a credential was verified, before the verdict is stored; gives the credentials that were verified."""
    real, asked = badge_checks.verify, []

    def install(happens: Callable[[str], None]) -> list[str]:
        def verify(raw: str, **known: Any) -> object:
            asked.append(raw.rpartition("/")[2])
            verdict = real(raw, **known)
            happens(raw)
            return verdict

        monkeypatch.setattr(badge_checks, "verify", verify)
        return asked

    return install


def first(core: Core) -> Award:
    return badge_checks.page(core)[0]


def break_down(raw: str) -> None:
    if raw.endswith("/1"):
        raise KeyError("an error that nobody foresaw")


def test_new_credential_gets_its_own_verdict(awards: Core, during: Any) -> None:
    file = Path(awards.settings.files_root) / "hr" / "badges.csv"

    def another_arrives(raw: str) -> None:
        if raw.endswith("/1"):
            file.write_text(file.read_text().replace("/assertions/1", "/assertions/2"))
            run_requests.request_run(awards, SYSTEM, 1)
            sync.perform_next(awards)

    asked = during(another_arrives)
    badge_checks.check_due(awards)
    assert (first(awards).verdict, first(awards).checks) == ("unchecked", 0)
    assert str(first(awards).credential).endswith("/2")
    while badge_checks.check_due(awards):
        pass
    assert first(awards).verdict == "invalid", "the new one is somebody else's"
    assert asked[0] == "1"
    assert asked.count("1") == 1


def test_badge_withdrawn_during_its_check_is_checked_again_at_once(
    awards: Core, during: Any, base_url: str
) -> None:
    badge_checks.add_issuer(awards, SYSTEM, kind="origin", value=base_url, name="Academy")

    def withdrawn(_raw: str) -> None:
        with awards.database.transaction() as tx:
            tx.execute(tables.badge_award.update().values(state=AwardState.REVOKED))

    during(withdrawn)
    badge_checks.check_due(awards)
    assert (first(awards).verdict, first(awards).recheck_at) == ("unchecked", awards.clock())
    with awards.database.reading() as tx:
        assert tx.execute(sa.select(tables.outbox.c.id)).all() == [], "nobody was told that it counts"


def test_two_workers_check_each_badge_once(awards: Core, during: Any) -> None:
    asked = during(lambda _raw: None)
    numbers: list[int] = []

    def another_works(_raw: str) -> None:
        if not numbers:
            numbers.append(0)
            numbers[0] = badge_checks.check_due(awards)

    during(another_works)
    mine = badge_checks.check_due(awards)
    assert sorted(set(asked)) == ["1", "2"]
    assert mine + numbers[0] == 3
    assert [award.checks for award in badge_checks.page(awards)] == [1, 1, 1]


def test_badge_whose_check_breaks_waits_ever_longer_and_is_then_undecided(
    awards: Core, during: Any, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    during(break_down)
    assert badge_checks.check_due(awards) == 3
    assert [award.verdict for award in badge_checks.page(awards)][1:] == ["invalid", "undetermined"]
    waits = []
    for _ in range(badge_checks.MOST_ATTEMPTS - 1):
        assert first(awards).verdict == "unchecked"
        waits.append((first(awards).recheck_at - clock()).total_seconds())
        clock.advance(seconds=waits[-1])
        badge_checks.check_due(awards)
    assert waits == [900.0 * 2**times for times in range(badge_checks.MOST_ATTEMPTS - 1)]
    assert (first(awards).verdict, first(awards).codes) == ("undetermined", ["check_broken"])
    assert "worker's log" in str(first(awards).steps)
    assert first(awards).recheck_at == clock() + badge_checks.LONGEST_RETRY
    assert "nobody foresaw" not in caplog.text, "the text of an error may quote a badge"
    assert "KeyError" in caplog.text
    clock.advance(days=1)
    during(lambda _raw: None)
    badge_checks.check_due(awards)
    assert (first(awards).verdict, first(awards).attempts) == ("valid", 0)


def test_badge_that_kills_its_worker_is_set_aside_alone(awards: Core, during: Any, clock: Any) -> None:
    def kill(raw: str) -> None:
        if raw.endswith("/1"):
            raise Killed

    asked = during(kill)
    for _ in range(badge_checks.MOST_ATTEMPTS):
        with pytest.raises(Killed):
            while True:
                badge_checks.check_due(awards)
                clock.advance(minutes=1)
        clock.advance(seconds=1)
    while badge_checks.check_due(awards):
        pass
    clock.advance(seconds=badge_checks.LEASE.total_seconds())
    badge_checks.check_due(awards)
    assert (first(awards).codes, asked.count("1")) == (["check_broken"], badge_checks.MOST_ATTEMPTS)
    assert [award.verdict for award in badge_checks.page(awards)][1:] == ["invalid", "undetermined"]


def test_person_who_asks_for_a_check_gives_it_all_its_attempts(awards: Core, during: Any) -> None:
    during(break_down)
    badge_checks.check_due(awards)
    assert first(awards).attempts == 1
    badge_checks.recheck(awards, SYSTEM, first(awards).id)
    assert (first(awards).attempts, first(awards).recheck_at) == (0, awards.clock())
