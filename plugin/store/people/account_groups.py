"""Groups of an identity provider, their members, and the role that each stands for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import Role
from plugin.errors import NotFound
from plugin.store.batches import parts
from plugin.store.database import Tx, insert
from plugin.store.people.provisioned import Condition, compared
from plugin.store.tables import account_group, account_group_member
from plugin.texts import _


@dataclass(frozen=True)
class Group:
    """``role`` as an operator says it."""

    id: int
    display_name: str
    external_id: str | None
    role: Role | None
    version: int
    created_at: datetime
    changed_at: datetime


_SHOWN = [account_group.c[name] for name in Group.__dataclass_fields__]
MEMBER = "member"  # a condition on this name asks for groups with that account in them


def get(tx: Tx, group_id: int) -> Group:
    row = tx.execute(sa.select(*_SHOWN).where(account_group.c.id == group_id)).first()
    if row is None:
        raise NotFound(_("the group doesn't exist"))
    return Group(*row)


def page(
    tx: Tx, conditions: Sequence[Condition], *, offset: int = 0, limit: int | None = None
) -> list[Group]:
    """Those for which all conditions hold, in the order of ids."""
    query = sa.select(*_SHOWN).where(*_rules(conditions)).order_by(account_group.c.id)
    return [Group(*row) for row in tx.execute(query.offset(offset).limit(limit))]


def count(tx: Tx, conditions: Sequence[Condition]) -> int:
    query = sa.select(sa.func.count()).select_from(account_group).where(*_rules(conditions))
    return tx.execute(query).scalar_one()


def _rules(conditions: Sequence[Condition]) -> list[sa.ColumnElement[bool]]:
    members = [value for name, _word, value in conditions if name == MEMBER]
    inside = [
        account_group.c.id.in_(
            sa.select(account_group_member.c.group_id).where(account_group_member.c.account_id == value)
        )
        for value in members
    ]
    return compared(account_group, [one for one in conditions if one[0] != MEMBER]) + inside


def members(tx: Tx, group_ids: Collection[int]) -> dict[int, list[int]]:
    """Account ids of each group that has any, in order."""
    found: dict[int, list[int]] = {}
    for part in parts(group_ids):
        query = sa.select(account_group_member.c.group_id, account_group_member.c.account_id)
        mine = query.where(account_group_member.c.group_id.in_(part))
        for row in tx.execute(mine.order_by(account_group_member.c.account_id)):
            found.setdefault(row.group_id, []).append(row.account_id)
    return found


def add(tx: Tx, at: datetime, display_name: str, external_id: str | None) -> int:
    return insert(
        tx,
        account_group,
        display_name=display_name,
        external_id=external_id,
        version=1,
        created_at=at,
        changed_at=at,
    )


def change(tx: Tx, at: datetime, group_id: int, display_name: str, external_id: str | None) -> None:
    _touch(tx, at, group_id, {"display_name": display_name, "external_id": external_id})


def set_role(tx: Tx, at: datetime, group_id: int, role: Role | None) -> None:
    _touch(tx, at, group_id, {"role": role})


def _touch(tx: Tx, at: datetime, group_id: int, values: dict[str, object]) -> None:
    seen = {"version": account_group.c.version + 1, "changed_at": at}
    tx.execute(account_group.update().where(account_group.c.id == group_id).values({**values, **seen}))


def put_members(tx: Tx, group_id: int, added: Collection[int], removed: Collection[int]) -> None:
    for part in parts(removed):
        mine = account_group_member.c.group_id == group_id
        tx.execute(account_group_member.delete().where(mine, account_group_member.c.account_id.in_(part)))
    rows = [{"group_id": group_id, "account_id": account_id} for account_id in sorted(added)]
    if rows:
        tx.execute(account_group_member.insert(), rows)


def remove(tx: Tx, group_id: int) -> None:
    tx.execute(account_group.delete().where(account_group.c.id == group_id))
