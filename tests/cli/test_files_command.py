"""The command that shows how a file is read: nothing is stored, and the exit code says whether something is rejected."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugin.cli import main
from plugin.services.core import SYSTEM, Core
from plugin.services.sources import connection_setup, dropped_files, sync


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["files", "preview", *arguments])
    return int(ended.value.code or 0), capsys.readouterr().out


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "staff.csv"
    path.write_text("Pers.Nr.;Name;Austritt\n1;Ada;9999-12-31\n2;Ben;soon\n")
    return path


def test_preview_needs_no_installation(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = ran(capsys, str(file), "--json")
    said = json.loads(out)
    assert (code, said["encoding"], said["delimiter"], said["kinds"]) == (1, "utf-8", ";", ["people"])
    assert [one["meaning"] for one in said["columns"]] == ["employee_number", "name", "left_on"]
    assert [(one["column"], one["lines"]) for one in said["rejected_cells"]] == [("left_on", "3")]
    assert said["rejected_rows"] == []
    assert [(one["line"], one["means"]) for one in said["rows"]] == [
        (2, "person_id: 1, name: Ada, employee_number: 1"),
        (3, "person_id: 2, name: Ben, employee_number: 2"),
    ]
    file.write_text("Pers.Nr.;Name;Austritt\n1;Ada;9999-12-31\n")
    code, out = ran(capsys, str(file))
    assert code == 0
    assert "Nothing is rejected." in out


def test_preview_compares_with_a_connection(
    core: Core, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    kept = dropped_files.drop(core, SYSTEM, made, "people.csv", b"person_id,name\n1,Ada\n3,Eve\n")
    dropped_files.apply(core, SYSTEM, made, kept.token)
    sync.perform_next(core)
    monkeypatch.setattr("plugin.cli.opening.core", lambda: core)
    _code, out = ran(capsys, str(file), "--connection", str(made), "--json")
    (effect,) = json.loads(out)["effects"]
    assert {name: effect[name] for name in ("new", "changed", "unchanged", "not_in_file")} == {
        "new": 1,
        "changed": 1,
        "unchanged": 0,
        "not_in_file": 1,
    }


def test_preview_names_the_rows_and_jumps_that_the_page_shows(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    head = "person_id,name,annual,currency,effective_on\n"
    text = head + "1,Ada,50000,EUR,2026-01-01\n2,Ben,50000,EUR,2026-01-01\n"
    kept = dropped_files.drop(core, SYSTEM, made, "people.csv", text.encode())
    dropped_files.apply(core, SYSTEM, made, kept.token)
    sync.perform_next(core)
    monkeypatch.setattr("plugin.cli.opening.core", lambda: core)
    path = tmp_path / "new.csv"
    path.write_text(head + "1,Ada,500000,EUR,2026-06-01\n2,Ben,0,EUR,2026-06-01\n")
    _code, out = ran(capsys, str(path), "--connection", str(made), "--json")
    found = [(one["line"], one["before"], one["after"], one["held"]) for one in json.loads(out)["jumps"]]
    assert found == [(2, "50000", "500000", True), (3, "50000", "0", True)]
