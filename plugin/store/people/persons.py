"""People, the names by which the outside knows them, and who reports to whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from plugin.domain import Identifier, IdentifierKind, PersonRecord, email_sha1, identifier
from plugin.errors import NotFound
from plugin.store import fitting
from plugin.store.batches import parts
from plugin.store.database import Tx, insert_new, upsert
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


def suite_identifier(connection_id: int, source_id: str) -> Identifier:
    """A suite's own id is unique within one connection only."""
    return Identifier(IdentifierKind.SUITE_ID, f"{connection_id}/{source_id}")


def misfit(record: PersonRecord, at: datetime) -> str | None:
    """Why the person cannot be stored; None when it can."""
    names = _identifier_rows(record, 0, at, 0)
    wrong = next((text for row in names if (text := fitting.misfit(person_identifier, row))), None)
    return fitting.misfit(person, _row(record, at, 0)) or wrong


def put(tx: Tx, at: datetime, connection_id: int, records: Sequence[PersonRecord]) -> dict[str, int]:
    """Adds or renews people of one HR suite, with their identifiers; person id by source id. Duplicated source ids: the last counts."""
    latest = {record.source_id: record for record in records}
    upsert(
        tx,
        person,
        [_row(record, at, connection_id) for record in latest.values()],
        ["connection_id", "source_id"],
    )
    ids = _ids(tx, connection_id, list(latest))
    names = [
        row for key, record in latest.items() for row in _identifier_rows(record, ids[key], at, connection_id)
    ]
    insert_new(tx, person_identifier, names, ["kind", "value"])
    return ids


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


def names_of(record: PersonRecord, connection_id: int) -> set[Identifier]:
    """Every name by which the record's person may be called elsewhere."""
    names = {suite_identifier(connection_id, record.source_id), *record.other_ids}
    if record.employee_number:
        names.add(identifier(IdentifierKind.EMPLOYEE_NUMBER, record.employee_number))
    for email in record.emails:
        names |= {identifier(IdentifierKind.EMAIL, email), email_sha1(email)}
    return names


def _identifier_rows(
    record: PersonRecord, person_id: int, at: datetime, connection_id: int
) -> Iterable[dict[str, object]]:
    for name in sorted(names_of(record, connection_id), key=lambda one: (one.kind, one.value)):
        yield {
            "person_id": person_id,
            "kind": name.kind.value,
            "value": name.value,
            "source": f"connection:{connection_id}",
            "added_at": at,
        }


def rename(tx: Tx, at: datetime, connection_id: int, old: str, new: str) -> None:
    """The suite calls a person by another id: the old one stays a name of theirs, and whoever reports to them follows."""
    mine = sa.and_(person.c.connection_id == connection_id, person.c.source_id == old)
    found = tx.execute(sa.select(person.c.id).where(mine)).scalar()
    if found is None or _ids(tx, connection_id, [new]):
        return
    tx.execute(person.update().where(person.c.id == found).values(source_id=new))
    reports = sa.and_(person.c.connection_id == connection_id, person.c.manager_source_id == old)
    tx.execute(person.update().where(reports).values(manager_source_id=new))
    name = suite_identifier(connection_id, new)
    row = {"person_id": found, "kind": name.kind.value, "value": name.value, "added_at": at}
    insert_new(tx, person_identifier, [{**row, "source": f"connection:{connection_id}"}], ["kind", "value"])


def relink_managers(tx: Tx, connection_id: int) -> None:
    """Sets every manager link of the connection's people anew from the suite's ids."""
    boss = person.alias("boss")
    named = sa.and_(
        boss.c.connection_id == person.c.connection_id, boss.c.source_id == person.c.manager_source_id
    )
    found = sa.select(boss.c.id).where(named).scalar_subquery()
    tx.execute(person.update().where(person.c.connection_id == connection_id).values(manager_id=found))


def match(tx: Tx, names: Iterable[Identifier]) -> dict[Identifier, int]:
    """Person id by name, for the names that are known."""
    wanted = sorted({(name.kind.value, name.value) for name in names})
    found: dict[Identifier, int] = {}
    for kind in sorted({kind for kind, _other in wanted}):
        values = [value for one, value in wanted if one == kind]
        for start in range(0, len(values), 500):
            which = sa.and_(
                person_identifier.c.kind == kind, person_identifier.c.value.in_(values[start : start + 500])
            )
            for row in tx.execute(
                sa.select(person_identifier.c.value, person_identifier.c.person_id).where(which)
            ):
                found[Identifier(IdentifierKind(kind), row.value)] = row.person_id
    return found


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
        .where(fits, person.c.id > after, person.c.erased_at.is_(None))
        .order_by(person.c.id)
        .limit(limit)
    )
    return [Person(**row) for row in tx.execute(query).mappings()]


def identifiers(tx: Tx, person_id: int) -> list[tuple[str, str, str]]:
    """(kind, value, source) of each name of the person."""
    query = sa.select(person_identifier.c.kind, person_identifier.c.value, person_identifier.c.source)
    mine = query.where(person_identifier.c.person_id == person_id).order_by(
        person_identifier.c.kind, person_identifier.c.value
    )
    return [(row.kind, row.value, row.source) for row in tx.execute(mine)]


def emails(tx: Tx, person_id: int) -> list[str]:
    return [value for kind, value, _other in identifiers(tx, person_id) if kind == IdentifierKind.EMAIL]


def leave(tx: Tx, connection_id: int, source_ids: Sequence[str], left_on: date) -> None:
    """People whom the suite no longer lists have left, unless a leaving date is known."""
    for start in range(0, len(source_ids), 500):
        mine = sa.and_(
            person.c.connection_id == connection_id, person.c.source_id.in_(source_ids[start : start + 500])
        )
        tx.execute(person.update().where(mine, person.c.left_on.is_(None)).values(left_on=left_on))


def count(tx: Tx) -> int:
    return tx.execute(
        sa.select(sa.func.count()).select_from(person).where(person.c.left_on.is_(None))
    ).scalar_one()
