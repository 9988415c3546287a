"""What HR decided whose a name is: dated spans, the records that waited for it, and its undoing. None are overwritten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from plugin.domain import IdentifierKind, IdentityAnswer
from plugin.domain.holders import Claim, holders
from plugin.errors import NotFound
from plugin.store.batches import parts
from plugin.store.database import Tx, insert
from plugin.store.people import identities
from plugin.store.people.identities import Name
from plugin.store.tables import identity_ruling, identity_ruling_record, identity_ruling_span
from plugin.texts import _

_R, _S, _I = identity_ruling.c, identity_ruling_span.c, identity_ruling_record.c


@dataclass(frozen=True)
class Ruling:
    """One answer. ``spans`` say whose the name is on which days; none: nobody's."""

    id: int
    kind: str
    value: str
    answer: IdentityAnswer
    note: str | None
    decided_by: str
    decided_at: datetime
    undone_by: str | None
    undone_at: datetime | None


_RULING = [_R[name] for name in Ruling.__dataclass_fields__]


def in_force(tx: Tx, names: Iterable[Name]) -> dict[Name, list[Claim]]:
    """The spans of the rulings in force, by name: an empty list where HR said that the name is nobody's."""
    wanted, ids = set(names), dict[int, Name]()
    for part in parts(sorted({value for _kind, value in wanted})):
        query = (
            sa.select(_R.id, _R.kind, _R.value)
            .where(_R.value.in_(part), _R.undone_at.is_(None))
            .order_by(_R.id)
        )
        ids |= {row.id: (row.kind, row.value) for row in tx.execute(query) if (row.kind, row.value) in wanted}
    if not ids:
        return {}
    newest, into = {name: ruling_id for ruling_id, name in ids.items()}, identities.merged(tx)
    found: dict[Name, list[Claim]] = {name: [] for name in newest}
    for part_of in parts(list(newest.values())):
        spans = sa.select(_S.ruling_id, _S.person_id, _S.from_on, _S.until_on).where(
            _S.ruling_id.in_(part_of)
        )
        for row in tx.execute(spans.order_by(_S.id)):
            who = into.get(row.person_id, row.person_id)
            found[ids[row.ruling_id]].append(Claim(who, row.from_on, row.until_on))
    return found


def add(
    tx: Tx,
    at: datetime,
    name: Name,
    answer: IdentityAnswer,
    spans: Sequence[Claim],
    *,
    by: str,
    note: str | None,
) -> int:
    values = {"kind": name[0], "value": name[1], "answer": answer, "note": note or None}
    added = insert(tx, identity_ruling, **values, decided_by=by, decided_at=at)
    if spans:
        rows = [
            {"ruling_id": added, "person_id": one.person_id, "from_on": one.from_on, "until_on": one.until_on}
            for one in spans
        ]
        tx.execute(identity_ruling_span.insert(), rows)
    return added


def add_records(tx: Tx, ruling_id: int, records: Mapping[int, int | None]) -> None:
    """``records``: inbox id -> the person to whom it goes by the ruling."""
    if records:
        rows = [{"ruling_id": ruling_id, "inbox_id": item, "person_id": who} for item, who in records.items()]
        tx.execute(identity_ruling_record.insert(), rows)


def get(tx: Tx, ruling_id: int) -> Ruling:
    row = tx.execute(sa.select(*_RULING).where(_R.id == ruling_id)).mappings().first()
    if row is None:
        raise NotFound(_("the decision doesn't exist"))
    return Ruling(**row)


def page(tx: Tx, *, before: int | None = None, limit: int = 50) -> list[Ruling]:
    """Those in force, the newest first; ``before`` is the id of the last one of the page before."""
    query = sa.select(*_RULING).where(_R.undone_at.is_(None)).order_by(_R.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_R.id < before)
    return [Ruling(**row) for row in tx.execute(query).mappings()]


def last_of(tx: Tx, name: Name) -> Ruling | None:
    """The ruling on a name that is in force."""
    mine = sa.and_(_R.kind == name[0], _R.value == name[1], _R.undone_at.is_(None))
    row = tx.execute(sa.select(*_RULING).where(mine).order_by(_R.id.desc()).limit(1)).mappings().first()
    return Ruling(**row) if row else None


def records_of(tx: Tx, ruling_ids: Sequence[int]) -> dict[int, dict[int | None, int]]:
    """Ruling -> person (None: nobody) -> number of records."""
    found: dict[int, dict[int | None, int]] = defaultdict(dict)
    query = sa.select(_I.ruling_id, _I.person_id, sa.func.count().label("n")).where(
        _I.ruling_id.in_(ruling_ids)
    )
    for row in tx.execute(query.group_by(_I.ruling_id, _I.person_id)):
        found[row.ruling_id][row.person_id] = row.n
    return found


def undo(tx: Tx, at: datetime, ruling_id: int, by: str) -> bool:
    """False when it was undone already."""
    mine = sa.and_(_R.id == ruling_id, _R.undone_at.is_(None))
    return tx.execute(identity_ruling.update().where(mine).values(undone_at=at, undone_by=by)).rowcount == 1


def forget(tx: Tx, person_id: int) -> None:
    """At an erasure: rulings about this person alone go, with the name in them; in others the person's days go."""
    others = sa.select(_S.ruling_id).where(_S.person_id != person_id)
    mine = sa.select(_S.ruling_id).where(_S.person_id == person_id, _S.ruling_id.not_in(others))
    tx.execute(identity_ruling.delete().where(_R.id.in_(mine)))
    tx.execute(identity_ruling_span.delete().where(_S.person_id == person_id))


def addresses_on(tx: Tx, person_id: int, day: date) -> list[str]:
    """The e-mail addresses that are a person's on a day, in every spelling: what a badge's recipient may be."""
    kind = IdentifierKind.EMAIL.value
    spelled: dict[str, set[str]] = defaultdict(set)
    for one in identities.of_person(tx, person_id):
        if one.kind == kind:
            spelled[one.value] |= {one.value, one.spelling}
    given = sa.select(_R.value).join(identity_ruling_span, _S.ruling_id == _R.id)
    ruled_to = given.where(_S.person_id == person_id, _R.kind == kind, _R.undone_at.is_(None))
    names = {(kind, value) for value in [*spelled, *tx.execute(ruled_to).scalars()]}
    claims = identities.claims(tx, names) | in_force(tx, names)
    mine = (value for (_kind, value), held in claims.items() if person_id in holders(held, day))
    return sorted({form for value in mine for form in (value, *spelled[value])})
