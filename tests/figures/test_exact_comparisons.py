"""Figures are compared as they are, never as they are shown: 3.25 beside a recommendation of 3.2 is another figure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import plugin

ROOT = Path(plugin.__file__).parent
ROUNDING = {"one_decimal", "quantize", "rounded", "round"}
MEANT = {
    "percent_of",  # the short figure whose paid money is the amount
    "standing",  # a decision keeps two decimals
    "exact_signed",  # whether a second decimal is to be shown
}


def compared_rounded(tree: ast.AST, inside: str = "") -> Iterator[tuple[str, int]]:
    """Function and line of each comparison with a rounded side."""
    for node in ast.iter_child_nodes(tree):
        name = node.name if isinstance(node, ast.FunctionDef) else inside
        if isinstance(node, ast.Compare) and any(map(_rounds, (node.left, *node.comparators))):
            yield name, node.lineno
        yield from compared_rounded(node, name)


def _rounds(side: ast.expr) -> bool:
    called = side.func if isinstance(side, ast.Call) else None
    return isinstance(called, ast.Name | ast.Attribute) and ast.unparse(called).rpartition(".")[2] in ROUNDING


def test_no_figure_is_compared_as_it_is_shown() -> None:
    paths = [path for room in ("services", "store", "web", "cli") for path in (ROOT / room).rglob("*.py")]
    assert len(paths) > 200
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in paths
        if "migrations" not in path.parts
        for name, line in compared_rounded(ast.parse(path.read_text("utf-8")))
        if name not in MEANT
    ]
    assert not found


def test_the_check_finds_one() -> None:
    assert list(compared_rounded(ast.parse("same = one_decimal(percent) == made.percent")))
