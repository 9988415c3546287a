"""Badge awards under verification, and the company's list of issuers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict, Unpack

import sqlalchemy as sa

from plugin.domain import AwardState, BadgeVerdict, EntryState, IssuerKind, Json, JsonObject, Trust
from plugin.errors import NotFound
from plugin.store.batches import parts
from plugin.store.database import Tx, insert_new
from plugin.store.operation.leased_work import LeaseLost
from plugin.store.tables import badge_award, catalogue_entry, issuer, person
from plugin.texts import _


@dataclass(frozen=True)
class Award:
    """One person's badge with the state of its verification. ``steps`` quote the badge: untrusted text.

    ``attempts``: how often the check that is due was begun and came to no verdict.
    """

    id: int
    person_id: int
    person_name: str
    catalogue_entry_id: int
    badge_name: str
    badge_class_id: str
    issuer_name: str
    source_id: str
    issued_on: date
    expires_on: date | None
    state: AwardState
    credential: str | None
    verdict: BadgeVerdict
    codes: list[str]
    steps: list[Json]
    trust: Trust
    issuer_ref: int | None
    checks: int
    attempts: int
    checked_at: datetime | None
    recheck_at: datetime | None


_AWARD = sa.select(
    badge_award.c.id,
    badge_award.c.person_id,
    person.c.display_name.label("person_name"),
    badge_award.c.catalogue_entry_id,
    catalogue_entry.c.name.label("badge_name"),
    catalogue_entry.c.badge_class_id,
    catalogue_entry.c.issuer_name,
    *(
        badge_award.c[name]
        for name in Award.__dataclass_fields__
        if name in badge_award.c and name not in ("id", "person_id", "catalogue_entry_id")
    ),
).select_from(
    badge_award.join(person, person.c.id == badge_award.c.person_id).join(
        catalogue_entry, catalogue_entry.c.id == badge_award.c.catalogue_entry_id
    )
)


def get(tx: Tx, award_id: int) -> Award:
    row = tx.execute(_AWARD.where(badge_award.c.id == award_id)).mappings().first()
    if row is None:
        raise NotFound(_("the badge doesn't exist"))
    return Award(**row)


def due(tx: Tx, now: datetime, limit: int) -> list[Award]:
    """Awards to check by now, the longest waiting first."""
    waiting = (
        _AWARD.where(badge_award.c.recheck_at <= now)
        .order_by(badge_award.c.recheck_at, badge_award.c.id)
        .limit(limit)
    )
    return [Award(**row) for row in tx.execute(waiting).mappings()]


def claim(tx: Tx, award: Award, until: datetime) -> Award | None:
    """The award for the caller alone until that time, when it comes due again by itself; None when it is no longer due as it was
    read. Its new time is the proof of the claim."""
    read = sa.and_(badge_award.c.id == award.id, badge_award.c.recheck_at == award.recheck_at)
    taken = {"recheck_at": until, "attempts": badge_award.c.attempts + 1}
    if tx.execute(badge_award.update().where(read).values(**taken)).rowcount != 1:
        return None
    return get(tx, award.id)


def put_off(tx: Tx, held: Award, due_at: datetime) -> None:
    """Gives a claim up: due at that time, unless somebody else has changed that by now."""
    mine = sa.and_(badge_award.c.id == held.id, badge_award.c.recheck_at == held.recheck_at)
    tx.execute(badge_award.update().where(mine).values(recheck_at=due_at))


def page(
    tx: Tx,
    *,
    person_id: int | None = None,
    verdict: BadgeVerdict | None = None,
    trust: Trust | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[Award]:
    query = _AWARD.where(badge_award.c.id > after).order_by(badge_award.c.id).limit(limit)
    for column, wanted in (
        (badge_award.c.person_id, person_id),
        (badge_award.c.verdict, verdict),
        (badge_award.c.trust, trust),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return [Award(**row) for row in tx.execute(query).mappings()]


class Judgement(TypedDict, total=False):
    """What a check found, and what a valid badge says of itself."""

    verdict: BadgeVerdict
    codes: list[str]
    steps: list[Json]
    checked_at: datetime
    recheck_at: datetime | None
    attempts: int
    trust: Trust
    issuer_ref: int | None
    state: AwardState
    issued_on: date
    expires_on: date | None
    catalogue_entry_id: int


def judge(tx: Tx, award_id: int, held: Award | None = None, **values: Unpack[Judgement]) -> None:
    """What a check found. LeaseLost, and nothing is to be kept, where the award is no longer what was claimed."""
    same = [badge_award.c.id == award_id]
    if held is not None:
        read = ("person_id", "credential", "state", "recheck_at")
        same += [badge_award.c[name] == getattr(held, name) for name in read]
    found: dict[str, object] = {"attempts": 0, **values, "checks": badge_award.c.checks + 1}
    if tx.execute(badge_award.update().where(*same).values(**found)).rowcount != 1:
        raise LeaseLost(_("the badge was changed while it was checked"))


def unchecked(tx: Tx, people: Collection[int]) -> set[int]:
    """Awards of ``people`` with a badge that no check has judged yet."""
    query = sa.select(badge_award.c.id).where(
        badge_award.c.person_id.in_(people),
        badge_award.c.verdict == BadgeVerdict.UNCHECKED,
        badge_award.c.state == AwardState.ACTIVE,
        badge_award.c.credential.is_not(None),
    )
    return set(tx.execute(query).scalars())


def suppose_proven(tx: Tx, award_ids: Collection[int]) -> set[int]:
    """As if a check had found them genuine and of a trusted issuer: for what is rolled back. The people who have them."""
    change = badge_award.update().where(badge_award.c.id.in_(award_ids))
    proven = change.values(verdict=BadgeVerdict.VALID, trust=Trust.TRUSTED)
    return set(tx.execute(proven.returning(badge_award.c.person_id)).scalars())


def recheck(tx: Tx, now: datetime, *, award_id: int | None = None, issuer_ref: int | None = None) -> int:
    """Puts awards (of an issuer) back on the list of what is to be checked; their number."""
    which = badge_award.c.id == award_id if award_id is not None else badge_award.c.issuer_ref == issuer_ref
    return tx.execute(badge_award.update().where(which).values(recheck_at=now, attempts=0)).rowcount


def counting(tx: Tx, entry_id: int) -> list[Award]:
    """Awards of a badge class that are proven, of a trusted issuer, and not taken back."""
    query = _AWARD.where(badge_award.c.catalogue_entry_id == entry_id, _proven()).order_by(badge_award.c.id)
    return [Award(**row) for row in tx.execute(query).mappings()]


def _proven() -> sa.ColumnElement[bool]:
    return sa.and_(
        badge_award.c.verdict == BadgeVerdict.VALID,
        badge_award.c.trust == Trust.TRUSTED,
        badge_award.c.state == AwardState.ACTIVE,
    )


def counting_of(
    tx: Tx, *, person_id: int | None = None, inbox_ids: Sequence[int] | None = None
) -> list[Award]:
    """Of a person, or of some inbox rows: awards that are proven, of a trusted issuer, and not taken back."""
    query = _AWARD.where(_proven()).order_by(badge_award.c.id)
    if person_id is not None:
        query = query.where(badge_award.c.person_id == person_id)
    wanted = [None] if inbox_ids is None else parts(inbox_ids)
    found: list[Award] = []
    for part in wanted:
        of = query if part is None else query.where(badge_award.c.inbox_id.in_(part))
        found += [Award(**row) for row in tx.execute(of).mappings()]
    return found


def counts(tx: Tx) -> dict[str, int]:
    """Number of awards by verdict."""
    query = sa.select(badge_award.c.verdict, sa.func.count().label("n")).group_by(badge_award.c.verdict)
    return {row.verdict: row.n for row in tx.execute(query)}


def entry_for(
    tx: Tx, *, badge_class_id: str, name: str, issuer_id: str, issuer_name: str, facts: JsonObject
) -> int:
    """The catalogue entry of a badge class; proposed when it is new. ``facts`` are what a verified badge says of its class."""
    row = {"badge_class_id": badge_class_id, "name": name, "issuer_id": issuer_id, "issuer_name": issuer_name}
    new: dict[str, object] = {
        **row,
        "facts": facts,
        "strategic": False,
        "state": EntryState.PROPOSED,
        "version": 1,
    }
    insert_new(tx, catalogue_entry, [new], ["badge_class_id"])
    mine = catalogue_entry.c.badge_class_id == badge_class_id
    tx.execute(
        catalogue_entry.update()
        .where(mine, catalogue_entry.c.state == EntryState.PROPOSED)
        .values(facts=facts)
    )
    return int(tx.execute(sa.select(catalogue_entry.c.id).where(mine)).scalar_one())


# --- issuers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Issuer:
    """A line of the company's list. ``kind`` did, key or origin; ``name`` is what the issuer calls itself."""

    id: int
    kind: IssuerKind
    value: str
    name: str
    trust: Trust
    decided_by: str | None
    decided_at: datetime | None
    first_seen_at: datetime


