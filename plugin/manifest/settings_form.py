"""Builds the check of a connection's settings from its manifest: one source for the form, the API and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import urlsplit

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from plugin.domain import Json, JsonObject
from plugin.errors import InvalidInput
from plugin.figures.marks import FILE
from plugin.figures.reading import read_integer
from plugin.manifest.model import SECRET_TYPES, Manifest, Setting, SettingType
from plugin.texts import _, counted, locale, translation

MOST_IN_MAPPING = 500
_TRUE = {True, "true", "on", "yes", "1"}
_FALSE = {False, "false", "off", "no", "0", ""}


class _Text(fields.String):
    """Trimmed text without control signs."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        if any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
            raise ValidationError(_("must not contain line breaks or other control characters"))
        return text


class _Lines(fields.String):
    """Several lines, such as a private key; with the line ends of one system."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        text = text.replace("\r\n", "\n").replace("\r", "\n").strip() + "\n"
        if any(ord(sign) < 32 and sign != "\n" for sign in text):
            raise ValidationError(_("must not contain control characters other than line breaks"))
        return text


class _Url(_Text):
    """An http(s) address without credentials, query or fragment; no slash at the end."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            parts = urlsplit(text)
            _other = parts.port
        except ValueError as error:
            raise ValidationError(_("must be a web address")) from error
        if parts.scheme not in ("https", "http") or not parts.hostname or " " in text:
            raise ValidationError(_("must be a web address that begins with https://"))
        if "@" in parts.netloc:
            raise ValidationError(_("must not contain credentials; enter them in their own fields"))
        if parts.query or parts.fragment:
            raise ValidationError(_("must end before any ? or #"))
        return text.rstrip("/")


class _Whole(fields.Integer):
    """A whole number, also as the digits that a form sends; never a fraction or a truth value."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValidationError(_("must be a whole number"))
        try:
            found = read_integer(str(value), locale() if isinstance(value, str) else FILE, field="it")
        except InvalidInput as error:
            raise ValidationError(error.fields["it"]) from error
        return super()._deserialize(found, attr, data, **kwargs)


class _Path(_Text):
    """A relative path that stays below the installation's files root."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        path = PurePosixPath(text)
        if path.is_absolute() or PureWindowsPath(text).drive or "\\" in text or ".." in path.parts:
            raise ValidationError(_("must be a folder below the installation's files root, like imports/hr"))
        return str(path)


class _Networks(fields.Field[list[str]]):
    """A list of CIDR networks; a form may send them in one text, parted by commas, blanks or lines."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:  # noqa: ARG002
        parts = value.replace(",", " ").split() if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValidationError(_("must be a list of networks like 10.20.0.0/16"))
        try:
            return [str(ip_network(part.strip())) for part in parts]
        except ValueError as error:
            raise ValidationError(_("must be networks in CIDR notation like 10.20.0.0/16")) from error


class _Mapping(fields.Field[dict[str, str]]):
    """Texts by name; a form may send them as lines of ``name = text``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:  # noqa: ARG002
        given = value
        if isinstance(value, str):
            lines = [line.rpartition("=") for line in value.splitlines() if line.strip()]
            if not all(name.strip() and text.strip() for name, _mark, text in lines):
                raise ValidationError(_("must have lines like: heading = column"))
            given = {name.strip(): text.strip() for name, _mark, text in lines}
        if not isinstance(given, dict) or not all(
            isinstance(one, str) for pair in given.items() for one in pair
        ):
            raise ValidationError(_("must be texts by name"))
        if len(given) > MOST_IN_MAPPING or any(len(one) > 500 for pair in given.items() for one in pair):
            raise ValidationError(
                _("must have at most %(most)s lines of 500 characters", most=MOST_IN_MAPPING)
            )
        return dict(given)


def settings_schema(manifest: Manifest) -> type[Schema]:
    """A schema class with one field per setting. Secrets are load-only; ``metadata`` has label, help, example and secret.

    Unknown names are refused. What is left empty counts as absent and takes the manifest's default.
    """
    made = {setting.name: _field(setting) for setting in manifest.settings}
    meta = type("Meta", (), {"unknown": RAISE})
    return type(f"{manifest.slug.title().replace('_', '')}Settings", (Schema,), {**made, "Meta": meta})


def load_settings(manifest: Manifest, values: Mapping[str, Json]) -> dict[str, Any]:
    """Checked settings with defaults filled in. InvalidInput has ``fields``: name → what is wrong; never a secret's value."""
    types = {setting.name: setting.type for setting in manifest.settings}
    given = {
        name: value
        for name, value in values.items()
        if not (value is None or (isinstance(value, str) and not value.strip())) or types.get(name) is None
    }
    try:
        loaded: dict[str, Any] = settings_schema(manifest)().load(given)
    except ValidationError as error:
        raise InvalidInput(
            _("the settings of %(title)s are not valid", title=manifest.title),
            fields=_messages(error.messages_dict),
        ) from None
    wrong = _between(manifest, loaded)
    if wrong:
        raise InvalidInput(_("the settings of %(title)s are not valid", title=manifest.title), fields=wrong)
    return loaded


