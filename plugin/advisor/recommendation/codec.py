"""Turns the advisor's frozen values into canonical JSON and back, so that equal values have equal bytes and hashes."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, field, fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from plugin.domain import Json, canonical_json, content_hash
from plugin.errors import InvalidInput
from plugin.texts import _

T = TypeVar("T")
Encoder = Callable[[Any], Json]
Decoder = Callable[[Json], object]
PLAIN = frozenset({str, int, float, bool, types.NoneType})
FURTHEST = 30  # decimal places each side of the point; more would fill pages and memory
SHARED = 50_000  # different decimals and days that are kept to be shared: a whole firm repeats few of them


def later(default: T) -> T:
    """A field that a frozen class got after its first release: at its default it is not written, so that what was stored before
    keeps its bytes and its hash, and an old figure can be recomputed for ever."""
    return field(default=default, metadata={"later": True})


def to_json(value: object) -> Json:
    """JSON form of a dataclass, tuple, mapping, Decimal (as text), date (ISO) or plain value; InvalidInput for others."""
    kind: Any = type(value)
    return _encoder(kind)(value)


def from_json(kind: type[T], value: Json) -> T:
    """The value of type ``kind`` (a frozen dataclass of this package) that ``to_json`` turned into ``value``.

    InvalidInput names the field that is missing, unknown or of the wrong type.
    """
    wanted: Any = kind
    try:
        return cast("T", _decoder(wanted)(value))
    except _UnreadableError as error:
        where = ".".join((kind.__name__, *error.path))
        raise InvalidInput(
            _("%(name)s: %(problem)s", name=where, problem=error), fields={where: str(error)}
        ) from error


def to_bytes(value: object) -> bytes:
    """Canonical JSON bytes: equal values, equal bytes."""
    return canonical_json(to_json(value))


def hash_of(value: object) -> str:
    """SHA-256 of the canonical JSON, 64 hex digits."""
    return content_hash(to_json(value))


class _UnreadableError(Exception):
    """What is wrong, and the path of names to it, outermost first."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.path: tuple[str, ...] = ()

    def inside(self, name: str) -> _UnreadableError:
        self.path = (name, *self.path)
        return self


# --- out ------------------------------------------------------------------------------------------------------------


@cache
def _encoder(kind: type) -> Encoder:
    """Chosen once per type: a whole firm has millions of values."""
    if issubclass(kind, StrEnum):
        return lambda value: cast("str", value.value)
    if issubclass(kind, bool | int | float | str | types.NoneType):
        return lambda value: cast("Json", value)
    if issubclass(kind, Decimal):
        return str
    if issubclass(kind, date):
        return lambda value: cast("date", value).isoformat()
    if issubclass(kind, list | tuple):
        return _list_encoder
    if issubclass(kind, Mapping):
        return lambda value: {str(key): to_json(item) for key, item in value.items()}
    if is_dataclass(kind):
        return _dataclass_encoder(kind)
    raise InvalidInput(f"a {kind.__name__} has no JSON form here")  # machine text


def _list_encoder(value: Any) -> Json:
    return [item if type(item) in PLAIN else to_json(item) for item in value]


def _dataclass_encoder(kind: type) -> Encoder:
    names = _names(kind)
    added = {one.name: one.default for one in fields(kind) if one.metadata.get("later")}
    if added:
        return lambda value: {
            name: to_json(item)
            for name in names
            if (item := getattr(value, name)) != added.get(name, MISSING)
        }
    if getattr(kind, "SPARSE", False):
        return _sparse_encoder(kind)
    if len(names) < 2:
        return lambda value: {name: to_json(getattr(value, name)) for name in names}
    read = attrgetter(*names)

    def encode(value: Any) -> Json:
        pairs = zip(names, read(value), strict=True)
        return {name: item if type(item) in PLAIN else to_json(item) for name, item in pairs}

    return encode


def _sparse_encoder(kind: type) -> Encoder:
    """Without the fields that are as they are by default: for a wide class of which few fields are set."""
    usual = tuple((one.name, one.default) for one in fields(kind))

    def encode(value: Any) -> Json:
        own = vars(value)
        return {name: to_json(own[name]) for name, default in usual if own[name] != default}

    return encode


