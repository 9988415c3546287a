"""Which requests were carried out under which key, so that one that is sent again is not carried out again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.store.database import Tx, new_rows
from plugin.store.tables import idempotency_key

_c = idempotency_key.c


@dataclass(frozen=True)
class Kept:
    """``answer`` None: the first request is still at work, or was cut off."""

    id: int
    request_hash: str
    answer: str | None


def begin(
    tx: Tx, now: datetime, since: datetime, *, account_id: int, key_hash: str, request_hash: str
) -> tuple[int, Kept | None]:
    """The row of the key, and what is kept under it when it was there already; rows older than ``since`` are none."""
    mine = sa.and_(_c.account_id == account_id, _c.key_hash == key_hash)
    tx.execute(idempotency_key.delete().where(mine, _c.began_at <= since))
    values = {"account_id": account_id, "key_hash": key_hash, "request_hash": request_hash, "began_at": now}
    added = new_rows(tx, idempotency_key, ["account_id", "key_hash"]).values(values).returning(_c.id)
    made = tx.execute(added).scalar()
    if made is not None:
        return int(made), None
    row = tx.execute(sa.select(_c.id, _c.request_hash, _c.answer).where(mine)).one()
    return row.id, Kept(*row)


def finish(tx: Tx, row_id: int, answer: str) -> None:
    tx.execute(idempotency_key.update().where(_c.id == row_id).values(answer=answer))


def release(tx: Tx, row_id: int) -> None:
    """Nothing was carried out: the key is free again."""
    tx.execute(idempotency_key.delete().where(_c.id == row_id, _c.answer.is_(None)))


def prune(tx: Tx, since: datetime) -> int:
    return tx.execute(idempotency_key.delete().where(_c.began_at <= since)).rowcount


def all_sealed(tx: Tx) -> list[tuple[int, str]]:
    """(id, ciphertext) of every kept answer, for a rotation of keys."""
    rows = tx.execute(sa.select(_c.id, _c.answer).where(_c.answer.is_not(None)))
    return [(row.id, row.answer) for row in rows]


def reseal(tx: Tx, row_id: int, answer: str) -> None:
    tx.execute(idempotency_key.update().where(_c.id == row_id).values(answer=answer))
