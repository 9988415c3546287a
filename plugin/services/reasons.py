"""The words in which people explain what they do, read in one way: a limit that the error names beside their number."""

from __future__ import annotations

from plugin.errors import InvalidInput
from plugin.texts import _, counted

LONGEST = 2000  # characters


def read(text: str, field: str, label: str, asks: str | None) -> str:
    """The words as they are kept. ``asks``: what to enter where nothing is, None where nothing may be. InvalidInput for ``field``."""
    words = text.replace("\r\n", "\n").strip()  # as the browser counts them
    said = asks if not words else None
    if len(words) > LONGEST:
        said = _(
            "Use at most %(most)s characters. Your text has %(number)s.",
            most=counted(LONGEST),
            number=counted(len(words)),
        )
    if said:
        raise InvalidInput(f"{label}: {said}", fields={field: said})
    return words
