"""What was known of everybody's badges, learning and paid skills on one day, in set-based queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from plugin.domain import AwardState, BadgeKind, BadgeVerdict, EntryState, ReviewState, ShownVerdict, Trust
from plugin.store import batches
from plugin.store.column_types import OneOf, Word
from plugin.store.database import Tx
from plugin.store.evidence import learning_time
from plugin.store.tables import (
    badge_award,
    catalogue_entry,
    catalogue_skill,
    cycle,
    reward,
    scarcity,
    skill,
)


@dataclass(frozen=True)
class AwardOn:
    """A badge that is neither revoked nor expired on the day, with what it means here."""

    award_id: int
    person_id: int
    name: str
    kind: str
    programme: str
    level: str
    issuer: str
    issued_on: date
    expires_on: date | None
    strategic: bool
    verdict: BadgeVerdict
    skills: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Scarce:
    """Newest scarcity figures of a skill."""

    measured_on: date
    time_to_hire_days: Decimal | None
    offer_rejection_percent: Decimal | None
    new_hire_pay_ratio: Decimal | None
    source: str


@dataclass(frozen=True)
class Rewarded:
    """A skill of a badge that was paid for before; the badge's own name where no skill is linked to it."""

    person_id: int
    award_id: int
    skill: str
    level: str
    cycle: str
    rewarded_on: date


def awards_on(tx: Tx, on: date, *, people: Collection[int] | None = None) -> dict[int, list[AwardOn]]:
    """By person (or of ``people``), oldest first. Only badges whose meaning an HR admin has decided: a proposal moves no pay.

    A genuine badge of an issuer that the company does not trust is told as ``undetermined``, so that it shows and does not count.
    """
    skills = _skills_by_entry(tx)
    columns = (
        badge_award.c.id,
        badge_award.c.person_id,
        catalogue_entry.c.name,
        sa.func.coalesce(sa.type_coerce(catalogue_entry.c.kind, sa.String), ""),
        sa.func.coalesce(catalogue_entry.c.programme, ""),
        sa.func.coalesce(catalogue_entry.c.level, ""),
        catalogue_entry.c.issuer_name,
        badge_award.c.issued_on,
        badge_award.c.expires_on,
        _strategic(on),
        _verdict(BadgeVerdict.UNDETERMINED),
        badge_award.c.catalogue_entry_id,
    )
    query = (
        sa.select(*columns)
        .join(catalogue_entry, catalogue_entry.c.id == badge_award.c.catalogue_entry_id)
        .where(
            catalogue_entry.c.state == EntryState.DECIDED,
            badge_award.c.state == AwardState.ACTIVE,
            badge_award.c.issued_on <= on,
            sa.or_(badge_award.c.expires_on.is_(None), badge_award.c.expires_on > on),
            batches.of(badge_award.c.person_id, people),
        )
        .order_by(badge_award.c.person_id, badge_award.c.issued_on, badge_award.c.id)
    )
    found: dict[int, list[AwardOn]] = defaultdict(list)
    for row in tx.execute(query):
        values: list[Any] = [*row[:9], bool(row[9]), row[10], skills.get(row[11], ())]
        found[row.person_id].append(AwardOn(*values))
    return found


def _verdict(untrusted: Word) -> sa.ColumnElement[Word]:
    """Who signed says nothing until the company trusts the issuer: then ``valid`` reads as the word given."""
    is_untrusted = sa.and_(badge_award.c.verdict == BadgeVerdict.VALID, badge_award.c.trust != Trust.TRUSTED)
    words: OneOf[Word] = OneOf(type(untrusted))
    return sa.case(
        (is_untrusted, sa.literal(untrusted, words)), else_=sa.type_coerce(badge_award.c.verdict, words)
    )


def _strategic(on: date) -> sa.ColumnElement[bool]:
    return sa.and_(
        catalogue_entry.c.strategic.is_(True),
        sa.or_(catalogue_entry.c.strategic_from.is_(None), catalogue_entry.c.strategic_from <= on),
        sa.or_(catalogue_entry.c.strategic_until.is_(None), catalogue_entry.c.strategic_until >= on),
    )


def _skills_by_entry(tx: Tx) -> dict[int, tuple[tuple[int, str], ...]]:
    query = (
        sa.select(catalogue_skill.c.catalogue_entry_id, skill.c.id, skill.c.name)
        .join(skill, skill.c.id == catalogue_skill.c.skill_id)
        .order_by(catalogue_skill.c.catalogue_entry_id, skill.c.name)
    )
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for entry_id, skill_id, name in tx.execute(query):
        found[entry_id].append((skill_id, name))
    return {entry_id: tuple(skills) for entry_id, skills in found.items()}


