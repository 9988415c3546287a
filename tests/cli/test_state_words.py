"""The shell's tables say states, kinds and verdicts as pages do; JSON keeps the codes."""

from __future__ import annotations

import ast
import json
from enum import StrEnum
from pathlib import Path

import pytest

from plugin import cli, domain, texts
from plugin.cli.output import emit
from plugin.domain import CycleState, said
from plugin.texts import _

MODULES = sorted(Path(str(cli.__file__)).parent.rglob("*.py"))


@pytest.mark.parametrize("words", domain.STATES, ids=lambda words: words.__name__)
def test_a_table_says_every_word_in_the_readers_language(
    words: type[StrEnum], capsys: pytest.CaptureFixture[str]
) -> None:
    for word in words:
        with texts.reading("de"):
            emit([{"state": word}], as_json=False)
            expected = texts.translation(domain.WORDS[words][word])
        cell = " ".join(capsys.readouterr().out.split("\n", 1)[1].split())
        assert cell.replace(" ", "") == expected.replace(" ", "")
        assert word == "did" or cell != word.value
        emit([{"state": word}], as_json=True)
        assert json.loads(capsys.readouterr().out) == [{"state": word.value}]


def test_a_message_says_a_state_in_the_language_of_each_reader() -> None:
    stored = texts.stored(_("Cycle status: %(status)s.", status=CycleState.EXPORTED))
    assert texts.retold(stored) == "Cycle status: Sent."
    with texts.reading("de"):
        assert said(CycleState.EXPORTED) in texts.retold(stored)


def _raw(tree: ast.AST) -> list[int]:
    """Where a table's cell or a line is made of a word's code: ``.value``, or a state in an f-string."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            found += [
                v.lineno
                for v in node.values
                if isinstance(v, ast.Attribute) and v.attr == "value" and _names_a_word(v)
            ]
        if isinstance(node, ast.FormattedValue) and _names_a_word(node.value):
            found.append(node.lineno)
    return found


def _names_a_word(node: ast.expr) -> bool:
    inner = node.value if isinstance(node, ast.Attribute) and node.attr == "value" else node
    return isinstance(inner, ast.Attribute) and inner.attr in (
        "state",
        "kind",
        "verdict",
        "trigger",
        "stream",
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_command_writes_the_code_of_a_word(path: Path) -> None:
    assert _raw(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("source", ['{"state": one.state.value}', 'f"{one.file}: {one.verdict}"'])
def test_the_check_finds_a_code(source: str) -> None:
    assert _raw(ast.parse(source))
