"""What is written from outside the store is typed: a row, or columns by name, never a dictionary of anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin import store

ROOT = Path(store.__file__).parent
GENERIC = {
    "database.py": "the verbs of the tables' own modules, for any table",
    "fitting.py": "looks at a row of any table",
    "operation/leased_work.py": "for any queue: counts of a run, result of a task",
    "operation/queues.py": "for any queue",
}
LOOSE = ("object", "Any")


def _is_loose(annotation: ast.expr | None) -> bool:
    """``dict[str, object]`` or ``Mapping[str, Any]``, also inside of another type."""
    for node in ast.walk(annotation) if annotation else ():
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            names = ast.unparse(node.value), ast.unparse(node.slice.elts[-1])
            if names[0] in ("dict", "Mapping") and names[1] in LOOSE:
                return True
    return False


def _loose(source: str) -> Iterator[str]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            more = node.args.kwarg
            if more is not None and (more.annotation is None or ast.unparse(more.annotation) in LOOSE):
                yield node.name
            every = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            if any(_is_loose(one.annotation) for one in every):
                yield node.name


def test_no_public_function_of_the_store_takes_a_loose_row() -> None:
    sources = [path for path in ROOT.rglob("*.py") if "migrations" not in path.parts]
    assert len(sources) > 50
    places = {str(path.relative_to(ROOT)): list(_loose(path.read_text("utf-8"))) for path in sources}
    assert {place for place, found in places.items() if found} <= set(GENERIC), places


def test_the_generic_verbs_stay_in_the_store() -> None:
    """Outside, only the names of a table's module write."""
    outside = [path for path in ROOT.parent.rglob("*.py") if ROOT not in path.parents]
    assert len(outside) > 300
    for path in outside:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "plugin.store.database":
                assert not {one.name for one in node.names} & {"insert", "insert_new", "upsert"}, path


@pytest.mark.parametrize(
    "source",
    [
        "def add(tx, **values: Any): ...",
        "def add(tx, **values): ...",
        "def put(tx, rows: list[dict[str, object]]): ...",
        "def put(tx, *, row: Mapping[str, Any] | None = None): ...",
    ],
)
def test_the_check_finds_a_loose_row(source: str) -> None:
    assert list(_loose(source))


def test_the_check_passes_typed_columns() -> None:
    assert not list(_loose("def add(tx, values: dict[str, int], **more: Unpack[Change]): ..."))
