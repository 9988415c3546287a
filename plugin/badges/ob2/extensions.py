"""Checks the well-known extensions of Open Badges 2.0 where a badge uses them; others are carried and never read.

Source: 1EdTech, Open Badges Extensions (GeoCoordinates, ApplyLink). Their JSON schemas are not fetched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.badges.ob2.legacy import types_of
from plugin.badges.reading.strict_json import JsonObject
from plugin.texts import _


def check_extensions(node: JsonObject) -> None:
    """Raises BadgeProblem invalid_structure for a known extension that breaks its own schema."""
    for value in node.values():
        if isinstance(value, dict) and "Extension" in types_of(value):
            check_extension(value)


def check_extension(value: JsonObject) -> None:
    plain = {
        key.removeprefix("schema:").removeprefix("http://schema.org/"): inner for key, inner in value.items()
    }
    for name in types_of(value):
        check = _CHECKS.get(name.rpartition("#")[2].rpartition(":")[2])
        if check is not None:
            check(plain)


def _geo_coordinates(node: JsonObject) -> None:
    geo = node.get("geo")
    if not isinstance(geo, dict):
        raise BadgeProblem("invalid_structure", _("GeoCoordinates has no geo."))
    plain = {key.removeprefix("schema:"): inner for key, inner in geo.items()}
    for name, limit in (("latitude", 90), ("longitude", 180)):
        if not _is_number(plain.get(name)) or abs(plain[name]) > limit:
            raise BadgeProblem("invalid_structure", _("GeoCoordinates has no %(name)s.", name=name))


def _apply_link(node: JsonObject) -> None:
    if not isinstance(node.get("url"), str):
        raise BadgeProblem("invalid_structure", _("ApplyLink has no url."))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_CHECKS: dict[str, Callable[[JsonObject], None]] = {
    "GeoCoordinates": _geo_coordinates,
    "ApplyLink": _apply_link,
}
