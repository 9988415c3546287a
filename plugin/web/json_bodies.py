"""How JSON that comes in is read: what Python alone would take or break on is a fault of the sender, never ours."""

from __future__ import annotations

import json
from typing import NoReturn

from plugin.domain import Json


def read(sent: bytes) -> Json:
    """ValueError for what is no JSON (RFC 8259): NaN and Infinity too, and nesting deeper than can be read."""
    try:
        found: Json = json.loads(sent, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return found


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)
