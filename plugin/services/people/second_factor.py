"""A second factor beside the password: codes of an app (TOTP, RFC 6238), and recovery codes for when the app is lost.

The app's secret is sealed in the vault. A code is taken once: neither it nor an older one works again. Wrong codes are
counted and slowed like wrong passwords.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp

from plugin.domain import SignInStep
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services.core import Actor, Core
from plugin.services.people import guessing, sessions
from plugin.services.people.sessions import Resumed
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import accounts, second_factors, web_sessions
from plugin.texts import _
from plugin.vault import Secret

CODES = 10  # recovery codes at a time
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # machine text  # none that looks like another
_GROUPS, _GROUP = 4, 4
SECONDS = 30  # that a code is shown
DRIFT = 1  # so many codes before and after: no clock is exact
_SPACES = re.compile(r"[\s-]+")


@dataclass(frozen=True)
class Standing:
    """What an account has."""

    confirmed_at: datetime | None
    codes_left: int
    is_required: bool


@dataclass(frozen=True)
class Offer:
    """For the app: the address that its camera reads, and the secret to type instead."""

    address: str
    secret: str


def standing(core: Core, account_id: int) -> Standing:
    """NotFound."""
    with core.database.reading() as tx:
        account = accounts.get(tx, account_id)
        found = second_factors.get(tx, account_id)
        left = second_factors.codes_left(tx, account_id)
    required = bool(account.roles & set(core.settings.second_factor_roles))
    return Standing(found.confirmed_at if found else None, left, required)


# --- setting up -----------------------------------------------------------------------------------------------------


def begin(core: Core, actor: Actor) -> None:
    """A new secret for one's app; it counts when the app has shown a right code. Conflict when there is one that counts."""
    account_id = _own(actor)
    sealed = core.vault.seal(Secret(pyotp.random_base32()), to=_binding(account_id))
    with core.database.transaction() as tx:
        found = second_factors.get(tx, account_id)
        if found is not None and found.confirmed_at is not None:
            raise Conflict(_("your account already has a second factor"), remedy=_("remove it first"))
        second_factors.put(tx, core.clock(), account_id, sealed)


def offered(core: Core, actor: Actor) -> Offer | None:
    """What ``begin`` made, None before it and after ``confirm``."""
    with core.database.reading() as tx:
        found = second_factors.get(tx, _own(actor))
    if found is None or found.confirmed_at is not None:
        return None
    secret = core.vault.open(found.secret_ciphertext, to=_binding(found.account_id)).reveal()
    issuer = f"Raise Advisor {core.settings.company_name}"  # machine text
    return Offer(pyotp.TOTP(secret).provisioning_uri(name=actor.name, issuer_name=issuer), secret)


def confirm(core: Core, who: Resumed, code: str) -> tuple[Secret, list[str]]:
    """The app shows right codes: a new key for this session, and recovery codes, which are shown this once.

    The account's other sessions need a code from now on. InvalidInput for a wrong code, Conflict without ``begin``.
    """
    account_id, made, now = _own(who.actor), _new_codes(), core.clock()
    _prove(core, account_id, code, is_new=True)
    with core.database.transaction() as tx:
        second_factors.confirm(tx, now, account_id)
        second_factors.put_codes(tx, account_id, [_hash(account_id, one) for one in made])
        key = sessions.prove(tx, now, who.session_id)
        audits.append(tx, now, who.actor.name, "account.second_factor", f"account:{account_id}")
    return key, made


def renew_codes(core: Core, actor: Actor, code: str) -> list[str]:
    """New recovery codes, shown this once; those of before end. InvalidInput for a wrong code."""
    account_id, made = _own(actor), _new_codes()
    _prove(core, account_id, code)
    with core.database.transaction() as tx:
        second_factors.put_codes(tx, account_id, [_hash(account_id, one) for one in made])
        audits.append(tx, core.clock(), actor.name, "account.recovery_codes", f"account:{account_id}")
    return made