def _between(manifest: Manifest, loaded: Mapping[str, Any]) -> dict[str, str]:
    """What settings say of each other, by the field to correct."""
    labels = {one.name: one.label for one in manifest.settings}
    wrong: dict[str, str] = {}
    for one in manifest.settings:
        if not loaded.get(one.name):
            continue
        for need in one.requires:
            names = need.split("|")
            if not any(loaded.get(name) for name in names):
                said = _("enter this too, since “%(label)s” is set", label=translation(one.label))
                wrong |= dict.fromkeys(names, said)
        for name in one.without:
            if loaded.get(name):
                wrong[name] = _("leave this empty, or “%(label)s”", label=translation(one.label))
    return {name: text for name, text in wrong.items() if name in labels}


def shown_settings(manifest: Manifest, settings: Mapping[str, Any]) -> JsonObject:
    """What an admin may see: of a secret only whether it is set."""
    secret = manifest.secret_names
    return {
        one.name: bool(settings.get(one.name)) if one.name in secret else settings.get(one.name)
        for one in manifest.settings
    }


def binding(manifest: Manifest, settings: Mapping[str, Any]) -> str:
    """What secrets are bound to: the connector and every setting that says where it connects to.

    What is left as it is by default says nothing, so that a setting that a later release adds parts no secret from its address.
    """
    said = [(one, _normal(settings.get(one.name))) for one in manifest.settings if one.destination]
    parts = [f"{one.name}={value}" for one, value in said if value not in ("", _normal(one.default))]
    return "\0".join((manifest.slug, *parts))


def _normal(value: Any) -> str:
    """Host names have no regard to case, and a port that goes without saying is none."""
    text = "" if value is None else str(value)
    if "://" not in text:
        return text
    parts = urlsplit(text)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{(parts.hostname or '').lower()}{port}{parts.path.rstrip('/')}"


def _field(setting: Setting) -> fields.Field[Any]:
    options: dict[str, Any] = {
        "required": setting.required and setting.default is None,
        "metadata": {
            "label": setting.label,
            "help": setting.help,
            "example": setting.example,
            "secret": setting.type in SECRET_TYPES,
            "type": setting.type.value,
        },
        "error_messages": {
            "required": _("is required"),
            "invalid": _("has the wrong type"),
            "null": _("is empty"),
        },
    }
    if not setting.required or setting.default is not None:
        options |= {"load_default": setting.default, "allow_none": setting.default is None}
    if setting.type in SECRET_TYPES:
        options["load_only"] = True
    return _of_type(setting, options)


def _of_type(setting: Setting, options: dict[str, Any]) -> fields.Field[Any]:
    match setting.type:
        case SettingType.URL:
            return _Url(validate=validate.Length(max=500), **options)
        case SettingType.INTEGER:
            low, high = setting.minimum, setting.maximum
            wrong = _("is out of range")
            if low is not None and high is not None:
                wrong = _("must be from %(low)s to %(high)s", low=counted(low), high=counted(high))
            return _Whole(validate=validate.Range(low, high, error=wrong), **options)
        case SettingType.BOOLEAN:
            return fields.Boolean(truthy=_TRUE, falsy=_FALSE, **options)
        case SettingType.CHOICE:
            values = [choice.value for choice in setting.choices]
            one_of = validate.OneOf(values, error=_("must be one of: %(values)s", values=", ".join(values)))
            return _Text(validate=one_of, **options)
        case SettingType.PATH:
            return _Path(validate=validate.Length(max=300), **options)
        case SettingType.NETWORKS:
            return _Networks(**options)
        case SettingType.MAPPING:
            return _Mapping(**options)
        case SettingType.KEY:
            return _Lines(validate=_length(16_000), **options)
        case _:
            longest = 4000 if setting.type in SECRET_TYPES else setting.maximum or 500
            return _Text(validate=_length(longest), **options)


def _length(longest: int) -> validate.Length:
    said = _("must have 1 to %(longest)s characters", longest=counted(longest))
    return validate.Length(1, longest, error=said)


def _messages(messages: Mapping[str, Any]) -> dict[str, str]:
    """The first message of each field; an unknown name says so."""
    found: dict[str, str] = {}
    for name, value in messages.items():
        text = value[0] if isinstance(value, list) and value else str(value)
        found[name] = _("is not a setting of this connector") if text == "Unknown field." else str(text)
    return found
