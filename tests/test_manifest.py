"""The manifests and the settings forms that are built from them."""

from __future__ import annotations

import json
from copy import deepcopy
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin import connectors, texts
from plugin.connectors import available, load
from plugin.domain import Stream
from plugin.errors import ConfigError, InvalidInput
from plugin.manifest import (
    QUALITY_RULES,
    ManifestSchema,
    PluginSheetSchema,
    catalogue,
    json_schema,
    load_settings,
    manifest_of,
    parse_manifest,
    plugin_sheet,
    settings_schema,
    shown_settings,
)

CANARY = "canary-5b1d"
GOOD: dict[str, Any] = {
    "slug": "toy",
    "title": "Toy",
    "summary": "A toy.",
    "systems": ["Toy"],
    "version": "1.0",
    "streams": [{"stream": "people", "reads": "People", "fields": ["name"], "why": "because"}],
    "settings": [
        {"name": "address", "label": "Address", "type": "url", "required": True},
        {"name": "token", "label": "Token", "type": "secret", "required": True},
        {"name": "size", "label": "Size", "type": "integer", "default": 5, "minimum": 1, "maximum": 10},
        {"name": "deep", "label": "Deep", "type": "boolean", "default": False},
        {
            "name": "kind",
            "label": "Kind",
            "type": "choice",
            "default": "a",
            "choices": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}],
        },
        {"name": "folder", "label": "Folder", "type": "path"},
        {"name": "networks", "label": "Networks", "type": "networks"},
        {"name": "note", "label": "Note", "type": "string"},
    ],
    "evidence": [{"what": "all", "source": "here", "mark": "seen"}],
    "quality": [{"rule": rule, "done": True} for rule in QUALITY_RULES],
}
ENOUGH = {"address": "https://toy.example.com", "token": "t"}


def changed(**parts: Any) -> str:
    return json.dumps(deepcopy(GOOD) | parts)


def toy() -> Any:
    return parse_manifest(changed(), "toy")


def test_our_manifests_load_and_each_has_its_code() -> None:
    slugs = [one.slug for one in available()]
    assert {"csv_folder", "frappe_hr", "xapi_lrs"} <= set(slugs)
    assert all(load(slug) is load(slug) for slug in slugs)


def test_manifest_answers_what_it_reads_and_hides() -> None:
    frappe = manifest_of("frappe_hr")
    assert frappe.reads(Stream.PAY)
    assert not frappe.reads(Stream.BADGES)
    assert frappe.secret_names == {"api_secret", "webhook_secret"}


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"titel": "x"}, "titel"),
        ({"slug": "Toy"}, "slug"),
        ({"slug": "other"}, "other"),
        ({"version": "one"}, "version"),
        ({"streams": []}, "streams"),
        ({"streams": GOOD["streams"] * 2}, "twice"),
        ({"streams": [{"stream": "gossip", "reads": "x", "fields": ["x"], "why": "x"}]}, "stream"),
        ({"streams": [{"stream": "people", "reads": "x", "fields": ["x"]}]}, "why"),
        ({"settings": [{"name": "xx", "label": "X", "type": "color"}]}, "type"),
        ({"settings": [{"name": "xx", "label": "X", "type": "string", "hint": "x"}]}, "hint"),
        ({"settings": [{"name": "xx", "label": "X", "type": "choice"}]}, "choices"),
        ({"settings": [{"name": "xx", "label": "X", "type": "secret", "default": "x"}]}, "secret"),
        ({"settings": [{"name": "xx", "label": "X", "type": "string", "required": "yes"}]}, "required"),
        ({"limits": {"total_seconds": "100"}}, "total_seconds"),
        ({"limits": {"per_second": 1}}, "per_second"),
        ({"evidence": []}, "evidence"),
        ({"evidence": [{"what": "x", "source": "x", "mark": "sure"}]}, "mark"),
        ({"quality": []}, "quality"),
        ({"quality": [{"rule": rule, "done": False} for rule in QUALITY_RULES]}, "reason"),
        ({"webhook": {"dialect": "x", "secret": "x"}}, "secret"),
    ],
)
def test_wrong_manifest_is_refused_and_names_the_field(parts: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        parse_manifest(changed(**parts), "toy")


def test_manifest_that_is_no_json_names_its_line() -> None:
    with pytest.raises(ConfigError, match="line 2"):
        parse_manifest("{\n]", "toy")


def test_unknown_connector_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="nothing_here"):
        load("nothing_here")


