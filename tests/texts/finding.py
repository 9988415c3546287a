"""Finds texts for people that no marker holds: in a template by its syntax tree and its HTML, in a module by its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

from tests.texts.catalogues import PLUGIN

MARKERS = {"_", "N_", "gettext", "ngettext", "pgettext"}
SHOWN_ATTRIBUTES = {
    "data-label",
    "title",
    "aria-label",
    "placeholder",
    "alt",
    "aria-description",
    "aria-valuetext",
}
NAMES = {
    "Raise Advisor",
    "CSV",
    "JSON",
    "URL",
    "ID",
    "DID",
    "OpenID",
    "xAPI",
    "htmx",
    "connection:3",
}  # the same in every language
MACHINE = "# machine text"  # at the end of a line or statement, of a function's first line, of a module's docstring: no person reads this
# Modules whose every text is for people; elsewhere only what errors say is.
SPEAKING = ("web/", "cli/", "services/", "advisor/", "figures/", "connectors/probes.py", "badges/codes.py")
SILENT = ("web/probes.py", "web/csv_files.py", "web/api/")  # read by programs and by those who write them
_LETTERS = re.compile(r"[^\W\d_]{2}")
_TWO_WORDS = re.compile(r"[^\W\d_]\S*\s+\S*[^\W\d_]")
_WORD = re.compile(r"[A-Z][a-z]+")
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_MACHINE_TEXT = re.compile(r"[<\n]|\w_\w")  # markup, an example of a file, names of columns
_GLUED = re.compile(r"[^\W\d_]{2,}")  # " days" after a number
_HOLE = "\x00"
SWITCHES = {"selected", "checked", "hidden", "disabled", "required", "open"}  # of HTML


def is_text(value: str) -> bool:
    """As people write: several words, or one with a capital."""
    stripped = value.strip()
    is_glued = stripped != value and bool(_GLUED.fullmatch(stripped)) and stripped not in SWITCHES
    return (
        bool(is_glued or _TWO_WORDS.search(stripped) or _WORD.fullmatch(stripped)) and stripped not in NAMES
    )


# --- templates ------------------------------------------------------------------------------------------------------


@cache
def _environment() -> Environment:
    return Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)


@cache
def _classes() -> frozenset[str]:
    """Names in the style sheets: a constant made of them alone is no text."""
    sheets = (PLUGIN / "web" / "static").glob("*.css")
    return frozenset(name for sheet in sheets for name in _CLASS.findall(sheet.read_text(encoding="utf-8")))


class _Page(HTMLParser):
    """Collects what a reader sees or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style", "code", "pre", "kbd")
        self.found += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "code", "pre", "kbd")

    def handle_data(self, data: str) -> None:
        if self._silent <= 0:
            self.found.append(data)


def _stream(node: nodes.Node) -> Iterator[str]:
    """The template's own HTML in its order; values become holes, printed constants stand where they are printed."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Output):
        for child in node.nodes:
            yield from _stream(child) if isinstance(child, nodes.TemplateData) else _printed(child)
    else:
        for child in node.iter_child_nodes():
            yield from _stream(child)


def _printed(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const):
        yield str(node.value)
    elif isinstance(node, nodes.CondExpr):
        yield from (text for side in (node.expr1, node.expr2) if side for text in _printed(side))
    elif isinstance(node, nodes.Concat):
        yield from (text for side in node.nodes for text in _printed(side))
    elif isinstance(node, nodes.Add | nodes.Or):
        yield from (text for side in (node.left, node.right) for text in _printed(side))
    else:
        yield _HOLE


def _constants(node: nodes.Node) -> Iterator[str]:
    """String constants outside of markers, of comparisons and of subscripts: arguments of macros, set statements."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in MARKERS:
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _constants(child)


def outside_in_template(path: Path) -> list[str]:
    tree = _environment().parse(path.read_text(encoding="utf-8"))
    page = _Page()
    page.feed("".join(_stream(tree)))
    page.close()
    seen = [text.replace(_HOLE, " ").strip(" \n·/–") for text in page.found]
    shown = [text for text in seen if _LETTERS.search(text) and text not in NAMES]
    passed = [
        text
        for text in _constants(tree)
        if is_text(text) and not _MACHINE_TEXT.search(text) and not set(text.split()) <= _classes()
    ]
    return [*shown, *passed]


