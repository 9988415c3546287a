"""Every text that people read, in the reader's language: messages are whole English sentences, the catalogues are .po files.

Works with and without Flask: a web request sets the reader's locale, a worker and the shell keep the installation's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, wraps
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

Key = TypeVar("Key")
Given = ParamSpec("Given")
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


# --- texts that can be stored and said again ------------------------------------------------------------------------


class Recipe(NamedTuple):
    """Which function of ``_MAKERS`` made a text, and from what."""

    maker: str
    parts: tuple[Any, ...]
    named: Mapping[str, Any]


class Said(str):
    """A text in its reader's language that knows how it was made: ``stored`` keeps that, ``retold`` makes it for the next reader.

    A part of it, or what it is glued to, is a plain text again.
    """

    recipe: Recipe

    def __new__(cls, text: str, recipe: Recipe) -> Said:
        said = super().__new__(cls, text)
        said.recipe = recipe
        return said

    def __str__(self) -> str:
        return self

    def __getnewargs__(self) -> tuple[str, Recipe]:  # type: ignore[override]  # a copy knows it too
        return super().__str__(), self.recipe


class Kept(NamedTuple):
    """How a kind of value is stored inside a text."""

    kind: type
    to_json: Callable[[Any], Any]
    from_json: Callable[[Any], Any]


_MAKERS: dict[str, Callable[..., str]] = {}
_MARK = '{"said": '
_KEPT = {
    "decimal": Kept(Decimal, str, Decimal),
    "moment": Kept(datetime, datetime.isoformat, datetime.fromisoformat),  # before its base, the day
    "day": Kept(date, date.isoformat, date.fromisoformat),
    "seconds": Kept(timedelta, timedelta.total_seconds, lambda seconds: timedelta(seconds=seconds)),
    "zone": Kept(ZoneInfo, str, ZoneInfo),
}
_WRITERS: dict[type, Callable[[Any], str]] = {}


def keep(name: str, kind: type, to_json: Callable[[Any], Any], from_json: Callable[[Any], Any]) -> None:
    """Texts that hold a value of this kind can be stored."""
    _KEPT[name] = Kept(kind, to_json, from_json)


def written_by(kind: type, write: Callable[[Any], str]) -> None:
    """A value of this kind stands in a text as the reader's locale writes it."""
    _WRITERS[kind] = write


def written(values: Mapping[str, object]) -> dict[str, object]:
    """What a message is given, figures and days as the reader writes them."""
    return {
        name: _WRITERS[type(value)](value) if type(value) in _WRITERS else value
        for name, value in values.items()
    }


def retellable(make: Callable[Given, str]) -> Callable[Given, str]:
    """What the function says depends on the reader: a text of it is stored as the function's name and what it was given. A name that
    rows hold stays."""
    name = make.__name__
    assert name not in _MAKERS, f"two functions are called {name}"

    @wraps(make)
    def say(*parts: Given.args, **named: Given.kwargs) -> str:
        return Said(make(*parts, **named), Recipe(name, parts, named))

    _MAKERS[name] = say
    return say


def stored(text: str) -> str:
    """For a column of the database: how the text was made, or a plain text as it is."""
    if not isinstance(text, Said):
        if not text.startswith(_MARK):
            return text
        text = Said(text, Recipe("joined", ("", text), {}))  # of another system that looks like one of ours
    return json.dumps(_to_json(text), ensure_ascii=False)


def retold(text: str) -> str:
    """A stored text in the reader's language; one that was stored as plain text stays as it is."""
    if not text.startswith(_MARK):
        return text
    try:
        return str(_from_json(json.loads(text)))
    except (ArithmeticError, LookupError, TypeError, ValueError):  # of a version that knows another maker
        return text


def _to_json(value: Any) -> Any:
    if isinstance(value, Said):
        maker, parts, named = value.recipe
        return {"said": [maker, _to_json(parts), {name: _to_json(one) for name, one in named.items()}]}
    for name, kept in _KEPT.items():  # before strings: a state is one, too
        if isinstance(value, kept.kind):
            return {name: kept.to_json(value)}
    if isinstance(value, str):
        return value.replace("\0", "")  # which PostgreSQL stores nowhere
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        return [_to_json(one) for one in value]
    return _to_json(str(value))


def _from_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_from_json(one) for one in value]
    if not isinstance(value, dict):
        return value
    ((name, held),) = value.items()
    if name != "said":
        return _KEPT[name].from_json(held)
    maker, parts, named = held
    return _MAKERS[maker](*_from_json(parts), **{key: _from_json(one) for key, one in named.items()})


# --- messages -------------------------------------------------------------------------------------------------------


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


@retellable
def _(message: str, /, **values: object) -> str:
    """The message in the reader's language. Placeholders are ``%(name)s``; a percent sign of its own is ``%%``."""
    return translation(message) % written(values)


@retellable
def pgettext(context: str, message: str, /, **values: object) -> str:
    """As ``_`` for a word that has two meanings; ``context`` tells them apart."""
    return translation(message, context) % written(values)


@retellable
def ngettext(one: str, many: str, num: int, /, **values: object) -> str:
    """The form for ``num``, which both forms may show as ``%(num)s``."""
    return plural_translation(one, many, num) % {"num": counted(num), **written(values)}


def translated(words: Mapping[Key, str]) -> dict[Key, str]:
    """A table of constants that ``N_`` marks, in the reader's language."""
    return {name: _(word) for name, word in words.items()}


@retellable
def counted(num: int) -> str:
    """A whole number with its thousands parted as the reader does: 1,234."""
    if -1000 < num < 1000:
        return str(num).replace("-", "\u2212")
    from babel.numbers import format_decimal

    return format_decimal(num, locale=locale()).replace("-", "\u2212")


@retellable
def joined(separator: str, /, *texts: str) -> str:
    """A list of whole texts, each said again by itself."""
    return separator.join(texts)


def cut(text: str, longest: int) -> str:
    """At most so long; a text that fits stays one that can be said again."""
    return text if len(text) <= longest else text[:longest]


@retellable
def without_stop(text: str) -> str:
    """For a sentence that goes on."""
    return text.rstrip(".")


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
