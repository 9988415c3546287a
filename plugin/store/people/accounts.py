"""Local accounts: who may sign in, with which roles."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

import sqlalchemy as sa

from plugin.domain import Role
from plugin.errors import InvalidInput, NotFound
from plugin.store.database import Tx, insert
from plugin.store.people import web_sessions
from plugin.store.people.web_sessions import WebSession
from plugin.store.tables import account, second_factor, web_session
from plugin.texts import _


@dataclass(frozen=True)
class Account:
    """``roles`` are its own and those of its groups. ``password_hash`` is never shown: its repr is left out."""

    id: int
    email: str
    display_name: str
    roles: frozenset[Role]
    person_id: int | None
    active: bool
    group_roles: frozenset[Role]  # those that it has by its groups
    language: str | None  # of the pages; None as the browser asks


_SHOWN = (
    account.c.id,
    account.c.email,
    account.c.display_name,
    account.c.roles,
    account.c.person_id,
    account.c.active,
    account.c.group_roles,
    account.c.language,
)


def _made(row: sa.RowMapping) -> Account:
    by_group = frozenset(Role(word) for word in row["group_roles"])
    roles = by_group | {Role(word) for word in row["roles"]}
    plain = {column.name: row[column.name] for column in _SHOWN}
    return Account(**{**plain, "roles": roles, "group_roles": by_group})


def add(
    tx: Tx, at: datetime, email: str, display_name: str, password_hash: str | None, roles: frozenset[Role]
) -> int:
    """InvalidInput when the address is taken."""
    if taken(tx, (email,)):
        raise InvalidInput(
            _("an account for %(email)s already exists", email=email),
            fields={"email": _("is already in use")},
        )
    values = {
        "email": email,
        "user_name": email,
        "display_name": display_name,
        "password_hash": password_hash,
        "roles": sorted(roles),
        "active": True,
        "changed_at": at,
    }
    return insert(tx, account, **values, created_at=at)


def taken(tx: Tx, names: Collection[str], *, besides: int = 0) -> bool:
    """True when another account signs in, or is known to its identity provider, by one of the names (lower case)."""
    used = sa.or_(account.c.email.in_(names), account.c.user_name.in_(names))
    return tx.execute(sa.select(account.c.id).where(used, account.c.id != besides)).first() is not None


def by_email(tx: Tx, email: str) -> tuple[Account, str | None] | None:
    """The account with its password hash, None when there is none (the caller answers the same either way)."""
    query = sa.select(*_SHOWN, account.c.password_hash).where(account.c.email == email)
    row = tx.execute(query).mappings().first()
    return (_made(row), row["password_hash"]) if row else None


@dataclass(frozen=True)
class Held:
    """A session, whose it is, and whether that account has a second factor."""

    session: WebSession
    account: Account
    has_factor: bool


def held(tx: Tx, token_hash: str) -> Held | None:
    """By a key's hash, in one statement: every request asks for it."""
    shown = [column.label(f"session_{column.name}") for column in web_sessions.SHOWN]
    has_factor = second_factor.c.confirmed_at.is_not(None).label("has_factor")
    query = (
        sa.select(*shown, *_SHOWN, has_factor)
        .join(account, account.c.id == web_session.c.account_id)
        .outerjoin(second_factor, second_factor.c.account_id == account.c.id)
    )
    row = tx.execute(query.where(web_session.c.token_hash == token_hash)).mappings().first()
    if row is None:
        return None
    session = WebSession(*(row[column.name] for column in shown))
    return Held(session, _made(row), bool(row["has_factor"]))


def get(tx: Tx, account_id: int) -> Account:
    row = tx.execute(sa.select(*_SHOWN).where(account.c.id == account_id)).mappings().first()
    if row is None:
        raise NotFound(_("the account doesn't exist"))
    return _made(row)


def page(tx: Tx, *, after: int = 0, limit: int = 50) -> list[Account]:
    query = sa.select(*_SHOWN).where(account.c.id > after, account.c.deleted_at.is_(None))
    query = query.order_by(account.c.id).limit(limit)
    return [_made(row) for row in tx.execute(query).mappings()]


class AccountChange(TypedDict, total=False):
    """Columns that a change may set."""

    roles: list[str]
    person_id: int | None
    active: bool
    password_hash: str | None
    language: str | None


def change(tx: Tx, account_id: int, at: datetime | None = None, **values: Unpack[AccountChange]) -> None:
    """``at``: when, for a change that an identity provider should see."""
    seen = {} if at is None else {"version": account.c.version + 1, "changed_at": at}
    if tx.execute(account.update().where(account.c.id == account_id).values(**values, **seen)).rowcount != 1:
        raise NotFound(_("the account doesn't exist"))


def operators(tx: Tx) -> list[int]:
    """Ids of the active accounts that hold the role."""
    shown = sa.select(account.c.id, account.c.roles, account.c.group_roles)
    rows = tx.execute(shown.where(account.c.active.is_(True)))
    return [row.id for row in rows if Role.OPERATOR.value in (*row.roles, *row.group_roles)]
