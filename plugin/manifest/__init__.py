"""Loads the declarations in ``manifests/`` and builds the checks of connections' settings from them."""

from plugin.manifest.catalogue import GROUP, manifest_of, manifests, missing, parse_manifest, plugged
from plugin.manifest.json_schema import json_schema
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
from plugin.manifest.plugin_sheet import PluginSheetSchema, plugin_sheet
from plugin.manifest.schema import ManifestSchema
from plugin.manifest.settings_form import binding, load_settings, settings_schema, shown_settings

__all__ = [
    "GROUP",
    "QUALITY_RULES",
    "SECRET_TYPES",
    "Choice",
    "Evidence",
    "Limits",
    "Manifest",
    "ManifestSchema",
    "Mark",
    "PluginSheetSchema",
    "Quality",
    "Setting",
    "SettingType",
    "SinkSpec",
    "StreamSpec",
    "Webhook",
    "binding",
    "json_schema",
    "load_settings",
    "manifest_of",
    "manifests",
    "missing",
    "parse_manifest",
    "plugged",
    "plugin_sheet",
    "settings_schema",
    "shown_settings",
]
