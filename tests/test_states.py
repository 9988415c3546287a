"""No state word as a literal outside ``plugin.domain``: what is compared, assigned or passed is the member of its enum.

A word stands for a state where it meets one of these names; ``"open"`` as a key of a form or a CSV column is no state.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import plugin
from plugin import domain

ROOT = Path(plugin.__file__).parent
WORDS = frozenset(str(word) for words in domain.STATES for word in words)
NAMES = re.compile(
    r"(^|_)(state|status|verdict|trust|choice|reveal|review|trigger|outcome|kind|to|expected)s?$"
)


def _name(node: ast.expr) -> str:
    """``row.state``, ``state``, ``c["state"]``, ``_c.state.in_`` by their last word."""
    if isinstance(node, ast.Attribute):
        return _name(node.value) if node.attr in ("in_", "not_in", "is_distinct_from") else node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return node.id if isinstance(node, ast.Name) else ""


def _literals(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value] if node.value in WORDS else []
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return [word for one in node.elts for word in _literals(one)]
    if isinstance(node, ast.IfExp):
        return _literals(node.body) + _literals(node.orelse)
    return []


def _meetings(tree: ast.AST) -> Iterator[tuple[int, str, ast.expr]]:
    """Line, name, and what meets it: compared with, assigned to, passed as, or stored under it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = (node.left, *node.comparators)
            yield from (
                (node.lineno, _name(one), other) for one in sides for other in sides if other is not one
            )
        elif isinstance(node, ast.Assign):
            yield from ((node.lineno, _name(target), node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.lineno, _name(node.target), node.value
        elif isinstance(node, ast.Call):
            yield from ((one.value.lineno, one.arg or "", one.value) for one in node.keywords)
            yield from ((node.lineno, _name(node.func), one) for one in node.args)
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from ((v.lineno, str(k.value), v) for k, v in pairs if isinstance(k, ast.Constant))
        elif isinstance(node, ast.arguments):
            plain = node.posonlyargs + node.args
            told = [*zip(plain[len(plain) - len(node.defaults) :], node.defaults, strict=True)]
            told += [(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d is not None]
            yield from ((a.lineno, a.arg, d) for a, d in told)


def found(source: str) -> list[tuple[int, str]]:
    return [
        (line, word)
        for line, name, value in _meetings(ast.parse(source))
        if NAMES.search(name)
        for word in _literals(value)
    ]


def _template_name(node: nodes.Node) -> str:
    return str(getattr(node, "attr", getattr(node, "name", "")))


def _template_literals(node: nodes.Node) -> list[str]:
    consts = [node] if isinstance(node, nodes.Const) else node.find_all(nodes.Const)
    return [one.value for one in consts if isinstance(one.value, str) and one.value in WORDS]


def found_in_template(source: str) -> list[tuple[int, str]]:
    """What a state is compared with, and what is passed under its name."""
    tree = Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse(source)
    met = [
        (one.lineno, _template_name(one.expr), operand.expr)
        for one in tree.find_all(nodes.Compare)
        for operand in one.ops
    ]
    met += [(one.lineno, one.key, one.value) for one in tree.find_all(nodes.Keyword)]
    met += [
        (one.lineno, str(one.key.value), one.value)
        for one in tree.find_all(nodes.Pair)
        if isinstance(one.key, nodes.Const)
    ]
    return [
        (line, word)
        for line, name, value in met
        if NAMES.search(name) and isinstance(value, nodes.Const | nodes.Tuple | nodes.List)
        for word in _template_literals(value)
    ]


def test_no_state_word_is_a_literal_in_a_template() -> None:
    templates = sorted(ROOT.rglob("*.html"))
    assert len(templates) > 50
    met = [
        f"{path.relative_to(ROOT)}:{line} {word}"
        for path in templates
        for line, word in found_in_template(path.read_text("utf-8"))
    ]
    assert not met, "\n".join(met)


@pytest.mark.parametrize(
    "source",
    ["{% if row.state in ('open', 'x') %}{% endif %}", "{{ f(kind='write') }}", "{{ {'state': 'paused'} }}"],
)
def test_the_check_finds_a_literal_in_a_template(source: str) -> None:
    assert found_in_template(source)


def test_no_state_word_is_a_literal_outside_domain() -> None:
    sources = [path for path in ROOT.rglob("*.py") if "domain" not in path.relative_to(ROOT).parts]
    assert len(sources) > 400
    met = [
        f"{path.relative_to(ROOT)}:{line} {word}"
        for path in sources
        for line, word in found(path.read_text("utf-8"))
    ]
    assert not met, "\n".join(met)


@pytest.mark.parametrize(
    "source",
    [
        'row.state == "open"',
        'row.state in ("open", "closed")',
        '"failed" != task["state"]',
        'c.state.in_(["due"])',
        'state = "done"',
        'state: str = "done"',
        'row = {"state": "queued"}',
        'change(state="failed" if x else "running")',
        'def ask(trigger: str = "person"): ...',
    ],
)
def test_the_check_finds_a_literal(source: str) -> None:
    assert found(source)
