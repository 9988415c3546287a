"""Browsers that are signed in: a session lasts as long as its row, and only a hash of its key is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.store.database import Tx, insert
from plugin.store.tables import web_session


@dataclass(frozen=True)
class WebSession:
    """``address`` and ``agent`` as the browser was at the sign-in; ``seen_at`` is the last use, to the minute."""

    id: int
    account_id: int
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    factor_at: datetime | None  # when its second factor was proved


SHOWN = [web_session.c[name] for name in WebSession.__dataclass_fields__]


def add(tx: Tx, at: datetime, *, account_id: int, token_hash: str, address: str, agent: str) -> int:
    return insert(
        tx,
        web_session,
        account_id=account_id,
        token_hash=token_hash,
        address=address[:45],
        agent=agent[:200],
        created_at=at,
        seen_at=at,
    )


def prove(tx: Tx, at: datetime, session_id: int, token_hash: str) -> None:
    """Its second factor was proved: from now on another key opens it."""
    mine = web_session.update().where(web_session.c.id == session_id)
    tx.execute(mine.values(factor_at=at, token_hash=token_hash))


def seen(tx: Tx, at: datetime, session_id: int) -> None:
    """Nothing happens to a session that has ended meanwhile."""
    tx.execute(web_session.update().where(web_session.c.id == session_id).values(seen_at=at))


def page(tx: Tx, account_id: int) -> list[WebSession]:
    """The newest use first."""
    mine = sa.select(*SHOWN).where(web_session.c.account_id == account_id)
    newest_first = (web_session.c.seen_at.desc(), web_session.c.id.desc())
    return [WebSession(**row) for row in tx.execute(mine.order_by(*newest_first)).mappings()]


def end(tx: Tx, account_id: int, session_id: int) -> bool:
    """False when the account has no such session."""
    mine = sa.and_(web_session.c.account_id == account_id, web_session.c.id == session_id)
    return tx.execute(web_session.delete().where(mine)).rowcount == 1


def end_all(tx: Tx, account_id: int, *, but: int | None = None) -> int:
    """All of the account, or all others; their number."""
    mine = web_session.c.account_id == account_id
    if but is not None:
        mine = sa.and_(mine, web_session.c.id != but)
    return tx.execute(web_session.delete().where(mine)).rowcount


def prune(tx: Tx, *, unseen_since: datetime, made_before: datetime) -> int:
    """Deletes those that have run out."""
    gone = sa.or_(web_session.c.seen_at <= unseen_since, web_session.c.created_at <= made_before)
    return tx.execute(web_session.delete().where(gone)).rowcount
