"""Records that no longer count for a person: the HR suite and subscribers are told in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from plugin.domain import Stream
from plugin.services.delivery import events
from plugin.services.evidence import skill_writes
from plugin.services.people import plausibility
from plugin.store.database import Tx
from plugin.store.people import unjudged
from plugin.store.sources import records
from plugin.store.sources.intake import Item


def withdraw(tx: Tx, at: datetime, stream: Stream, items: Sequence[Item], *, is_moved: bool = False) -> None:
    """Takes the records of these rows away; ``is_moved``: they are another person's, or nobody knows whose, and may come again."""
    ids = [item.id for item in items]
    if stream in plausibility.JUDGED:
        unjudged.mark(tx, at, {item.person_id for item in items if item.person_id is not None})
    learnt = records.learnt(tx, ids) if stream is Stream.LEARNING else []
    if stream is Stream.BADGES:
        skill_writes.taken_back(tx, at, ids)
    if is_moved:
        records.take_away(tx, stream, ids)
    else:
        records.withdraw(tx, stream, ids)
    if stream is Stream.LEARNING:
        events.retracted(tx, at, items, learnt)
