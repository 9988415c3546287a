"""What a check adds to its sentence is a whole sentence in the reader's language, or a name as it stands in the badge."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin import badges, texts
from plugin.badges.codes import BadgeProblem
from plugin.badges.verdict import Inspection
from plugin.texts import _

ROOT = Path(badges.__file__).parent
WORDS = re.compile(r"[a-z]+ [a-z]+")
NAMES = {"vc claim", "P-384"}  # as the standards write them
PLACE = {"BadgeProblem": 1, "note": 2}


def _said(node: ast.expr) -> str:
    """The text of a constant or of an f-string, with its holes."""
    if isinstance(node, ast.JoinedStr):
        return "".join(one.value if isinstance(one, ast.Constant) else "…" for one in node.values)
    if isinstance(node, ast.Subscript):
        return _said(node.value)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def fragments(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            place = PLACE.get(ast.unparse(node.func).rpartition(".")[2])
            if place is not None and len(node.args) > place:
                text = _said(node.args[place])
                if WORDS.search(text) and text not in NAMES:
                    yield node.lineno, text


def test_no_detail_is_a_fragment_of_english() -> None:
    paths = sorted(ROOT.rglob("*.py"))
    assert len(paths) > 30
    found = [
        f"{path.relative_to(ROOT)}:{line} {text}"
        for path in paths
        for line, text in fragments(ast.parse(path.read_text("utf-8")))
    ]
    assert not found


@pytest.mark.parametrize(
    "source", ['BadgeProblem("x", "not a thing")', 'self.note("y", "x", f"{url} is gone")']
)
def test_the_check_finds_a_fragment(source: str) -> None:
    assert list(fragments(ast.parse(source)))


def test_a_step_says_its_detail_in_the_language_of_each_reader() -> None:
    inspection = Inspection()
    problem = BadgeProblem("invalid_image", _("The file is cut off."))
    inspection.note("read", problem.code, problem.detail)
    inspection.note("status", "status_unsupported", "ExampleStatus2026")
    stored = [texts.stored(step.message) for step in inspection.steps]
    assert texts.retold(stored[0]) == "The image file is damaged. The file is cut off."
    with texts.reading("de"):
        said = [texts.retold(one) for one in stored]
    assert said[0].endswith("Die Datei ist abgeschnitten.")
    assert "damaged" not in said[0]
    assert said[1].endswith("(ExampleStatus2026)")
