"""Every text that people read, in the reader's language: messages are whole English sentences, the catalogues are .po files.

Works with and without Flask: a web request sets the reader's locale, a worker and the shell keep the installation's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TypeVar

Key = TypeVar("Key")
SOURCE = "en"  # the language of the messages in the code
LOCALES = {"en": "English", "de": "Deutsch", "ar": "العربية"}
RIGHT_TO_LEFT = frozenset({"ar"})
FOLDER = Path(__file__).with_name("translations")

_installation = {"locale": SOURCE}
_reader: ContextVar[str | None] = ContextVar("reader", default=None)


def locale() -> str:
    """The reader's locale, one of LOCALES."""
    return _reader.get() or _installation["locale"]


def direction() -> str:
    """rtl for a reader of Arabic, else ltr."""
    return "rtl" if locale() in RIGHT_TO_LEFT else "ltr"


def set_default(name: str) -> None:
    """The installation's language, for everything that no single reader asked for."""
    _installation["locale"] = name


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Texts and figures inside are for a reader of the locale ``name``."""
    token = _reader.set(name)
    try:
        yield
    finally:
        _reader.reset(token)


def set_reader(name: str | None) -> None:
    """As ``reading``, for a request that begins in one function and ends in another; None ends it."""
    _reader.set(name)


def N_(message: str) -> str:  # noqa: N802  # the name that gettext's tools look for
    """Marks a constant for translation and leaves it as it is; ``_`` translates it when it is shown."""
    return message


def translation(message: str, context: str | None = None) -> str:
    """The message in the reader's language with its placeholders still open."""
    found = _catalogue(locale())
    return found.pgettext(context, message) if context else found.gettext(message)


def plural_translation(one: str, many: str, num: int) -> str:
    """The form for ``num`` in the reader's language with its placeholders still open."""
    return _catalogue(locale()).ngettext(one, many, num)


def _(message: str, /, **values: object) -> str:
    """The message in the reader's language. Placeholders are ``%(name)s``; a percent sign of its own is ``%%``."""
    return translation(message) % values


def pgettext(context: str, message: str, /, **values: object) -> str:
    """As ``_`` for a word that has two meanings; ``context`` tells them apart."""
    return translation(message, context) % values


def ngettext(one: str, many: str, num: int, /, **values: object) -> str:
    """The form for ``num``, which both forms may show as ``%(num)s``."""
    return plural_translation(one, many, num) % {"num": counted(num), **values}


def translated(words: Mapping[Key, str]) -> dict[Key, str]:
    """A table of constants that ``N_`` marks, in the reader's language."""
    return {name: _(word) for name, word in words.items()}


def counted(num: int) -> str:
    """A whole number with its thousands parted as the reader does: 1,234."""
    if -1000 < num < 1000:
        return str(num).replace("-", "\u2212")
    from babel.numbers import format_decimal

    return format_decimal(num, locale=locale()).replace("-", "\u2212")


@cache
def _catalogue(name: str) -> NullTranslations:
    """All areas of one language; read at first use, so that no compiled file lies in the repository."""
    paths = sorted((FOLDER / name).glob("*.po"))
    if not paths:
        return NullTranslations()
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    merged = Catalog(locale=name)
    for path in paths:
        with path.open("rb") as file:
            for message in read_po(file, locale=name):
                if message.id and message.string:
                    merged.add(message.id, message.string, context=message.context)
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return GNUTranslations(compiled)
