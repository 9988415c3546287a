"""Text that comes in by forms, addresses, the API and files holds only signs that every database keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plugin.domain import Json
from plugin.errors import InvalidInput
from plugin.store.fitting import is_storable
from plugin.texts import _


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


def texts(document: Json, name: str = "body") -> Iterator[tuple[str, str]]:
    """Every text of a JSON document with the name of the field that it stands in; a key counts as its own text."""
    waiting: list[tuple[str, Json]] = [(name, document)]
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, str):
            yield where, value
        elif isinstance(value, dict):
            yield from ((key, "") for key in value)
            waiting += value.items()
        elif isinstance(value, list):
            waiting += [(where, one) for one in value]
