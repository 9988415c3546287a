"""When jobs are due, as values: the slot that a moment belongs to is the same for every scheduler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin.services.core import Core

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
MISFIRE_GRACE_SECONDS = 3600


@dataclass(frozen=True)
class Every:
    """Every so many seconds, at the same instants on every machine."""

    seconds: int

    def slot(self, now: datetime, zone: ZoneInfo) -> datetime:  # noqa: ARG002 - the same in all zones
        passed = int((now - EPOCH).total_seconds()) // self.seconds
        return EPOCH + timedelta(seconds=passed * self.seconds)


@dataclass(frozen=True)
class Daily:
    """Once a day at this time of the company's zone."""

    at: time

    def slot(self, now: datetime, zone: ZoneInfo) -> datetime:
        here = now.astimezone(zone)
        due = datetime.combine(here.date(), self.at, zone)
        return (
            due if due <= here else datetime.combine(here.date() - timedelta(days=1), self.at, zone)
        ).astimezone(UTC)


@dataclass(frozen=True)
class Job:
    """``perform`` only inserts rows or sweeps, in seconds at most; the worker does the work."""

    id: str
    rule: Every | Daily
    perform: Callable[[Core], object]
    misfire_grace_seconds: int = MISFIRE_GRACE_SECONDS
