"""What an export of raises leaves behind: the ledger "pay a skill once", and the result of each write."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from plugin.domain import DecisionState, Json, OutboxKind, OutboxState, PayKind, RaiseState
from plugin.store.batches import parts
from plugin.store.database import Tx, insert_new
from plugin.store.evidence import evidence_facts
from plugin.store.tables import decision, outbox, participant, person, reward

KINDS = tuple(PayKind)
SENT_FROM = (
    DecisionState.APPROVED,
    DecisionState.EXPORTED,
    DecisionState.FAILED,
)  # states of decisions that are sent, or were


def add_rewards(tx: Tx, cycle_id: int, on: date, paid: Sequence[tuple[int, Decimal | None]]) -> int:
    """(badge award, points) of one person, kept with the skills that the badges show today; a badge that was paid for before
    stays as it is. Says how many were new."""
    points: dict[int, Decimal] = {}
    for award_id, value in paid:
        points[award_id] = points.get(award_id, Decimal(0)) + (value or Decimal(0))
    skills = evidence_facts.skills_of_awards(tx, list(points))
    rows = [
        {
            "badge_award_id": award_id,
            "cycle_id": cycle_id,
            "points": value,
            "rewarded_on": on,
            "skills": skills.get(award_id, []),
        }
        for award_id, value in points.items()
    ]
    return insert_new(tx, reward, rows, ["badge_award_id"])


def subject(source_id: str, effective_on: date, kind: PayKind = PayKind.PAY) -> str:
    """How the outbox names the raise of a person from a day on, or what is paid once: the natural key in the HR suite."""
    return f"raise:{source_id}{_suffix(effective_on, kind)}"


def _suffix(effective_on: date, kind: PayKind) -> str:
    return f"/{effective_on.isoformat()}{'' if kind == PayKind.PAY else '/once'}"


@dataclass(frozen=True)
class Written:
    """The newest write of one kind to one HR suite: ``state`` due, leased, done or dead; ``values`` as they were queued."""

    state: OutboxState
    message: str
    values: Json


def _subjects(effective_on: date, kinds: Collection[PayKind]) -> list[sa.ColumnElement[str]]:
    """What the writes of a person are named; the person's row is part of the query."""
    return [sa.literal("raise:") + person.c.source_id + _suffix(effective_on, kind) for kind in kinds]


def _newest(effective_on: date, kinds: Collection[PayKind]) -> sa.Subquery:
    """Ids of the newest write of each kind of a person to each HR suite."""
    query = (
        sa.select(outbox.c.person_id, sa.func.max(outbox.c.id).label("id"))
        .join(person, person.c.id == outbox.c.person_id)
        .where(outbox.c.kind == OutboxKind.WRITE, outbox.c.event_type == "raises.write")
        .where(outbox.c.subject.in_(_subjects(effective_on, kinds)))
        .group_by(outbox.c.person_id, outbox.c.target_id, outbox.c.subject)
    )
    return query.subquery()


def write_results(
    tx: Tx, effective_on: date, kind: PayKind, people: Collection[int]
) -> dict[int, list[Written]]:
    """By person: the newest write of the day to each HR suite."""
    columns = (outbox.c.id, outbox.c.person_id, outbox.c.target_id, outbox.c.state, outbox.c.message)
    query = (
        sa.select(*columns, outbox.c.payload)
        .join(person, person.c.id == outbox.c.person_id)
        .where(outbox.c.event_type == "raises.write")  # no word on kind: it is found by person
        .where(outbox.c.subject.in_(_subjects(effective_on, [kind])))
    )
    newest: dict[tuple[int, int], Written] = {}
    for part in parts(people):
        for row in tx.execute(query.where(outbox.c.person_id.in_(part)).order_by(outbox.c.id)):
            written = Written(row.state, row.message or "", row.payload.get("values"))
            newest[row.person_id, row.target_id] = written
    found: dict[int, list[Written]] = {}
    for (who, _), one in newest.items():
        found.setdefault(who, []).append(one)
    return found


