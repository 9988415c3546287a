"""Where the bars of a connection's last days stand; the template draws them as SVG attributes, since no inline style is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugin.figures import writing
from plugin.services.operation.installation_status import Day
from plugin.web.formats import plural

HEIGHT, LEAST, STEP, WIDTH = 48.0, 4.0, 10.0, 8.0


@dataclass(frozen=True)
class Bar:
    """``tone`` ok, part, fail or none (a day without a run)."""

    x: float
    y: float
    width: float
    height: float
    tone: str


@dataclass(frozen=True)
class Strip:
    """``box`` is the width of the drawing; the height is HEIGHT."""

    box: float
    height: float
    bars: tuple[Bar, ...]
    said: str


def strip(days: Sequence[Day]) -> Strip:
    """A bar a day: its height grows with the records changed, its tone is that of the worst run."""
    most = max((day.changed for day in days), default=0)
    bars = tuple(_bar(i, day, most) for i, day in enumerate(days))
    return Strip(STEP * len(days), HEIGHT, bars, _said(days))


def _bar(place: int, day: Day, most: int) -> Bar:
    tone = "none" if not day.runs else "fail" if day.failed else "part" if day.partial else "ok"
    share = (day.changed / most) ** 0.5 if most else 0.0
    height = 1.5 if tone == "none" else round(LEAST + (HEIGHT - LEAST) * share, 1)
    return Bar(place * STEP + 1, round(HEIGHT - height, 1), WIDTH, height, tone)


def _said(days: Sequence[Day]) -> str:
    """The same in words."""
    total = sum(day.runs for day in days)
    if not total:
        return "No run in these days."
    parts = [f"{n} in full" for n in (sum(day.succeeded for day in days),) if n]
    parts += [f"{n} in part" for n in (sum(day.partial for day in days),) if n]
    parts += [f"{n} not ended yet" for n in (sum(day.other for day in days),) if n]
    parts += [f"{n} failed" for n in (sum(day.failed for day in days),) if n]
    bad = [writing.day(day.on) for day in days if day.failed]
    where = f" (on {', '.join(bad[:5])}{' and others' if len(bad) > 5 else ''})" if bad else ""
    changed = sum(day.changed for day in days)
    return f"{plural(total, '%d run', '%d runs')}: {', '.join(parts)}{where}. {plural(changed, '%d record', '%d records')} new or changed."
