"""Names of which two people are the holder, with the records that wait for HR's answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import DecisionState, InboxState
from plugin.store.database import Tx
from plugin.store.people.identities import Name
from plugin.store.sources.intake import ITEM, Item
from plugin.store.sources.record_names import UNMATCHED
from plugin.store.tables import decision, identity_question, inbox

_WAITS = sa.and_(inbox.c.id == identity_question.c.inbox_id, inbox.c.state == InboxState.WAITING)


@dataclass(frozen=True)
class Question:
    """One name, the records that wait for it, and the connection of the first."""

    kind: str
    value: str
    records: int
    first_received_at: datetime
    connection_id: int


def page(tx: Tx, *, after: str = "", limit: int = 50) -> list[Question]:
    """In the order of kind and value; ``after`` is ``kind value`` of the last one of the page before."""
    question = identity_question.c
    name = (question.kind + " " + question.value).label("name")
    query = (
        sa.select(
            question.kind,
            question.value,
            sa.func.count().label("records"),
            sa.func.min(inbox.c.received_at).label("first_received_at"),
            sa.func.min(inbox.c.connection_id).label("connection_id"),
        )
        .join(inbox, _WAITS)
        .where(name > after)
        .group_by(question.kind, question.value)
        .order_by(name)
        .limit(limit)
    )
    return [Question(**row) for row in tx.execute(query).mappings()]


def _count() -> sa.Select[int]:
    names = sa.select(identity_question.c.kind, identity_question.c.value).join(inbox, _WAITS).distinct()
    return sa.select(sa.func.count()).select_from(names.subquery())


def count(tx: Tx) -> int:
    """Number of names that are asked for."""
    return tx.execute(_count()).scalar_one()


def counts(tx: Tx) -> tuple[int, int]:
    """Number of records without a known person, and of names that are asked for; one query."""
    unmatched = sa.select(sa.func.count()).select_from(inbox).where(UNMATCHED)
    row = tx.execute(sa.select(unmatched.scalar_subquery(), _count().scalar_subquery())).one()
    return row[0], row[1]


def records(tx: Tx, name: Name) -> list[Item]:
    """What waits for the answer, by day."""
    mine = sa.and_(identity_question.c.kind == name[0], identity_question.c.value == name[1])
    query = sa.select(*ITEM).join(identity_question, _WAITS).where(mine)
    return [Item(*row) for row in tx.execute(query.order_by(inbox.c.day, inbox.c.id))]


def decided_people(tx: Tx, people: Collection[int], since: datetime) -> set[int]:
    """Those of ``people`` whose raise was decided since then."""
    mine = sa.and_(
        decision.c.person_id.in_(people),
        decision.c.decided_at >= since,
        decision.c.state != DecisionState.OPEN,
    )
    return set(tx.execute(sa.select(decision.c.person_id).where(mine)).scalars())