def _by_person(effective_on: date, kinds: Collection[PayKind]) -> sa.Subquery:
    """How many of a person's newest writes are dead, still to go and done, and when the last was queued."""
    newest = _newest(effective_on, kinds)
    is_dead, is_done = outbox.c.state == OutboxState.DEAD, outbox.c.state == OutboxState.DONE

    def number(of: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((of, 1), else_=0))

    query = (
        sa.select(
            newest.c.person_id,
            number(is_dead).label("dead"),
            number(is_done).label("done"),
            number(~is_dead & ~is_done).label("open"),
            number(is_done & outbox.c.subject.like("%/once")).label("paid_once"),
            sa.func.max(outbox.c.created_at).label("queued_at"),
        )
        .join(outbox, outbox.c.id == newest.c.id)
        .group_by(newest.c.person_id)
    )
    return query.subquery()


def answered(tx: Tx, cycle_id: int, effective_on: date, kinds: Collection[PayKind]) -> list[int]:
    """People whose raise is not known as done or refused yet, though the HR suites have answered so, in order."""
    sent = _by_person(effective_on, kinds)
    is_refused, is_all = sent.c.dead > 0, (sent.c.dead == 0) & (sent.c.open == 0)
    is_new = sa.or_(
        (decision.c.state == DecisionState.APPROVED) & (is_refused | is_all),
        (decision.c.state == DecisionState.FAILED) & is_all,
    )
    query = sa.select(decision.c.person_id).join(sent, sent.c.person_id == decision.c.person_id)
    mine = query.where(decision.c.cycle_id == cycle_id, is_new).order_by(decision.c.person_id)
    return list(tx.execute(mine).scalars())


def under_way(tx: Tx, cycle_id: int, effective_on: date, kinds: Collection[PayKind]) -> int:
    """People of whom a write has no answer yet."""
    sent = _by_person(effective_on, kinds)
    query = sa.select(sa.func.count()).select_from(
        decision.join(sent, sent.c.person_id == decision.c.person_id)
    )
    waits = (
        (decision.c.state.in_((DecisionState.APPROVED, DecisionState.FAILED)))
        & (sent.c.open > 0)
        & (sent.c.dead == 0)
    )
    return int(tx.execute(query.where(decision.c.cycle_id == cycle_id, waits)).scalar_one())


def tally(tx: Tx, cycle_id: int, effective_on: date, *, takes_lump_sums: bool) -> dict[str, int]:
    """Raises by state, without a look into the recommendations: ready, queued, done, dead and no_change, and of all ``by_hand``.

    Ready: approved, and nothing was queued since then.
    """
    sent = _by_person(effective_on, KINDS)
    of_same = (decision.c.cycle_id == participant.c.cycle_id) & (
        decision.c.person_id == participant.c.person_id
    )
    is_exported, is_lump = decision.c.state == DecisionState.EXPORTED, decision.c.lump_amount > Decimal(0)
    is_none = decision.c.cost == Decimal(0)
    state = sa.case(
        (is_exported & is_none, RaiseState.NO_CHANGE),
        (is_exported, RaiseState.DONE),
        (decision.c.state == DecisionState.FAILED, RaiseState.DEAD),
        (sent.c.queued_at.is_(None) | (sent.c.queued_at < decision.c.approved_at), RaiseState.READY),
        (sent.c.dead > 0, RaiseState.DEAD),
        else_=RaiseState.QUEUED,
    ).label("state")
    never_paid = sa.func.coalesce(sent.c.paid_once, 0) == 0
    by_hand = is_lump & (is_exported & never_paid if takes_lump_sums else ~is_exported | never_paid)
    query = (
        sa.select(state, sa.func.count(), sa.func.sum(sa.case((by_hand, 1), else_=0)))
        .select_from(
            decision.join(participant, of_same).outerjoin(sent, sent.c.person_id == decision.c.person_id)
        )
        .where(decision.c.cycle_id == cycle_id, decision.c.state.in_(SENT_FROM))
        .where(participant.c.recommendation_id.is_not(None))
        .group_by(state)
    )
    rows = tx.execute(query).all()
    return {row[0]: row[1] for row in rows} | {"by_hand": sum(row[2] for row in rows)}
