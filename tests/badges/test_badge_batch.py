"""Many badges in one call and the command around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plugin.badges import MappedDocuments
from plugin.badges.batch import Bench, exit_status, judge, moment
from plugin.badges.codes import BadgeProblem
from plugin.cli.evidence.badge import badge
from plugin.domain import BadgeVerdict
from tests.badges.issuing import NOW, Issuer, Json, Site, status_entry, status_list


def write(folder: Path, name: str, value: Any) -> str:
    path = folder / name
    path.write_text(json.dumps(value))
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    issuer, web = Issuer(), Issuer(did="did:web:academy.example.org")
    signed = issuer.sign(issuer.badge())
    return {
        "valid": write(tmp_path, "valid.json", signed),
        "invalid": write(tmp_path, "invalid.json", {**signed, "name": "x"}),
        "undetermined": write(tmp_path, "undetermined.json", web.sign(web.badge())),
        "index": write(tmp_path, "index.json", {}),
    }


def run(*arguments: str, **options: Any) -> Any:
    return CliRunner().invoke(badge, ["verify", *arguments], **options)


def lines(result: Any) -> list[Json]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["valid"], 0),
        (["valid", "invalid"], 1),
        (["valid", "undetermined"], 2),
        (["undetermined", "invalid", "valid"], 1),
    ],
)
def test_exit_status_tells_the_worst_verdict(files: dict[str, str], names: list[str], status: int) -> None:
    paths = [files[name] for name in names]
    result = run(*paths, "--json", "--at", "2026-11-21", "--documents", files["index"])
    assert result.exit_code == status
    assert [(line["file"], line["verdict"]) for line in lines(result)] == list(zip(paths, names, strict=True))
    assert set(lines(result)[0]) == {"file", "verdict", "codes", "steps"}
    assert "per second" in result.stderr


def test_badge_from_standard_input_and_by_address(files: dict[str, str], tmp_path: Path) -> None:
    site = Site()
    for number, (url, document) in enumerate(site.documents.items()):
        (tmp_path / f"{number}").write_bytes(document.body)
        index = json.loads(Path(files["index"]).read_text()) | {url: f"{number}"}
        Path(files["index"]).write_text(json.dumps(index))
    raw = Path(files["valid"]).read_bytes()
    result = run(
        "-", site.assertion["id"], "--json", "--at", "2026-11-21", "--documents", files["index"], input=raw
    )
    assert [line["verdict"] for line in lines(result)] == ["valid", "valid"]


def test_same_badge_is_expired_later(tmp_path: Path, files: dict[str, str]) -> None:
    issuer = Issuer()
    path = write(tmp_path, "b.json", issuer.sign(issuer.badge(validUntil="2026-11-21T12:00:00Z")))
    for at, status in (("2026-11-20", 0), ("2026-11-21T11:59:59Z", 0), ("2026-11-21", 1), ("2026-11-22", 1)):
        assert run(path, "--json", "--at", at, "--documents", files["index"]).exit_code == status


def test_recipient_is_compared(files: dict[str, str]) -> None:
    options = ("--json", "--at", "2026-11-21", "--documents", files["index"])
    assert run(files["valid"], *options, "--recipient", "did:example:ada").exit_code == 0
    assert run(files["valid"], *options, "--recipient", "did:example:bob").exit_code == 2


def test_missing_file_does_not_stop_the_others(files: dict[str, str]) -> None:
    result = run(
        "no-such-file", files["valid"], "--json", "--at", "2026-11-21", "--documents", files["index"]
    )
    assert [line["codes"] for line in lines(result)] == [["file_unreadable"], []]
    assert result.exit_code == 2


def test_text_for_people_keeps_control_characters_from_the_terminal(
    tmp_path: Path, files: dict[str, str]
) -> None:
    path = write(
        tmp_path, "b.json", {"@context": ["https://www.w3.org/ns/credentials/v2"], "id": "\x1b[31mred"}
    )
    result = run(path, "--at", "2026-11-21", "--documents", files["index"])
    assert "\x1b" not in result.stdout
    assert "identifier must be a web address or URN" in result.stdout


def test_wrong_moment_is_a_usage_error(files: dict[str, str]) -> None:
    assert run(files["valid"], "--at", "yesterday").exit_code == 2
    with pytest.raises(BadgeProblem):
        moment("2026-11-21T12:00:00")


def test_batch_gives_one_verdict_each_in_order(tmp_path: Path) -> None:
    issuer, url = Issuer(), "https://academy.example.org/status/1"
    listing = status_list(Issuer(), url, ones=(1,))
    paths = [
        write(
            tmp_path, f"{number}.json", issuer.sign(issuer.badge(credentialStatus=status_entry(url, number)))
        )
        for number in range(3)
    ]
    from plugin.badges import Document

    documents = MappedDocuments({url: Document(200, json.dumps(listing).encode())})
    found = [judged.verdict.verdict for judged in judge(paths, Bench(documents, NOW))]
    assert found == [BadgeVerdict.VALID, BadgeVerdict.INVALID, BadgeVerdict.VALID]
    assert exit_status([]) == 0
