"""The names by which the outside knows people, as dated facts: given, ended, corrected and asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from plugin.domain import Identifier, IdentifierKind, PersonRecord, email_sha1s, identifier
from plugin.domain.holders import Claim
from plugin.store.batches import parts
from plugin.store.database import Tx
from plugin.store.tables import person, person_identifier

Name = tuple[str, str]
"""Kind and normal form."""


def suite_identifier(connection_id: int, source_id: str) -> Identifier:
    """A suite's own id is unique within one connection only."""
    return identifier(IdentifierKind.SUITE_ID, f"{connection_id}/{source_id}")


def source_of(connection_id: int) -> str:
    """The source of what a connection says."""
    return f"connection:{connection_id}"


def is_connection(source: str) -> bool:
    return source.startswith("connection:")


def names_of(record: PersonRecord, connection_id: int) -> dict[Name, str]:
    """Every name by which the record's person may be called elsewhere, with its spelling."""
    found = [suite_identifier(connection_id, record.source_id), *record.other_ids]
    if record.employee_number:
        found.append(identifier(IdentifierKind.EMPLOYEE_NUMBER, record.employee_number))
    for email in record.emails:
        found += with_hashes(identifier(IdentifierKind.EMAIL, email))
    return {(one.kind.value, one.value): one.spelling or one.value for one in reversed(found)}


def with_hashes(name: Identifier) -> list[Identifier]:
    """An address with its hashes; any other name alone."""
    return [name, *(email_sha1s(name.spelling) if name.kind is IdentifierKind.EMAIL else ())]


def row_of(
    person_id: int,
    name: Name,
    spelling: str,
    days: tuple[date | None, date | None],
    source: str,
    at: datetime,
) -> dict[str, Any]:
    """A claim as it is stored."""
    told = {"person_id": person_id, "kind": name[0], "value": name[1], "spelling": spelling, "source": source}
    return {**told, "from_on": days[0], "until_on": days[1], "added_at": at, "ended_at": None}


# --- what a suite says ----------------------------------------------------------------------------------------------


def renew(
    tx: Tx, at: datetime, connection_id: int, records: Collection[PersonRecord], ids: Mapping[str, int]
) -> set[Name]:
    """Brings the claims of a suite's people in line with what it says of them today; the names that changed hands or days.

    What is no longer given ends with yesterday. A name is held from the day of hiring to the day of leaving: one that was
    corrected, and one that the suite gave late, are so from the start. Who was hired anew holds names anew.
    """
    renewal = _Renewal(at, source_of(connection_id))
    held = _held(tx, ids.values(), renewal.source)
    for record in records:
        renewal.of(
            record, ids[record.source_id], names_of(record, connection_id), held[ids[record.source_id]]
        )
    if renewal.fresh:
        tx.execute(person_identifier.insert(), renewal.fresh)
    _change(tx, renewal.changed)
    return renewal.touched


class _Renewal:
    def __init__(self, at: datetime, source: str) -> None:
        self.at, self.source = at, source
        self.fresh: list[dict[str, Any]] = []
        self.changed: list[dict[str, Any]] = []
        self.touched: set[Name] = set()

    def of(
        self, record: PersonRecord, who: int, given: Mapping[Name, str], held: Mapping[Name, Sequence[Any]]
    ) -> None:
        for name, spelling in given.items():
            row = held[name][-1] if name in held else None
            if row is None or _hired_anew(record, row):
                days = (record.hired_on, record.left_on)
                self.fresh.append(row_of(who, name, spelling, days, self.source, self.at))
                self.touched.add(name)
            else:
                self._set(name, row, _start(record, row), record.left_on, None, spelling)
        for name, rows in held.items():
            row = rows[-1]
            if row.ended_at is None and (name not in given or _hired_anew(record, row)):
                yesterday = self.at.date() - timedelta(days=1)
                last = min(day for day in (yesterday, row.until_on, record.left_on) if day is not None)
                self._set(
                    name, row, row.from_on, row.until_on if name in given else last, self.at, row.spelling
                )

    def _set(
        self,
        name: Name,
        row: Any,
        start: date | None,
        end: date | None,
        ended: datetime | None,
        spelling: str,
    ) -> None:
        if (row.from_on, row.until_on, row.spelling) != (start, end, spelling):
            self.touched.add(name)
        elif row.ended_at == ended:
            return
        values = {"from_to": start, "until_to": end, "ended_to": ended, "spelled_to": spelling}
        self.changed.append({"row": row.id, **values})


def _hired_anew(record: PersonRecord, row: Any) -> bool:
    return bool(record.hired_on and row.until_on and record.hired_on > row.until_on)


def _start(record: PersonRecord, row: Any) -> date | None:
    """The earliest day that was ever said: a later one may be a new contract of who was there all along."""
    said = [day for day in (row.from_on, record.hired_on) if day is not None]
    return min(said, default=None)


def _held(tx: Tx, person_ids: Collection[int], source: str) -> dict[int, dict[Name, list[Any]]]:
    """By person and name, the oldest first."""
    found: dict[int, dict[Name, list[Any]]] = defaultdict(lambda: defaultdict(list))
    table = person_identifier.c
    columns = (table.id, table.person_id, table.kind, table.value, table.spelling)
    query = sa.select(*columns, table.from_on, table.until_on, table.ended_at).where(table.source == source)
    rows = [row for part in parts(person_ids) for row in tx.execute(query.where(table.person_id.in_(part)))]
    for row in sorted(rows, key=lambda one: (one.from_on or date.min, one.id)):
        found[row.person_id][row.kind, row.value].append(row)
    return found


