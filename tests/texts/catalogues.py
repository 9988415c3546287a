"""Keeps the catalogues in step with the code: ``make texts`` extracts every message by area, updates the .po files, lists what is missing."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from plugin import texts
from plugin.manifest.spoken import READ_BY_PEOPLE

ROOT = Path(__file__).parents[2]
FILE_NAME = re.compile(r"\w+\.\w+")
PLUGIN = ROOT / "plugin"
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
TEMPLATE_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
# People who work in parallel meet in no file: the first prefix that fits names the area.
AREAS = (
    ("manifests/", "admin"),
    ("plugin/services/decision/", "manager"),
    ("plugin/web/templates/admin/", "admin"),
    ("plugin/web/templates/cycles/", "cycles"),
    ("plugin/web/templates/catalogue/", "catalogue"),
    ("plugin/web/templates/manager/", "manager"),
    ("plugin/web/templates/analyst/", "analyst"),
    ("plugin/web/admin/cycles/", "cycles"),
    ("plugin/web/admin/catalogue/", "catalogue"),
    ("plugin/web/admin/", "admin"),
    ("plugin/web/manager/", "manager"),
    ("plugin/web/approver/", "manager"),
    ("plugin/web/analyst/", "analyst"),
    ("plugin/web/api/", "api"),
    ("plugin/web/problems.py", "api"),
    ("plugin/web/", "shared"),
    ("plugin/figures/", "shared"),
    ("plugin/advisor/recommendation/", "advisor"),
    ("plugin/advisor/policy/words.py", "advisor"),
    ("plugin/advisor/model/wording.py", "advisor"),
    ("plugin/advisor/", "analyst"),
    ("plugin/domain/row_words.py", "manager"),
    ("plugin/cli/", "cli"),
    ("plugin/demo/", "cli"),
    ("plugin/", "errors"),
)
# Each language's areas: German reads everything, Arabic what managers and employees see.
LANGUAGES = {
    "de": tuple(dict.fromkeys(area for _, area in AREAS)),
    "ar": ("shared", "manager", "advisor"),
}
_STEADY = datetime(
    2026, 11, 30, tzinfo=UTC
)  # a date that changed with every run would make every branch conflict


def sources() -> list[Path]:
    """Every module and template that may hold a text for people."""
    found = [*PLUGIN.rglob("*.py"), *PLUGIN.rglob("*.html")]
    return sorted(path for path in found if not {"migrations", "testing"} & set(path.parts))


def manifests() -> list[Path]:
    """Declarations of connectors, whose texts people read on the pages of connections."""
    return sorted((ROOT / "manifests" / "connectors").glob("*.json"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def area_of(name: str) -> str:
    return next(area for prefix, area in AREAS if name.startswith(prefix))


@cache
def messages_of(path: Path) -> tuple[tuple[str | tuple[str, ...], str | None], ...]:
    """Message (or its two forms) and context of all marked texts of a file."""
    if path.suffix == ".json":
        return tuple((text, None) for text in declared_in(json.loads(path.read_text(encoding="utf-8"))))
    is_template = path.suffix == ".html"
    found = extract_from_file(
        "jinja2.ext:babel_extract" if is_template else "python",
        path,
        keywords=KEYWORDS,
        options=TEMPLATE_OPTIONS if is_template else {},
    )
    marked = tuple((message, context) for _line, message, _comments, context in found)
    return marked + tuple((text, None) for text in helps_of(path))


def declared_in(value: object) -> Iterator[str]:
    """Texts of a manifest that people read; names of files are the same in every language."""
    for name, one in value.items() if isinstance(value, dict) else ():
        texts_here = one if isinstance(one, list) else [one]
        if name in READ_BY_PEOPLE:
            yield from (
                text for text in texts_here if isinstance(text, str) and not FILE_NAME.fullmatch(text)
            )
        for part in texts_here if name not in ("evidence", "quality") else ():
            yield from declared_in(part)


def helps_of(path: Path) -> Iterator[str]:
    """Docstrings of the shell's commands: click shows them as help."""
    if path.suffix == ".py" and path.is_relative_to(PLUGIN / "cli"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
                yield ast.get_docstring(node) or ""


def _is_command(decorator: ast.expr) -> bool:
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(named, ast.Attribute) and named.attr in ("command", "group")


def template_of(area: str) -> Catalog:
    """All messages of one area, in the order of its files."""
    made = Catalog(project="Raise Advisor", creation_date=_STEADY)
    for path in [*sources(), *manifests()]:
        name = name_of(path)
        if area_of(name) == area:
            for message, context in messages_of(path):
                made.add(message, locations=[(name, 0)], context=context)
    return made


def file_of(language: str, area: str) -> Path:
    return texts.FOLDER / language / f"{area}.po"


def stored(language: str, area: str) -> Catalog:
    path = file_of(language, area)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def untranslated(catalog: Iterable[Message]) -> list[str]:
    """Messages without a translation, or without one for each plural form."""
    found = []
    for message in catalog:
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and (message.fuzzy or not all(said)):
            found.append(message.id if isinstance(message.id, str) else message.id[0])
    return found


def update(language: str, area: str, known: dict[tuple[object, str | None], object]) -> list[str]:
    """Rewrites one .po file after the code and returns what has no translation yet."""
    template = template_of(area)
    if not any(message.id for message in template):
        file_of(language, area).unlink(missing_ok=True)
        return []
    catalog = stored(language, area)
    catalog.fuzzy, catalog.last_translator, catalog.language_team = False, "", ""
    catalog.creation_date = catalog.revision_date = _STEADY
    catalog.project, catalog.version, catalog.header_comment = "Raise Advisor", "0", f"# {language}: {area}"
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    for message in catalog:
        if (message.id and not message.string) or not all(message.string):
            message.string = known.get((message.id, message.context), message.string)
    path = file_of(language, area)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, ignore_obsolete=True, include_lineno=False, sort_by_file=True)
    return untranslated(catalog)


def main() -> None:
    for language, areas in LANGUAGES.items():
        known = {
            (message.id, message.context): message.string
            for area in areas
            for message in stored(language, area)
            if message.id and message.string and all(message.string)
        }
        for area in areas:
            missing = update(language, area, known)
            for message in missing:
                sys.stdout.write(f"{language}/{area}: {message}\n")


if __name__ == "__main__":
    main()