# --- settings ---


def test_defaults_fill_what_was_left_out() -> None:
    assert load_settings(toy(), ENOUGH) == ENOUGH | {
        "size": 5,
        "deep": False,
        "kind": "a",
        "folder": None,
        "networks": None,
        "note": None,
    }


def test_a_form_s_texts_become_values() -> None:
    sent = ENOUGH | {
        "size": "7",
        "deep": "on",
        "kind": "b",
        "networks": "10.0.0.0/8, 192.168.1.0/24\n127.0.0.1",
        "note": "  ",
    }
    loaded = load_settings(toy(), sent)
    assert (loaded["size"], loaded["deep"], loaded["kind"], loaded["note"]) == (7, True, "b", None)
    assert loaded["networks"] == ["10.0.0.0/8", "192.168.1.0/24", "127.0.0.1/32"]


def test_address_loses_its_last_slash() -> None:
    assert (
        load_settings(toy(), ENOUGH | {"address": " https://toy.example.com/api/ "})["address"]
        == "https://toy.example.com/api"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("address", "toy.example.com"),
        ("address", "ftp://toy.example.com"),
        ("address", "https://user:pass@toy.example.com"),
        ("address", "https://toy.example.com/?key=1"),
        ("address", "https://toy.example.com/#x"),
        ("address", "https://toy.example.com:port"),
        ("address", "https://"),
        ("address", 7),
        ("size", "five"),
        ("size", 1.5),
        ("size", True),
        ("size", 11),
        ("size", "0"),
        ("size", "9" * 400),
        ("deep", "perhaps"),
        ("kind", "c"),
        ("folder", "/etc"),
        ("folder", "../up"),
        ("folder", "a/../../up"),
        ("folder", "C:\\data"),
        ("folder", "a\\b"),
        ("networks", "10.0.0.1/8"),
        ("networks", "everything"),
        ("networks", [7]),
        ("networks", 7),
        ("note", "two\nlines"),
        ("note", "x" * 501),
        ("unknown", "x"),
        ("token", ""),
        ("token", None),
    ],
)
def test_wrong_setting_is_named_alone(name: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_settings(toy(), ENOUGH | {name: value})
    assert set(caught.value.fields) == {name}


def test_error_never_quotes_a_secret() -> None:
    with pytest.raises(InvalidInput) as caught:
        load_settings(toy(), {"address": "x", "token": CANARY + "\nsecond line"})
    assert set(caught.value.fields) == {"address", "token"}
    assert CANARY not in repr(caught.value) + str(caught.value.fields)
    assert caught.value.__cause__ is None


def test_secret_is_load_only_and_shown_as_set_or_not() -> None:
    settings = load_settings(toy(), ENOUGH | {"token": CANARY})
    assert CANARY not in str(settings_schema(toy())().dump(settings))
    shown = shown_settings(toy(), settings)
    assert shown["token"] is True
    assert CANARY not in str(shown)
    assert shown_settings(toy(), {})["token"] is False


def test_form_metadata_comes_from_the_manifest() -> None:
    fields = settings_schema(manifest_of("frappe_hr"))().fields
    assert fields["api_secret"].metadata["secret"] is True
    assert fields["base_url"].metadata["example"] == "https://hr.example.com"
    assert fields["base_url"].required


@given(
    st.dictionaries(
        st.sampled_from([one["name"] for one in GOOD["settings"]]),
        st.text() | st.integers() | st.booleans() | st.none(),
    )
)
def test_any_form_is_loaded_or_refused_by_field(values: dict[str, Any]) -> None:
    names = {one["name"] for one in GOOD["settings"]}
    try:
        found = set(load_settings(toy(), values))
    except InvalidInput as error:
        found = names if error.fields and set(error.fields) <= names else set()
    assert found == names


def test_lump_sums_are_taken_only_where_their_setting_is_filled() -> None:
    frappe = manifest_of("frappe_hr")
    assert frappe.pays_once({"lump_sum_component": "Bonus"})
    assert not frappe.pays_once({"lump_sum_component": ""})
    assert not manifest_of("csv_folder").pays_once({"lump_sum_component": "Bonus"})


def test_a_sink_cannot_name_a_setting_that_is_not_there() -> None:
    sink = {"sink": "raises", "writes": "x", "why": "y", "lump_sum_setting": "nowhere"}
    with pytest.raises(ConfigError):
        parse_manifest(json.dumps(GOOD | {"sinks": [sink]}), "toy")


# --- JSON Schema ---

ROOT = Path(__file__).parent.parent / "manifests"


@pytest.mark.parametrize(
    ("name", "schema", "title"),
    [("connector", ManifestSchema, "Connector manifest"), ("plugin", PluginSheetSchema, "Plugin sheet")],
)
def test_committed_json_schema_is_the_generated_one(name: str, schema: Any, title: str) -> None:
    committed = json.loads((ROOT / "schema" / f"{name}.schema.json").read_text())
    assert committed == json_schema(schema, title)


def test_our_manifests_fit_the_json_schema() -> None:
    schema = json_schema(ManifestSchema, "Connector manifest")
    for path in (ROOT / "connectors").glob("*.json"):
        jsonschema.validate(json.loads(path.read_text()), schema)
    jsonschema.validate(plugin_sheet(), json_schema(PluginSheetSchema, "Plugin sheet"))


@pytest.mark.parametrize(
    "parts", [{"titel": "x"}, {"version": "one"}, {"evidence": []}, {"streams": [{"stream": "gossip"}]}]
)
def test_json_schema_refuses_what_the_manifest_schema_refuses(parts: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(changed(**parts)), json_schema(ManifestSchema, "Connector manifest"))


# --- the plugin's own sheet and third parties ---


def test_plugin_sheet_is_valid_and_every_field_has_a_why() -> None:
    sheet: Any = plugin_sheet()
    assert all(one["why"] for one in sheet["data"]["read"] + sheet["data"]["write"])
    assert PluginSheetSchema().validate(sheet | {"surprise": 1}) == {"surprise": ["Unknown field."]}


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package that brings the connector ``toy``."""
    package = tmp_path / "acme_connectors"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "toy.py").write_text("class Toy: ...\nCONNECTOR = Toy()\n")
    (package / "toy.json").write_text(changed())
    monkeypatch.syspath_prepend(str(tmp_path))
    point = EntryPoint("toy", "acme_connectors.toy", catalogue.GROUP)
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [point] if group == catalogue.GROUP else [])
    for cached in (catalogue.in_language, connectors.load):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def forget() -> Any:
    yield
    for cached in (catalogue.in_language, connectors.load):
        cached.cache_clear()


@pytest.mark.usefixtures("third_party")
def test_third_party_connector_is_found_and_loaded() -> None:
    assert "toy" in [one.slug for one in available()]
    assert type(load("toy")).__name__ == "Toy"


@pytest.mark.usefixtures("third_party")
def test_two_connectors_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("csv_folder", "acme_connectors.toy", catalogue.GROUP)
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [point])
    catalogue.in_language.cache_clear()
    with pytest.raises(ConfigError, match="csv_folder"):
        available()


def test_a_manifest_is_read_in_the_readers_language_and_keeps_its_names() -> None:
    english = catalogue.manifest_of("csv_folder")
    with texts.reading("de"):
        german = catalogue.manifest_of("csv_folder")
    assert (english.title, german.title) == ("Files (CSV, Excel)", "Dateien (CSV, Excel)")
    assert german.settings[0].label == "Ordner"
    assert [one.name for one in german.settings] == [one.name for one in english.settings]
    assert german.streams[0].fields == english.streams[0].fields
    assert catalogue.manifest_of("csv_folder") == english
