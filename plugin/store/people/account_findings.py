"""What an identity provider sent that was not taken, one row for each account or group and kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import AccountFinding
from plugin.store.database import Tx, insert_new
from plugin.store.tables import account_finding


@dataclass(frozen=True)
class Found:
    """``subject`` is ``account:ID`` or ``account_group:ID``; ``sent`` is what came, shortened."""

    id: int
    subject: str
    kind: AccountFinding
    sent: str
    first_at: datetime
    last_at: datetime


_SHOWN = [account_finding.c[name] for name in Found.__dataclass_fields__]


def put(tx: Tx, at: datetime, subject: str, kind: AccountFinding, sent: str) -> bool:
    """True when it is new; a repeated one keeps its first day."""
    values = {"sent": sent[:300], "last_at": at}
    row = {**values, "subject": subject, "kind": kind, "first_at": at}
    if insert_new(tx, account_finding, [row], ["subject", "kind"]):
        return True
    tx.execute(account_finding.update().where(_mine(subject, kind)).values(values))
    return False


def _mine(subject: str, kind: AccountFinding) -> sa.ColumnElement[bool]:
    return sa.and_(account_finding.c.subject == subject, account_finding.c.kind == kind)


def settle(tx: Tx, subject: str, kind: AccountFinding | None = None) -> None:
    """It is in order now; without ``kind``, all about the subject."""
    mine = account_finding.c.subject == subject if kind is None else _mine(subject, kind)
    tx.execute(account_finding.delete().where(mine))


def page(tx: Tx, *, after: int = 0, limit: int = 50) -> list[Found]:
    """In the order of ids."""
    query = sa.select(*_SHOWN).where(account_finding.c.id > after).order_by(account_finding.c.id)
    return [Found(*row) for row in tx.execute(query.limit(limit))]
