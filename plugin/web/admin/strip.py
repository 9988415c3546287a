"""Where the bars of a connection's last days stand; the template draws them as SVG attributes, since no inline style is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugin.figures import writing
from plugin.services.operation.installation_status import Day
from plugin.texts import N_, _, counted, ngettext

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
        return _("No runs in this period.")
    parts = [
        _part(sum(day.succeeded for day in days), N_("%(num)s completed")),
        _part(sum(day.partial for day in days), N_("%(num)s partially completed")),
        _part(sum(day.other for day in days), N_("%(num)s in progress")),
        _part(sum(day.failed for day in days), N_("%(num)s failed")),
    ]
    changed = sum(day.changed for day in days)
    said = [
        ngettext("%(num)s run:", "%(num)s runs:", total),
        ", ".join(part for part in parts if part) + ".",
        ngettext("%(num)s record new or changed.", "%(num)s records new or changed.", changed),
    ]
    bad = [writing.day(day.on) for day in days if day.failed]
    if bad:
        said.append(_("Failed on: %(days)s", days=", ".join(bad[:5]) + (" …" if len(bad) > 5 else "")))
    return " ".join(said)


def _part(number: int, message: str) -> str:
    return _(message, num=counted(number)) if number else ""
