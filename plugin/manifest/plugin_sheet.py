"""Checks ``manifests/plugin.json``: what any HR suite must know to install us, as data that pages and install artefacts are made from."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from plugin.domain import JsonObject, Role, Stream
from plugin.errors import ConfigError
from plugin.texts import _


def _line() -> fields.String:
    return fields.String(required=True, validate=validate.Length(1, 300))


def _lines() -> fields.List[Any]:
    return fields.List(_line(), required=True, validate=validate.Length(1))


def _route() -> fields.String:
    return fields.String(
        required=True, validate=validate.Regexp(r"/[\w/{}.-]*\Z", error="must be a path like /x")
    )


class _PublisherSchema(Schema):
    name = _line()
    contact = _line()


class _UrlsSchema(Schema):
    """Paths below the installation's public address."""

    launch = _route()
    health = _route()
    webhook = _route()
    api = _route()


class _SignInSchema(Schema):
    kinds = fields.List(fields.String(validate=validate.OneOf(["local_accounts", "oidc"])), required=True)
    note = fields.String(load_default="")


class _RoleSchema(Schema):
    role = fields.Enum(Role, by_value=True, required=True)
    suite_role = _line()
    may = _line()


class _PlacementSchema(Schema):
    place = fields.String(required=True, validate=validate.OneOf(["menu", "tile", "tab", "iframe"]))
    route = _route()
    label = _line()
    roles = fields.List(fields.Enum(Role, by_value=True), required=True)
    min_height = fields.Integer(strict=True, required=True, validate=validate.Range(100, 4000))


class _UiSchema(Schema):
    placements = fields.List(fields.Nested(_PlacementSchema), required=True)
    framing = _line()


class _ObjectSchema(Schema):
    """Least data: each group of fields says why it is needed."""

    object = _line()
    fields_ = fields.List(_line(), required=True, data_key="fields", validate=validate.Length(1))
    why = _line()
    required = fields.Boolean(truthy={True}, falsy={False}, required=True)


class _DataSchema(Schema):
    read = fields.List(fields.Nested(_ObjectSchema), required=True)
    write = fields.List(fields.Nested(_ObjectSchema), required=True)


class _WebhooksSchema(Schema):
    events = _lines()
    format = _line()


class _RemovalSchema(Schema):
    steps = _lines()
    erase = _line()


class _AiNoticeSchema(Schema):
    purpose = _line()
    human_oversight = _line()
    not_used = _line()
    contact = _line()


class PluginSheetSchema(Schema):
    """All that a suite's administrator is asked to agree to."""

    id = _line()
    name = _line()
    version = _line()
    publisher = fields.Nested(_PublisherSchema, required=True)
    summary = _line()
    locales = _lines()
    urls = fields.Nested(_UrlsSchema, required=True)
    sign_in = fields.Nested(_SignInSchema, required=True)
    roles = fields.List(fields.Nested(_RoleSchema), required=True)
    ui = fields.Nested(_UiSchema, required=True)
    data = fields.Nested(_DataSchema, required=True)
    webhooks = fields.Nested(_WebhooksSchema, required=True)
    schedule = fields.Dict(keys=fields.Enum(Stream, by_value=True), values=_line(), required=True)
    removal = fields.Nested(_RemovalSchema, required=True)
    ai_notice = fields.Nested(_AiNoticeSchema, required=True)


@cache
def plugin_sheet() -> JsonObject:
    """``manifests/plugin.json`` as it stands, after the check; ConfigError names each wrong field."""
    sheet: JsonObject = json.loads((files("manifests") / "plugin.json").read_text(encoding="utf-8"))
    try:
        PluginSheetSchema().load(sheet)
    except ValidationError as error:
        raise ConfigError(
            _("manifests/plugin.json: %(messages)s", messages=error.messages), code="manifest"
        ) from error
    return sheet
