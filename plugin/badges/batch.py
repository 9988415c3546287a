"""Judges many badges in one call, for the command line and for nightly re-checks, one verdict each whatever happens."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from plugin.badges.limits import DEFAULT_LIMITS, Limits
from plugin.badges.reading.documents import Documents
from plugin.badges.reading.times import parse_time
from plugin.badges.verdict import Inspection, Verdict
from plugin.badges.verification import verify
from plugin.domain import BadgeVerdict

STDIN = "-"


@dataclass(frozen=True)
class Judged:
    """One input by the name that it was given, and its verdict."""

    file: str
    verdict: Verdict

    def as_json(self) -> dict[str, object]:
        """``{"file", "verdict", "codes", "steps"}``"""
        return {"file": self.file, **self.verdict.as_json()}


@dataclass(frozen=True)
class Bench:
    """What all badges of a call are judged with; ``recipients`` as in ``plugin.badges.verify``."""

    documents: Documents
    now: datetime
    recipients: Sequence[str] = ()
    limits: Limits = DEFAULT_LIMITS


def judge(sources: Iterable[str], bench: Bench) -> Iterator[Judged]:
    """Verdicts in the order of ``sources``: paths, http(s) URLs, or ``-`` for standard input."""
    for source in sources:
        yield Judged(source, _judge_one(source, bench))


def _judge_one(source: str, bench: Bench) -> Verdict:
    try:
        raw = _read(source, bench.limits)
    except OSError as error:
        inspection = Inspection()
        inspection.note("read", "file_unreadable", error.strerror or "")
        return inspection.result(None)
    return verify(
        raw, documents=bench.documents, now=bench.now, recipients=bench.recipients, limits=bench.limits
    )


def _read(source: str, limits: Limits) -> bytes | str:
    """At most one byte more than allowed, so that a huge file is refused and not loaded."""
    if source.lower().startswith(("http://", "https://")):
        return source
    if source == STDIN:
        return sys.stdin.buffer.read(limits.input_bytes + 1)
    with Path(source).open("rb") as file:
        return file.read(limits.input_bytes + 1)


def exit_status(outcomes: Iterable[BadgeVerdict]) -> int:
    """0 when all are valid, 1 when any is invalid, 2 when none is invalid and any is undetermined."""
    seen = set(outcomes)
    if BadgeVerdict.INVALID in seen:
        return 1
    return 2 if BadgeVerdict.UNDETERMINED in seen else 0


def moment(text: str) -> datetime:
    """A moment with zone, or a day: its last second in UTC, so that what was issued on the day counts.

    Raises BadgeProblem invalid_date.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return parse_time(text)
    return datetime.combine(day, time(23, 59, 59), UTC)
