"""Slows the guessing of passwords down, whoever guesses and from wherever, without shutting anybody out.

Each wrong password makes the next try wait longer, for this account from this address, for this account from anywhere, for
this address, and over all. A browser that has signed in to the account before (its cookie says so) is counted for itself:
whoever guesses at an account makes its owner wait nowhere but at a new browser, and there for minutes at most.

A try is counted before its password is looked at, so that a hundred at once are a hundred. A try that must wait is not
looked at and not counted: no delay grows by waiting.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from plugin.errors import RetryLater
from plugin.services.core import Core
from plugin.store.people import guesses
from plugin.store.people.guesses import Guesses
from plugin.texts import _, ngettext

_PURPOSE = b"raise-advisor known browser v1"
KEPT = timedelta(days=8)  # longer than any limit remembers


@dataclass(frozen=True)
class Limit:
    """So many ``free`` tries; each further one waits, twice as long as the one before; one is forgotten in so many seconds."""

    free: int
    first_seconds: int
    most_seconds: int
    forgets_seconds: int

    def level(self, known: Guesses | None, now: datetime) -> int:
        if known is None:
            return 0
        passed = max(0, int((now - known.last_at).total_seconds()))
        return max(0, known.failures - passed // self.forgets_seconds)

    def wait(self, known: Guesses | None, now: datetime) -> float:
        """Seconds until the next try; 0.0 when there is none to wait."""
        if known is None:
            return 0.0
        above = self.level(known, now) - self.free
        if above < 0:
            return 0.0
        delay = min(self.first_seconds << min(above, 20), self.most_seconds)
        return max(0.0, delay - (now - known.last_at).total_seconds())


PAIR = Limit(free=5, first_seconds=30, most_seconds=3600, forgets_seconds=3600)
"""One account, tried from one address."""
ACCOUNT = Limit(free=20, first_seconds=5, most_seconds=300, forgets_seconds=900)
"""One account, tried from anywhere."""
ADDRESS = Limit(free=60, first_seconds=1, most_seconds=60, forgets_seconds=30)
"""All accounts, tried from one address, which may be that of a whole office."""
OVERALL = Limit(free=300, first_seconds=1, most_seconds=5, forgets_seconds=2)
"""All accounts, tried from anywhere."""
KNOWN = Limit(free=10, first_seconds=30, most_seconds=3600, forgets_seconds=3600)
"""One account, tried in a browser that has signed in to it before."""

CODE = Limit(free=5, first_seconds=30, most_seconds=900, forgets_seconds=3600)
"""Codes of one account's second factor, tried by somebody who has its password."""


@dataclass(frozen=True)
class Try:
    """What one try counts against: the keys with their limits."""

    limits: dict[str, Limit]

    def is_single(self, key: str) -> bool:
        """Counts this person alone, so that the right password clears it."""
        return self.limits[key] in (PAIR, KNOWN, CODE)


def try_of(core: Core, name: str, address: str, known: str) -> Try:
    """``name`` as it was typed, in lower case; ``known`` is the cookie of ``known_browser``."""
    if known and _is_known(core, name, known):
        return Try({_key("known", name, known): KNOWN})
    network = _network(address)
    return Try(
        {
            _key("pair", name, network): PAIR,
            account_key(name): ACCOUNT,
            _key("address", network): ADDRESS,
            _key("overall"): OVERALL,
        }
    )


def try_of_code(account_id: int) -> Try:
    return Try({_key("code", str(account_id)): CODE})


def account_key(name: str) -> str:
    return _key("account", name)


def _key(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "replace")).hexdigest()


def _network(address: str) -> str:
    """One home or office has many addresses of IPv6, all within a /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(int(found) >> 64) if isinstance(found, IPv6Address) else str(found)


def count(core: Core, made: Try) -> None:
    """Counts the try as wrong until it proves right (``clear``). RetryLater, and nothing is counted, when it must wait."""
    with core.database.transaction() as tx:
        guesses.queue(tx)
        now = core.clock()
        found = guesses.found(tx, made.limits)
        wait = max(limit.wait(found.get(key), now) for key, limit in made.limits.items())
        if not wait:
            counted = (
                Guesses(key, limit.level(found.get(key), now) + 1, now) for key, limit in made.limits.items()
            )
            guesses.put(tx, list(counted))
    if wait:
        seconds = int(wait) + 1
        raise RetryLater(
            _("too many failed sign-in attempts"),
            wait=wait,
            code="slow",
            remedy=ngettext("try again in %(num)s second", "try again in %(num)s seconds", seconds),
        )


def clear(core: Core, made: Try) -> None:
    """It proved right: it is not counted, and what was counted for this person alone is forgotten."""
    with core.database.transaction() as tx:
        guesses.queue(tx)
        guesses.forget(tx, [key for key in made.limits if made.is_single(key)])
        shared = guesses.found(tx, [key for key in made.limits if not made.is_single(key)])
        guesses.put(tx, [Guesses(one.key, max(0, one.failures - 1), one.last_at) for one in shared.values()])


def waits(core: Core, names: Collection[str]) -> dict[str, tuple[int, float]]:
    """By name: wrong passwords that are remembered of an account, and for how long a browser new to it waits. Without, none."""
    now = core.clock()
    with core.database.reading() as tx:
        found = guesses.found(tx, [account_key(name) for name in names])
    told = {name: found[account_key(name)] for name in names if account_key(name) in found}
    return {
        name: (ACCOUNT.level(one, now), ACCOUNT.wait(one, now))
        for name, one in told.items()
        if ACCOUNT.level(one, now)
    }


def prune(core: Core) -> int:
    with core.database.transaction() as tx:
        return guesses.prune(tx, core.clock() - KEPT)


# --- browsers that have signed in before ----------------------------------------------------------------------------


def known_browser(core: Core, name: str) -> str:
    """For a cookie: proves that this browser has signed in to the account; it names neither, and opens nothing."""
    nonce = secrets.token_urlsafe(18)
    return f"{nonce}.{_proof(core.settings.secret_key, name, nonce)}"


def _is_known(core: Core, name: str, cookie: str) -> bool:
    nonce, _dot, proof = cookie.partition(".")
    keys = (core.settings.secret_key, *core.settings.secret_key_fallbacks)
    right = [
        hmac.compare_digest(_proof(key, name, nonce).encode(), proof.encode("utf-8", "replace"))
        for key in keys
    ]
    return any(right)


def _proof(key: str, name: str, nonce: str) -> str:
    purpose = hmac.digest(key.encode(), _PURPOSE, "sha256")
    return hmac.digest(purpose, f"{nonce}\0{name}".encode("utf-8", "replace"), "sha256").hex()
