"""A catalogue that marks every message, ⟦so⟧: what stands on a page without marks was never translated."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from gettext import NullTranslations
from html.parser import HTMLParser
from unittest.mock import patch

from plugin import texts
from plugin.manifest.catalogue import in_language
from tests.texts.catalogues import manifests, messages_of, sources
from tests.texts.finding import SHOWN_ATTRIBUTES

SILENT = frozenset({"script", "style", "code", "pre", "kbd"})
_PLACEHOLDER, _WORDS = re.compile(r"%\(\w+\)s"), re.compile(r"[^\W\d_]{2,}")
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
    """Readers of LOCALE read the marked catalogue, and whatever has no reader is said in it."""
    real, before = texts._catalogue, texts._installation["locale"]
    with patch.object(texts, "_catalogue", lambda name: Marked() if name == LOCALE else real(name)):
        texts.set_default(LOCALE)
        in_language.cache_clear()  # manifests that an earlier test read in the true language
        try:
            yield
        finally:
            texts.set_default(before)
            in_language.cache_clear()


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


class _Page(HTMLParser):
    """Collects what a reader sees or hears outside of all marks; code is the same in every language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._depth = self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        if not self._silent and not self._depth:
            self.found += [
                part
                for name, value in attrs
                if name in SHOWN_ATTRIBUTES and value
                for part in unmarked(value)
            ]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._depth:  # a message with markup in it: its end stands in a later text
            data = OPENS * self._depth + data
        self.found += unmarked(data)
        self._depth = max(data.count(OPENS) - data.count(CLOSES), 0)


def unmarked_in(page: str) -> list[str]:
    """Texts of an HTML page that no message holds."""
    reader = _Page()
    reader.feed(page)
    reader.close()
    return reader.found


@cache
def _messages() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """All messages of the product: whole ones, and patterns of those with placeholders and enough words of their own."""
    whole, patterns = set[str](), list[re.Pattern[str]]()
    for path in [*sources(), *manifests()]:
        for message, _context in messages_of(path):
            for form in (message,) if isinstance(message, str) else message:
                parts = _PLACEHOLDER.split(form.replace("%%", "%"))
                if len(parts) == 1:
                    whole.add(_plain(form))
                elif len(_WORDS.findall(" ".join(parts))) >= 2:
                    patterns.append(re.compile(".+?".join(map(re.escape, parts)), re.IGNORECASE))
    return frozenset(whole), tuple(patterns)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().strip(" .:,;…·()/–")


def untranslated(texts_shown: Iterable[str], besides: Collection[str] = ()) -> set[str]:
    """Those that are an English message of ours, ``besides`` names that are one by chance."""
    by_chance = set(map(_plain, besides))
    whole, patterns = _messages()
    return {
        text
        for text in texts_shown
        if _WORDS.search(text)
        and _plain(text) not in by_chance
        and (_plain(text) in whole or any(one.fullmatch(" ".join(text.split())) for one in patterns))
    }
