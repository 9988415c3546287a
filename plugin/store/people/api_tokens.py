"""Tokens by which machines call the API in the name of an account; only their hashes are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.domain import Scope
from plugin.errors import NotFound
from plugin.store.database import Tx, insert
from plugin.store.tables import api_token
from plugin.texts import _


@dataclass(frozen=True)
class NewToken:
    account_id: int
    name: str
    token_hash: str
    scopes: frozenset[Scope]
    expires_at: datetime


@dataclass(frozen=True)
class ApiToken:
    id: int
    account_id: int
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


SHOWN = [api_token.c[name] for name in ApiToken.__dataclass_fields__]


def made(row: sa.RowMapping) -> ApiToken:
    values: dict[str, Any] = {name: row[name] for name in ApiToken.__dataclass_fields__}
    return ApiToken(**values | {"scopes": frozenset(one for one in Scope if one in values["scopes"])})


def add(tx: Tx, at: datetime, new: NewToken) -> int:
    return insert(
        tx,
        api_token,
        account_id=new.account_id,
        name=new.name,
        token_hash=new.token_hash,
        scopes=sorted(new.scopes),
        created_at=at,
        expires_at=new.expires_at,
    )


def by_hash(tx: Tx, token_hash: str) -> ApiToken | None:
    row = tx.execute(sa.select(*SHOWN).where(api_token.c.token_hash == token_hash)).mappings().first()
    return made(row) if row else None


def page(tx: Tx, account_id: int) -> list[ApiToken]:
    query = sa.select(*SHOWN).where(api_token.c.account_id == account_id).order_by(api_token.c.id)
    return [made(row) for row in tx.execute(query).mappings()]


def used(tx: Tx, at: datetime, token_id: int) -> None:
    tx.execute(api_token.update().where(api_token.c.id == token_id).values(last_used_at=at))


def revoke(tx: Tx, at: datetime, token_id: int) -> None:
    live = sa.and_(api_token.c.id == token_id, api_token.c.revoked_at.is_(None))
    if tx.execute(api_token.update().where(live).values(revoked_at=at)).rowcount != 1:
        raise NotFound(_("an active token with this id doesn't exist"))


def revoke_all(tx: Tx, at: datetime, account_id: int) -> int:
    """All live tokens of the account; their number."""
    live = sa.and_(api_token.c.account_id == account_id, api_token.c.revoked_at.is_(None))
    return tx.execute(api_token.update().where(live).values(revoked_at=at)).rowcount