# --- modules --------------------------------------------------------------------------------------------------------


@cache
def error_names() -> frozenset[str]:
    """AdvisorError and every class below it."""
    bases: dict[str, set[str]] = {}
    for path in PLUGIN.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {ast.unparse(base).split(".")[-1] for base in node.bases}
    known = {"AdvisorError"}
    while more := {name for name, above in bases.items() if above & known} - known:
        known |= more
    return frozenset(known)


def _called(node: ast.AST) -> str:
    return ast.unparse(node.func).split(".")[-1] if isinstance(node, ast.Call) else ""


def _is_for_machines(node: ast.AST) -> bool:
    """Logs, assertions, faults of the program: no person is meant."""
    if isinstance(node, ast.Call):
        owner = ast.unparse(node.func).split(".")[0].lower()
        is_fault = _called(node).endswith("Error") and not _is_ours(node)
        return owner in ("log", "logger", "_log", "re", "cast", "namedtuple") or is_fault
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets] == ["__all__"]
    return isinstance(node, ast.Assert)


def _is_ours(node: ast.Call) -> bool:
    return _called(node) in error_names()


def _texts(node: ast.AST, *, strict: bool) -> Iterator[tuple[int, str]]:
    """Raw texts below ``node``. ``strict`` counts every letter: what an error says is for people, even one word."""
    if (
        isinstance(node, ast.Compare)
        or _is_for_machines(node)
        or (isinstance(node, ast.Call) and _called(node) in MARKERS)
    ):
        return
    if isinstance(node, ast.JoinedStr):
        said = "".join(part.value if isinstance(part, ast.Constant) else "0" for part in node.values)
        if is_text(said) or (strict and _LETTERS.search(said)):
            yield node.lineno, said
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if is_text(node.value) or (strict and _LETTERS.search(node.value)):
            yield node.lineno, node.value
        return
    silent = {id(note) for note in _annotations(node)}
    for child in ast.iter_child_nodes(node):
        if not _is_docstring(child) and id(child) not in silent:
            yield from _texts(child, strict=strict)


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    for name in ("annotation", "returns"):
        if (found := getattr(node, name, None)) is not None:
            yield found


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _said_by_errors(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """First argument, remedy and fields of our errors, and what flash() says: any word there is for people."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (_is_ours(node) or _called(node) == "flash"):
            for value in _arguments(node):
                if isinstance(value, ast.Constant | ast.JoinedStr | ast.BinOp | ast.IfExp):
                    yield from _texts(value, strict=True)


def _arguments(node: ast.Call) -> Iterator[ast.expr]:
    """Of a badge's problem the first argument is its code, whose words stand in one place (plugin/badges/codes.py)."""
    if _called(node) != "BadgeProblem":
        yield from node.args[:1]
    for keyword in node.keywords:
        if keyword.arg == "remedy":
            yield keyword.value
        if keyword.arg == "fields" and isinstance(keyword.value, ast.Dict):
            yield from keyword.value.values


def outside_in_module(path: Path) -> list[str]:
    source = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(source), source.splitlines()
    if ast.get_docstring(tree) and MACHINE in lines[(tree.body[0].end_lineno or 1) - 1]:
        return []
    silent = {number for number, line in enumerate(lines, 1) if MACHINE in line}
    silent |= {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and _is_silent(node, lines)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    found = set(_said_by_errors(tree))
    name = path.relative_to(PLUGIN).as_posix()
    if name.startswith(SPEAKING) and not name.startswith(SILENT):
        found |= set(_texts(tree, strict=False))
    return [said for line, said in sorted(found) if line not in silent]


def _is_silent(node: ast.stmt, lines: list[str]) -> bool:
    """Marked at its first line or, where nothing nests in it, at its last."""
    ends = (node.lineno, node.lineno if hasattr(node, "body") else node.end_lineno or node.lineno)
    return any(MACHINE in lines[number - 1] for number in ends)


def outside(path: Path) -> list[str]:
    """Texts of a file that no marker holds."""
    return outside_in_template(path) if path.suffix == ".html" else outside_in_module(path)


if __name__ == "__main__":
    import sys

    from tests.texts.catalogues import name_of, sources

    for one in sources():
        if name_of(one).startswith(tuple(sys.argv[1:])):
            for text in outside(one):
                sys.stdout.write(f"{name_of(one)}: {text}\n")