def issuers(tx: Tx, *, trust: Trust | None = None, after: int = 0, limit: int = 50) -> list[Issuer]:
    query = sa.select(issuer).where(issuer.c.id > after).order_by(issuer.c.id).limit(limit)
    if trust is not None:
        query = query.where(issuer.c.trust == trust)
    return [Issuer(**row) for row in tx.execute(query).mappings()]


def decided_issuers(tx: Tx) -> Sequence[Issuer]:
    return [
        Issuer(**row)
        for row in tx.execute(sa.select(issuer).where(issuer.c.trust != Trust.UNKNOWN)).mappings()
    ]


def seen(tx: Tx, at: datetime, *, kind: IssuerKind, value: str, name: str) -> int:
    """The line of an issuer that was met; unknown when it is new."""
    insert_new(
        tx,
        issuer,
        [{"kind": kind, "value": value, "name": name, "trust": Trust.UNKNOWN, "first_seen_at": at}],
        ["kind", "value"],
    )
    return int(
        tx.execute(sa.select(issuer.c.id).where(issuer.c.kind == kind, issuer.c.value == value)).scalar_one()
    )


def decide(tx: Tx, at: datetime, issuer_id: int, trust: Trust, by: str) -> None:
    changed = tx.execute(
        issuer.update().where(issuer.c.id == issuer_id).values(trust=trust, decided_by=by, decided_at=at)
    )
    if changed.rowcount != 1:
        raise NotFound(_("the issuer doesn't exist"))
