"""Exact amounts of one currency, and how they are rounded and summed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from plugin.errors import InvalidInput
from plugin.texts import _


@dataclass(frozen=True, order=False)
class Money:
    """An amount in one currency (ISO 4217 code), never a float. Arithmetic between currencies raises InvalidInput."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise InvalidInput(_("amount “%(amount)s” must be a finite decimal number", amount=self.amount))
        if len(self.currency) != 3 or not (self.currency.isascii() and self.currency.isupper()):
            raise InvalidInput(
                _(
                    "currency “%(currency)s” must be a three-letter currency code, e.g. EUR",
                    currency=self.currency,
                )
            )

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def percent(self, points: Decimal) -> Money:
        """``points`` per cent of this amount, unrounded."""
        return Money(self.amount * points / 100, self.currency)

    def rounded(self, unit: Decimal = Decimal(1)) -> Money:
        """To the nearest ``unit`` of the currency, halves up: the one rounding, at the edge."""
        return Money((self.amount / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit, self.currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise InvalidInput(
                _(
                    "%(currency)s and %(currency2)s can't be combined",
                    currency=self.currency,
                    currency2=other.currency,
                ),
                remedy=_("convert at the cycle's rate first"),
            )
        return other.amount


def one_decimal(points: Decimal) -> Decimal:
    """Points of pay as shown: one decimal, halves up."""
    return points.quantize(Decimal("0.1"), ROUND_HALF_UP)


def largest_remainder(
    parts: Sequence[Decimal], total: Decimal, step: Decimal = Decimal("0.1")
) -> list[Decimal]:
    """``parts`` rounded to ``step`` so that they sum to ``total`` exactly (Hamilton's method).

    ``total`` must be a multiple of ``step`` and within ``len(parts)`` steps of the parts' sum; InvalidInput otherwise.
    Ties go to the earlier part.
    """
    floors = [(part / step).to_integral_value(rounding="ROUND_FLOOR") for part in parts]
    missing = int(total / step - sum(floors, Decimal(0)))
    if total % step != 0 or not 0 <= missing <= len(parts):
        raise InvalidInput(
            _(
                "parts that sum to %(decimal)s can't be rounded to %(total)s in steps of %(step)s",
                decimal=sum(parts, Decimal(0)),
                total=total,
                step=step,
            )
        )
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i] / step, i))
    chosen = set(order[:missing])
    return [(floor + (1 if i in chosen else 0)) * step for i, floor in enumerate(floors)]


def total_money(amounts: Iterable[Money], currency: str) -> Money:
    """The sum in ``currency``; zero of it for none."""
    total = Money(Decimal(0), currency)
    for amount in amounts:
        total = total + amount
    return total
