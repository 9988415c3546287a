"""The present time, injected, so that any day can be replayed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from plugin.errors import InvalidInput
from plugin.texts import _


class Clock(Protocol):
    """Gives the present time; injected everywhere so that any day can be replayed."""

    def __call__(self) -> datetime: ...


def utc_now() -> datetime:
    """The real clock, aware UTC."""
    return datetime.now(UTC)


def aware(moment: datetime) -> datetime:
    """The same moment in UTC; InvalidInput when it has no zone."""
    if moment.tzinfo is None:
        raise InvalidInput(
            _("time %(moment)s needs a time zone", moment=moment.isoformat()),
            remedy=_("add an offset, e.g. +00:00"),
        )
    return moment.astimezone(UTC)
