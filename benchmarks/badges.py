"""Measures our badge verification beside other Python libraries on the same vectors in one run.

    python -m benchmarks.badges FOLDER [--cache build/peers] [--at 2026-11-21]

FOLDER is laid out as for ``benchmarks.conformance``. The peers are installed into environments of their own below
``--cache`` and only run there; nothing of theirs is imported here. CPU is a ratio to ours, per badge, in this run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks import attacks, peers
from benchmarks.conformance import MEANING, genuine_and_expired
from plugin.badges import Document, MappedDocuments, verify
from plugin.badges.batch import moment
from plugin.badges.proof.canonical import WORKER


@dataclass(frozen=True)
class Column:
    """One program's verdicts and CPU seconds, in the order of the vectors."""

    name: str
    answers: list[tuple[str, float]]


def documents_of(folder: Path) -> dict[str, Document]:
    index = folder / "documents" / "index.json"
    if not index.exists():
        return {}
    return {
        url: Document(200, (index.parent / file).read_bytes())
        for url, file in json.loads(index.read_text("utf-8")).items()
    }


def ours(badges: list[bytes], documents: dict[str, Document], now: datetime) -> Column:
    WORKER.start()
    verify(badges[0], documents=MappedDocuments(documents), now=now)
    answers = []
    for raw in badges:
        before = time.process_time() + WORKER.cpu_seconds
        verdict = verify(raw, documents=MappedDocuments(documents), now=now)
        answers.append((verdict.verdict.value, time.process_time() + WORKER.cpu_seconds - before))
    return Column("raise-advisor", answers)


def columns(badges: list[bytes], documents: dict[str, Document], now: datetime, cache: Path) -> list[Column]:
    found = [ours(badges, documents, now)]
    found.extend(
        Column(peer.name, peers.judge(peer, cache, badges, documents, now.timestamp()))
        for peer in peers.PEERS
    )
    return found


def print_vectors(wanted: list[str], found: list[Column]) -> None:
    """Counts a verdict that is not plain valid as not accepted, whatever the peer calls it.

    CPU is compared on the badges that both accept only: a refusal at the first look costs nothing.
    """
    should = wanted.count("valid")
    print(
        f"\n{'Open Badges 3.0 vectors':22} {'valid accepted':>16} {'false accepts':>16}   CPU on badges both accept"
    )
    for column in found:
        pairs = list(zip(wanted, column.answers, strict=True))
        accepted = sum(want == "valid" and verdict == "valid" for want, (verdict, _) in pairs)
        false = sum(want != "valid" and verdict == "valid" for want, (verdict, _) in pairs)
        print(
            f"{column.name:22} {accepted:>9} of {should:<4} {false:>9} of {len(wanted) - should:<4}"
            f"   {_ratio(found[0], column)}"
        )


def _ratio(our: Column, other: Column) -> str:
    both = [
        (first[1], second[1])
        for first, second in zip(our.answers, other.answers, strict=True)
        if first[0] == second[0] == "valid"
    ]
    mine, theirs = (sum(pair[side] for pair in both) for side in (0, 1))
    return f"{theirs / mine:6.1f} x ours ({theirs / len(both) * 1000:.1f} ms each, {len(both)} badges)"


def print_attacks(names: list[str], found: list[Column]) -> None:
    print("\nAttacks" + "".join(f"{column.name:>28}" for column in found))
    for number, name in enumerate(names):
        print(f"  {name}")
        cells = [column.answers[number] for column in found]
        print(" " * 7 + "".join(f"{verdict:>16} {seconds * 1000:8.1f} ms" for verdict, seconds in cells))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Compare badge verifiers")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("build/peers"))
    parser.add_argument("--at", default="2026-11-21")
    options = parser.parse_args(arguments)
    now, folder = moment(options.at), options.folder / "ob3"
    documents = documents_of(folder)
    entries = json.loads((folder / "expected.json").read_text("utf-8"))
    rows = [
        (name, MEANING[entry["verdict"]]) for name, entry in entries.items() if entry["verdict"] in MEANING
    ]
    try:
        found = columns([(folder / name).read_bytes() for name, _ in rows], documents, now, options.cache)
    except subprocess.CalledProcessError as error:
        print((error.stderr or b"").decode(errors="replace")[-2000:] or str(error), file=sys.stderr)
        return 2
    print_vectors([want for _, want in rows], found)
    genuine, expired = genuine_and_expired(folder)
    hostile = [*attacks.published(genuine, expired), *attacks.altered(genuine), *attacks.tokens()]
    raws = [attack.raw for attack in hostile]
    print_attacks([attack.name for attack in hostile], columns(raws, {}, now, options.cache))
    if (options.folder / "xapi").exists():
        _print_xapi(options.folder, options.cache)
    return int(
        any(
            want != "valid" and answer[0] == "valid"
            for (_, want), answer in zip(rows, found[0].answers, strict=True)
        )
    )


def _print_xapi(folder: Path, cache: Path) -> None:
    from benchmarks import conformance_xapi

    print("\nxAPI statements")
    conformance_xapi.run(folder, peer_python=peers.python_of(peers.RALPH, cache))


if __name__ == "__main__":
    sys.exit(main())
