"""The rules for activities, their definitions and the built-in interaction types (Data 2.4.4.1)."""

from __future__ import annotations

from plugin.xapi.fields import check_extensions, check_iri, check_language_map
from plugin.xapi.problem import Problem, Report, check_keys, missing, wrong_type

_ACTIVITY_KEYS = frozenset(("objectType", "id", "definition"))
_COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")
_INTERACTION_KEYS = frozenset(("interactionType", "correctResponsesPattern", *_COMPONENT_LISTS))
_DEFINITION_KEYS = frozenset(("name", "description", "type", "moreInfo", "extensions")) | _INTERACTION_KEYS
_COMPONENT_KEYS = frozenset(("id", "description"))
_LISTS_OF_TYPE: dict[str, tuple[str, ...]] = {
    "true-false": (),
    "choice": ("choices",),
    "fill-in": (),
    "long-fill-in": (),
    "matching": ("source", "target"),
    "performance": ("steps",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "numeric": (),
    "other": (),
}


def check_activity(value: object, path: str, report: Report) -> None:
    """An activity: an IRI and, if the sender likes, what it is."""
    if not isinstance(value, dict):
        wrong_type(report, path, "an activity object")
        return
    check_keys(value, _ACTIVITY_KEYS, path, report)
    if "objectType" in value and value["objectType"] != "Activity":
        report.append(Problem("object_type", f"{path}.objectType", "must be Activity"))
    if "id" in value:
        check_iri(value["id"], f"{path}.id", report)
    else:
        missing(report, f"{path}.id")
    if "definition" in value:
        _check_definition(value["definition"], f"{path}.definition", report)


def _check_definition(value: object, path: str, report: Report) -> None:
    if not isinstance(value, dict):
        wrong_type(report, path, "a definition object")
        return
    check_keys(value, _DEFINITION_KEYS, path, report)
    for key in ("name", "description"):
        if key in value:
            check_language_map(value[key], f"{path}.{key}", report)
    for key in ("type", "moreInfo"):
        if key in value:
            check_iri(value[key], f"{path}.{key}", report)
    check_extensions(value, path, report)
    if not _INTERACTION_KEYS.isdisjoint(value):
        _check_interaction(value, path, report)


def _check_interaction(value: dict[str, object], path: str, report: Report) -> None:
    """Interaction properties need a known type, and only the component lists of that type may stand with it."""
    kind = value.get("interactionType")
    lists = _LISTS_OF_TYPE.get(kind) if isinstance(kind, str) else None
    if "interactionType" not in value:
        missing(report, f"{path}.interactionType")
    elif lists is None:
        report.append(
            Problem("interaction_type", f"{path}.interactionType", "must be one of the ten interaction types")
        )
    if "correctResponsesPattern" in value:
        _check_texts(value["correctResponsesPattern"], f"{path}.correctResponsesPattern", report)
    for key in _COMPONENT_LISTS:
        if key not in value:
            continue
        if lists is not None and key not in lists:
            report.append(
                Problem("interaction_list", f"{path}.{key}", "does not belong to this interaction type")
            )
        _check_components(value[key], f"{path}.{key}", report)


def _check_texts(value: object, path: str, report: Report) -> None:
    if not isinstance(value, list):
        wrong_type(report, path, "a list of texts")
        return
    for index, text in enumerate(value):
        if not isinstance(text, str):
            wrong_type(report, f"{path}[{index}]", "text")


def _check_components(value: object, path: str, report: Report) -> None:
    """Each component has an id that is its own within the list, and perhaps a description."""
    if not isinstance(value, list):
        wrong_type(report, path, "a list of interaction components")
        return
    seen: set[str] = set()
    for index, component in enumerate(value):
        here = f"{path}[{index}]"
        if not isinstance(component, dict):
            wrong_type(report, here, "an interaction component")
            continue
        check_keys(component, _COMPONENT_KEYS, here, report)
        if "description" in component:
            check_language_map(component["description"], f"{here}.description", report)
        _check_component_id(component, seen, here, report)


def _check_component_id(component: dict[str, object], seen: set[str], path: str, report: Report) -> None:
    name = component.get("id")
    if "id" not in component:
        missing(report, f"{path}.id")
    elif not isinstance(name, str):
        wrong_type(report, f"{path}.id", "text")
    elif name in seen:
        report.append(Problem("component_twice", f"{path}.id", "must be distinct within its list"))
    else:
        seen.add(name)
