"""Text that comes in by forms, addresses, the API and files holds only signs that every database keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plugin.domain.documents import Json
from plugin.errors import InvalidInput
from plugin.texts import _


def is_storable(text: str) -> bool:
    """False for a NUL, which PostgreSQL refuses, and for half of a surrogate pair, which is no character."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def require(sent: Iterable[tuple[str, str]]) -> None:
    """``sent``: field and text. InvalidInput names every field that holds a NUL or half a character."""
    wrong = {
        name: _("contains a character that cannot be stored")
        for name, text in sent
        if not is_storable(name + text)
    }
    if wrong:
        named = {name if is_storable(name) else "?": why for name, why in wrong.items()}
        raise InvalidInput(
            _("%(named)s: contains a character that cannot be stored", named=", ".join(named)),
            fields=named,
            remedy=_("Type the text again instead of pasting it."),
        )


def is_plain(document: Json) -> bool:
    return all(is_storable(name + text) for name, text in texts(document))


def texts(document: Json) -> Iterator[tuple[str, str]]:
    """Every text of a JSON document with its place, ``settings/folder`` or ``names/0`` as in a JSON pointer (RFC 6901); a key
    counts as its own text."""
    waiting: list[tuple[str, Json]] = [("", document)]
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, str):
            yield where, value
        elif isinstance(value, dict):
            places = {key: _below(where, key) for key in value}
            yield from ((place, "") for place in places.values())
            waiting += [(places[key], one) for key, one in value.items()]
        elif isinstance(value, list):
            waiting += [(_below(where, str(number)), one) for number, one in enumerate(value)]


def _below(where: str, part: str) -> str:
    token = part.replace("~", "~0").replace("/", "~1")
    return f"{where}/{token}" if where else token
