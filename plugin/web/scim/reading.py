"""What identity providers send, in the shapes that RFC 7644 knows: Entra ID and Okta bend some of them."""

from __future__ import annotations

import json
from typing import Any

from scim2_models import InvalidSyntaxException, InvalidValueException

from plugin.domain.plain_text import is_storable
from plugin.services.people.provisioning import ENTERPRISE, USER
from plugin.services.people.role_groups import GROUP
from plugin.texts import _

MANAGER = f"{ENTERPRISE}:manager"
TRUTH = {"true": True, "false": False}
DEEPEST = 20  # levels of a body; a user has four


def straightened(method: str, resource: str, body: bytes) -> bytes:
    """The body of a POST, PUT or PATCH on ``Users`` or ``Groups``; what is no JSON object stays for the library to refuse."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(sent, dict):
        return body
    _check(sent)
    if method == "PATCH":
        name = _key(sent, "operations")
        if name and isinstance(sent[name], list):
            sent[name] = [part for one in sent[name] for part in _operations(one)]
    else:
        sent = _whole(sent, USER if resource == "users" else GROUP)
    return json.dumps(sent).encode()


def _check(value: Any, depth: int = 0) -> None:
    """No text that a database can't store, and no tower of brackets."""
    if depth > DEEPEST:
        raise InvalidSyntaxException(detail=_("the body is nested too deeply"))
    if isinstance(value, str) and not is_storable(value):
        raise InvalidValueException(detail=_("a text contains a character that can’t be stored"))
    if isinstance(value, dict):
        for name, one in value.items():
            _check(name, depth + 1)
            _check(one, depth + 1)
    if isinstance(value, list):
        for one in value:
            _check(one, depth + 1)


def _key(mapping: dict[str, Any], name: str) -> str | None:
    """The key as it is spelled: names have no regard to case."""
    return next((key for key in mapping if key.lower() == name.lower()), None)


def _whole(sent: dict[str, Any], schema: str) -> dict[str, Any]:
    """A user or group in a POST or PUT."""
    if _key(sent, "schemas") is None:
        sent = {"schemas": [schema], **sent}
    active, extension = _key(sent, "active"), _key(sent, ENTERPRISE)
    if active:
        sent[active] = _truth(sent[active])
    if extension and isinstance(sent[extension], dict):
        sent[extension] = _extension(sent[extension])
    return sent


def _extension(sent: dict[str, Any]) -> dict[str, Any]:
    name = _key(sent, "manager")
    if name is None:
        return sent
    rest, manager = {key: one for key, one in sent.items() if key != name}, _manager(sent[name])
    return rest if manager is None else {**rest, "manager": manager}


def _truth(value: Any) -> Any:
    """``"False"`` and ``[{"value": "False"}]`` are false."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0].get("value")
    return TRUTH.get(value.strip().lower(), value) if isinstance(value, str) else value


def _manager(value: Any) -> dict[str, str] | None:
    """The manager as an object with the id alone; None for nobody. What is no id stays as text: nobody has it, so it is refused."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        name, reference = _key(value, "value"), _key(value, "$ref")
        if name and not isinstance(value[name], (dict, list)):
            value = value[name]
        elif reference and isinstance(value[reference], str):
            value = value[reference].rpartition("/")[2]
    if value is None or value == "":
        return None
    return {"value": (value if isinstance(value, str) else json.dumps(value))[:300]}


def _operations(one: Any) -> list[Any]:
    """One operation of a PATCH, or several: a map without a path may hold paths that select among values."""
    if not isinstance(one, dict):
        return [one]
    path_name, value_name = _key(one, "path") or "path", _key(one, "value") or "value"
    path, value = one.get(path_name), one.get(value_name)
    bare = {key: part for key, part in one.items() if key not in (path_name, value_name)}
    if str(bare.get(_key(bare, "op") or "op", "")).lower() == "remove":
        return [one]
    if path in (None, "") and isinstance(value, dict):
        return [{**bare, **part} for part in _parts(value)]
    if isinstance(path, str) and value_name in one:
        return [{**bare, **_at(path, value)}]
    return [one]


def _parts(value: dict[str, Any]) -> list[dict[str, Any]]:
    """A map without a path: what is special by itself, the rest together."""
    plain: dict[str, Any] = {}
    apart = []
    for name, one in value.items():
        if name.lower() == ENTERPRISE.lower() and isinstance(one, dict):
            apart += [_at(f"{ENTERPRISE}:{key}", part) for key, part in one.items()]
        elif "[" in name or _special(name):
            apart.append(_at(name, one))
        else:
            plain[name] = one
    return [*([{"value": plain}] if plain or not apart else []), *apart]


def _special(path: str) -> bool:
    return _last(path) in ("active", "manager", "manager.value", "manager.$ref")


def _last(path: str) -> str:
    return path.lower().removeprefix(f"{ENTERPRISE}:".lower()).removeprefix(f"{USER}:".lower())


def _at(path: str, value: Any) -> dict[str, Any]:
    if path.lower() == ENTERPRISE.lower() and isinstance(value, dict):
        name = _key(value, "manager")
        if name is None or value[name]:
            return {"path": path, "value": _extension(value)}
    if _last(path) == "active":
        return {"path": path, "value": _truth(value)}
    if not _special(path):
        return {"path": path, "value": value}
    manager = _manager(value if not _last(path).endswith("$ref") else {"$ref": value})
    return {"op": "remove", "path": MANAGER} if manager is None else {"path": MANAGER, "value": manager}
