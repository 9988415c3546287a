"""A manifest in the reader's language: what people read of it is English in its file and translated when it is shown."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from plugin.texts import translation

T = TypeVar("T")
READ_BY_PEOPLE = frozenset(
    {"title", "summary", "systems", "reads", "why", "needs", "writes", "label", "help", "group", "not_seen"}
)


def spoken(declared: T) -> T:
    """The same declaration; a text without a translation stays English."""
    changed: dict[str, Any] = {}
    for one in fields(declared):  # type: ignore[arg-type]
        value = getattr(declared, one.name)
        if one.name in READ_BY_PEOPLE:
            changed[one.name] = _said(value)
        elif is_dataclass(value):
            changed[one.name] = spoken(value)
        elif isinstance(value, tuple) and value and is_dataclass(value[0]):
            changed[one.name] = tuple(map(spoken, value))
    return replace(declared, **changed)  # type: ignore[type-var]


def _said(value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if isinstance(value, tuple):
        return tuple(map(translation, value))
    return translation(value) if value else value
