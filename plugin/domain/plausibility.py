"""Which values are too odd to be used before a person has looked at them: rules with their thresholds, nothing read or written here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum

from plugin.domain.documents import JsonObject
from plugin.errors import InvalidInput
from plugin.texts import _

LEAST_PEERS = 5  # a median of fewer tells nothing
PAIR = re.compile(r"[A-Z]{2}:[A-Z]{3}")


class HeldRule(StrEnum):
    """What a held value tripped over."""

    PAY_JUMP = "pay_jump"
    CURRENCY_CHANGE = "currency_change"
    COMPA_RATIO = "compa_ratio"
    CURRENCY = "currency"
    PAY_BESIDE_PEERS = "pay_beside_peers"
    RATING_SCALE = "rating_scale"
    RANGE_ORDER = "range_order"
    RANGE_CURRENCY = "range_currency"
    RAISES_COLUMN = "raises_column"
    HEADCOUNT = "headcount"
    LARGEST_RAISE = "largest_raise"
    LEAVES_BEFORE = "leaves_before"
    UNJUDGED = "unjudged"  # of no value: what changed was not judged yet


class HeldState(StrEnum):
    """Of a value that tripped."""

    HELD = "held"
    RELEASED = "released"  # by a person, for this very value
    ENDED = "ended"  # the value changed, or is as it should be


@dataclass(frozen=True)
class Thresholds:
    """What HR sets. Ratios are plain factors, percent are points; ``also_paid_in`` names country and currency, e.g. CH:EUR.

    A value at a limit is plausible, but for ``pay_factor``: pay at that many times the last, or at that part of it, trips.
    """

    pay_factor: Decimal = Decimal(3)
    compa_low: Decimal = Decimal("0.5")
    compa_high: Decimal = Decimal(2)
    peers_factor: Decimal = Decimal(3)
    raises_percent: Decimal = Decimal("0.5")
    rating_low: Decimal = Decimal(1)
    rating_high: Decimal = Decimal(5)
    headcount_percent: Decimal = Decimal(20)
    headcount_free: Decimal = Decimal(10)  # people: a change by so few never trips
    also_paid_in: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        wrong: dict[str, str] = {}
        if not 1 < self.pay_factor <= 100:
            wrong["pay_factor"] = _("Enter a factor above 1 and at most 100.")
        if not 0 <= self.compa_low < 1:
            wrong["compa_low"] = _("Enter a ratio from 0 to below 1.")
        if not 1 < self.compa_high <= 100:
            wrong["compa_high"] = _("Enter a ratio above 1 and at most 100.")
        if not 1 < self.peers_factor <= 100:
            wrong["peers_factor"] = _("Enter a factor above 1 and at most 100.")
        if not 0 <= self.raises_percent <= 100:
            wrong["raises_percent"] = _("Enter a percentage from 0 to 100.")
        if not 0 <= self.rating_low < self.rating_high <= 1000:
            wrong["rating_high"] = _("Enter a highest rating above the lowest.")
        if not 0 < self.headcount_percent <= 1000:
            wrong["headcount_percent"] = _("Enter a percentage above 0 and at most 1,000.")
        if not 0 <= self.headcount_free <= 100_000 or self.headcount_free % 1:
            wrong["headcount_free"] = _("Enter a whole number of employees from 0 to 100,000.")
        if bad := [pair for pair in self.also_paid_in if not PAIR.fullmatch(pair)]:
            wrong["also_paid_in"] = _(
                "Enter country and currency codes, e.g. CH:EUR, instead of “%(pair)s”.", pair=bad[0][:40]
            )
        if wrong:
            raise InvalidInput("; ".join(wrong.values()), fields=wrong)

    def as_json(self) -> JsonObject:
        return {
            name: [*value] if isinstance(value, tuple) else str(value) for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, stored: JsonObject) -> Thresholds:
        """What was stored before a rule was added has its default."""
        known: dict[str, object] = {}
        for one in fields(cls):
            if one.name in stored:
                value = stored[one.name]
                known[one.name] = tuple(map(str, value)) if isinstance(value, list) else Decimal(str(value))
        return cls(**known)  # type: ignore[arg-type]

    def is_jump(self, annual: Decimal, before: Decimal) -> bool:
        """Pay against the pay before it, in one currency."""
        return annual >= before * self.pay_factor or annual * self.pay_factor <= before

    def is_in_range(self, annual: Decimal, midpoint: Decimal) -> bool:
        return self.compa_low * midpoint <= annual <= self.compa_high * midpoint

    def is_beside(self, annual: Decimal, median: Decimal) -> bool:
        """Pay against the median pay of peers, in one currency."""
        return median <= annual * self.peers_factor and annual <= median * self.peers_factor

    def is_headcount_change(self, people: int, before: int) -> bool:
        moved = abs(people - before)
        return moved > self.headcount_free and moved * 100 > self.headcount_percent * before


@dataclass(frozen=True)
class PayStep:
    """Pay from a day on; ``is_judged`` False: long past, or released by a person. ``is_doubted``: it was held and not released,
    so that nothing is compared with it."""

    effective_on: date
    annual: Decimal
    currency: str
    is_judged: bool = True
    is_doubted: bool = False


def jumps(
    steps: Sequence[PayStep], trusted: PayStep | None, thresholds: Thresholds
) -> Iterator[tuple[PayStep, PayStep]]:
    """The steps of one person (by day) that are too far from the last plausible one or in another currency, each with that one.

    ``trusted``: what counted as pay when it was looked at last, so that a value that was replaced or moved is still compared.
    """
    last: PayStep | None = None
    is_met = trusted is None
    for number, step in enumerate(steps):
        if trusted is not None and not is_met:
            if step.effective_on >= trusted.effective_on:
                last, is_met = trusted, True
            elif number == len(steps) - 1:
                last = trusted
        if step.is_judged and last is not None and _is_far(step, last, thresholds):
            yield step, last
        elif not step.is_doubted:
            last = step


def _is_far(step: PayStep, last: PayStep, thresholds: Thresholds) -> bool:
    return step.currency != last.currency or thresholds.is_jump(step.annual, last.annual)
