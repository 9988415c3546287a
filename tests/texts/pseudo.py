"""A catalogue that marks every message, ⟦so⟧: what stands on a page without marks was never translated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations
from unittest.mock import patch

from plugin import texts

OPENS, CLOSES = "⟦", "⟧"
LOCALE = "de"  # whose catalogue is replaced; figures stay as they are written there


class Marked(NullTranslations):
    """Every message in marks."""

    def gettext(self, message: str) -> str:
        return f"{OPENS}{message}{CLOSES}"

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@contextmanager
def marking() -> Iterator[None]:
    """Readers of LOCALE read the marked catalogue."""
    real = texts._catalogue
    with patch.object(texts, "_catalogue", lambda name: Marked() if name == LOCALE else real(name)):
        yield


def unmarked(text: str) -> list[str]:
    """The parts of a text outside of all marks."""
    depth, parts = 0, [""]
    for sign in text:
        if sign == OPENS:
            depth += 1
            parts.append("")
        elif sign == CLOSES:
            depth -= 1
        elif depth == 0:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]
