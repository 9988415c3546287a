"""Names of which two people are the holder, with the records that wait for HR's answer, and before there are any."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from plugin.domain import DecisionState, IdentifierKind, InboxState
from plugin.store.database import Tx
from plugin.store.people.identities import Name
from plugin.store.sources.intake import ITEM, Item
from plugin.store.sources.record_names import UNMATCHED
from plugin.store.tables import (
    decision,
    identity_question,
    identity_ruling,
    inbox,
    person,
    person_identifier,
)

_WAITS = sa.and_(inbox.c.id == identity_question.c.inbox_id, inbox.c.state == InboxState.WAITING)


_TELLING = (
    IdentifierKind.EMAIL,
    IdentifierKind.EMPLOYEE_NUMBER,
    IdentifierKind.ACCOUNT,
    IdentifierKind.OPENID,
    IdentifierKind.DID,
)


@dataclass(frozen=True)
class Question:
    """One name, the records that wait for it (there need be none yet), and the connection of the first."""

    kind: str
    value: str
    records: int
    first_received_at: datetime
    connection_id: int
    label: str = ""


def page(tx: Tx, on: date, *, after: str = "", limit: int = 50) -> list[Question]:
    """In the order of kind and value; ``after`` is ``kind value`` of the last one of the page before."""
    asked = _asked(on)
    name = (asked.c.kind + " " + asked.c.value).label("name")
    query = (
        sa.select(
            asked.c.kind,
            asked.c.value,
            sa.func.count(asked.c.inbox_id).label("records"),
            sa.func.min(asked.c.at).label("first_received_at"),
            sa.func.min(asked.c.connection_id).label("connection_id"),
        )
        .where(name > after)
        .group_by(asked.c.kind, asked.c.value)
        .order_by(name)
        .limit(limit)
    )
    return [Question(**row) for row in tx.execute(query).mappings()]


def _asked(on: date) -> sa.Subquery:
    """A row per waiting record, and one per name that a suite gives to several people."""
    question = identity_question.c
    waiting = sa.select(
        question.kind,
        question.value,
        question.inbox_id,
        inbox.c.received_at.label("at"),
        inbox.c.connection_id,
    ).join(inbox, _WAITS)
    return sa.union_all(waiting, _shared(on)).subquery()


def _shared(on: date, name: Name | None = None) -> sa.Select[tuple[str, str, int, datetime, int]]:
    """Names that one suite gives to several people for a day that is still to come or today, where HR has not said whose they are."""
    one, other = person_identifier.alias("one"), person_identifier.alias("other")
    who, whom = person.alias("who"), person.alias("whom")
    table = person_identifier.c
    several = sa.select(table.kind, table.value).where(table.kind.in_([kind.value for kind in _TELLING]))
    if name is not None:
        several = several.where(table.kind == name[0], table.value == name[1])
    several = several.group_by(table.kind, table.value).having(
        sa.func.min(table.person_id) < sa.func.max(table.person_id)
    )
    found = several.subquery("several")
    ruled = sa.select(identity_ruling.c.id).where(
        identity_ruling.c.kind == one.c.kind,
        identity_ruling.c.value == one.c.value,
        identity_ruling.c.undone_at.is_(None),
    )
    same = [one.c[part] == other.c[part] for part in ("kind", "value", "source")]
    still = [sa.or_(claim.c.until_on.is_(None), claim.c.until_on >= on) for claim in (one, other)]
    meet = [
        sa.or_(first.c.from_on.is_(None), last.c.until_on.is_(None), first.c.from_on <= last.c.until_on)
        for first, last in ((one, other), (other, one))
    ]
    return (
        sa.select(
            one.c.kind,
            one.c.value,
            sa.type_coerce(sa.null(), inbox.c.id.type).label("inbox_id"),
            one.c.added_at.label("at"),
            who.c.connection_id,
        )
        .join(found, sa.and_(found.c.kind == one.c.kind, found.c.value == one.c.value))
        .join(other, sa.and_(*same, one.c.person_id < other.c.person_id))
        .join(who, who.c.id == one.c.person_id)
        .join(whom, whom.c.id == other.c.person_id)
        .where(
            *still,
            *meet,
            sa.func.coalesce(who.c.merged_into_id, who.c.id)
            != sa.func.coalesce(whom.c.merged_into_id, whom.c.id),
            who.c.connection_id.is_not(None),
            sa.not_(ruled.exists()),
        )
    )


def is_shared(tx: Tx, on: date, name: Name) -> bool:
    """Whether a suite gives the name to several people, and HR has not said whose it is."""
    return tx.execute(_shared(on, name).limit(1)).first() is not None


def _count(on: date) -> sa.Select[int]:
    asked = _asked(on)
    names = sa.select(asked.c.kind, asked.c.value).distinct()
    return sa.select(sa.func.count()).select_from(names.subquery())


def count(tx: Tx, on: date) -> int:
    """Number of names that are asked for."""
    return tx.execute(_count(on)).scalar_one()


def counts(tx: Tx, on: date) -> tuple[int, int]:
    """Number of records without a known person, and of names that are asked for; one query."""
    unmatched = sa.select(sa.func.count()).select_from(inbox).where(UNMATCHED)
    row = tx.execute(sa.select(unmatched.scalar_subquery(), _count(on).scalar_subquery())).one()
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
