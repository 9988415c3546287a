"""Tables of the shell have headings in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin import cli, texts
from plugin.cli.headings import HEADINGS
from plugin.cli.output import emit
from plugin.services.sources import sync

MODULES = sorted(Path(str(cli.__file__)).parent.rglob("*.py"))


def _keys(path: Path) -> Iterator[str]:
    """Of the rows that a command writes, where it emits them or makes them: in a variable or a function of its module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "emit":
            named = {one.id for rows in node.args for one in ast.walk(rows) if isinstance(one, ast.Name)}
            for made in (*node.args, *_made(tree, named)):
                for one in ast.walk(made):
                    if isinstance(one, ast.Dict):
                        yield from (
                            str(key.value)
                            for key in one.keys
                            if isinstance(key, ast.Constant) and isinstance(key.value, str)
                        )


def _made(tree: ast.Module, named: set[str]) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in named and not node.decorator_list:
            yield from (one for one in ast.walk(node) if isinstance(one, ast.Return))
        if isinstance(node, ast.Assign) and {ast.unparse(one) for one in node.targets} & named:
            yield node.value


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_column_has_a_heading(path: Path) -> None:
    assert {key for key in _keys(path) if key not in HEADINGS and len(key) > 2} == set()


def test_what_a_run_counts_has_a_heading() -> None:
    assert {*sync.COUNTS, "applied", "waiting", "unusable"} - HEADINGS.keys() == set()


def test_a_table_is_headed_in_the_readers_language(capsys: pytest.CaptureFixture[str]) -> None:
    with texts.reading("de"):
        emit([{"effective_on": "2027-04-01", "Unrated": 1}], as_json=False)
    assert capsys.readouterr().out.splitlines()[0].split() == ["Wirksam", "ab", "Unrated"]
