"""What a record that waits for HR's answer is, as far as it can be read, and which of the people it fits by its day."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from plugin.connectors.base import Context, Source
from plugin.domain import (
    BadgeRecord,
    LearningRecord,
    PayRecord,
    RaiseRecord,
    RatingRecord,
    Record,
    Stream,
)
from plugin.domain.holders import Claim, holders
from plugin.errors import AdvisorError
from plugin.services.core import Core
from plugin.services.sources import connection_opening
from plugin.store.sources.intake import Item


@dataclass(frozen=True)
class Waiting:
    """A record that waits: what it is, and which of the people it fits by its day (None: none of them, or several)."""

    item_id: int
    stream: Stream
    connection_id: int
    title: str
    day: date | None
    holder_id: int | None


def mapped(core: Core, items: Sequence[Item]) -> dict[int, Record]:
    """What can be read of them; a connection that cannot be opened shows keys only."""
    opened: dict[int, tuple[Source, Context]] = {}
    found: dict[int, Record] = {}
    for item in items:
        with suppress(AdvisorError):
            if item.connection_id not in opened:
                opened[item.connection_id] = connection_opening.opened(core, item.connection_id)  # type: ignore[assignment]
            connector, ctx = opened[item.connection_id]
            found[item.id] = connector.map(ctx, Stream(item.stream), item.raw)
    return found


def waiting(item: Item, record: Record | None, spans: Sequence[Claim]) -> Waiting:
    held = holders(spans, item.day) if item.day else frozenset()
    holder = next(iter(held)) if len(held) == 1 else None
    stream = Stream(item.stream)
    return Waiting(item.id, stream, item.connection_id, _title(item, record), item.day, holder)


def _title(item: Item, record: Record | None) -> str:
    match record:
        case LearningRecord():
            return record.title
        case BadgeRecord():
            return record.badge_name
        case PayRecord():
            return f"{record.annual.amount} {record.annual.currency}"
        case RatingRecord():
            return record.label or str(record.score)
        case RaiseRecord():
            return f"{record.percent}%"
        case _:
            return item.remote_key
