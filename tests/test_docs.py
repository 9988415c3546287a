"""Documents name files, and a file that was moved must not be named any longer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMED = re.compile(r"`((?:plugin|tests|manifests|docs|benchmarks|services|store|webhooks)/[\w./-]+\.\w+)`")
LINKED = re.compile(r"\]\(((?!https?:|#|mailto:)[^)#\s]+)(?:#[^)\s]*)?\)")
TARGET = re.compile(r"(?:`|^)make ([a-z][a-z-]*)", re.MULTILINE)
LIMITS = {"change-a-policy-rule.md": 6, "add-a-record-kind.md": 12, "add-a-page.md": 7}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = [name for name in NAMED.findall(text) if "<" not in name]
    gone = [name for name in named if not (ROOT / name).exists() and not (ROOT / "plugin" / name).exists()]
    gone += [link for link in LINKED.findall(text) if not (page.parent / link).exists()]
    assert not gone


def test_every_target_that_a_page_names_is_a_rule() -> None:
    rules = set(
        re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = {name for page in PAGES for name in TARGET.findall(page.read_text(encoding="utf-8"))}
    assert len(named) > 10
    assert named <= rules


@pytest.mark.parametrize(("name", "most"), LIMITS.items())
def test_a_change_stays_within_few_files(name: str, most: int) -> None:
    text = (ROOT / "docs/how-to" / name).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    assert 3 < len(rows) <= most
    assert all((ROOT / row).exists() for row in rows)
