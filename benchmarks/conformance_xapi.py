"""Shows how our judgement of xAPI statements compares with the verdicts of a folder of vectors, and how fast it is on one core.

    python -m benchmarks.conformance_xapi FOLDER [--peer-python PYTHON]

FOLDER holds ``valid/`` and ``invalid/`` (or an ``xapi/`` folder with them) with JSON lines, gzip too. A row is a statement
whose verdict is its folder's name, or an object with ``statement``, ``verdict``, ``id`` and ``reasons``. ``--peer-python``
names a Python that has ralph-malph installed; the peer is then measured in the same run on the same rows.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from plugin.errors import InvalidInput
from plugin.xapi.batch import statement_of
from plugin.xapi.problem import InvalidStatement, Problem
from plugin.xapi.reading import parse
from plugin.xapi.statement import problems

WANTED_SHARE = 0.99
ROUNDS = 5

PEER = """
import json, sys, time
from importlib.metadata import version
from pydantic import ValidationError
from ralph.models.xapi.base.statements import BaseXapiStatement
lines = sys.stdin.read().splitlines()
started = time.process_time()
verdicts = []
for line in lines:
    try:
        BaseXapiStatement(**json.loads(line))
        verdicts.append("valid")
    except (ValidationError, TypeError, ValueError):
        verdicts.append("invalid")
seconds = time.process_time() - started
print(json.dumps({"version": version("ralph-malph"), "seconds": seconds, "verdicts": verdicts}))
"""


@dataclass(frozen=True)
class Row:
    """One statement as bytes, with the verdict that its source gives."""

    name: str
    raw: bytes
    expected: str
    reasons: str

    @property
    def statement(self) -> bytes:
        """The bare statement, for a peer that knows no wrapper."""
        return json.dumps(statement_of(json.loads(self.raw))).encode()


def rows(path: Path) -> Iterator[Row]:
    """The rows of one file."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if raw.strip():
                value = json.loads(raw)
                wrapped = statement_of(value) is not value
                name = f"{path.name}:{number}" + (f" {value['id']}" if wrapped and "id" in value else "")
                expected = str(value.get("verdict", path.parent.name)) if wrapped else path.parent.name
                yield Row(name, raw.strip(), expected, "; ".join(value.get("reasons", ())) if wrapped else "")


def judge(raw: bytes) -> list[Problem]:
    """Our problems with one row."""
    try:
        return problems(statement_of(parse(raw)), version="auto")
    except InvalidStatement as refusal:
        return [Problem(refusal.code, refusal.path, str(refusal))]


def compare(path: Path) -> tuple[int, int]:
    """Prints what we say of one file and answers (right, judged)."""
    all_rows = [row for row in rows(path) if row.expected in ("valid", "invalid")]
    accepts = rejects = 0
    for row in all_rows:
        found = judge(row.raw)
        if row.expected == "invalid" and not found:
            accepts += 1
            print(f"  FALSE ACCEPT {row.name}: its source says: {row.reasons or 'invalid'}")
        elif row.expected == "valid" and found:
            rejects += 1
            ours = "; ".join(f"{one.path or 'statement'} {one.message} ({one.code})" for one in found)
            print(f"  FALSE REJECT {row.name}: we say: {ours}; its source says: {row.reasons or 'valid'}")
    print(
        f"{path.parent.name}/{path.name}: {len(all_rows)} judged, {accepts} false accepts, {rejects} false rejects"
    )
    return len(all_rows) - accepts - rejects, len(all_rows)


def seconds_of(work: Callable[[], object]) -> float:
    """The middle of ``ROUNDS`` measurements of CPU time."""
    spent = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return sorted(spent)[ROUNDS // 2]


def print_rate(files: list[Path]) -> None:
    """Statements a second on one core, bytes to verdict, over everything in these files."""
    raws = [row.raw for path in files for row in rows(path)]
    spent = seconds_of(lambda: [judge(raw) for raw in raws])
    print(
        f"rate: {len(raws)} statements in {spent:.3f} s CPU, {len(raws) / spent:,.0f} a second (parsing and duplicate keys included)"
    )


def print_peer(python: Path, files: list[Path]) -> None:
    """ralph-malph on the same rows, in its own interpreter: how many it judges right, and its CPU time as a ratio of ours."""
    all_rows = [row for path in files for row in rows(path) if row.expected in ("valid", "invalid")]
    statements = [row.statement for row in all_rows]
    run_ = subprocess.run(
        [str(python), "-c", PEER], input=b"\n".join(statements), capture_output=True, check=False
    )
    if run_.returncode != 0:
        raise InvalidInput(f"the peer did not run: {run_.stderr.decode(errors='replace')[-400:]}")
    told = json.loads(run_.stdout)
    pairs = [(row.expected, verdict) for row, verdict in zip(all_rows, told["verdicts"], strict=True)]
    accepts = pairs.count(("invalid", "valid"))
    rejects = pairs.count(("valid", "invalid"))
    ours = seconds_of(lambda: [judge(raw) for raw in statements])
    print(
        f"peer ralph-malph {told['version']}: {len(pairs) - accepts - rejects} of {len(pairs)} right, {accepts} false accepts, "
        f"{rejects} false rejects; {told['seconds'] / ours:.1f} times our CPU time on the same statements"
    )


def files_in(folder: Path) -> list[Path]:
    """The vector files, invalid first."""
    base = folder / "xapi" if (folder / "xapi").is_dir() else folder
    found = [path for kind in ("invalid", "valid") for path in sorted((base / kind).glob("*.jsonl*"))]
    if not found:
        raise InvalidInput(f"{base} holds no valid/*.jsonl and invalid/*.jsonl")
    return found


def run(folder: Path, *, peer_python: Path | None = None) -> bool:
    """Prints the comparison; true when at least 99 of 100 rows are judged right, and every real statement passes."""
    files = files_in(folder)
    results = [(path, *compare(path)) for path in files]
    # Real statements would hide wrong verdicts by their number: the share is taken over the written cases alone.
    cases = [(right, judged) for path, right, judged in results if path.suffix != ".gz"] or [
        (r, j) for _, r, j in results
    ]
    right, judged = sum(one for one, _ in cases), sum(one for _, one in cases)
    print(f"xapi: {right} of {judged} cases right ({right / judged:.2%})")
    print_rate([path for path in files if path.suffix == ".gz"] or files)
    if peer_python is not None:
        print_peer(peer_python, [path for path in files if path.suffix != ".gz"] or files)
    return right / judged >= WANTED_SHARE and all(
        one == all_ for path, one, all_ in results if path.suffix == ".gz"
    )


def main() -> int:
    """Exit status 0 when enough is judged right."""
    parser = argparse.ArgumentParser(description="Compare our xAPI verdicts with a folder of vectors.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peer-python", type=Path)
    chosen = parser.parse_args()
    return 0 if run(chosen.folder, peer_python=chosen.peer_python) else 1


if __name__ == "__main__":
    sys.exit(main())
