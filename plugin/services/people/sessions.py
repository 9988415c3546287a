"""Sessions of browsers: begun by a sign-in, ended by a person, by idleness or by age, from the next request on."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.domain import SignInStep
from plugin.errors import NotAllowed, NotFound
from plugin.services.core import Actor, Core
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import accounts, web_sessions
from plugin.store.people.accounts import Account, Held
from plugin.store.people.web_sessions import WebSession
from plugin.texts import _
from plugin.vault import Secret

NOTED_SECONDS = 60  # the last use is written down once in so many seconds


@dataclass(frozen=True)
class Browser:
    """Where a request comes from: its network address, and what the browser says of itself."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Resumed:
    """Who is signed in, by which session, and what is still missing before anything may be opened."""

    actor: Actor
    session_id: int
    step: SignInStep = SignInStep.COMPLETE


def actor_for(account: Account) -> Actor:
    roles = frozenset(role.value for role in account.roles)
    return Actor(account.email, roles, account.id, account.person_id, account.display_name, account.language)


def begin(tx: Tx, at: datetime, account: Account, browser: Browser) -> Secret:
    """The key for the browser's cookie."""
    token = Secret(secrets.token_urlsafe(32))
    web_sessions.add(
        tx,
        at,
        account_id=account.id,
        token_hash=_hash(token.reveal()),
        address=browser.address,
        agent=browser.agent,
    )
    return token


def resume(core: Core, token: str, *, is_use: bool = True) -> Resumed:
    """NotAllowed when the session was ended, is idle or old, or the account was closed.

    ``is_use``: a person did something; a page that asks by itself for news does not keep a session alive.
    """
    now = core.clock()
    with core.database.reading() as tx:
        found = accounts.held(tx, _hash(token))
    if found is None or not found.account.active or not _lasts(core, found.session, now):
        raise NotAllowed(_("your session has ended"), code="session", remedy=_("sign in again"))
    session = found.session
    if is_use and (now - session.seen_at).total_seconds() >= NOTED_SECONDS:
        with core.database.transaction() as tx:
            web_sessions.seen(tx, now, session.id)
    return Resumed(actor_for(found.account), session.id, _step(core, found))


def _step(core: Core, found: Held) -> SignInStep:
    if found.has_factor:
        return SignInStep.CODE if found.session.factor_at is None else SignInStep.COMPLETE
    required = found.account.roles & set(core.settings.second_factor_roles)
    return SignInStep.SET_UP if required else SignInStep.COMPLETE


def prove(tx: Tx, at: datetime, session_id: int) -> Secret:
    """The second factor of this session was proved; the new key for the browser's cookie, in place of the one before."""
    token = Secret(secrets.token_urlsafe(32))
    web_sessions.prove(tx, at, session_id, _hash(token.reveal()))
    return token


def _limits(core: Core, now: datetime) -> tuple[datetime, datetime]:
    """Not used since, and made before: such a session has run out."""
    idle = timedelta(minutes=core.settings.session_idle_minutes)
    return now - idle, now - timedelta(hours=core.settings.session_hours)


def _lasts(core: Core, session: WebSession, now: datetime) -> bool:
    unseen_since, made_before = _limits(core, now)
    return session.seen_at > unseen_since and session.created_at > made_before


def page(core: Core, account_id: int) -> list[WebSession]:
    """Those that still last, the newest use first. NotFound."""
    now = core.clock()
    with core.database.reading() as tx:
        accounts.get(tx, account_id)
        return [one for one in web_sessions.page(tx, account_id) if _lasts(core, one, now)]


def end(core: Core, actor: Actor, account_id: int, session_id: int) -> None:
    """NotFound when the account has no such session."""
    with core.database.transaction() as tx:
        if not web_sessions.end(tx, account_id, session_id):
            raise NotFound(_("This session has already ended."))
        audits.append(tx, core.clock(), actor.name, "account.end_session", f"account:{account_id}")


def sign_out(core: Core, actor: Actor, session_id: int) -> None:
    """Ends one's own session; nothing happens when it has ended already."""
    assert actor.account_id is not None
    with core.database.transaction() as tx:
        if web_sessions.end(tx, actor.account_id, session_id):
            audits.append(tx, core.clock(), actor.name, "account.sign_out", f"account:{actor.account_id}")


def end_all(core: Core, actor: Actor, account_id: int, *, but: int | None = None) -> int:
    """All sessions of an account, or all others than ``but``; their number. NotFound."""
    with core.database.transaction() as tx:
        accounts.get(tx, account_id)
        ended = web_sessions.end_all(tx, account_id, but=but)
        detail = {"sessions": ended}
        audits.append(
            tx, core.clock(), actor.name, "account.end_sessions", f"account:{account_id}", {**detail}
        )
    return ended


def prune(core: Core) -> int:
    """Deletes those that have run out."""
    unseen_since, made_before = _limits(core, core.clock())
    with core.database.transaction() as tx:
        return web_sessions.prune(tx, unseen_since=unseen_since, made_before=made_before)


def _hash(token: str) -> str:
    """256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
