"""The skill ledger: which evidence was paid for in which cycle, what became of that evidence since, and what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from plugin.domain import AwardState, BadgeKind, BadgeVerdict, EntryState, ReviewState, Trust
from plugin.errors import Conflict, NotFound
from plugin.store.database import Tx
from plugin.store.tables import (
    audit,
    badge_award,
    catalogue_entry,
    catalogue_skill,
    cycle,
    person,
    reward,
    skill,
)
from plugin.texts import _

OPENED = "reward.review_opened"


@dataclass(frozen=True)
class Line:
    """One piece of evidence that was paid for, with the state of its badge today. Names of badges are untrusted text."""

    id: int
    award_id: int
    person_id: int
    person_name: str
    badge_name: str
    issuer_name: str
    kind: BadgeKind | None
    level: str | None
    cycle_name: str
    points: Decimal
    rewarded_on: date
    issued_on: date
    expires_on: date | None
    state: AwardState
    verdict: BadgeVerdict
    trust: Trust
    codes: list[str]
    review: ReviewState | None
    review_note: str | None


_LINES = sa.select(
    reward.c.id,
    badge_award.c.id.label("award_id"),
    badge_award.c.person_id,
    person.c.display_name.label("person_name"),
    catalogue_entry.c.name.label("badge_name"),
    catalogue_entry.c.issuer_name,
    catalogue_entry.c.kind,
    catalogue_entry.c.level,
    cycle.c.name.label("cycle_name"),
    *(reward.c[name] for name in ("points", "rewarded_on", "review", "review_note")),
    *(badge_award.c[name] for name in ("issued_on", "expires_on", "state", "verdict", "trust", "codes")),
).select_from(
    reward.join(badge_award, badge_award.c.id == reward.c.badge_award_id)
    .join(catalogue_entry, catalogue_entry.c.id == badge_award.c.catalogue_entry_id)
    .join(person, person.c.id == badge_award.c.person_id)
    .join(cycle, cycle.c.id == reward.c.cycle_id)
)


def get(tx: Tx, reward_id: int) -> Line:
    row = tx.execute(_LINES.where(reward.c.id == reward_id)).mappings().first()
    if row is None:
        raise NotFound(_("the skill ledger has no such entry"))
    return Line(**row)


def lines(
    tx: Tx,
    *,
    person_id: int | None = None,
    review: ReviewState | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[Line]:
    """In the order of ids. ``review``: open, kept or withdrawn."""
    query = _LINES.where(reward.c.id > after).order_by(reward.c.id).limit(limit)
    if person_id is not None:
        query = query.where(badge_award.c.person_id == person_id)
    if review is not None:
        query = query.where(reward.c.review == review)
    return [Line(**row) for row in tx.execute(query).mappings()]


def review_counts(tx: Tx) -> dict[str, int]:
    """Number of lines by what their review says; ``none`` where there was none."""
    said = sa.func.coalesce(sa.type_coerce(reward.c.review, sa.String), "none").label("said")
    return {row.said: row.n for row in tx.execute(sa.select(said, sa.func.count().label("n")).group_by(said))}


def doubtful(tx: Tx, on: date, *, award_id: int | None = None) -> list[Line]:
    """Rewarded evidence that does not hold on the day and that nobody looks at: never reviewed, or kept in an earlier review.

    Undetermined badges are not among them: that the issuer's site is down says nothing.
    """
    gone = sa.or_(
        badge_award.c.state == AwardState.REVOKED,
        badge_award.c.verdict == BadgeVerdict.INVALID,
        badge_award.c.trust == Trust.BLOCKED,
        badge_award.c.expires_on <= on,
    )
    query = _LINES.where(
        gone, sa.or_(reward.c.review.is_(None), reward.c.review == ReviewState.KEPT)
    ).order_by(reward.c.id)
    if award_id is not None:
        query = query.where(reward.c.badge_award_id == award_id)
    return [Line(**row) for row in tx.execute(query).mappings()]


def opened_before(tx: Tx, reward_ids: Sequence[int]) -> set[tuple[int, str]]:
    """(line, reason) of the reviews that were opened so far."""
    found: set[tuple[int, str]] = set()
    for start in range(0, len(reward_ids), 500):
        subjects = [f"reward:{one}" for one in reward_ids[start : start + 500]]
        query = sa.select(audit.c.subject, audit.c.detail).where(
            audit.c.subject.in_(subjects), audit.c.action == OPENED
        )
        found |= {(int(row.subject[7:]), str(row.detail.get("reason"))) for row in tx.execute(query)}
    return found


def open_review(tx: Tx, reward_id: int) -> None:
    tx.execute(reward.update().where(reward.c.id == reward_id).values(review=ReviewState.OPEN))


def close_review(tx: Tx, reward_id: int, outcome: ReviewState, note: str) -> None:
    """Conflict when somebody else has decided it meanwhile."""
    mine = sa.and_(reward.c.id == reward_id, reward.c.review == ReviewState.OPEN)
    if tx.execute(reward.update().where(mine).values(review=outcome, review_note=note)).rowcount != 1:
        get(tx, reward_id)
        raise Conflict(_("this review is no longer open"), remedy=_("reload the page"))


@dataclass(frozen=True)
class Step:
    """What happened in a review, from the audit trail."""

    at: datetime
    actor: str
    action: str
    reason: str


def steps(tx: Tx, reward_ids: Sequence[int]) -> dict[int, list[Step]]:
    """By line, oldest first."""
    found: dict[int, list[Step]] = {}
    subjects = [f"reward:{one}" for one in reward_ids]
    query = sa.select(audit).where(audit.c.subject.in_(subjects)).order_by(audit.c.seq)
    for row in tx.execute(query):
        step = Step(row.at, row.actor, row.action, str(row.detail.get("reason", "")))
        found.setdefault(int(row.subject[7:]), []).append(step)
    return found


@dataclass(frozen=True)
class Piece:
    """One badge of a person with all that decides whether it is skill evidence; ``rewarded_in`` is the cycle that paid for it."""

    award_id: int
    badge_name: str
    issuer_name: str
    kind: BadgeKind | None
    level: str | None
    entry_state: EntryState
    issued_on: date
    expires_on: date | None
    state: AwardState
    verdict: BadgeVerdict
    trust: Trust
    rewarded_in: str | None
    skills: tuple[str, ...] = ()


def pieces(tx: Tx, person_id: int) -> list[Piece]:
    """All badges of a person, newest first."""
    paid = (
        sa.select(reward.c.badge_award_id, cycle.c.name)
        .join(cycle, cycle.c.id == reward.c.cycle_id)
        .where(reward.c.review.is_distinct_from(ReviewState.WITHDRAWN))
        .subquery()
    )
    query = (
        sa.select(
            badge_award.c.id,
            catalogue_entry.c.name,
            catalogue_entry.c.issuer_name,
            catalogue_entry.c.kind,
            catalogue_entry.c.level,
            catalogue_entry.c.state,
            *(badge_award.c[name] for name in ("issued_on", "expires_on", "state", "verdict", "trust")),
            paid.c.name.label("rewarded_in"),
            badge_award.c.catalogue_entry_id,
        )
        .join(catalogue_entry, catalogue_entry.c.id == badge_award.c.catalogue_entry_id)
        .outerjoin(paid, paid.c.badge_award_id == badge_award.c.id)
        .where(badge_award.c.person_id == person_id)
    )
    rows = list(tx.execute(query.order_by(badge_award.c.issued_on.desc(), badge_award.c.id)))
    named = _skills(tx, [row.catalogue_entry_id for row in rows])
    return [_piece(row, named) for row in rows]


def _piece(row: Any, named: dict[int, list[str]]) -> Piece:
    values: list[Any] = [*row[:12], tuple(named.get(row.catalogue_entry_id, ()))]
    return Piece(*values)


def _skills(tx: Tx, entry_ids: Sequence[int]) -> dict[int, list[str]]:
    query = sa.select(catalogue_skill.c.catalogue_entry_id, skill.c.name).join(
        skill, skill.c.id == catalogue_skill.c.skill_id
    )
    found: dict[int, list[str]] = {}
    chosen = query.where(catalogue_skill.c.catalogue_entry_id.in_(set(entry_ids))).order_by(skill.c.name)
    for entry_id, name in tx.execute(chosen):
        found.setdefault(entry_id, []).append(name)
    return found
