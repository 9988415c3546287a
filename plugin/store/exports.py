"""What an export of raises leaves behind: the ledger "pay a skill once", and the result of each write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from plugin.domain import Json
from plugin.store import facts
from plugin.store.database import Tx, insert_new
from plugin.store.models import outbox, person, reward

KINDS = ("pay", "once")  # base pay from a day on, and what is paid once on it


def add_rewards(tx: Tx, cycle_id: int, on: date, paid: Sequence[tuple[int, Decimal | None]]) -> int:
    """(badge award, points) of one person, kept with the skills that the badges show today; a badge that was paid for before
    stays as it is. Says how many were new."""
    points: dict[int, Decimal] = {}
    for award_id, value in paid:
        points[award_id] = points.get(award_id, Decimal(0)) + (value or Decimal(0))
    skills = facts.skills_of_awards(tx, list(points))
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


def subject(source_id: str, effective_on: date, kind: str = "pay") -> str:
    """How the outbox names the raise of a person from a day on, or what is paid once: the natural key in the HR suite."""
    return f"raise:{source_id}{_suffix(effective_on, kind)}"


def _suffix(effective_on: date, kind: str) -> str:
    return f"/{effective_on.isoformat()}{'' if kind == 'pay' else '/once'}"


@dataclass(frozen=True)
class Written:
    """The newest write of one kind to one HR suite: ``state`` due, leased, done or dead; ``values`` as they were queued."""

    state: str
    message: str
    values: Json


def write_results(tx: Tx, effective_on: date, kind: str) -> dict[int, list[Written]]:
    """By person: the newest write of the day to each HR suite."""
    newest = (
        sa.select(sa.func.max(outbox.c.id))
        .where(outbox.c.kind == "write", outbox.c.event_type == "raises.write")
        .where(outbox.c.subject == sa.literal("raise:") + person.c.source_id + _suffix(effective_on, kind))
        .where(outbox.c.person_id == person.c.id)
        .group_by(outbox.c.target_id)
        .correlate(person)
    )
    query = (
        sa.select(person.c.id, outbox.c.state, sa.func.coalesce(outbox.c.message, ""), outbox.c.payload)
        .join(outbox, outbox.c.person_id == person.c.id)
        .where(outbox.c.id.in_(newest))
    )
    found: dict[int, list[Written]] = {}
    for who, state, message, payload in tx.execute(query):
        found.setdefault(who, []).append(Written(state, message, payload.get("values")))
    return found
