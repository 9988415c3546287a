"""Turns the advisor's frozen values into canonical JSON and back, so that equal values have equal bytes and hashes."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from plugin.domain import Json, canonical_json, content_hash
from plugin.errors import InvalidInput

T = TypeVar("T")


def to_json(value: object) -> Json:
    """JSON form of a dataclass, tuple, mapping, Decimal (as text), date (ISO) or plain value; InvalidInput for others."""
    if value is None or isinstance(value, bool | int | float | str):
        return value.value if isinstance(value, StrEnum) else value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if is_dataclass(value):
        return {name: to_json(getattr(value, name)) for name in _names(cast("type", type(value)))}
    raise InvalidInput(f"a {type(value).__name__} has no JSON form here")


def from_json(kind: type[T], value: Json) -> T:
    """The value of type ``kind`` (a frozen dataclass of this package) that ``to_json`` turned into ``value``.

    InvalidInput names the field that is missing, unknown or of the wrong type.
    """
    return cast("T", _decode(kind, value, kind.__name__))


def to_bytes(value: object) -> bytes:
    """Canonical JSON bytes: equal values, equal bytes."""
    return canonical_json(to_json(value))


def hash_of(value: object) -> str:
    """SHA-256 of the canonical JSON, 64 hex digits."""
    return content_hash(to_json(value))


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.init)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _decode(kind: Any, value: Json, where: str) -> object:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        return None if value is None else _decode(options[0], value, where)
    if origin is tuple:
        return _decode_tuple(get_args(kind), value, where)
    if origin is not None:
        return _decode_mapping(get_args(kind), value, where)
    if is_dataclass(kind):
        return _decode_dataclass(cast("type", kind), value, where)
    return _decode_plain(kind, value, where)


def _decode_tuple(args: tuple[Any, ...], value: Json, where: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise InvalidInput(f"{where} is not a list")
    inner = [args[0]] * len(value) if args[-1] is Ellipsis else list(args)
    if len(inner) != len(value):
        raise InvalidInput(f"{where} has {len(value)} entries instead of {len(inner)}")
    return tuple(_decode(inner[i], item, f"{where}[{i}]") for i, item in enumerate(value))


def _decode_mapping(args: tuple[Any, ...], value: Json, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{where} is not an object")
    return {key: _decode(args[1], item, f"{where}.{key}") for key, item in value.items()}


def _decode_dataclass(kind: type, value: Json, where: str) -> object:
    if not isinstance(value, dict):
        raise InvalidInput(f"{where} is not an object")
    hints = _hints(kind)
    unknown = sorted(set(value) - set(_names(kind)))
    if unknown:
        raise InvalidInput(f"{where} has an unknown field {unknown[0]}", fields={unknown[0]: "unknown"})
    given = {name: _decode(hints[name], item, f"{where}.{name}") for name, item in value.items()}
    try:
        return kind(**given)
    except TypeError as error:
        raise InvalidInput(f"{where} lacks a field: {error}") from error


def _decode_plain(kind: Any, value: Json, where: str) -> object:
    if kind in (Json, Any, object):
        return value
    try:
        if kind is Decimal and isinstance(value, str | int) and not isinstance(value, bool):
            return Decimal(value)
        if kind is date and isinstance(value, str):
            return date.fromisoformat(value)
        if isinstance(kind, type) and issubclass(kind, StrEnum) and isinstance(value, str):
            return kind(value)
    except (ValueError, InvalidOperation) as error:
        raise InvalidInput(f"{where} cannot be read: {value!r}") from error
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(kind, type) and type(value) is kind:
        return value
    raise InvalidInput(f"{where} is not a {getattr(kind, '__name__', kind)}")
