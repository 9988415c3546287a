"""Pay policies as they were added: by whom, when, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.errors import NotFound
from plugin.store.database import Tx
from plugin.store.tables import policy


@dataclass(frozen=True)
class Entry:
    """A policy without its document. ``added_by`` None: nobody was named."""

    id: int
    name: str
    hash: str
    added_at: datetime
    added_by: str | None


COLUMNS = (policy.c.id, policy.c.name, policy.c.hash, policy.c.created_at, policy.c.created_by)


def get(tx: Tx, policy_id: int) -> Entry:
    """NotFound when there is none."""
    row = tx.execute(sa.select(*COLUMNS).where(policy.c.id == policy_id)).first()
    if row is None:
        raise NotFound("no such policy")
    return Entry(*row)


def newest_first(tx: Tx, *, skipped: int = 0, limit: int | None = None) -> list[Entry]:
    """All, or ``limit`` of them behind the first ``skipped``."""
    query = sa.select(*COLUMNS).order_by(policy.c.id.desc()).offset(skipped).limit(limit)
    return [Entry(*row) for row in tx.execute(query)]


def number(tx: Tx) -> int:
    return tx.execute(sa.select(sa.func.count()).select_from(policy)).scalar_one()


def of_hash(tx: Tx, content_hash: str) -> int | None:
    """The id of the policy with this content; None when it is new."""
    return tx.execute(sa.select(policy.c.id).where(policy.c.hash == content_hash)).scalar()
