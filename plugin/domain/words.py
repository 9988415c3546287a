"""A word that somebody typed or sent, as one of an enum's."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from plugin.errors import InvalidInput
from plugin.texts import _

W = TypeVar("W", bound=StrEnum)


def word(words: type[W], text: str, field: str) -> W:
    """InvalidInput when the text is none of the enum's words."""
    try:
        return words(text)
    except ValueError as error:
        known = ", ".join(words)
        raise InvalidInput(
            _("Enter one of these words for %(field)s: %(known)s.", field=field, known=known),
            fields={field: _("Enter one of: %(known)s.", known=known)},
        ) from error
