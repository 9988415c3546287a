"""Second factors of accounts: sealed secrets of apps that show codes, and hashes of recovery codes; each code is taken once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.store.database import Tx, upsert
from plugin.store.tables import recovery_code, second_factor


@dataclass(frozen=True)
class SecondFactor:
    """``confirmed_at`` is None until the app has shown a right code."""

    account_id: int
    secret_ciphertext: str
    last_step: int
    created_at: datetime
    confirmed_at: datetime | None


def _mine(account_id: int) -> sa.ColumnElement[bool]:
    return second_factor.c.account_id == account_id


def get(tx: Tx, account_id: int) -> SecondFactor | None:
    row = tx.execute(sa.select(second_factor).where(_mine(account_id))).first()
    return SecondFactor(*row) if row else None


def put(tx: Tx, at: datetime, account_id: int, secret_ciphertext: str) -> None:
    """A new secret, not confirmed, in place of any before."""
    row = {
        "account_id": account_id,
        "secret_ciphertext": secret_ciphertext,
        "last_step": 0,
        "created_at": at,
        "confirmed_at": None,
    }
    upsert(tx, second_factor, [row], ["account_id"])


def take(tx: Tx, account_id: int, step: int) -> bool:
    """False when the code of this step, or of a later one, was used before."""
    newer = sa.and_(_mine(account_id), second_factor.c.last_step < step)
    return tx.execute(second_factor.update().where(newer).values(last_step=step)).rowcount == 1


def confirm(tx: Tx, at: datetime, account_id: int) -> None:
    tx.execute(second_factor.update().where(_mine(account_id)).values(confirmed_at=at))


def remove(tx: Tx, account_id: int) -> bool:
    """With its recovery codes; False when there was none."""
    tx.execute(recovery_code.delete().where(recovery_code.c.account_id == account_id))
    return tx.execute(second_factor.delete().where(_mine(account_id))).rowcount == 1


def put_codes(tx: Tx, account_id: int, hashes: Collection[str]) -> None:
    """In place of all before."""
    tx.execute(recovery_code.delete().where(recovery_code.c.account_id == account_id))
    tx.execute(recovery_code.insert(), [{"account_id": account_id, "code_hash": one} for one in hashes])


def take_code(tx: Tx, at: datetime, account_id: int, code_hash: str) -> bool:
    """False for one that there isn't, or that was used before."""
    mine = sa.and_(recovery_code.c.account_id == account_id, recovery_code.c.code_hash == code_hash)
    unused = recovery_code.update().where(mine, recovery_code.c.used_at.is_(None))
    return tx.execute(unused.values(used_at=at)).rowcount == 1


def codes_left(tx: Tx, account_id: int) -> int:
    unused = sa.and_(recovery_code.c.account_id == account_id, recovery_code.c.used_at.is_(None))
    return tx.execute(sa.select(sa.func.count()).select_from(recovery_code).where(unused)).scalar_one()


def all_sealed(tx: Tx) -> list[tuple[int, str]]:
    """Account and ciphertext of every secret."""
    return [
        (row[0], row[1])
        for row in tx.execute(sa.select(second_factor.c.account_id, second_factor.c.secret_ciphertext))
    ]


def reseal(tx: Tx, account_id: int, secret_ciphertext: str) -> None:
    tx.execute(second_factor.update().where(_mine(account_id)).values(secret_ciphertext=secret_ciphertext))
