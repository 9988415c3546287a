"""A word that somebody typed or sent, as one of an enum's."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from plugin.errors import InvalidInput

W = TypeVar("W", bound=StrEnum)


def word(words: type[W], text: str, field: str) -> W:
    """InvalidInput when the text is none of the enum's words."""
    try:
        return words(text)
    except ValueError as error:
        said = f"is none of {', '.join(words)}"
        raise InvalidInput(f"{field} {said}", fields={field: said}) from error
