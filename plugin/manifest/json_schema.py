"""The manifests' marshmallow schemas as JSON Schema, for editors and for third parties; generated, so that there is one truth."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, fields, missing, validate

from plugin.domain import Json, JsonObject

_PLAIN: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.Boolean, "boolean"),
    (fields.Integer, "integer"),
    (fields.String, "string"),
)


def json_schema(schema: type[Schema], title: str) -> JsonObject:
    """JSON Schema 2020-12 of what ``schema`` accepts. Rules between fields stay with marshmallow: this is the weaker of the two."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **_object(schema())}


def _object(schema: Schema) -> JsonObject:
    named = {field.data_key or name: field for name, field in schema.fields.items()}
    found: JsonObject = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _field(field) for name, field in named.items()},
    }
    required: list[Json] = [name for name, field in named.items() if field.required]
    return found | ({"required": required} if required else {})


def _field(field: fields.Field[Any]) -> JsonObject:
    found = _kind(field)
    for rule in field.validators:
        found |= _rule(rule, is_list=isinstance(field, fields.List))
    if field.allow_none and "type" in found:
        found["type"] = [found["type"], "null"]
    default = field.load_default
    if isinstance(default, bool | int | str):
        found["default"] = default
    return found


def _kind(field: fields.Field[Any]) -> JsonObject:
    if isinstance(field, fields.Enum):
        return {"enum": [one.value for one in field.enum]}
    if isinstance(field, fields.Nested):
        return _object(field.schema)
    if isinstance(field, fields.List):
        return {"type": "array", "items": _field(field.inner)}
    if isinstance(field, fields.Dict):
        return {"type": "object"}
    return next(({"type": name} for kind, name in _PLAIN if isinstance(field, kind)), {})


def _rule(rule: object, *, is_list: bool) -> JsonObject:
    if isinstance(rule, validate.Length):
        low, high = ("minItems", "maxItems") if is_list else ("minLength", "maxLength")
        return _given(((low, rule.min), (high, rule.max)))
    if isinstance(rule, validate.Range):
        return _given((("minimum", rule.min), ("maximum", rule.max)))
    if isinstance(rule, validate.OneOf):
        return {"enum": list(rule.choices)}
    if isinstance(rule, validate.Regexp):
        return {"pattern": "^" + str(rule.regex.pattern).removesuffix(r"\Z") + "$"}
    return {}


def _given(pairs: Iterable[tuple[str, Any]]) -> JsonObject:
    return {name: value for name, value in pairs if value is not None and value is not missing}
