"""By which names the people of records were searched, so that a record follows when a name changes hands, and who was not found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from plugin.domain import Identifier, IdentifierKind, InboxKind, InboxState, Stream
from plugin.store.batches import parts
from plugin.store.database import Tx
from plugin.store.people.identities import Name
from plugin.store.sources.intake import ITEM, Item
from plugin.store.tables import identity_question, inbox, record_name

SHARED, AMBIGUOUS, UNKNOWN, OUTSIDE = (
    "identity_shared",
    "identity_ambiguous",
    "identity_unknown",
    "identity_outside",
)
"""Why a record has no person: its name is nobody's by HR's word, several people's, nobody's, or nobody's on its day."""


RECORD = "record"
"""The kind under which one record itself is asked about, where its names are different people's: the value is its id."""


def record_itself(item_id: int) -> Name:
    return RECORD, str(item_id)


@dataclass(frozen=True)
class Searched:
    """A name of a record's person; ``rule_id`` is the rule that made it of an account's name."""

    name: Identifier
    rule_id: int | None = None


def put(tx: Tx, named: Mapping[int, tuple[date | None, Sequence[Searched]]]) -> None:
    """Inbox id -> the record's day and names, in place of what was known."""
    for part in parts(list(named)):
        tx.execute(record_name.delete().where(record_name.c.inbox_id.in_(part)))
    rows = [
        {"inbox_id": item, "kind": one.name.kind.value, "value": one.name.value, "rule_id": one.rule_id}
        for item, (_day, names) in named.items()
        for one in names
    ]
    if rows:
        tx.execute(record_name.insert(), rows)
    if named:
        statement = inbox.update().where(inbox.c.id == sa.bindparam("row")).values(day=sa.bindparam("on"))
        tx.execute(statement, [{"row": item, "on": day} for item, (day, _names) in named.items()])


_OPEN = sa.and_(
    inbox.c.kind == InboxKind.UPSERT,
    sa.or_(
        inbox.c.state.in_((InboxState.APPLIED, InboxState.WAITING)),
        sa.and_(inbox.c.state == InboxState.REJECTED, inbox.c.code == SHARED),
    ),
)
"""Records that could be another's."""


def items_named(tx: Tx, names: Iterable[Name]) -> list[Item]:
    """Records that were searched under one of the names, by id."""
    found: dict[int, Item] = {}
    wanted = sorted(set(names))
    for kind in sorted({kind for kind, _value in wanted}):
        for part in parts([value for one, value in wanted if one == kind]):
            named = sa.select(record_name.c.inbox_id).where(
                record_name.c.kind == kind, record_name.c.value.in_(part)
            )
            mine = inbox.c.id.in_([int(one) for one in part] if kind == RECORD else named)
            rows = tx.execute(sa.select(*ITEM).where(_OPEN, mine))
            found |= {row.id: Item(*row) for row in rows}
    return [found[one] for one in sorted(found)]


def of_items(tx: Tx, item_ids: Collection[int]) -> dict[int, list[Searched]]:
    """By inbox id."""
    found: dict[int, list[Searched]] = defaultdict(list)
    columns = (record_name.c.inbox_id, record_name.c.kind, record_name.c.value, record_name.c.rule_id)
    for part in parts(item_ids):
        query = sa.select(*columns).where(record_name.c.inbox_id.in_(part)).order_by(record_name.c.id)
        for row in tx.execute(query):
            found[row.inbox_id].append(Searched(Identifier(IdentifierKind(row.kind), row.value), row.rule_id))
    return found


def labels(tx: Tx, names: Iterable[Name]) -> dict[Name, str]:
    """How people read them: a record itself by the names in it, any other as it is."""
    wanted = list(names)
    known = of_items(tx, [int(value) for kind, value in wanted if kind == RECORD])
    told = {
        record_itself(item): dict.fromkeys(one.name.value for one in mine) for item, mine in known.items()
    }
    return {name: " / ".join(told[name]) if name in told else name[1] for name in wanted}


def unnamed(tx: Tx, connection_id: int, *, after: int, limit: int) -> list[Item]:
    """Records that were applied before names were kept, by id."""
    known = sa.select(record_name.c.id).where(record_name.c.inbox_id == inbox.c.id)
    query = sa.select(*ITEM).where(
        inbox.c.connection_id == connection_id,
        inbox.c.state == InboxState.APPLIED,
        inbox.c.kind == InboxKind.UPSERT,
        inbox.c.stream.not_in((Stream.PEOPLE.value, Stream.PAY_RANGES.value)),
        inbox.c.id > after,
        sa.not_(known.exists()),
    )
    return [Item(*row) for row in tx.execute(query.order_by(inbox.c.id).limit(limit))]


def release(tx: Tx, item_ids: Collection[int]) -> int:
    """These become pending again, as nobody's; their number."""
    for part in parts(item_ids):
        tx.execute(
            inbox.update()
            .where(inbox.c.id.in_(part))
            .values(state=InboxState.PENDING, person_id=None, code=None)
        )
    return len(item_ids)


def ask(tx: Tx, asked: Mapping[int, Name]) -> None:
    """Under which name HR is asked whose a record is; by inbox id."""
    for part in parts(list(asked)):
        tx.execute(identity_question.delete().where(identity_question.c.inbox_id.in_(part)))
    if asked:
        rows = [{"inbox_id": item, "kind": kind, "value": value} for item, (kind, value) in asked.items()]
        tx.execute(identity_question.insert(), rows)


UNMATCHED = sa.and_(
    inbox.c.state == InboxState.WAITING,
    sa.or_(inbox.c.code.is_(None), inbox.c.code != AMBIGUOUS),
)


@dataclass(frozen=True)
class Unmatched:
    """One unknown name and how much waits for it."""

    kind: str
    value: str
    records: int
    first_received_at: datetime
    connection_id: int


def unmatched(tx: Tx, *, after: str = "", limit: int = 50) -> list[Unmatched]:
    """Unknown names in the order of kind and value; ``after`` is ``kind value`` of the last one of the page before."""
    name = (record_name.c.kind + " " + record_name.c.value).label("name")
    first = sa.func.min(inbox.c.received_at).label("first_received_at")
    chosen = sa.select(record_name.c.kind, record_name.c.value, sa.func.count().label("records"), first)
    chosen = chosen.add_columns(sa.func.min(inbox.c.connection_id).label("connection_id"))
    chosen = chosen.join(inbox, inbox.c.id == record_name.c.inbox_id).where(
        UNMATCHED, record_name.c.rule_id.is_(None), name > after
    )
    chosen = chosen.group_by(record_name.c.kind, record_name.c.value).order_by(name).limit(limit)
    return [Unmatched(**row) for row in tx.execute(chosen).mappings()]


def unmatched_count(tx: Tx) -> int:
    return tx.execute(sa.select(sa.func.count()).select_from(inbox).where(UNMATCHED)).scalar_one()
