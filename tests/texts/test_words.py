"""The words of the handbook's word list: what a page, a document or a manifest says to people uses the field's own terms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.badges.codes import CODES
from tests.texts.catalogues import ROOT, messages_of, name_of, sources

INSTEAD = {  # what is not said -> what to say
    r"(takes?|took|taking) part": "eligible",
    r"working share": "FTE",
    r"here since": "hire date",
    r"last change of pay": "last pay change",
    r"pay at full time": "full-time-equivalent pay",
    r"rulings?": "exception",
    r"single (person|people)": "individual employee",
    r"speaks? for (more|less)": "supports a larger/smaller raise",
    r"(take|took|taken) (it |them )?back": "recall",
    r"the chosen": "selected",
    r"waits? for your answer": "awaiting approval",
    r"anew": "again, or re-",
    r"work(s|ed)? out": "calculate",
    r"set aside": "rejected rows, or kept for repair",
    r"the other side": "the remote system",
    r"go(es)? on writing|in part": "resume writes, partially completed",
    r"may speak": "model in use, turn model on",
    r"in \d+ of \d+ of": "for 80% of",
    r"is no(?! longer)": "say what to enter",
    r"(no|some|every)body|whoever": "employees, managers, another person",
    r"by (itself|themselves)": "automatically",
    r"suggestions?|suggested": "recommendation, recommended",
    r"advice|advises?": "recommendation",
    r"artefacts?|slots?|lanes?|streams?": "a word of the reader's task",
    r"stays? so": "continues",
}
BANNED = re.compile("|".join(rf"\b(?:{words})\b" for words in INSTEAD), re.IGNORECASE)
LONGEST = 26  # words of a sentence; 20 is the aim


def _said() -> list[tuple[str, str]]:
    return [
        (name_of(path), form)
        for path in sources()
        for message, _context in messages_of(path)
        for form in ((message,) if isinstance(message, str) else message)
    ]


def test_no_text_uses_a_word_that_the_list_replaces() -> None:
    found = [(name, match[0], text) for name, text in _said() if (match := BANNED.search(text))]
    assert found == []


def test_no_sentence_is_too_long_to_be_read_once() -> None:
    sentences = [(name, sentence) for name, text in _said() for sentence in re.split(r"(?<=[.!?:;])\s", text)]
    assert [pair for pair in sentences if len(pair[1].split()) > LONGEST] == []


@pytest.mark.parametrize(
    "text", ["Nobody here", "Work it anew", "Take it back", "this is no code", "5 suggestions"]
)
def test_the_list_finds_what_it_bans(text: str) -> None:
    assert BANNED.search(text)


PAGES = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
MANIFESTS = [ROOT / "manifests/plugin.json", *sorted((ROOT / "manifests/connectors").glob("*.json"))]
NAMES = re.compile(r"```.*?```|`[^`\n]*`|^    [^\n]*$", re.DOTALL | re.MULTILINE)  # of code, not of ideas


def _prose(page: Path) -> str:
    said = page.read_text(encoding="utf-8")
    for code in CODES.values():
        said = said.replace(f"| {code.sentence} |", "|")  # quoted from the code, whose own list holds it
    return NAMES.sub("", said)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_document_uses_a_word_that_the_list_replaces(page: Path) -> None:
    assert [(match[0], line) for line in _prose(page).splitlines() if (match := BANNED.search(line))] == []


def _values(document: object) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict | list):
        for value in document.values() if isinstance(document, dict) else document:
            yield from _values(value)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.name)
def test_no_manifest_uses_a_word_that_the_list_replaces(manifest: Path) -> None:
    sentences = [text for text in _values(json.loads(manifest.read_text(encoding="utf-8"))) if " " in text]
    assert sentences
    assert [text for text in sentences if BANNED.search(text)] == []
