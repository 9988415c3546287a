"""What an editor, a commit hook and a stranger's type checker read is there and agrees with the rest."""

from __future__ import annotations

import re
import tomllib
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_editors_know_the_line_length_that_the_formatter_has() -> None:
    text = (ROOT / ".editorconfig").read_text(encoding="utf-8")
    length = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"][
        "line-length"
    ]
    assert f"max_line_length = {length}\n" in text


def test_commit_hooks_are_the_tools_of_the_check() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for tool in ("ruff check", "ruff format"):
        assert f"entry: .venv/bin/{tool}" in hooks
        assert f"$(BIN)/{tool}" in makefile


def test_the_package_says_that_it_is_typed() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    assert (ROOT / "plugin" / "py.typed").exists()
    assert "py.typed" in setup["options.package_data"]["plugin"]


def test_every_python_that_is_promised_is_tested_by_make_test_versions() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    said = [
        line.rsplit(" ", 1)[1]
        for line in setup["metadata"]["classifiers"].splitlines()
        if "Python :: 3." in line
    ]
    assert f"VERSIONS ?= {' '.join(said)}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_what_the_makefile_enters_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    entered = re.findall(r"\bcd ([\w./-]+)", makefile)
    assert [path for path in entered if not path.startswith("build/") and not (ROOT / path).is_dir()] == []
    phony = next(line for line in makefile.splitlines() if line.startswith(".PHONY:")).split()[1:]
    assert set(phony) == set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
