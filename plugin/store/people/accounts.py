"""Local accounts: who may sign in, with which roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

import sqlalchemy as sa

from plugin.domain import Role
from plugin.errors import InvalidInput, NotFound
from plugin.store.database import Tx, insert
from plugin.store.tables import account
from plugin.texts import _


@dataclass(frozen=True)
class Account:
    """``password_hash`` is never shown: its repr is left out."""

    id: int
    email: str
    display_name: str
    roles: frozenset[Role]
    person_id: int | None
    active: bool
    session_epoch: int
    failed_sign_ins: int
    locked_until: datetime | None


_SHOWN = (
    account.c.id,
    account.c.email,
    account.c.display_name,
    account.c.roles,
    account.c.person_id,
    account.c.active,
    account.c.session_epoch,
    account.c.failed_sign_ins,
    account.c.locked_until,
)


def _made(row: sa.RowMapping) -> Account:
    return Account(**{**row, "roles": frozenset(Role(word) for word in row["roles"])})


def add(
    tx: Tx, at: datetime, email: str, display_name: str, password_hash: str | None, roles: frozenset[Role]
) -> int:
    """InvalidInput when the address is taken."""
    if tx.execute(sa.select(account.c.id).where(account.c.email == email)).first():
        raise InvalidInput(
            _("an account for %(email)s already exists", email=email),
            fields={"email": _("is already in use")},
        )
    values = {
        "email": email,
        "display_name": display_name,
        "password_hash": password_hash,
        "roles": sorted(roles),
        "active": True,
    }
    return insert(tx, account, **values, created_at=at, session_epoch=0, failed_sign_ins=0)


def by_email(tx: Tx, email: str) -> tuple[Account, str | None] | None:
    """The account with its password hash, None when there is none (the caller answers the same either way)."""
    row = tx.execute(sa.select(account.c.id, account.c.password_hash).where(account.c.email == email)).first()
    if row is None:
        return None
    return get(tx, row.id), row.password_hash


def get(tx: Tx, account_id: int) -> Account:
    row = tx.execute(sa.select(*_SHOWN).where(account.c.id == account_id)).mappings().first()
    if row is None:
        raise NotFound(_("the account doesn't exist"))
    return _made(row)


def page(tx: Tx, *, after: int = 0, limit: int = 50) -> list[Account]:
    query = sa.select(*_SHOWN).where(account.c.id > after).order_by(account.c.id).limit(limit)
    return [_made(row) for row in tx.execute(query).mappings()]


class AccountChange(TypedDict, total=False):
    """Columns that a change may set."""

    roles: list[str]
    person_id: int | None
    active: bool
    password_hash: str
    failed_sign_ins: int
    locked_until: datetime | None


def change(tx: Tx, account_id: int, **values: Unpack[AccountChange]) -> None:
    if tx.execute(account.update().where(account.c.id == account_id).values(**values)).rowcount != 1:
        raise NotFound(_("the account doesn't exist"))


def end_sessions(tx: Tx, account_id: int) -> None:
    """Every session of the account stops at its next request."""
    later = (
        account.update().where(account.c.id == account_id).values(session_epoch=account.c.session_epoch + 1)
    )
    if tx.execute(later).rowcount != 1:
        raise NotFound(_("the account doesn't exist"))


def operators(tx: Tx) -> list[int]:
    """Ids of the active accounts that hold the role."""
    rows = tx.execute(sa.select(account.c.id, account.c.roles).where(account.c.active.is_(True)))
    return [row.id for row in rows if Role.OPERATOR.value in row.roles]
