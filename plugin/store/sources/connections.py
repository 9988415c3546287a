"""Connections set up by an admin, their sealed secrets and their cursors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

import sqlalchemy as sa

from plugin.domain import ConnectionState, JsonObject, Stream
from plugin.errors import Conflict, NotFound, Unfit
from plugin.store.batches import parts
from plugin.store.database import Tx, insert, upsert
from plugin.store.tables import connection, connection_secret, stream_cursor
from plugin.texts import _


@dataclass(frozen=True)
class Connection:
    """``settings`` holds no secret; ``sinks`` are the writes that the admin switched on."""

    id: int
    connector: str
    name: str
    settings: JsonObject
    sinks: list[str]
    every_minutes: int | None
    state: ConnectionState
    hook_token: str
    version: int
    created_at: datetime
    updated_at: datetime


def add(tx: Tx, at: datetime, *, connector: str, name: str, settings: JsonObject, hook_token: str) -> int:
    """Unfit when the name is taken."""
    if tx.execute(sa.select(connection.c.id).where(connection.c.name == name)).first():
        raise Unfit(
            _("a connection named “%(name)s” already exists", name=name),
            code="taken",
            fields={"name": _("is already in use")},
        )
    times = {"created_at": at, "updated_at": at}
    values = {
        "connector": connector,
        "name": name,
        "settings": settings,
        "hook_token": hook_token,
        "sinks": [],
        "version": 1,
    }
    return insert(tx, connection, **values, state=ConnectionState.ACTIVE, **times)


def get(tx: Tx, connection_id: int) -> Connection:
    row = tx.execute(sa.select(connection).where(connection.c.id == connection_id)).mappings().first()
    if row is None:
        raise NotFound(_("connection %(connection_id)s doesn't exist", connection_id=connection_id))
    return Connection(**row)


def by_name(tx: Tx, name: str) -> Connection:
    row = tx.execute(sa.select(connection).where(connection.c.name == name)).mappings().first()
    if row is None:
        raise NotFound(
            _("a connection named “%(name)s” doesn't exist", name=name),
            remedy=_("raise-advisor connector list shows all connections"),
        )
    return Connection(**row)


def by_hook_token(tx: Tx, token: str) -> Connection | None:
    row = tx.execute(sa.select(connection).where(connection.c.hook_token == token)).mappings().first()
    return Connection(**row) if row else None


def page(tx: Tx, *, after: int = 0, limit: int = 50) -> list[Connection]:
    query = sa.select(connection).where(connection.c.id > after).order_by(connection.c.id).limit(limit)
    return [Connection(**row) for row in tx.execute(query).mappings()]


def writers(tx: Tx, sink: str) -> list[Connection]:
    """Active connections with this sink switched on."""
    query = (
        sa.select(connection).where(connection.c.state == ConnectionState.ACTIVE).order_by(connection.c.id)
    )
    return [found for row in tx.execute(query).mappings() if sink in (found := Connection(**row)).sinks]


class ConnectionChange(TypedDict, total=False):
    """Columns that a change may set."""

    name: str
    settings: JsonObject
    sinks: list[str]
    every_minutes: int | None
    state: ConnectionState
    hook_token: str


def change(
    tx: Tx, at: datetime, connection_id: int, version: int, **values: Unpack[ConnectionChange]
) -> None:
    """Conflict when somebody changed the connection since ``version`` was read; Unfit when its new name is taken."""
    same_name = sa.and_(connection.c.name == values.get("name"), connection.c.id != connection_id)
    if "name" in values and tx.execute(sa.select(connection.c.id).where(same_name)).first():
        raise Unfit(
            _("a connection named “%(values)s” already exists", values=values["name"]),
            code="taken",
            fields={"name": _("is already in use")},
        )
    matching = sa.and_(connection.c.id == connection_id, connection.c.version == version)
    if (
        tx.execute(
            connection.update().where(matching).values(**values, version=version + 1, updated_at=at)
        ).rowcount
        != 1
    ):
        get(tx, connection_id)
        raise Conflict(
            _("another person has changed the connection"),
            remedy=_("reload the page and make your change again"),
        )


def remove(tx: Tx, connection_id: int) -> None:
    tx.execute(connection.delete().where(connection.c.id == connection_id))


def put_secrets(tx: Tx, at: datetime, connection_id: int, sealed: Mapping[str, str]) -> None:
    rows = [
        {"connection_id": connection_id, "name": name, "ciphertext": text, "changed_at": at}
        for name, text in sealed.items()
    ]
    upsert(tx, connection_secret, rows, ["connection_id", "name"])


def sealed_secrets(tx: Tx, connection_id: int) -> dict[str, str]:
    query = sa.select(connection_secret.c.name, connection_secret.c.ciphertext)
    return {
        row.name: row.ciphertext
        for row in tx.execute(query.where(connection_secret.c.connection_id == connection_id))
    }


def names_of_secrets(tx: Tx, connection_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Which secrets each has; who has none is absent."""
    found: dict[int, tuple[str, ...]] = {}
    query = sa.select(connection_secret.c.connection_id, connection_secret.c.name)
    for part in parts(connection_ids):
        mine = query.where(connection_secret.c.connection_id.in_(part)).order_by(connection_secret.c.name)
        for row in tx.execute(mine):
            found[row.connection_id] = (*found.get(row.connection_id, ()), row.name)
    return found


def all_sealed(tx: Tx) -> list[tuple[int, str]]:
    """(id, ciphertext) of every stored connection secret, for a rotation of keys."""
    return [
        (row.id, row.ciphertext)
        for row in tx.execute(sa.select(connection_secret.c.id, connection_secret.c.ciphertext))
    ]


def reseal(tx: Tx, secret_id: int, ciphertext: str) -> None:
    tx.execute(
        connection_secret.update().where(connection_secret.c.id == secret_id).values(ciphertext=ciphertext)
    )


def cursors(tx: Tx, connection_id: int, stream: Stream) -> dict[str, str | None]:
    """Cursor by slice key."""
    matching = sa.and_(stream_cursor.c.connection_id == connection_id, stream_cursor.c.stream == stream.value)
    return {row.slice_key: row.cursor for row in tx.execute(sa.select(stream_cursor).where(matching))}


def put_cursor(
    tx: Tx, at: datetime, connection_id: int, stream: Stream, slice_key: str, cursor: str | None
) -> None:
    row = {
        "connection_id": connection_id,
        "stream": stream.value,
        "slice_key": slice_key,
        "cursor": cursor,
        "updated_at": at,
    }
    upsert(tx, stream_cursor, [row], ["connection_id", "stream", "slice_key"])


def forget_cursors(tx: Tx, connection_id: int) -> None:
    """The next run reads everything again; nothing is stored twice because content hashes tell."""
    tx.execute(stream_cursor.delete().where(stream_cursor.c.connection_id == connection_id))
