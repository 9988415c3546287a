"""``make schemas``: rewrites the committed JSON Schemas from the marshmallow schemas, their one truth."""

from __future__ import annotations

import json
from pathlib import Path

from plugin.manifest.json_schema import json_schema
from plugin.manifest.plugin_sheet import PluginSheetSchema
from plugin.manifest.schema import ManifestSchema

FOLDER = Path(__file__).parents[2] / "manifests" / "schema"
SCHEMAS = {
    "connector": (ManifestSchema, "Connector manifest"),
    "plugin": (PluginSheetSchema, "Plugin sheet"),
}


def main() -> None:
    for name, (schema, title) in SCHEMAS.items():
        text = json.dumps(json_schema(schema, title), indent=2, ensure_ascii=False)
        (FOLDER / f"{name}.schema.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
