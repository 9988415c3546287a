"""Counts and newest rows over all tables, for the overview, the metrics and a connection's history: reading only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import BadgeVerdict, ConnectionState, InboxState, JsonObject, RunState, Trust
from plugin.store.column_types import Word
from plugin.store.database import Tx
from plugin.store.people import api_tokens
from plugin.store.people.api_tokens import ApiToken
from plugin.store.sources.runs import QUEUE, Run
from plugin.store.tables import account, api_token, badge_award, connection, inbox, issuer, run

FINISHED_WELL = (RunState.SUCCEEDED, RunState.PARTIAL)


def newest_runs(tx: Tx, connection_ids: Sequence[int]) -> dict[int, Run]:
    """The run that was asked for last, by connection."""
    newest = sa.select(sa.func.max(run.c.id)).where(run.c.connection_id.in_(connection_ids))
    return _by_connection(tx, newest.group_by(run.c.connection_id))


def last_finished(tx: Tx, connection_ids: Sequence[int]) -> dict[int, Run]:
    """The newest run that ended, by connection."""
    ended = sa.and_(run.c.connection_id.in_(connection_ids), run.c.finished_at.is_not(None))
    newest = sa.select(sa.func.max(run.c.id)).where(ended).group_by(run.c.connection_id)
    return _by_connection(tx, newest)


def _by_connection(tx: Tx, ids: sa.Select[tuple[int]]) -> dict[int, Run]:
    query = sa.select(*QUEUE.columns).where(run.c.id.in_(ids))
    return {one.connection_id: one for one in map(QUEUE.of, tx.execute(query))}


def last_successes(tx: Tx, connection_ids: Sequence[int]) -> dict[int, datetime]:
    """When a run last ended in full or in part, by connection."""
    query = sa.select(run.c.connection_id, sa.func.max(run.c.finished_at).label("at"))
    mine = sa.and_(run.c.connection_id.in_(connection_ids), run.c.state.in_(FINISHED_WELL))
    return {row.connection_id: row.at for row in tx.execute(query.where(mine).group_by(run.c.connection_id))}


def last_arrivals(tx: Tx, connection_ids: Sequence[int]) -> dict[int, datetime]:
    """When the newest record came in, by connection."""
    query = sa.select(inbox.c.connection_id, sa.func.max(inbox.c.received_at).label("at"))
    mine = query.where(inbox.c.connection_id.in_(connection_ids)).group_by(inbox.c.connection_id)
    return {row.connection_id: row.at for row in tx.execute(mine)}


def inbox_states(tx: Tx, connection_ids: Sequence[int] | None = None) -> dict[int, dict[InboxState, int]]:
    """Connection -> state -> number of records; of all connections without ids."""
    query = sa.select(inbox.c.connection_id, inbox.c.state, sa.func.count().label("n"))
    if connection_ids is not None:
        query = query.where(inbox.c.connection_id.in_(connection_ids))
    found: dict[int, dict[InboxState, int]] = {}
    for row in tx.execute(query.group_by(inbox.c.connection_id, inbox.c.state)):
        found.setdefault(row.connection_id, {})[row.state] = row.n
    return found


@dataclass(frozen=True)
class RunMark:
    """What a strip of runs needs of one run."""

    at: datetime
    state: RunState
    counts: JsonObject
    code: str | None


def run_marks(tx: Tx, connection_id: int, since: datetime) -> list[RunMark]:
    """Runs of a connection that were asked for since then, oldest first."""
    query = sa.select(run.c.requested_at, run.c.state, run.c.counts, run.c.code)
    mine = sa.and_(run.c.connection_id == connection_id, run.c.requested_at >= since)
    return [RunMark(*row) for row in tx.execute(query.where(mine).order_by(run.c.id))]


def _states(tx: Tx, column: sa.Column[Word]) -> dict[Word, int]:
    query = sa.select(column.label("state"), sa.func.count().label("n")).group_by(column)
    return {row.state: row.n for row in tx.execute(query)}


def issuer_trusts(tx: Tx) -> dict[Trust, int]:
    return _states(tx, issuer.c.trust)


def connection_states(tx: Tx) -> dict[ConnectionState, int]:
    return _states(tx, connection.c.state)


def badge_states(tx: Tx) -> dict[tuple[BadgeVerdict, Trust], int]:
    """(verdict, trust) -> number of badges."""
    query = sa.select(badge_award.c.verdict, badge_award.c.trust, sa.func.count().label("n"))
    grouped = query.group_by(badge_award.c.verdict, badge_award.c.trust)
    return {(row.verdict, row.trust): row.n for row in tx.execute(grouped)}


@dataclass(frozen=True)
class OwnedToken:
    """A token with the address of its account."""

    token: ApiToken
    email: str


def tokens(tx: Tx, *, before: int | None = None, limit: int = 50) -> list[OwnedToken]:
    """Tokens of all accounts, newest first."""
    query = sa.select(*api_tokens.SHOWN, account.c.email).join(
        account, account.c.id == api_token.c.account_id
    )
    if before is not None:
        query = query.where(api_token.c.id < before)
    rows = tx.execute(query.order_by(api_token.c.id.desc()).limit(limit)).mappings()
    return [OwnedToken(api_tokens.made(row), row["email"]) for row in rows]