def _change(tx: Tx, changed: Sequence[dict[str, Any]]) -> None:
    if changed:
        statement = person_identifier.update().where(person_identifier.c.id == sa.bindparam("row"))
        to = {"from_on": "from_to", "until_on": "until_to", "ended_at": "ended_to", "spelling": "spelled_to"}
        tx.execute(statement.values({name: sa.bindparam(new) for name, new in to.items()}), list(changed))


def leave(tx: Tx, connection_id: int, person_ids: Collection[int], left_on: date) -> set[Name]:
    """Who left holds nothing from the next day on; the names."""
    touched: set[Name] = set()
    table = person_identifier.c
    for part in parts(person_ids):
        open_ = sa.and_(
            table.person_id.in_(part), table.source == source_of(connection_id), table.until_on.is_(None)
        )
        touched |= {
            (row.kind, row.value) for row in tx.execute(sa.select(table.kind, table.value).where(open_))
        }
        tx.execute(person_identifier.update().where(open_).values(until_on=left_on))
    return touched


# --- who holds a name -----------------------------------------------------------------------------------------------


def claims(tx: Tx, names: Iterable[Name]) -> dict[Name, list[Claim]]:
    """By name, of the names that anybody claims. Who was merged into another counts as that one."""
    wanted, found = set(names), defaultdict[Name, list[Claim]](list)
    if not wanted:
        return found
    into, table = merged(tx), person_identifier.c
    columns = (
        table.kind,
        table.value,
        table.person_id,
        table.from_on,
        table.until_on,
        table.source,
        table.spelling,
    )
    for kind, values in _by_kind(wanted):
        for part in parts(values):
            query = sa.select(*columns).where(table.kind == kind, table.value.in_(part)).order_by(table.id)
            for row in tx.execute(query):
                who = into.get(row.person_id, row.person_id)
                found[kind, row.value].append(Claim(who, row.from_on, row.until_on, row.source, row.spelling))
    return found


def _by_kind(names: Iterable[Name]) -> Iterable[tuple[str, list[str]]]:
    sorted_ = sorted(set(names))
    return [
        (kind, [value for one, value in sorted_ if one == kind])
        for kind in sorted({one for one, _ in sorted_})
    ]


def merged(tx: Tx) -> dict[int, int]:
    """Person -> the person whom their record counts for."""
    query = sa.select(person.c.id, person.c.merged_into_id).where(person.c.merged_into_id.is_not(None))
    steps: dict[int, int] = {row.id: row.merged_into_id for row in tx.execute(query)}
    found = {}
    for one, into in steps.items():
        last = into
        while last in steps and last != one:
            last = steps[last]
        found[one] = last
    return found


def with_known_hashes(tx: Tx, names: Iterable[Name]) -> set[Name]:
    """With the hashed forms under which the addresses are known to anybody: a record may bear either."""
    whole, table = set(names), person_identifier.c
    email, hashed = IdentifierKind.EMAIL.value, IdentifierKind.EMAIL_SHA1.value
    for part in parts([value for kind, value in whole if kind == email]):
        holders = sa.select(table.person_id).where(table.kind == email, table.value.in_(part))
        query = sa.select(table.value, table.spelling).where(
            table.kind == hashed, table.person_id.in_(holders)
        )
        addresses = set(part)
        whole |= {(hashed, row.value) for row in tx.execute(query) if row.spelling.lower() in addresses}
    return whole


@dataclass(frozen=True)
class Held:
    """A name of a person, both days included; None = since ever, or still."""

    kind: str
    value: str
    spelling: str
    from_on: date | None
    until_on: date | None
    source: str


def of_person(tx: Tx, person_id: int) -> list[Held]:
    """With the names of the records that were merged into this person."""
    who = [person_id, *(one for one, into in merged(tx).items() if into == person_id)]
    table = person_identifier.c
    columns = (table.kind, table.value, table.spelling, table.from_on, table.until_on, table.source)
    query = sa.select(*columns).where(table.person_id.in_(who))
    ordered = query.order_by(table.kind, table.value, table.from_on, table.id)
    return [Held(*row) for row in tx.execute(ordered)]


def add(
    tx: Tx, at: datetime, person_id: int, name: Identifier, days: tuple[date | None, date | None], source: str
) -> set[Name]:
    """Says that a name is a person's from a day to a day, by somebody's word; the names, hashes included."""
    given = {(one.kind.value, one.value): one.spelling for one in with_hashes(name)}
    rows = [row_of(person_id, key, spelling, days, source, at) for key, spelling in given.items()]
    tx.execute(person_identifier.insert(), rows)
    return set(given)


def replace_list(tx: Tx, at: datetime, source: str, rows: Mapping[Name, int]) -> set[Name]:
    """All that a list says, in place of what it said before; the names that changed."""
    table = person_identifier.c
    query = sa.select(table.id, table.kind, table.value, table.person_id).where(table.source == source)
    before = {(row.kind, row.value): row for row in tx.execute(query)}
    gone = [row for name, row in before.items() if rows.get(name) != row.person_id]
    for part in parts([row.id for row in gone]):
        tx.execute(person_identifier.delete().where(table.id.in_(part)))
    new = {name: who for name, who in rows.items() if name not in before or before[name].person_id != who}
    if new:
        days = (None, None)
        tx.execute(
            person_identifier.insert(), [row_of(who, n, n[1], days, source, at) for n, who in new.items()]
        )
    return {(row.kind, row.value) for row in gone} | set(new)
