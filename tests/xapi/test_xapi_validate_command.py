"""``raise-advisor xapi validate`` as a user meets it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin.cli.sources.xapi import xapi
from tests.xapi.xapi_samples import full, second, simple

GOOD = json.dumps(full())
BAD = json.dumps(simple(actor={}))


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(xapi, ["validate", *arguments], input=stdin)


def verdicts(result: Result) -> list[tuple[str, int, str, list[str], str]]:
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert all(row.keys() == {"file", "line", "verdict", "codes", "path"} for row in rows)
    return [(Path(row["file"]).name, row["line"], row["verdict"], row["codes"], row["path"]) for row in rows]


def test_every_line_of_every_file_gets_one_verdict(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f"{GOOD}\n\n{BAD}\n")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(json.dumps({"id": 7, "statement": full()}).encode()))
    result = run("--json", str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl.gz"))
    assert verdicts(result) == [
        ("a.jsonl", 1, "valid", [], ""),
        ("a.jsonl", 3, "invalid", ["identifier_missing"], "actor"),
        ("b.jsonl.gz", 1, "valid", [], ""),
    ]
    assert result.exit_code == 1
    assert "3 statements: 2 valid, 1 invalid" in result.stderr
    assert "per second" in result.stderr


def test_all_valid_exits_zero_and_says_nothing_without_json(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    result = run(str(tmp_path / "a.jsonl"))
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize("packed", [False, True])
def test_dash_reads_standard_input_packed_or_not(packed: bool) -> None:
    raw = f"{GOOD}\n{BAD}".encode()
    result = run("-", stdin=gzip.compress(raw) if packed else raw)
    assert result.exit_code == 1
    assert result.stdout == "-:2: invalid at actor: identifier_missing\n"


def test_unreadable_file_exits_two_and_the_next_is_still_judged(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(BAD)
    whole = gzip.compress(GOOD.encode() * 50)
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    result = run(
        "--json",
        str(tmp_path / "gone"),
        str(tmp_path),
        str(tmp_path / "cut.jsonl.gz"),
        str(tmp_path / "a.jsonl"),
    )
    assert result.exit_code == 2
    assert verdicts(result)[-1][:3] == ("a.jsonl", 1, "invalid")
    assert result.stderr.count("can't be read") == 3


def test_hostile_lines_get_verdicts_and_the_rest_is_judged(tmp_path: Path) -> None:
    lines = [
        b"{",
        b'{"id":1,"id":2}',
        b"[" * 99,
        b'"' + b"x" * 2_100_000 + b'"',
        b"\xff",
        b"[]",
        GOOD.encode(),
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    codes = [row[3] for row in verdicts(run("--json", str(tmp_path / "a.jsonl")))]
    assert codes == [
        ["not_json"],
        ["duplicate_key"],
        ["too_deep"],
        ["too_large"],
        ["not_utf8"],
        ["wrong_type"],
        [],
    ]


def test_version_can_be_fixed_or_guessed(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(second()))
    assert run(str(tmp_path / "a.jsonl")).exit_code == 0
    assert run("--xapi-version", "1.0.3", str(tmp_path / "a.jsonl")).exit_code == 1


def test_unknown_key_named_statement_does_not_hide_a_statement(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({**simple(actor={}), "statement": full()}))
    assert run(str(tmp_path / "a.jsonl")).exit_code == 1
