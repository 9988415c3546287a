"""What the study reads of everybody: results by day, verified badges by day, how many periods there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from plugin.domain import AwardState, BadgeVerdict, EntryState, HeldRule, Trust
from plugin.store.database import Tx
from plugin.store.people import withheld
from plugin.store.tables import badge_award, catalogue_entry, past_raise, person, rating


@dataclass(frozen=True)
class Result:
    """A rating (1 to 5) or a raise (points of pay) of one person, with the day that it belongs to."""

    person_id: int
    on: date
    value: Decimal


@dataclass(frozen=True)
class Earned:
    """A verified badge of a trusted issuer; ``kind`` empty while HR has not decided what it means."""

    person_id: int
    on: date
    kind: str
    strategic: bool


def ratings(tx: Tx) -> list[Result]:
    """By person, oldest first; nobody who is erased, and nothing that is held."""
    counts = withheld.counts(rating, rating.c.period_ended_on, (HeldRule.RATING_SCALE,))
    return _results(tx, rating, rating.c.period_ended_on, rating.c.score, counts)


def raises(tx: Tx) -> list[Result]:
    """By person, oldest first; nobody who is erased, and nothing that is held."""
    return _results(tx, past_raise, past_raise.c.effective_on, past_raise.c.percent, withheld.raise_counts())


def _results(
    tx: Tx,
    table: sa.Table,
    day: sa.ColumnElement[date],
    value: sa.ColumnElement[object],
    counts: sa.ColumnElement[bool],
) -> list[Result]:
    query = (
        sa.select(table.c.person_id, day, value)
        .join(person, person.c.id == table.c.person_id)
        .where(person.c.erased_at.is_(None), counts)
        .order_by(table.c.person_id, day)
    )
    return [Result(who, on, found) for who, on, found in tx.execute(query)]


def earned(tx: Tx) -> list[Earned]:
    """Verified, of a trusted issuer and not revoked; strategic as of the day on which it was issued."""
    entry, issued = catalogue_entry.c, badge_award.c.issued_on
    decided = entry.state == EntryState.DECIDED
    strategic = sa.and_(
        decided,
        entry.strategic.is_(True),
        sa.or_(entry.strategic_from.is_(None), entry.strategic_from <= issued),
        sa.or_(entry.strategic_until.is_(None), entry.strategic_until >= issued),
    )
    kind = sa.case((decided, sa.func.coalesce(sa.type_coerce(entry.kind, sa.String), "")), else_="")
    query = (
        sa.select(badge_award.c.person_id, issued, kind, strategic)
        .join(catalogue_entry, entry.id == badge_award.c.catalogue_entry_id)
        .where(
            badge_award.c.state == AwardState.ACTIVE,
            badge_award.c.verdict == BadgeVerdict.VALID,
            badge_award.c.trust == Trust.TRUSTED,
        )
        .order_by(badge_award.c.person_id, issued)
    )
    return [Earned(who, on, what, bool(is_strategic)) for who, on, what, is_strategic in tx.execute(query)]
