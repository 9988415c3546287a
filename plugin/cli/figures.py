"""Figures and days of the command line, by the one reader in its plain form: 70000.5 and 2026-12-31."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import click

from plugin.errors import InvalidInput
from plugin.figures import reading
from plugin.texts import _

T = TypeVar("T")


class Figure(click.ParamType[T], Generic[T]):
    """``name`` stands in the help as the placeholder."""

    def __init__(self, name: str, read: Callable[[str], T | None]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> T:
        if not isinstance(value, str):
            return value  # type: ignore[return-value]  # click gives a default as it is declared
        try:
            found = self._read(value)
        except InvalidInput as error:
            self.fail(next(iter(error.fields.values())), param, ctx)
        if found is None:
            self.fail(_("Enter a value."), param, ctx)
        return found


AMOUNT = Figure("amount", reading.read_amount)
PERCENT = Figure("percent", reading.read_percent)
DAY = Figure("date", reading.read_date)
