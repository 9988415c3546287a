"""Judges a folder of test vectors that others wrote and fails on any false accept or unexplained difference.

    python -m benchmarks.conformance FOLDER [--at 2026-11-21]

FOLDER holds ob2, ob3 and baked, each with ``expected.json``. Where our verdict differs from the stated one, the
difference must stand with its reason in ``conformance_explained.json``; a false accept cannot be explained. Then hostile
badges are judged and their CPU time is measured in both processes. xAPI vectors are judged by ``conformance_xapi``.
"""

from __future__ import annotations

import argparse
import base64
import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks import attacks
from benchmarks.conformance_ob2 import NotRunnable, judge_case
from plugin.badges import (
    Document,
    Documents,
    IndexDocuments,
    Limits,
    MappedDocuments,
    NoDocuments,
    Verdict,
    verify,
)
from plugin.badges.batch import moment
from plugin.badges.codes import BadgeProblem
from plugin.badges.proof.canonical import WORKER
from plugin.badges.reading.baking import is_picture, unbake

EXPLAINED = Path(__file__).with_name("conformance_explained.json")
CPU_LIMIT = 0.2
MEANING = {
    "valid": "valid",
    "valid_with_warning": "valid",
    "invalid": "invalid",
    "unsigned": "invalid",
    "status_undetermined": "undetermined",
}


@dataclass(frozen=True)
class Row:
    """One vector: what its source states, what we say, and our codes."""

    name: str
    stated: str
    got: str
    codes: tuple[str, ...] = ()

    @property
    def wanted(self) -> str | None:
        """None when the source judges nothing (unjudged, or baked: the badge only has to be found)."""
        return MEANING.get(self.stated)

    @property
    def agrees(self) -> bool:
        return self.wanted in (None, self.got)

    @property
    def is_false_accept(self) -> bool:
        return self.got == "valid" and self.wanted in ("invalid", "undetermined")


def _row(name: str, stated: str, verdict: Verdict) -> Row:
    return Row(name, stated, verdict.verdict.value, verdict.codes)


def ob3(folder: Path, now: datetime) -> Iterator[Row]:
    index = folder / "documents" / "index.json"
    documents: Documents = IndexDocuments(index) if index.exists() else NoDocuments()
    for name, entry in _expected(folder):
        raw = (folder / name).read_bytes()
        yield _row(f"{folder.name}/{name}", entry["verdict"], verify(raw, documents=documents, now=now))


def baked(folder: Path, now: datetime, documents: Documents) -> Iterator[Row]:
    for name, entry in _expected(folder):
        raw = (folder / name).read_bytes()
        verdict = verify(raw, documents=documents, now=now)
        if entry["verdict"] == "baked":
            # the source only says that a badge is inside: not finding it would be the disagreement
            found = not {"not_baked", "invalid_image"} & set(verdict.codes)
            yield Row(f"{folder.name}/{name}", "baked", "found" if found else "not found", verdict.codes)
            if not found:
                yield Row(f"{folder.name}/{name}", "valid", "not found", verdict.codes)
        else:
            yield _row(f"{folder.name}/{name}", entry["verdict"], verdict)


def ob2(folder: Path, now: datetime) -> Iterator[Row]:
    for name, entry in _expected(folder):
        raw, documents = (
            _bundle(folder / name) if entry["kind"] == "bundle" else _document(folder, name, entry)
        )
        yield _row(f"{folder.name}/{name}", entry["verdict"], verify(raw, documents=documents, now=now))


def _bundle(path: Path) -> tuple[bytes | str, Documents]:
    bundle = json.loads(path.read_text("utf-8"))
    documents = {
        url: Document(answer["status"], _body(answer["body"]), answer.get("content_type", ""))
        for url, answer in bundle["documents"].items()
    }
    given = bundle["input"]
    raw = base64.b64decode(given["__file_b64__"]) if isinstance(given, dict) else given
    return raw, MappedDocuments(documents)


def _body(body: Any) -> bytes:
    return base64.b64decode(body["__b64__"]) if isinstance(body, dict) else str(body).encode()


def _document(folder: Path, name: str, entry: dict[str, Any]) -> tuple[bytes, Documents]:
    """The vector, and its site: the document folder plus the vector itself at the address that it names.

    The source's tests judge these files as if they had been fetched; we insist on fetching, so they are served.
    """
    raw = (folder / name).read_bytes()
    served = {
        prefix + part + path.name: Document(200, path.read_bytes())
        for path in (folder / entry["documents"]).iterdir()
        for prefix, part in entry["url_map"].items()
    }
    text = unbake(raw, Limits()).text.encode() if is_picture(raw) else raw
    try:
        identifier = json.loads(text).get("id")
    except ValueError:
        identifier = None
    if isinstance(identifier, str):
        served[identifier] = Document(200, text)
    return raw, MappedDocuments(served)


def ob2_rules(path: Path, now: datetime) -> Iterator[Row]:
    for case in json.loads(path.read_text("utf-8")):
        try:
            got = judge_case(case, now)
        except NotRunnable:
            got = "not runnable"
        yield Row(f"ob2/{case['id']} {case['task']}", case["verdict"], got)


