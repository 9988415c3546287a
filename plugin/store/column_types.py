"""Column types that keep times aware and decimals exact on SQLite and PostgreSQL alike, and their exact sum."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy import Integer, String
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator, TypeEngine

from plugin.errors import InvalidInput
from plugin.texts import _, retold, stored

Word = TypeVar("Word", bound=StrEnum)


class UtcTime(TypeDecorator[datetime]):
    """Aware UTC in and out; a naive time is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Misfit(InvalidInput, DontWrapMixin):
    """A figure that its column cannot hold: it is too large, or has more than ``digits`` decimal places. It does not name the figure,
    which may be somebody's pay."""

    def __init__(self, digits: int | None = None) -> None:
        super().__init__(
            _("the figure is too large")
            if digits is None
            else _("the figure has more than %(digits)s decimal places", digits=digits)
        )
        self.digits = digits


class Fixed(TypeDecorator[Decimal]):
    """Decimals as whole numbers of a small unit (4 digits: ten-thousandths), so that both databases compare and add them exactly.

    A figure with more digits is refused: what somebody decides is stored as it was seen. Columns of what is measured elsewhere
    or follows from a division say ``rounds``: they round once, here, halves away from zero.
    """

    impl = sa.BigInteger
    cache_ok = True

    def __init__(self, digits: int, *, rounds: bool = False) -> None:
        super().__init__()
        self.digits, self.rounds = digits, rounds
        self.units = _to_units(digits, rounds=rounds)

    def misfit(self, value: Decimal) -> Misfit | None:
        """Why the column cannot hold the figure, None when it can."""
        try:
            self.units(value)
        except Misfit as error:
            return error
        return None

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Decimal | None], int | None]:  # noqa: ARG002
        return self.units

    def result_processor(
        self,
        dialect: sa.Dialect,  # noqa: ARG002
        coltype: object,  # noqa: ARG002
    ) -> Callable[[int | None], Decimal | None]:
        return _from_units(self.digits)


def _to_units(digits: int, *, rounds: bool) -> Callable[[Decimal | None], int | None]:
    """A closure, since it is called for every cell of a bulk insert. It raises Misfit."""
    unit = Decimal(10**digits)

    def units(value: Decimal | None) -> int | None:
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"{type(value).__name__} is no Decimal")
        if not value.is_finite() or (value.adjusted() + digits >= LONGEST and value):
            raise Misfit
        scaled = value * unit
        whole = scaled.to_integral_value(ROUND_HALF_UP)
        if whole != scaled and not rounds:
            raise Misfit(digits)
        return int(whole)

    return units


@cache
def _from_units(digits: int) -> Callable[[int | None], Decimal | None]:
    """As short as the figure is: 3.1, 60000. Points are few (tenths, mostly) and read by the million: they are remembered."""
    unit, smallest = 10**digits, Decimal(1).scaleb(-digits)

    def figure(value: int | None) -> Decimal | None:
        if value is None:
            return None
        return (Decimal(value) * smallest).normalize() if value % unit else Decimal(value // unit)

    return lru_cache(maxsize=4096)(figure) if digits == POINTS.digits else figure


LONGEST = 18  # digits that a BIGINT holds, whatever they are

MONEY, ROUNDED_MONEY = Fixed(4), Fixed(4, rounds=True)
POINTS, ROUNDED_POINTS = Fixed(6), Fixed(6, rounds=True)
ROUNDED_FIGURE = ROUNDED_POINTS  # scores, hours and shares: no points, yet as fine


class OneOf(TypeDecorator[Word], Generic[Word]):
    """A word of one enum, stored as its text; another word is refused on its way in and out."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[Word], length: int = 16) -> None:
        super().__init__(length)
        self.words, self.length = words, length

    def process_bind_param(self, value: Word | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Word | None:  # noqa: ARG002
        return None if value is None else self.words(value)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:  # noqa: ARG002
        """Whoever compares or joins with another text means the text."""
        return self if isinstance(value, self.words) else String()


class Sentence(TypeDecorator[str]):
    """A text for people, read in the reader's language: stored as how it was made. What another system says stays as it came."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else stored(value).replace("\0", "")  # PostgreSQL stores no NUL

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else retold(value)


Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
Id = sa.BigInteger().with_variant(Integer(), "sqlite")


class _Summed(TypeDecorator[Decimal]):
    """What ``total`` gives: one number on PostgreSQL, two parts on SQLite."""

    impl = sa.String
    cache_ok = True

    def __init__(self, digits: int) -> None:
        super().__init__()
        self.digits = digits

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal:  # noqa: ARG002
        high, _other, low = str(value or 0).partition(":")
        units = int(high) * PART + int(low) if low else int(high)
        return _from_units(self.digits)(units) or Decimal(0)


PART = 10**9


class total(sa.sql.functions.GenericFunction[Decimal]):  # noqa: N801 - reads as a function of SQL
    """The sum of a ``Fixed`` column, or of an expression of its type, over the rows where ``rule`` holds; 0 of no rows.

    A whole firm's pay in dong exceeds what SQLite's sum can hold, so millions are added apart from the rest there.
    """

    inherit_cache = True

    def __init__(self, value: sa.ColumnElement[Decimal], rule: sa.ColumnElement[bool] | None = None) -> None:
        assert isinstance(value.type, Fixed)
        self.type = _Summed(value.type.digits)
        super().__init__(value if rule is None else sa.case((rule, value)))


@compiles(total)
def _sum(element: total, compiler: SQLCompiler, **named: Any) -> str:
    return f"sum({compiler.process(element.clauses, **named)})"


@compiles(total, "sqlite")
def _sum_of_parts(element: total, compiler: SQLCompiler, **named: Any) -> str:
    value = compiler.process(element.clauses, **named)
    return f"(sum(({value}) / {PART}) || ':' || sum(({value}) % {PART}))"
