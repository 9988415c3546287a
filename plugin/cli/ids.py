"""Ids on the command line."""

from __future__ import annotations

from typing import Any

import click

from plugin.domain.ids import LARGEST_ID
from plugin.texts import _


class _RecordId(click.types.IntParamType):
    """A whole number that the database can hold; any other is a usage error."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = super().convert(value, param, ctx)
        if abs(found) > LARGEST_ID:
            self.fail(_("enter a number up to %(most)s.", most=LARGEST_ID), param, ctx)
        return int(found)


RECORD_ID = _RecordId()