def _expected(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    return list(json.loads((folder / "expected.json").read_text("utf-8")).items())


def explain(rows: list[Row], *, rules: bool = False) -> int:
    """Prints each difference with its reason; returns how many are false accepts or have none."""
    reasons = json.loads(EXPLAINED.read_text("utf-8"))
    failures = 0
    for row in (row for row in rows if not row.agrees):
        reason = reasons.get(row.name)
        fits = reason is not None and reason["got"] == row.got
        # a single rule that we do not have is no accepted badge
        false_accept = row.is_false_accept and not rules
        failures += int(false_accept or not fits)
        mark = "FALSE ACCEPT" if false_accept else "explained" if fits else "UNEXPLAINED"
        print(f"  {mark}: {row.name}\n      stated {row.stated}, we say {row.got} {', '.join(row.codes)}")
        if fits:
            print(f"      {reason['reason']}")
    return failures


def table(title: str, rows: list[Row]) -> None:
    counts = Counter((row.stated, row.got) for row in rows)
    print(f"\n{title}: {len(rows)} vectors, {sum(row.agrees for row in rows)} agree")
    for (stated, got), count in sorted(counts.items()):
        print(f"  {stated:20} -> {got:14} {count:5}")


def hostile(folder: Path, now: datetime) -> int:
    """Judges the attacks; returns how many were accepted or cost more than ``CPU_LIMIT`` seconds."""
    genuine, expired = genuine_and_expired(folder)
    WORKER.start()
    verify(json.dumps(genuine), documents=NoDocuments(), now=now)
    failures = 0
    print(f"\nAttacks ({CPU_LIMIT * 1000:.0f} ms of CPU allowed, both processes)")
    for attack in (
        *attacks.published(genuine, expired),
        *attacks.altered(genuine),
        *attacks.tokens(),
        *attacks.bombs(),
        *attacks.hosted(),
    ):
        gc.collect()
        before = time.process_time() + WORKER.cpu_seconds
        verdict = verify(attack.raw, documents=MappedDocuments(attack.documents), now=now)
        seconds = time.process_time() + WORKER.cpu_seconds - before
        bad = verdict.verdict == "valid" or seconds > CPU_LIMIT
        failures += int(bad)
        print(
            f"  {'FAILED' if bad else 'refused':8} {seconds * 1000:7.1f} ms  {verdict.verdict:13} "
            f"{attack.name}: {', '.join(verdict.codes)}"
        )
    return failures


def genuine_and_expired(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """A valid and an expired credential of the folder, the first with an achievement, a did:key and no status."""
    found: dict[str, dict[str, Any]] = {}
    for name, entry in _expected(folder):
        if not name.endswith(".json"):
            continue
        document = json.loads((folder / name).read_text("utf-8"))
        subject, issuer = document.get("credentialSubject", {}), document.get("issuer")
        usable = (
            isinstance(issuer, dict) and str(issuer.get("id")).startswith("did:key:") and "proof" in document
        )
        if not usable or "achievement" not in subject or "credentialStatus" in document:
            continue
        if entry["verdict"] == "valid":
            found.setdefault("valid", document)
        elif "validUntil" in document and "xpired" in name and "ampered" not in name:
            found.setdefault("expired", document)
    return found["valid"], found["expired"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Judge badge vectors")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--at", default="2026-11-21")
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    try:
        now = moment(options.at)
    except BadgeProblem as problem:
        parser.error(str(problem))
    index = folder / "ob3" / "documents" / "index.json"
    documents: Documents = IndexDocuments(index) if index.exists() else NoDocuments()
    failures = 0
    parts = [
        ("Open Badges 3.0, CLR 2.0", folder / "ob3" / "expected.json", lambda: ob3(folder / "ob3", now)),
        ("Open Badges 2.0 documents", folder / "ob2" / "expected.json", lambda: ob2(folder / "ob2", now)),
        (
            "Open Badges 2.0 single rules",
            folder / "ob2" / "task_cases.json",
            lambda: ob2_rules(folder / "ob2" / "task_cases.json", now),
        ),
        (
            "Baked pictures",
            folder / "baked" / "expected.json",
            lambda: baked(folder / "baked", now, documents),
        ),
    ]
    for title, path, judge in parts:
        if path.exists():
            rows = list(judge())
            table(title, rows)
            failures += explain(rows, rules="rules" in title)
    if (folder / "ob3" / "expected.json").exists():
        failures += hostile(folder / "ob3", now)
    failures += _xapi(folder)
    print(f"\n{'FAILED: ' + str(failures) if failures else 'passed'}")
    return int(failures > 0)


def _xapi(folder: Path) -> int:
    if not (folder / "xapi").exists():
        return 0
    from benchmarks import conformance_xapi

    print("\nxAPI statements")
    return 0 if conformance_xapi.run(folder, peer_python=None) else 1


if __name__ == "__main__":
    sys.exit(main())
