"""Sign-in with a password: the same answer and the same work whatever is wrong, and slower with every guess."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.errors import InvalidInput, NotAllowed
from plugin.services.core import Actor, Core
from plugin.services.people import account_setup, guessing, passwords, sessions
from plugin.services.people.sessions import Browser
from plugin.store.operation import audits
from plugin.store.people import accounts
from plugin.store.people.accounts import Account
from plugin.texts import _
from plugin.vault import Secret

UNKNOWN = "account:unknown"  # subject of a wrong try that belongs to no account


@dataclass(frozen=True)
class SignedIn:
    """``key`` opens the session; ``known`` makes the browser one that has signed in before. Both are for cookies."""

    actor: Actor
    key: Secret
    known: str


def with_password(
    core: Core, email: str, password: str, browser: Browser | None = None, *, known: str = ""
) -> SignedIn:
    """NotAllowed for a wrong name or password (not saying which), RetryLater with ``wait`` seconds when guesses are slowed."""
    name, browser = email.strip().lower(), browser or Browser()
    account = _proven(core, name, password, browser, known)
    with core.database.transaction() as tx:
        key = sessions.begin(tx, core.clock(), account, browser)
        audits.append(tx, core.clock(), account.email, "account.sign_in", f"account:{account.id}")
    return SignedIn(sessions.actor_for(account), key, guessing.known_browser(core, name))


def _proven(core: Core, name: str, password: str, browser: Browser, known: str) -> Account:
    """Whose password it is."""
    made = guessing.try_of(core, name, browser.address, known)
    guessing.count(core, made)
    with core.database.reading() as tx:
        found = accounts.by_email(tx, name)
    account, digest = found or (None, None)
    fits = passwords.fits(digest, password)
    if account is None or not fits or not account.active:
        who, subject = (account.email, f"account:{account.id}") if account else (UNKNOWN, UNKNOWN)
        with core.database.transaction() as tx:
            audits.append(tx, core.clock(), who, "account.sign_in_failed", subject)
        raise NotAllowed(_("the email address or password is incorrect"), code="sign_in")
    guessing.clear(core, made)
    return account


def change_password(
    core: Core, actor: Actor, session_id: int, old: str, new: str, browser: Browser, *, known: str = ""
) -> None:
    """One's own; all other sessions end. InvalidInput by field, RetryLater as at the sign-in."""
    assert actor.account_id is not None
    try:
        _proven(core, actor.name, old, browser, known)
    except NotAllowed as error:
        said = _("enter your current password")
        raise InvalidInput(said, fields={"old": said}) from error
    account_setup.set_password(core, actor, actor.account_id, new, but_session=session_id)
