"""Reads single members out of a valid statement, so that readers need no type checks of their own at every level."""

from __future__ import annotations


def member(value: dict[str, object], key: str) -> dict[str, object]:
    """The object under this key, empty when there is none."""
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def text_of(value: dict[str, object], key: str) -> str | None:
    """The text under this key, None when there is none."""
    found = value.get(key)
    return found if isinstance(found, str) else None


def extension(statement: dict[str, object], part: str, key: str) -> object:
    """An extension's value in ``context`` or ``result``; None when it is not there (or null)."""
    return member(member(statement, part), "extensions").get(key)


def activity_ids(statement: dict[str, object], relation: str) -> tuple[str, ...]:
    """The ids of the context activities of one relation (parent, grouping, category, other), a single one or a list."""
    related = member(member(statement, "context"), "contextActivities").get(relation)
    many = related if isinstance(related, list) else [related]
    return tuple(one["id"] for one in many if isinstance(one, dict) and isinstance(one.get("id"), str))
