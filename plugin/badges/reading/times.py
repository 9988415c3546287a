"""Parses the dates of badges strictly, because a date without a zone is another day somewhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from plugin.badges.codes import BadgeProblem

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(?:([Zz])|([+-])(\d\d):?(\d\d))\Z",
    re.ASCII,
)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)\Z", re.ASCII)
_FAR = datetime(9999, 12, 31, tzinfo=UTC)


def parse_time(value: object) -> datetime:
    """An ISO 8601 date and time with zone, as aware UTC. Raises BadgeProblem invalid_date."""
    match = _TIME.match(value) if isinstance(value, str) and len(value) < 64 else None
    if match is None:
        raise BadgeProblem("invalid_date", f"{str(value)[:40]!r}")
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    second, fraction = int(match[6] or 0), int((match[7] or "0")[:6].ljust(6, "0"))
    leap = second == 60
    try:
        moment = datetime(
            year, month, day, hour, minute, 59 if leap else second, fraction, tzinfo=_zone(match)
        )
        return (moment + timedelta(seconds=leap)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        if year >= 9999 and 1 <= month <= 12:
            return _FAR
        raise BadgeProblem("invalid_date", f"{str(value)[:40]!r}") from error


def _zone(match: re.Match[str]) -> timezone:
    if match[8]:
        return UTC
    hours, minutes = int(match[10]), int(match[11])
    if hours > 14 or minutes > 59:
        raise ValueError
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if match[9] == "-" else offset)


def parse_old_time(value: object) -> datetime:
    """The date forms of Open Badges 0.5 to 1.1: also seconds since 1970 and a plain day (its UTC midnight)."""
    if isinstance(value, bool):
        raise BadgeProblem("invalid_date", "boolean")
    if isinstance(value, int) or (
        isinstance(value, str) and value.isascii() and value.isdigit() and len(value) > 4
    ):
        try:
            return datetime.fromtimestamp(int(value), UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise BadgeProblem("invalid_date", str(value)[:40]) from error
    day = _DAY.match(value) if isinstance(value, str) else None
    if day is None:
        return parse_time(value)
    try:
        return datetime(int(day[1]), int(day[2]), int(day[3]), tzinfo=UTC)
    except ValueError as error:
        raise BadgeProblem("invalid_date", str(value)[:40]) from error
