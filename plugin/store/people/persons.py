"""People, the names by which the outside knows them, and who reports to whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from plugin.domain import Identifier, PersonRecord
from plugin.domain.holders import holders
from plugin.errors import NotFound
from plugin.store import fitting
from plugin.store.batches import parts
from plugin.store.database import Tx, upsert
from plugin.store.people import identities
from plugin.store.people.identities import Name
from plugin.store.tables import person, person_identifier
from plugin.texts import _


@dataclass(frozen=True)
class Person:
    id: int
    connection_id: int | None
    source_id: str
    display_name: str
    employee_number: str | None
    manager_id: int | None
    job_title: str | None
    job_family: str | None
    level: str | None
    org_unit: str | None
    country: str | None
    hired_on: date | None
    left_on: date | None
    fte: Decimal


_PERSON = [person.c[name] for name in Person.__dataclass_fields__]


def misfit(record: PersonRecord, at: datetime) -> str | None:
    """Why the person cannot be stored; None when it can."""
    named = identities.names_of(record, 0).items()
    rows = (identities.row_of(0, name, spelling, (None, None), "", at) for name, spelling in named)
    wrong = next((text for row in rows if (text := fitting.misfit(person_identifier, row))), None)
    return fitting.misfit(person, _row(record, at, 0)) or wrong


def put(
    tx: Tx, at: datetime, connection_id: int, records: Sequence[PersonRecord]
) -> tuple[dict[str, int], set[Name]]:
    """Adds or renews people of one HR suite, with their names: person id by source id, and the names that changed.
    Duplicated source ids: the last counts."""
    latest = {record.source_id: record for record in records}
    upsert(
        tx,
        person,
        [_row(record, at, connection_id) for record in latest.values()],
        ["connection_id", "source_id"],
    )
    ids = _ids(tx, connection_id, list(latest))
    return ids, identities.renew(tx, at, connection_id, latest.values(), ids)


def _row(record: PersonRecord, at: datetime, connection_id: int) -> dict[str, object]:
    copied = [
        "source_id",
        "display_name",
        "employee_number",
        "manager_source_id",
        "job_title",
        "job_family",
        "level",
    ]
    copied += ["org_unit", "country", "hired_on", "left_on", "fte"]
    return {name: getattr(record, name) for name in copied} | {
        "connection_id": connection_id,
        "updated_at": at,
    }


def _ids(tx: Tx, connection_id: int, source_ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(source_ids), 500):
        mine = sa.and_(
            person.c.connection_id == connection_id, person.c.source_id.in_(source_ids[start : start + 500])
        )
        found |= {
            row.source_id: row.id
            for row in tx.execute(sa.select(person.c.id, person.c.source_id).where(mine))
        }
    return found


def rename(tx: Tx, at: datetime, connection_id: int, old: str, new: str) -> set[Name]:
    """The suite calls a person by another id: the old one stays a name of theirs, and whoever reports to them follows.
    The names that changed."""
    mine = sa.and_(person.c.connection_id == connection_id, person.c.source_id == old)
    found = tx.execute(sa.select(person.c.id).where(mine)).scalar()
    if found is None or _ids(tx, connection_id, [new]):
        return set()
    tx.execute(person.update().where(person.c.id == found).values(source_id=new))
    reports = sa.and_(person.c.connection_id == connection_id, person.c.manager_source_id == old)
    tx.execute(person.update().where(reports).values(manager_source_id=new))
    name = identities.suite_identifier(connection_id, new)
    return identities.add(tx, at, found, name, (None, None), identities.source_of(connection_id))


def match(tx: Tx, names: Iterable[Identifier], on: date) -> dict[Identifier, int]:
    """Person id by name, for the names that one person holds on the day."""
    wanted = {(name.kind.value, name.value): name for name in names}
    found = identities.claims(tx, wanted)
    held = {wanted[key]: holders(mine, on) for key, mine in found.items()}
    return {name: next(iter(who)) for name, who in held.items() if len(who) == 1}


def get(tx: Tx, person_id: int) -> Person:
    row = tx.execute(sa.select(*_PERSON).where(person.c.id == person_id)).mappings().first()
    if row is None:
        raise NotFound(_("the employee doesn't exist"))
    return Person(**row)


def by_ids(tx: Tx, person_ids: Collection[int]) -> dict[int, Person]:
    """By id; who is not there is absent."""
    query = sa.select(*_PERSON)
    rows = (row for part in parts(person_ids) for row in tx.execute(query.where(person.c.id.in_(part))))
    return {row.id: Person(*row) for row in rows}


def all_ids(tx: Tx) -> list[int]:
    """Of everybody, also of who has left."""
    return list(tx.execute(sa.select(person.c.id).order_by(person.c.id)).scalars())


def display_names(tx: Tx, person_ids: Collection[int]) -> dict[int, str]:
    """By id."""
    found: dict[int, str] = {}
    for part in parts(person_ids):
        query = sa.select(person.c.id, person.c.display_name).where(person.c.id.in_(part))
        found |= {row.id: row.display_name for row in tx.execute(query)}
    return found


def search(tx: Tx, text: str, *, after: int = 0, limit: int = 20) -> list[Person]:
    """People whose name or employee number holds the text."""
    pattern = f"%{text.strip().lower()}%"
    fits = sa.or_(
        sa.func.lower(person.c.display_name).like(pattern),
        sa.func.lower(person.c.employee_number).like(pattern),
    )
    query = (
        sa.select(*_PERSON)
        .where(fits, person.c.id > after, person.c.erased_at.is_(None), person.c.merged_into_id.is_(None))
        .order_by(person.c.id)
        .limit(limit)
    )
    return [Person(**row) for row in tx.execute(query).mappings()]


def leave(tx: Tx, connection_id: int, source_ids: Sequence[str], left_on: date) -> set[Name]:
    """People whom the suite no longer lists have left, unless a leaving date is known; the names that they held."""
    for start in range(0, len(source_ids), 500):
        mine = sa.and_(
            person.c.connection_id == connection_id, person.c.source_id.in_(source_ids[start : start + 500])
        )
        tx.execute(person.update().where(mine, person.c.left_on.is_(None)).values(left_on=left_on))
    ids = _ids(tx, connection_id, source_ids)
    return identities.leave(tx, connection_id, list(ids.values()), left_on)


def count(tx: Tx) -> int:
    return tx.execute(
        sa.select(sa.func.count())
        .select_from(person)
        .where(person.c.left_on.is_(None), person.c.merged_into_id.is_(None))
    ).scalar_one()
