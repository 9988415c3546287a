"""The real wage panel goes out as files that the csv_folder connector accepts, and nothing in it looks ahead."""

import csv
from collections import defaultdict
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from benchmarks.real_tables import OPTIONS, folded, jtrain2_table, rolling, training_by_lot, wagepan_tables
from benchmarks.wagepan import export_wagepan, load
from plugin.connectors.csv_folder.cells import Cells
from plugin.connectors.csv_folder.records import FILES
from plugin.domain import Stream


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wagepan")
    counts = export_wagepan(folder, ranges=True)
    found = {}
    for stream in (Stream.PEOPLE, Stream.PAY, Stream.PAY_RANGES, Stream.RAISES):
        kind = FILES[stream]
        with (folder / f"{stream.value}.csv").open(newline="", encoding="utf-8") as file:
            written = list(csv.DictReader(file))
        usable = [row for row in written if float(row.get("percent", 0)) >= -100]
        rows = [kind.make(Cells(row), kind.key_of(row), ZoneInfo("UTC")) for row in usable]
        assert len({row.source_id for row in rows}) == len(rows)
        assert len(written) == counts[f"{stream.value}.csv"]
        found[stream] = rows
    return found


def test_every_person_and_year_of_the_panel_is_there(records):
    assert [len(records[s]) for s in (Stream.PEOPLE, Stream.PAY)] == [545, 4360]
    assert 3750 < len(records[Stream.RAISES]) < 3815  # all but the changes under -100, which are no raises


def test_raise_is_the_change_of_log_wage_between_two_pay_records(records):
    pay = {(r.person_source_id, r.effective_on.year): float(r.annual.amount) for r in records[Stream.PAY]}
    for r in records[Stream.RAISES]:
        year = r.effective_on.year
        change = 100 * np.log(pay[r.person_source_id, year] / pay[r.person_source_id, year - 1])
        assert float(r.percent) == pytest.approx(change, abs=0.8)  # pay is rounded to a dollar; some earn few


def test_every_person_has_a_range_in_every_year(records):
    ranges = {(r.job_family, r.level, r.effective_on.year) for r in records[Stream.PAY_RANGES]}
    years = range(1980, 1988)
    assert all((p.job_family, p.level, y) in ranges for p in records[Stream.PEOPLE] for y in years)


def test_range_of_a_year_is_made_from_the_year_before(records):
    frame = load()
    people = {p.source_id: (p.job_family, p.level) for p in records[Stream.PEOPLE]}
    wages = defaultdict(list)
    for row in frame[frame.year == 1983].itertuples():
        wages[people[f"N{row.nr}"]].append(np.exp(row.lwage) * 2080)
    checked = [r for r in records[Stream.PAY_RANGES] if r.effective_on.year == 1984]
    assert len(checked) > 20
    for r in checked:
        assert float(r.midpoint.amount) == pytest.approx(np.median(wages[r.job_family, r.level]), abs=1)


def test_real_tables_may_never_move_pay():
    assert not any(table.pay_use for _, table in wagepan_tables())
    assert not jtrain2_table().pay_use
    assert OPTIONS.kind == "xgboost"


def test_raises_of_the_panel_are_not_predictable_from_job_and_schooling():
    """The sobering fact, as found: nothing beats the mean by a hundredth of R2."""
    (name, table), _ = wagepan_tables()
    line = rolling(name, table, "points")
    assert line.tested > 2500
    assert abs(line.r2["mean"]) < 0.01
    assert max(line.r2.values()) < 0.01


def test_what_a_lottery_measured_is_the_published_figure():
    """LaLonde's 1.79 k$ with standard error 0.67; a model's what-if stands beside it and is something else."""
    found = training_by_lot(jtrain2_table())
    assert found["experiment"] == pytest.approx(1.794, abs=0.001)
    assert found["experiment_se"] == pytest.approx(0.67, abs=0.005)
    assert found["what_if_model"] != pytest.approx(found["experiment"], abs=0.3)


def test_folds_score_every_row_once():
    line = folded("jtrain2", jtrain2_table(), "k$")
    assert line.tested == 445
    assert line.r2["mean"] < 0.001  # the training mean can only lose against the tested rows' own mean