def remove(core: Core, actor: Actor, code: str) -> None:
    """One's own. NotAllowed where a role requires it, InvalidInput for a wrong code."""
    account_id = _own(actor)
    if standing(core, account_id).is_required:
        raise NotAllowed(
            _("your role requires a second factor"),
            remedy=_("ask another HR admin to reset it if your app is lost"),
        )
    _prove(core, account_id, code)
    with core.database.transaction() as tx:
        second_factors.remove(tx, account_id)
        audits.append(tx, core.clock(), actor.name, "account.second_factor_removed", f"account:{account_id}")


def reset(core: Core, actor: Actor, account_id: int) -> None:
    """Of somebody whose app and recovery codes are lost: the factor and all sessions end. NotAllowed for one's own, NotFound."""
    if actor.account_id == account_id:
        raise NotAllowed(
            _("you can't reset your own second factor"), remedy=_("ask another HR admin to reset it")
        )
    with core.database.transaction() as tx:
        accounts.get(tx, account_id)
        if not second_factors.remove(tx, account_id):
            raise NotFound(_("This account has no second factor."))
        web_sessions.end_all(tx, account_id)
        audits.append(tx, core.clock(), actor.name, "account.second_factor_reset", f"account:{account_id}")


# --- signing in -----------------------------------------------------------------------------------------------------


def complete(core: Core, who: Resumed, code: str) -> Secret:
    """Proves the second factor of a session that began with the password; the session's new key.

    ``code`` is the app's or a recovery code. InvalidInput for a wrong or used one, RetryLater when guesses are slowed.
    """
    if who.step != SignInStep.CODE:
        raise Conflict(_("your session needs no code"))
    account_id, now = _own(who.actor), core.clock()
    by_recovery = _prove(core, account_id, code, recovery=True)
    with core.database.transaction() as tx:
        key = sessions.prove(tx, now, who.session_id)
        left = second_factors.codes_left(tx, account_id)
        detail = {"recovery_code": by_recovery, "codes_left": left}
        audits.append(tx, now, who.actor.name, "account.sign_in_code", f"account:{account_id}", {**detail})
    return key


def _binding(account_id: int) -> str:
    """The secret of one account opens no other."""
    return f"account:{account_id}"


def _own(actor: Actor) -> int:
    assert actor.account_id is not None
    return actor.account_id


def _prove(core: Core, account_id: int, code: str, *, recovery: bool = False, is_new: bool = False) -> bool:
    """True when it was a recovery code; each is taken by whoever comes first."""
    made, plain = guessing.try_of_code(account_id), _SPACES.sub("", code).lower()
    guessing.count(core, made)
    with core.database.transaction() as tx:
        by_app = _is_taken(core, tx, account_id, plain, is_new=is_new)
        hashed = _hash(account_id, plain)
        by_recovery = (
            not by_app and recovery and second_factors.take_code(tx, core.clock(), account_id, hashed)
        )
        if not (by_app or by_recovery):
            subject = f"account:{account_id}"
            audits.append(tx, core.clock(), subject, "account.second_factor_failed", subject)
    if not (by_app or by_recovery):
        said = _("enter the newest code of your app; each code works once")
        raise InvalidInput(said, fields={"code": said})
    guessing.clear(core, made)
    return by_recovery


def _is_taken(core: Core, tx: Tx, account_id: int, code: str, *, is_new: bool) -> bool:
    found = second_factors.get(tx, account_id)
    if found is None or (found.confirmed_at is None) != is_new:
        raise Conflict(_("set up a second factor first"))
    app = pyotp.TOTP(
        core.vault.open(found.secret_ciphertext, to=_binding(found.account_id)).reveal(), interval=SECONDS
    )
    now = int(core.clock().timestamp()) // SECONDS
    steps = [
        step
        for step in range(now - DRIFT, now + DRIFT + 1)
        if secrets.compare_digest(app.generate_otp(step).encode(), code.encode("utf-8", "replace"))
    ]
    return bool(steps) and second_factors.take(tx, account_id, steps[-1])


def _new_codes() -> list[str]:
    """Some 79 random bits each, in groups."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(CODES)
    ]


def _hash(account_id: int, code: str) -> str:
    """So many random bits need no slow hash; the account in it keeps a code from being looked for in all accounts at once."""
    plain = _SPACES.sub("", code).lower()
    return hashlib.sha256(f"{account_id}\0{plain}".encode("utf-8", "replace")).hexdigest()
