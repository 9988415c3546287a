"""The one schema of connector manifests: whatever it does not know is refused, so that a typing error cannot pass as an option."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from plugin.domain import Sink, Stream
from plugin.manifest.model import (
    QUALITY_RULES,
    SECRET_TYPES,
    Choice,
    Evidence,
    Limits,
    Manifest,
    Mark,
    Quality,
    Setting,
    SettingType,
    SinkSpec,
    StreamSpec,
    Webhook,
)

SLUG = validate.Regexp(r"[a-z][a-z0-9_]{1,39}\Z", error="must be lower-case letters, digits and underscores")


def _line(longest: int = 120) -> fields.String:
    return fields.String(required=True, validate=validate.Length(1, longest))


def _text(longest: int = 600) -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=longest))


def _whole(default: int, low: int, high: int) -> fields.Integer:
    return fields.Integer(strict=True, load_default=default, validate=validate.Range(low, high))


class _ChoiceSchema(Schema):
    value = _line(60)
    label = _line()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Choice:
        return Choice(**data)


class _SettingSchema(Schema):
    name = fields.String(required=True, validate=SLUG)
    label = _line(80)
    type = fields.Enum(SettingType, by_value=True, required=True)
    required = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    help = _text()
    example = _text(200)
    default = fields.Raw(load_default=None, allow_none=True)
    choices = fields.List(fields.Nested(_ChoiceSchema), load_default=list)
    minimum = fields.Integer(strict=True, load_default=None)
    maximum = fields.Integer(strict=True, load_default=None)
    group = _text(80)
    requires = fields.List(_line(80), load_default=list)
    without = fields.List(_line(40), load_default=list)
    destination = fields.Boolean(truthy={True}, falsy={False}, load_default=False)

    @validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if (data["type"] is SettingType.CHOICE) != bool(data["choices"]):
            raise ValidationError("choices belong to a setting of type choice, and to no other", "choices")
        is_secret = data["type"] in SECRET_TYPES
        if is_secret and (data["default"] is not None or data["example"]):
            raise ValidationError("a secret has neither a default nor an example", "type")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Setting:
        lists = {name: tuple(data[name]) for name in ("choices", "requires", "without")}
        leads = data["destination"] or data["type"] is SettingType.URL
        return Setting(**(data | lists | {"destination": leads}))


class _StreamSchema(Schema):
    stream = fields.Enum(Stream, by_value=True, required=True)
    reads = _line(200)
    fields_ = fields.List(_line(80), required=True, data_key="fields", validate=validate.Length(1))
    why = _line(300)
    needs = _text(300)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> StreamSpec:
        return StreamSpec(fields=tuple(data.pop("fields_")), **data)


class _SinkSchema(Schema):
    sink = fields.Enum(Sink, by_value=True, required=True)
    writes = _line(200)
    why = _line(300)
    needs = _text(300)
    lump_sum_setting = _text(40)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SinkSpec:
        return SinkSpec(**data)


class _LimitsSchema(Schema):
    total_seconds = _whole(30, 1, 600)
    max_megabytes = _whole(16, 1, 256)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Limits:
        return Limits(**data)


class _WebhookSchema(Schema):
    dialect = fields.String(required=True, validate=SLUG)
    authoritative = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    help = _text()
    template = _text()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Webhook:
        return Webhook(**data)


class _EvidenceSchema(Schema):
    what = _line(300)
    source = _line(300)
    mark = fields.Enum(Mark, by_value=True, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Evidence:
        return Evidence(**data)


class _QualitySchema(Schema):
    rule = fields.String(required=True, validate=validate.OneOf(list(QUALITY_RULES)))
    done = fields.Boolean(truthy={True}, falsy={False}, required=True)
    reason = _text(300)

    @validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if not data["done"] and not data["reason"]:
            raise ValidationError("a rule that is not done needs a reason", "reason")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Quality:
        return Quality(**data)


class ManifestSchema(Schema):
    """Loads a ``Manifest`` from ``manifests/connectors/<slug>.json``."""

    slug = fields.String(required=True, validate=SLUG)
    title = _line(60)
    summary = _line(300)
    systems = fields.List(_line(80), required=True, validate=validate.Length(1))
    version = fields.String(required=True, validate=validate.Regexp(r"\d+\.\d+\Z", error="must be like 1.0"))
    streams = fields.List(fields.Nested(_StreamSchema), load_default=list)
    sinks = fields.List(fields.Nested(_SinkSchema), load_default=list)
    settings = fields.List(fields.Nested(_SettingSchema), load_default=list)
    limits = fields.Nested(_LimitsSchema, load_default=Limits)
    webhook = fields.Nested(_WebhookSchema, load_default=None, allow_none=True)
    evidence = fields.List(fields.Nested(_EvidenceSchema), required=True, validate=validate.Length(1))
    quality = fields.List(fields.Nested(_QualitySchema), required=True)
    not_seen = fields.List(_line(300), load_default=list)

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if not data["streams"] and not data["sinks"]:
            raise ValidationError("a connector reads or writes something", "streams")
        _once("streams", (one.stream for one in data["streams"]))
        _once("sinks", (one.sink for one in data["sinks"]))
        _once("settings", (one.name for one in data["settings"]))
        _once("quality", (one.rule for one in data["quality"]))
        known = {"", *(one.name for one in data["settings"])}
        for one in data["settings"]:
            for name in (*one.without, *(part for need in one.requires for part in need.split("|"))):
                if name not in known:
                    raise ValidationError(
                        f"{one.name} names no setting of this connector: {name}", "settings"
                    )
        if any(one.lump_sum_setting not in known for one in data["sinks"]):
            raise ValidationError("lump_sum_setting names no setting of this connector", "sinks")
        missing = set(QUALITY_RULES) - {one.rule for one in data["quality"]}
        if missing:
            raise ValidationError(f"no word on: {', '.join(sorted(missing))}", "quality")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Manifest:
        lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
        return Manifest(**(data | lists))


def _once(field: str, names: Iterable[object]) -> None:
    seen: set[object] = set()
    for name in names:
        if name in seen:
            raise ValidationError(f"{name} is declared twice", field)
        seen.add(name)
