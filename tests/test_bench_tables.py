"""`make bench-tables` takes a folder of tables when it is there, and the benchmark takes those files that the folder holds."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.real_tables import pad_tables

ROOT = Path(__file__).parents[1]
SALES = "promoted,sales,customer_rate,performance\n0,594,3.94,2\n,500,3.00,3\n1,446,4.06,3\n"


def _run_by_make(folder: Path) -> str:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    command = ["make", "--dry-run", "bench-tables", f"TABLES={folder}"]
    own = {
        name: value for name, value in os.environ.items() if not name.startswith("MAKE")
    }  # of a make around this test
    done = subprocess.run(command, cwd=ROOT, env=own, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[-1]


def test_a_folder_of_tables_is_taken_when_it_is_there(tmp_path: Path) -> None:
    assert _run_by_make(tmp_path).endswith(f"-m benchmarks.real_tables {tmp_path}")


def test_without_the_folder_the_tables_of_packages_are_run_alone(tmp_path: Path) -> None:
    assert _run_by_make(tmp_path / "none").rstrip().endswith("-m benchmarks.real_tables")


def test_a_folder_with_one_of_the_files_gives_that_table_and_leaves_rows_without_outcome_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "pad_salespeople.csv").write_text(SALES)
    ((name, unit, table),) = pad_tables(tmp_path)
    assert (name, unit, table.y.tolist()) == ("salespeople, promoted", "points of 100", [0.0, 100.0])
    assert table.x[:, table.names.index("sales")].tolist() == [594.0, 446.0]
    assert not table.pay_use
