"""Tokens for machines: made once, shown once, bound to an account, some of what it may do, and a date."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.domain import Json, Scope, scopes_of
from plugin.errors import InvalidInput, NotAllowed
from plugin.services.core import Actor, Core
from plugin.services.people import sessions
from plugin.store.operation import audits
from plugin.store.people import accounts, api_tokens
from plugin.store.people.api_tokens import ApiToken, NewToken
from plugin.texts import _
from plugin.vault import Secret

LONGEST_DAYS = 366
NOTED_EVERY = timedelta(minutes=1)  # of "last used": a busy program would write with every call


@dataclass(frozen=True)
class Caller:
    """Who calls, and what this call may do: what the token was made for and the account's roles still give."""

    actor: Actor
    scopes: frozenset[Scope]
    token: ApiToken | None = None  # None: a person's browser


def make(
    core: Core,
    actor: Actor,
    *,
    account_id: int,
    name: str,
    days: int = 90,
    scopes: Collection[Scope] | None = None,
) -> Secret:
    """A token for that many days; it cannot be shown again, nor its scopes changed. InvalidInput, NotFound.

    Without ``scopes`` it gets all that the account's roles give today.
    """
    token, now = Secret("ra_" + secrets.token_urlsafe(32)), core.clock()
    with core.database.transaction() as tx:
        account = accounts.get(tx, account_id)
        if not account.active:
            raise NotAllowed(_("the account is closed"), remedy=_("open it first"))
        given = scopes_of(account.roles)
        chosen = given if scopes is None else frozenset(scopes)
        if wrong := _wrong(name, days, chosen, given):
            raise InvalidInput(_("the token can't be created"), fields=wrong)
        expires = now + timedelta(days=days)
        added = api_tokens.add(
            tx, now, NewToken(account_id, name.strip(), _hash(token.reveal()), chosen, expires)
        )
        detail: dict[str, Json] = {"token": added, "days": days, "scopes": list[Json](sorted(chosen))}
        audits.append(tx, now, actor.name, "api_token.make", f"account:{account_id}", detail)
    return token


def _wrong(name: str, days: int, chosen: frozenset[Scope], given: frozenset[Scope]) -> dict[str, str]:
    found: dict[str, str] = {}
    if not name.strip():
        found["name"] = _("is required")
    if not 1 <= days <= LONGEST_DAYS:
        found["days"] = _("must be from 1 to %(longest_days)s", longest_days=LONGEST_DAYS)
    if beyond := chosen - given:
        found["scopes"] = _("the account’s roles don’t give %(scopes)s", scopes=", ".join(sorted(beyond)))
    elif not chosen:
        found["scopes"] = _("choose at least one")
    return found


def caller_of(core: Core, token: str) -> Caller:
    """Who calls; NotAllowed for an unknown, revoked or expired token or a closed account, not saying which."""
    now = core.clock()
    with core.database.reading() as tx:
        found = api_tokens.by_hash(tx, _hash(token))
        account = accounts.get(tx, found.account_id) if found else None
    if found is None or account is None or found.revoked_at or found.expires_at <= now or not account.active:
        raise NotAllowed(
            _("the token is not valid"),
            code="token",
            remedy=_("create a new one: raise-advisor account token"),
        )
    actor = sessions.actor_for(account)
    _note_use(core, found, now)
    return Caller(actor, found.scopes & scopes_of(actor.roles), found)


def _note_use(core: Core, found: ApiToken, now: datetime) -> None:
    if found.last_used_at is None or now - found.last_used_at >= NOTED_EVERY:
        with core.database.transaction() as tx:
            api_tokens.used(tx, now, found.id)


def page(core: Core, account_id: int) -> list[ApiToken]:
    with core.database.reading() as tx:
        return api_tokens.page(tx, account_id)


def revoke(core: Core, actor: Actor, token_id: int) -> None:
    with core.database.transaction() as tx:
        api_tokens.revoke(tx, core.clock(), token_id)
        audits.append(tx, core.clock(), actor.name, "api_token.revoke", f"api_token:{token_id}")


def _hash(token: str) -> str:
    """256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
