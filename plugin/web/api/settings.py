"""What a connector's settings may be in a call: built from its manifest, as strict as JSON is, and published as it is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from marshmallow import Schema, fields

from plugin.manifest import SECRET_TYPES, Manifest, Setting, SettingType
from plugin.texts import N_
from plugin.web.api.values import (
    FOLDER,
    LINE,
    LINES,
    WEB,
    Choice,
    Flag,
    ListOf,
    Network,
    Strict,
    Text,
    Whole,
    name,
    row_version,
    says,
)

LARGEST = 2**31
_SET: Mapping[SettingType, dict[str, Any]] = {  # what counts as entered; of every other kind all but null
    SettingType.BOOLEAN: {"const": True},
    SettingType.NETWORKS: {"type": "array", "minItems": 1},
    SettingType.MAPPING: {"type": "object", "minProperties": 1},
}


class Texts(fields.Dict):
    """Texts by name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(keys=Text(500), values=Text(500), **says(options, N_("must be texts by name")))


def settings_of(manifest: Manifest, *, is_new: bool) -> type[Strict]:
    """``is_new`` False: a secret that is left out stays as it is."""
    made = {one.name: _field(one, is_new=is_new) for one in manifest.settings}
    return type(_name_of_settings(manifest, is_new=is_new), (Strict,), dict(made))


def between(manifest: Manifest, *, is_new: bool) -> Iterator[dict[str, Any]]:
    """JSON Schema of what the settings ask of each other, which settings_form.py checks. In a change, a secret may be stored already."""
    stored = frozenset() if is_new else manifest.secret_names
    types = {one.name: one.type for one in manifest.settings}
    for one in manifest.settings:
        mine = _is_set(one.name, types[one.name])
        for need in one.requires:
            needed = need.split("|")
            if not stored.intersection(needed):
                yield {"anyOf": [{"not": mine}, *(_is_set(other, types[other]) for other in needed)]}
        for other in one.without:
            yield {"not": {"allOf": [mine, _is_set(other, types[other])]}}


def _is_set(setting: str, kind: SettingType) -> dict[str, Any]:
    return {"required": [setting], "properties": {setting: _SET.get(kind, {"not": {"type": "null"}})}}


def _name_of_settings(manifest: Manifest, *, is_new: bool) -> str:
    return _name(manifest, "Settings" if is_new else "SettingsChange")


def _name(manifest: Manifest, what: str) -> str:
    return manifest.slug.title().replace("_", "") + what


def _field(setting: Setting, *, is_new: bool) -> fields.Field[Any]:
    is_secret = setting.type in SECRET_TYPES
    stays = is_secret and not is_new
    required = setting.required and setting.default is None and not stays
    says = setting.help or setting.label
    options: dict[str, Any] = {"required": required, "allow_none": not required}
    options["metadata"] = {"title": setting.label, "description": says}
    if is_secret:
        options["metadata"]["format"] = "password"
    if setting.example and setting.type in (SettingType.STRING, SettingType.URL, SettingType.PATH):
        options["metadata"]["examples"] = [setting.example]
    return _of_type(setting, options)


def _of_type(setting: Setting, options: dict[str, Any]) -> fields.Field[Any]:
    match setting.type:
        case SettingType.URL:
            return Text(
                500, inner=WEB, said=N_("must be an address such as https://lms.example.com"), **options
            )
        case SettingType.INTEGER:
            low, high = setting.minimum, setting.maximum
            return Whole(-LARGEST if low is None else low, LARGEST if high is None else high, **options)
        case SettingType.BOOLEAN:
            return Flag(**options)
        case SettingType.CHOICE:
            return Choice([one.value for one in setting.choices], **options)
        case SettingType.PATH:
            said = N_("must be a folder below the installation’s files root, such as imports/hr")
            return Text(300, inner=FOLDER, said=said, **options)
        case SettingType.NETWORKS:
            return ListOf(Network(), 50, **options)
        case SettingType.MAPPING:
            return Texts(**options)
        case SettingType.KEY:
            return Text(16_000, inner=LINES, said=N_("must be text, in several lines or one"), **options)
        case _:
            most = 4000 if setting.type is SettingType.SECRET else setting.maximum or 500
            return Text(most, inner=LINE, said=N_("must be one line of text"), **options)


# --- a connection of any connector ----------------------------------------------------------------------------------


class OfConnector(Strict):
    """What all have in common. ``shapes`` says, by connector, what one of it must be, ``between`` what its settings ask
    of each other, by the name of their schema."""

    shapes: ClassVar[Mapping[str, type[Schema]]] = {}
    between: ClassVar[Mapping[str, list[dict[str, Any]]]] = {}

    def load(self, data: Any, **options: Any) -> Any:
        chosen = data.get("connector") if isinstance(data, Mapping) else None
        shape = self.shapes.get(chosen) if isinstance(chosen, str) else None
        return super().load(data, **options) if shape is None else shape().load(data, **options)


def _shape(
    manifest: Manifest, what: str, more: Callable[[], dict[str, fields.Field[Any]]], *, is_new: bool
) -> type[Schema]:
    made: dict[str, Any] = {
        "connector": Choice([manifest.slug], required=True),
        "name": name(required=True),
        "settings": fields.Nested(settings_of(manifest, is_new=is_new), required=True),
        **more(),
    }
    return type(_name(manifest, what), (Strict,), made)


def shapes(available: Iterable[Manifest]) -> tuple[type[OfConnector], type[OfConnector]]:
    """The schemas of a new connection and of a change, over the connectors that are installed."""
    known = list(available)
    return (
        _any_of("NewConnection", known, "NewConnection", dict, is_new=True),
        _any_of("ConnectionChange", known, "ConnectionChange", _version, is_new=False),
    )


def _version() -> dict[str, fields.Field[Any]]:
    return {"version": row_version(required=True)}


def _any_of(
    title: str,
    known: list[Manifest],
    what: str,
    more: Callable[[], dict[str, fields.Field[Any]]],
    *,
    is_new: bool,
) -> type[OfConnector]:
    by_slug = {one.slug: _shape(one, what, more, is_new=is_new) for one in known}
    made: dict[str, Any] = {
        "shapes": by_slug,
        "between": {
            _name_of_settings(one, is_new=is_new): list(between(one, is_new=is_new)) for one in known
        },
        "connector": Choice(by_slug, required=True),
        "name": name(required=True),
        "settings": fields.Dict(keys=fields.String(), required=True),
        **more(),
    }
    return type(title, (OfConnector,), made)
