"""The form of a connection, built from its connector's manifest, and read back from what a browser sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from plugin.domain import Json
from plugin.manifest import SECRET_TYPES, Manifest, Setting, SettingType
from plugin.texts import N_, _

PREFIX = "s-"  # so that a setting called like one of our own fields (name, do) does not collide
RETYPE = N_("Enter the secret again; we never send it back to the page.")
INPUT_TYPES: Mapping[SettingType, str] = {
    SettingType.URL: "url",
    SettingType.SECRET: "password",
    SettingType.INTEGER: "number",
}


_CONTROLS = (
    SettingType.CHOICE,
    SettingType.BOOLEAN,
    SettingType.NETWORKS,
    SettingType.MAPPING,
    SettingType.SECRET,
)


@dataclass(frozen=True)
class FormField:
    """One input. ``value`` is empty for a secret, always; ``is_set`` says that one is stored."""

    setting: Setting
    value: str
    is_set: bool
    error: str

    @property
    def name(self) -> str:
        return PREFIX + self.setting.name

    @property
    def input_type(self) -> str:
        return INPUT_TYPES.get(self.setting.type, "text")

    @property
    def kind(self) -> str:
        """Which control: choice, boolean, networks, mapping or secret_lines (several lines), secret, or line."""
        kind = self.setting.type
        if kind is SettingType.KEY:
            return "secret_lines"
        return kind.value if kind in _CONTROLS else "line"

    @property
    def is_fine(self) -> bool:
        """Fine tuning: what works without an admin's thought stands below a fold."""
        setting = self.setting
        return not (setting.required or setting.group) and (
            setting.default is not None or setting.type in (SettingType.NETWORKS, SettingType.MAPPING)
        )

    @property
    def is_changed(self) -> bool:
        return self.value != _text(self.setting.default)

    @property
    def is_required(self) -> bool:
        return self.setting.required and self.setting.default is None and not self.is_set


def fields(
    declared: Manifest, values: Mapping[str, Json], errors: Mapping[str, str], *, secrets: Mapping[str, Json]
) -> list[FormField]:
    """The inputs in the manifest's order. ``secrets`` says by name which are stored; their values are nowhere."""
    return [_field(one, values, errors, secrets) for one in declared.settings]


def _field(
    setting: Setting, values: Mapping[str, Json], errors: Mapping[str, str], secrets: Mapping[str, Json]
) -> FormField:
    if setting.type in SECRET_TYPES:
        return FormField(setting, "", bool(secrets.get(setting.name)), _secret_error(setting, values, errors))
    value = values.get(setting.name)
    return FormField(
        setting, _text(setting.default if value is None else value), False, errors.get(setting.name, "")
    )


def _secret_error(setting: Setting, values: Mapping[str, Json], errors: Mapping[str, str]) -> str:
    """What was typed is not sent back: saying so prevents that an old secret is kept by mistake."""
    typed = values.get(setting.name)
    was_typed = isinstance(typed, str) and bool(typed)
    return errors.get(setting.name) or (_(RETYPE) if was_typed else "")


def _text(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, dict):
        return "\n".join(f"{name} = {text}" for name, text in value.items())
    if isinstance(value, list):
        return "\n".join(str(one) for one in value)
    return str(value)


def read(declared: Manifest, form: MultiDict[str, str]) -> dict[str, Json]:
    """What was entered, by setting; a box that is not ticked is False."""
    given: dict[str, Json] = {}
    for setting in declared.settings:
        name = PREFIX + setting.name
        if setting.type is SettingType.BOOLEAN:
            given[setting.name] = name in form
        else:
            given[setting.name] = form.get(name, "").replace("\r\n", "\n")
    return given
