"""The house's own rules that no linter knows: modules go by their own names, none is a warehouse, and each layer has its rooms."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [
    path for folder in ("plugin", "tests", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))
]
TOPICS = {
    "people", "sources", "evidence", "learning", "cycle", "decision", "payroll", "model", "delivery", "rights", "operation",
}  # fmt: skip
LONGEST = 335


def _aliases(path: Path) -> list[str]:
    own = ("plugin", "tests", "benchmarks")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in own
        for alias in node.names
        if alias.asname
    ]
    plain = [alias for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return found + [one.asname for one in plain if one.asname and one.name.split(".")[0] in own]


def test_own_modules_are_imported_under_their_own_names() -> None:
    found = {str(path.relative_to(ROOT)): names for path in SOURCES if (names := _aliases(path))}
    assert not found


@pytest.mark.parametrize("layer", ["services", "store", "cli"])
def test_a_layer_has_rooms_by_topic_and_no_two_modules_of_one_name(layer: str) -> None:
    folder = ROOT / "plugin" / layer
    rooms = {path.name for path in folder.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms <= TOPICS | {"migrations", "tables"}
    names = Counter(
        path.stem
        for path in folder.rglob("*.py")
        if path.stem != "__init__" and not {"migrations", "tables"} & set(path.relative_to(folder).parts)
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_modules_stay_small_enough_to_be_read_at_once() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "plugin").rglob("*.py")
        if (lines := path.read_text(encoding="utf-8").count("\n")) > LONGEST
        and "migrations" not in path.parts
    }
    assert not long
