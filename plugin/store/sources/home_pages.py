"""What the names of xAPI accounts are, by home page and connection."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import IdentifierKind, InboxKind, InboxState, NameRule
from plugin.errors import NotFound
from plugin.store.database import Tx, upsert
from plugin.store.tables import home_page_rule, inbox, record_name
from plugin.texts import _

_H = home_page_rule.c


@dataclass(frozen=True)
class HomePageRule:
    """``people_connection_id`` is the HR suite whose ids the names are, where they are such."""

    id: int
    connection_id: int
    home_page: str
    name_is: NameRule
    people_connection_id: int | None


_RULE = [_H[name] for name in HomePageRule.__dataclass_fields__]


def of_connections(tx: Tx, connection_ids: Collection[int]) -> dict[tuple[int, str], HomePageRule]:
    """By connection and home page."""
    rows = tx.execute(sa.select(*_RULE).where(_H.connection_id.in_(connection_ids))).mappings()
    return {(row["connection_id"], row["home_page"]): HomePageRule(**row) for row in rows}


def put(
    tx: Tx, at: datetime, connection_id: int, home: str, name_is: NameRule, suite: int | None, by: str
) -> HomePageRule:
    """Adds or replaces."""
    values = {
        "connection_id": connection_id,
        "home_page": home,
        "name_is": name_is,
        "people_connection_id": suite,
    }
    upsert(
        tx, home_page_rule, [{**values, "decided_by": by, "decided_at": at}], ["connection_id", "home_page"]
    )
    return of_connections(tx, [connection_id])[connection_id, home]


def remove(tx: Tx, connection_id: int, home: str) -> None:
    mine = sa.and_(_H.connection_id == connection_id, _H.home_page == home)
    if tx.execute(home_page_rule.delete().where(mine)).rowcount != 1:
        raise NotFound(_("this home page has no rule"))


@dataclass(frozen=True)
class Seen:
    """A home page that records of a connection name: its records, different names, and how many records have no person."""

    home_page: str
    records: int
    names: int
    waiting: int


def accounts(
    tx: Tx, connection_id: int, home: str | None = None
) -> Iterable[tuple[int, str, InboxState, str | None]]:
    """Inbox id, ``homePage|name``, state and code of each record of the connection that names its person by an account."""
    query = (
        sa.select(record_name.c.inbox_id, record_name.c.value, inbox.c.state, inbox.c.code)
        .join(inbox, inbox.c.id == record_name.c.inbox_id)
        .where(
            record_name.c.kind == IdentifierKind.ACCOUNT.value,
            record_name.c.rule_id.is_(None),
            inbox.c.connection_id == connection_id,
            inbox.c.kind == InboxKind.UPSERT,
        )
        .order_by(record_name.c.value, record_name.c.inbox_id)
    )
    if home is not None:
        query = query.where(record_name.c.value.startswith(f"{home}|", autoescape=True))
    return [(row.inbox_id, row.value, row.state, row.code) for row in tx.execute(query)]


def derive(tx: Tx, connection_id: int, home: str, made: Iterable[tuple[int, str, str]], rule_id: int) -> None:
    """Inbox id, kind and value of the names that a rule makes, in place of those that were made for the home page before."""
    mine = [item for item, _value, _state, _code in accounts(tx, connection_id, home)]
    for start in range(0, len(mine), 500):
        part = mine[start : start + 500]
        tx.execute(
            record_name.delete().where(record_name.c.inbox_id.in_(part), record_name.c.rule_id.is_not(None))
        )
    rows = [
        {"inbox_id": item, "kind": kind, "value": value, "rule_id": rule_id} for item, kind, value in made
    ]
    if rows:
        tx.execute(record_name.insert(), rows)