def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.init)


# --- in -------------------------------------------------------------------------------------------------------------


@cache
def _decoder(kind: Any) -> Decoder:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        options = [option for option in get_args(kind) if option is not types.NoneType]
        inner = _decoder(options[0])
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        return _tuple_decoder(get_args(kind))
    if origin is not None:
        return _mapping_decoder(_decoder(get_args(kind)[1]))
    if is_dataclass(kind):
        return _dataclass_decoder(cast("type", kind))
    return _plain_decoder(kind)


def _tuple_decoder(args: tuple[Any, ...]) -> Decoder:
    if args[-1] is not Ellipsis:
        return _fixed_decoder([_decoder(arg) for arg in args])
    inner = _decoder(args[0])

    def decode(value: Json) -> object:
        if not isinstance(value, list):
            raise _UnreadableError(_("must be a list"))
        return tuple(_at(str(i), inner, item) for i, item in enumerate(value))

    return decode


def _fixed_decoder(inner: list[Decoder]) -> Decoder:
    def decode(value: Json) -> object:
        if not isinstance(value, list) or len(value) != len(inner):
            raise _UnreadableError(_("must be a list of %(count)s values", count=len(inner)))
        return tuple(_at(str(i), inner[i], item) for i, item in enumerate(value))

    return decode


def _mapping_decoder(inner: Decoder) -> Decoder:
    def decode(value: Json) -> object:
        if not isinstance(value, dict):
            raise _UnreadableError(_("must be an object"))
        return {key: _at(key, inner, item) for key, item in value.items()}

    return decode


def _dataclass_decoder(kind: type) -> Decoder:
    hints = get_type_hints(kind)
    inner = {name: _decoder(hints[name]) for name in _names(kind)}
    needed = [one.name for one in fields(kind) if one.init and one.default is one.default_factory is MISSING]

    def decode(value: Json) -> object:
        if not isinstance(value, dict):
            raise _UnreadableError(_("must be an object"))
        given = {}
        for name, item in value.items():
            if name not in inner:
                raise _UnreadableError(_("is an unknown field")).inside(name)
            given[name] = _at(name, inner[name], item)
        for name in needed:
            if name not in given:
                raise _UnreadableError(_("is missing")).inside(name)
        return kind(**given)

    return decode


def _at(name: str, inner: Decoder, value: Json) -> object:
    try:
        return inner(value)
    except _UnreadableError as error:
        raise error.inside(name) from None


def _plain_decoder(kind: Any) -> Decoder:
    if kind in (Json, Any, object):
        return lambda value: value
    if kind is Decimal:
        return _decimal
    if kind is float:
        return _float
    if kind is date:
        return _text_decoder(_day)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _text_decoder(kind)

    def decode(value: Json) -> object:
        if type(value) is not kind:
            raise _UnreadableError(_("must be of type %(type)s", type=getattr(kind, "__name__", kind)))
        return value

    return decode


def _text_decoder(read: Callable[[str], object]) -> Decoder:
    def decode(value: Json) -> object:
        if not isinstance(value, str):
            raise _UnreadableError(_("must be text"))
        try:
            return read(value)
        except ValueError as error:
            raise _UnreadableError(_("can't be read: %(value)s", value=value)) from error

    return decode


def _decimal(value: Json) -> object:
    if isinstance(value, float):
        raise _UnreadableError(_("must be a decimal number in quotation marks"))
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _UnreadableError(_("must be a decimal number"))
    try:
        return _exact(value) if isinstance(value, str) else _finite(value)
    except InvalidOperation as error:
        raise _UnreadableError(_("can't be read: %(value)s", value=value)) from error


def _finite(value: str | int) -> Decimal:
    found = Decimal(value)
    if not found.is_finite() or abs(found.adjusted()) > FURTHEST:
        raise InvalidOperation
    return found


_exact = lru_cache(SHARED)(_finite)
_day = lru_cache(SHARED)(date.fromisoformat)


def _float(value: Json) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _UnreadableError(_("must be a number"))
    return float(value)