def scarcity_on(tx: Tx, on: date) -> dict[int, Scarce]:
    """By skill: the newest figures measured by the day."""
    query = sa.select(scarcity).where(scarcity.c.measured_on <= on)
    rows = tx.execute(query.order_by(scarcity.c.measured_on, scarcity.c.id))
    return {
        row.skill_id: Scarce(
            row.measured_on,
            row.time_to_hire_days,
            row.offer_rejection_percent,
            row.new_hire_pay_ratio,
            row.source,
        )
        for row in rows
    }


def learning_hours(tx: Tx, on: date, *, people: Collection[int] | None = None) -> dict[int, Decimal]:
    """By person (or of ``people``): hours of the twelve months up to the day, each hour once (``learning_time``), to a tenth of an hour."""
    end = datetime.combine(on, time.max, UTC)
    found = learning_time.by_person(tx, end - timedelta(days=365), end, person_ids=people)
    return {who: counted.hours.quantize(Decimal("0.1")) for who, counted in found}


def rewarded_before(tx: Tx, on: date) -> list[Rewarded]:
    """The ledger "pay a skill once" up to the day, one entry per skill of a rewarded badge; withdrawn rewards do not count.

    A skill counts as paid when the badge showed it on the day of the reward or shows it now: neither linking nor unlinking
    a skill later makes it new.
    """
    columns = (
        badge_award.c.person_id,
        badge_award.c.id,
        catalogue_entry.c.name,
        sa.func.coalesce(catalogue_entry.c.level, ""),
        cycle.c.name,
        reward.c.rewarded_on,
        badge_award.c.catalogue_entry_id,
        reward.c.skills,
    )
    query = (
        sa.select(*columns)
        .join(badge_award, badge_award.c.id == reward.c.badge_award_id)
        .join(catalogue_entry, catalogue_entry.c.id == badge_award.c.catalogue_entry_id)
        .join(cycle, cycle.c.id == reward.c.cycle_id)
        .where(reward.c.rewarded_on <= on, reward.c.review.is_distinct_from(ReviewState.WITHDRAWN))
        .order_by(reward.c.id)
    )
    skills = _skills_by_entry(tx)
    return [
        Rewarded(row[0], row[1], name, *row[3:6])
        for row in tx.execute(query)
        for name in sorted({known for _, known in skills.get(row[6], ())} | set(row[7])) or [row[2]]
    ]


def skills_of_awards(tx: Tx, awards: Collection[int]) -> dict[int, list[str]]:
    """Badge award -> names of the skills that it shows, by name; absent for those that show none."""
    query = (
        sa.select(badge_award.c.id, skill.c.name)
        .join(catalogue_skill, catalogue_skill.c.catalogue_entry_id == badge_award.c.catalogue_entry_id)
        .join(skill, skill.c.id == catalogue_skill.c.skill_id)
        .where(badge_award.c.id.in_(awards))
        .order_by(badge_award.c.id, skill.c.name)
    )
    found: dict[int, list[str]] = {}
    for award_id, name in tx.execute(query):
        found.setdefault(award_id, []).append(name)
    return found


@dataclass(frozen=True)
class AwardDetail:
    """One badge as the evidence page shows it."""

    award_id: int
    person_id: int
    name: str
    issuer: str
    kind: BadgeKind | None
    programme: str | None
    level: str | None
    strategic: bool
    issued_on: date
    expires_on: date | None
    state: AwardState
    verdict: ShownVerdict
    checked_at: datetime | None
    skills: tuple[str, ...]


def award_details(tx: Tx, person_id: int, award_ids: Iterable[int] | None = None) -> list[AwardDetail]:
    """All badges of a person (or those of ``award_ids``), newest first, whatever their state; verdict ``untrusted``: valid, but nobody trusts its issuer yet."""
    columns = (
        badge_award.c.id,
        badge_award.c.person_id,
        catalogue_entry.c.name,
        catalogue_entry.c.issuer_name,
        catalogue_entry.c.kind,
        catalogue_entry.c.programme,
        catalogue_entry.c.level,
        catalogue_entry.c.strategic,
        badge_award.c.issued_on,
        badge_award.c.expires_on,
        badge_award.c.state,
        _verdict(ShownVerdict.UNTRUSTED),
        badge_award.c.checked_at,
        badge_award.c.catalogue_entry_id,
    )
    query = (
        sa.select(*columns)
        .join(catalogue_entry, catalogue_entry.c.id == badge_award.c.catalogue_entry_id)
        .where(badge_award.c.person_id == person_id)
    )
    if award_ids is not None:
        query = query.where(badge_award.c.id.in_(list(award_ids)))
    skills = _skills_by_entry(tx)
    found = tx.execute(query.order_by(badge_award.c.issued_on.desc(), badge_award.c.id))
    return [_detail([*row[:13], tuple(name for _, name in skills.get(row[13], ()))]) for row in found]


def _detail(values: list[Any]) -> AwardDetail:
    return AwardDetail(*values)
