"""Accounts as an identity provider sees them: all but its own kind and those that it has deleted."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

import sqlalchemy as sa

from plugin.domain import JsonObject, Role
from plugin.errors import NotFound
from plugin.store.batches import parts
from plugin.store.column_types import Json
from plugin.store.database import Tx, insert
from plugin.store.tables import account, account_group, account_group_member
from plugin.texts import _

_LOCK = 7_201_956  # one change by an identity provider at a time on PostgreSQL
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
Condition = tuple[str, str, object]
"""A column, a word of ``COMPARED`` and a value."""


@dataclass(frozen=True)
class Provisioned:
    """``document`` is None for an account that no identity provider has written yet."""

    id: int
    email: str
    user_name: str | None
    display_name: str
    external_id: str | None
    document: JsonObject | None
    active: bool
    person_id: int | None
    version: int
    created_at: datetime
    changed_at: datetime | None


_SHOWN = [account.c[name] for name in Provisioned.__dataclass_fields__]
_SEEN = sa.and_(account.c.deleted_at.is_(None), account.c.roles != sa.literal([Role.SCIM.value], Json))


def queue(tx: Tx) -> None:
    """Waits until no other identity provider's change is under way; SQLite has one writer anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def get(tx: Tx, account_id: int) -> Provisioned:
    row = tx.execute(sa.select(*_SHOWN).where(_SEEN, account.c.id == account_id)).first()
    if row is None:
        raise NotFound(_("the account doesn't exist"))
    return Provisioned(*row)


def page(
    tx: Tx, conditions: Sequence[Condition], *, offset: int = 0, limit: int | None = None
) -> list[Provisioned]:
    """Those for which all conditions hold, in the order of ids."""
    query = sa.select(*_SHOWN).where(_SEEN, *compared(account, conditions))
    return [Provisioned(*row) for row in tx.execute(query.order_by(account.c.id).offset(offset).limit(limit))]


def count(tx: Tx, conditions: Sequence[Condition]) -> int:
    query = sa.select(sa.func.count()).select_from(account).where(_SEEN, *compared(account, conditions))
    return tx.execute(query).scalar_one()


def compared(table: sa.Table, conditions: Sequence[Condition]) -> list[sa.ColumnElement[bool]]:
    return [COMPARED[word](table.c[column], value) for column, word, value in conditions]


def visible(tx: Tx, account_ids: Collection[int]) -> set[int]:
    """Those of them that can be seen."""
    found: set[int] = set()
    for part in parts(account_ids):
        query = sa.select(account.c.id).where(_SEEN, account.c.id.in_(part))
        found.update(tx.execute(query).scalars())
    return found


def groups(tx: Tx, account_ids: Collection[int]) -> dict[int, list[tuple[int, str, Role | None]]]:
    """(id, name, role as an operator said it) of the groups of each account that has any, in the order of ids."""
    found: dict[int, list[tuple[int, str, Role | None]]] = {}
    for part in parts(account_ids):
        query = (
            sa.select(
                account_group_member.c.account_id,
                account_group.c.id,
                account_group.c.display_name,
                account_group.c.role,
            )
            .join(account_group, account_group.c.id == account_group_member.c.group_id)
            .where(account_group_member.c.account_id.in_(part))
            .order_by(account_group.c.id)
        )
        for row in tx.execute(query):
            found.setdefault(row.account_id, []).append((row.id, row.display_name, row.role))
    return found


def person_holders(tx: Tx, person_id: int) -> list[int]:
    """Ids of the accounts that belong to the person."""
    query = sa.select(account.c.id).where(account.c.person_id == person_id, account.c.deleted_at.is_(None))
    return list(tx.execute(query.order_by(account.c.id)).scalars())


class AccountColumns(TypedDict, total=False):
    """What an identity provider may set of an account."""

    user_name: str | None
    email: str
    display_name: str
    external_id: str | None
    document: JsonObject | None
    active: bool
    group_roles: list[str]


def add(tx: Tx, at: datetime, values: AccountColumns) -> int:
    """Without a password and without a role of its own."""
    empty = {"roles": [], "group_roles": [], "version": 1}
    return insert(tx, account, **{**empty, **values, "created_at": at, "changed_at": at})


def change(tx: Tx, at: datetime, account_ids: Collection[int], values: AccountColumns) -> None:
    """The same columns of each, with a new version."""
    _change(tx, at, account_ids, {**values})


def _change(tx: Tx, at: datetime, account_ids: Collection[int], values: dict[str, Any]) -> None:
    seen = {"version": account.c.version + 1, "changed_at": at}
    for part in parts(account_ids):
        tx.execute(account.update().where(account.c.id.in_(part)).values({**values, **seen}))


def group_roles(tx: Tx, account_ids: Collection[int]) -> dict[int, frozenset[Role]]:
    """What is stored, by id."""
    found: dict[int, frozenset[Role]] = {}
    for part in parts(account_ids):
        query = sa.select(account.c.id, account.c.group_roles).where(account.c.id.in_(part))
        found |= {row.id: frozenset(Role(word) for word in row.group_roles) for row in tx.execute(query)}
    return found


def blank(tx: Tx, at: datetime, account_id: int) -> None:
    """Nothing personal is left of a deleted account; its row stays, so that its id never comes back in an old session."""
    mine = account_group_member.c.account_id == account_id
    inside = account_group.c.id.in_(sa.select(account_group_member.c.group_id).where(mine))
    smaller = {"version": account_group.c.version + 1, "changed_at": at}
    tx.execute(account_group.update().where(inside).values(smaller))
    tx.execute(account_group_member.delete().where(mine))
    gone: dict[str, Any] = {
        "email": f"deleted:{account_id}",
        "display_name": "",
        "user_name": None,
        "external_id": None,
        "document": None,
        "person_id": None,
        "password_hash": None,
        "language": None,
        "roles": [],
        "group_roles": [],
        "active": False,
        "deleted_at": at,
    }
    _change(tx, at, [account_id], gone)
