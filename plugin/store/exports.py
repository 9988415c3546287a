"""What an export of raises leaves behind: the ledger "pay a skill once", and the result of each write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from plugin.store.database import Tx, insert_new
from plugin.store.models import outbox, person, reward


def add_rewards(tx: Tx, cycle_id: int, on: date, paid: Sequence[tuple[int, Decimal | None]]) -> int:
    """(badge award, points) of one person; a badge that was paid for before stays as it is. Says how many were new."""
    points: dict[int, Decimal] = {}
    for award_id, value in paid:
        points[award_id] = points.get(award_id, Decimal(0)) + (value or Decimal(0))
    rows = [
        {"badge_award_id": award_id, "cycle_id": cycle_id, "points": value, "rewarded_on": on}
        for award_id, value in points.items()
    ]
    return insert_new(tx, reward, rows, ["badge_award_id"])


def subject(source_id: str, effective_on: date) -> str:
    """How the outbox names the raise of a person from a day on: the natural key in the HR suite."""
    return f"raise:{source_id}/{effective_on.isoformat()}"


def write_results(tx: Tx, effective_on: date) -> dict[int, tuple[str, str]]:
    """By person: state and message of the newest write of the raise of that day. With several HR suites the worst counts."""
    suffix = f"/{effective_on.isoformat()}"
    newest = (
        sa.select(sa.func.max(outbox.c.id))
        .where(outbox.c.kind == "write", outbox.c.event_type == "raises.write")
        .where(outbox.c.subject == sa.literal("raise:") + person.c.source_id + suffix)
        .where(outbox.c.person_id == person.c.id)
        .group_by(outbox.c.target_id)
        .correlate(person)
    )
    query = (
        sa.select(person.c.id, outbox.c.state, sa.func.coalesce(outbox.c.message, ""))
        .join(outbox, outbox.c.person_id == person.c.id)
        .where(outbox.c.id.in_(newest))
    )
    worst: dict[int, tuple[str, str]] = {}
    order = {"done": 0, "due": 1, "leased": 1, "dead": 2}
    for who, state, message in tx.execute(query):
        if who not in worst or order.get(state, 1) > order.get(worst[who][0], 1):
            worst[who] = (state, message)
    return worst
