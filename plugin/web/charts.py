"""Where the marks of each small chart stand; templates draw them as SVG attributes, since the pages allow no inline style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from plugin.figures import writing
from plugin.services.decision.panel import Step
from plugin.services.decision.sheet import Budget, Row

BEYOND = 0.03  # how far outside of the pay range the strip still shows, as a share of the range


def _place(value: float, low: float, high: float, width: float) -> float:
    """The x of ``value`` on a strip from ``low`` to ``high``, kept inside."""
    if high <= low:
        return width / 2
    return round(min(max((value - low) / (high - low), 0.0), 1.0) * width, 1)


@dataclass(frozen=True)
class RangeStrip:
    """A pay range with pay now and after, in a box of ``width``."""

    width: float
    left: float
    right: float
    middle: float
    now: float
    after: float | None


def range_strip(row: Row, width: float = 168) -> RangeStrip | None:
    """None when the job has no pay range."""
    if row.recommended is None:
        return None
    frozen = row.recommended.row
    if frozen.range_minimum is None or frozen.range_midpoint is None or frozen.range_maximum is None:
        return None
    low, high = float(frozen.range_minimum.amount), float(frozen.range_maximum.amount)
    edge = (high - low) * BEYOND
    inner = width - 10

    def at(amount: Decimal) -> float:
        return 5 + _place(float(amount), low - edge, high + edge, inner)

    after = row.annual_after
    return RangeStrip(
        width,
        at(frozen.range_minimum.amount),
        at(frozen.range_maximum.amount),
        at(frozen.range_midpoint.amount),
        at(frozen.annual.amount),
        None if after is None else at(after.amount),
    )


@dataclass(frozen=True)
class IntervalStrip:
    """The recommended range, the recommendation, the guideline and the decision on one axis from 0."""

    width: float
    low: float
    high: float
    policy: float
    point: float | None
    chosen: float | None


def top_of(largest: Decimal) -> float:
    """One common end of the axis, so that rows can be compared; ``largest``: points of any of them."""
    return float(max(Decimal(5), largest)) * 1.05


def interval_strip(row: Row, top: float, width: float = 150) -> IntervalStrip | None:
    """None when there is nothing to show."""
    shown = row.panel
    if shown is None or not row.is_eligible:
        return None

    def at(points: Decimal) -> float:
        return 6 + _place(float(points), 0, top, width - 12)

    return IntervalStrip(
        width,
        at(shown.low),
        at(shown.high),
        at(shown.policy),
        None if shown.percent is None else at(shown.percent),
        None if row.percent is None else at(row.percent),
    )


def reason_scale(reasons: Sequence[Step]) -> float:
    """The longest bar's points, so that all bars of a table share a scale."""
    return max((abs(float(reason.points)) for reason in reasons), default=1.0) or 1.0


@dataclass(frozen=True)
class Bar:
    """A bar from a zero line in the middle of a lane from -100 to 100."""

    x: float
    width: float
    is_up: bool


def bar(points: Decimal, scale: float) -> Bar:
    length = round(abs(float(points)) / scale * 92, 1)
    return Bar(0.0 if points >= 0 else -length, length, points >= 0)


@dataclass(frozen=True)
class BudgetBar:
    """Positions on a lane of 1000."""

    used: float
    recommended: float
    limit: float
    is_over: bool


def budget_bar(budget: Budget) -> BudgetBar:
    amounts = (budget.used.amount, budget.recommended.amount, budget.budget.amount)
    top = max(float(max(amounts)) * 1.04, 1.0)
    used, recommended, limit = (round(max(float(a), 0.0) / top * 1000, 1) for a in amounts)
    return BudgetBar(used, recommended, limit, budget.used.amount > budget.budget.amount)


@dataclass(frozen=True)
class Dot:
    x: float
    y: float


@dataclass(frozen=True)
class PeerStrip:
    """Compa-ratios of comparable people as dots, with the person now and after the raise above them."""

    width: float
    middle: float
    low_label: str
    high_label: str
    dots: tuple[Dot, ...]
    now: float
    after: float | None


def peer_strip(row: Row, width: float = 300) -> PeerStrip | None:
    """None without enough peers or without a pay range."""
    if (
        row.recommended is None
        or row.panel is None
        or row.recommended.row.compa_ratio is None
        or not row.panel.peers.dots
    ):
        return None
    ratios = [float(ratio) for ratio in row.panel.peers.dots]
    now = float(row.recommended.row.compa_ratio)
    after = None if row.percent is None else now * (1 + float(row.percent) / 100)
    spread = max([abs(r - 1) for r in (*ratios, now, after or now)] + [0.15]) * 1.1

    def at(ratio: float) -> float:
        return 12 + _place(ratio, 1 - spread, 1 + spread, width - 24)

    return PeerStrip(
        width,
        at(1.0),
        writing.share(Decimal(str(-spread))),
        f"+{writing.share(Decimal(str(spread)))}",
        _stacked([at(ratio) for ratio in sorted(ratios)]),
        at(now),
        None if after is None else at(after),
    )


def _stacked(places: Sequence[float], room: float = 7.0) -> tuple[Dot, ...]:
    """Dots that would cover each other move up, step by step."""
    dots: list[Dot] = []
    for x in places:
        level = 0
        while any(abs(dot.x - x) < room and dot.y == 40 - 7 * level for dot in dots) and level < 3:
            level += 1
        dots.append(Dot(x, 40 - 7 * level))
    return tuple(dots)
