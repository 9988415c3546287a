"""Tokens for machines: made once, shown once, bound to an account and a date."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from plugin.errors import InvalidInput, NotAllowed
from plugin.services.core import Actor, Core
from plugin.services.people import sessions
from plugin.store.operation import audits
from plugin.store.people import accounts, api_tokens
from plugin.store.people.api_tokens import ApiToken
from plugin.texts import _
from plugin.vault import Secret

LONGEST_DAYS = 366


def make(core: Core, actor: Actor, *, account_id: int, name: str, days: int = 90) -> Secret:
    """A token with the account's rights for that many days; it cannot be shown again. InvalidInput, NotFound."""
    if not name.strip() or not 1 <= days <= LONGEST_DAYS:
        wrong = (
            {"name": _("is required")}
            if not name.strip()
            else {"days": _("must be from 1 to %(longest_days)s", longest_days=LONGEST_DAYS)}
        )
        raise InvalidInput(_("the token can't be created"), fields=wrong)
    token, now = Secret("ra_" + secrets.token_urlsafe(32)), core.clock()
    with core.database.transaction() as tx:
        if not accounts.get(tx, account_id).active:
            raise NotAllowed(_("the account is closed"), remedy=_("open it first"))
        expires = now + timedelta(days=days)
        added = api_tokens.add(
            tx,
            now,
            account_id=account_id,
            name=name.strip(),
            token_hash=_hash(token.reveal()),
            expires_at=expires,
        )
        audits.append(
            tx, now, actor.name, "api_token.make", f"account:{account_id}", {"token": added, "days": days}
        )
    return token


def actor_of(core: Core, token: str) -> Actor:
    """Who calls; NotAllowed for an unknown, revoked or expired token, not saying which."""
    with core.database.reading() as tx:
        found = api_tokens.by_hash(tx, _hash(token))
        account = accounts.get(tx, found.account_id) if found else None
    is_live = found is not None and found.revoked_at is None and found.expires_at > core.clock()
    if account is None or not account.active or not is_live:
        raise NotAllowed(
            _("the token is not valid"),
            code="token",
            remedy=_("create a new one: raise-advisor account token"),
        )
    return sessions.actor_for(account)


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
