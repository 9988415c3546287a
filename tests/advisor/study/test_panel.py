"""The panel file is read back as written, and each unusable value is named with its line."""

import numpy as np
import pytest

from plugin.advisor.study.panel import COLUMNS, LearningPanel, read_panel
from plugin.demo.simulator import simulate_panel
from plugin.errors import InvalidInput
from tests.advisor.panel_files import write_panel

GOOD = "ada,0,50.5,1,2,0,1,101.5,1\n"


def write(path, *rows):
    path.write_text(",".join(COLUMNS) + "\n" + "".join(rows))
    return path


def test_panel_is_read_back_as_it_was_written(tmp_path):
    panel = simulate_panel(1, 40)
    write_panel(panel, tmp_path / "p.csv")
    again = read_panel(tmp_path / "p.csv")
    for column in COLUMNS[1:]:
        np.testing.assert_array_equal(getattr(again, column), getattr(panel, column))
    assert len(np.unique(again.person)) == len(np.unique(panel.person))


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("ada,0,many,1,2,0,1,101.5,1\n", "annual_hours"),
        ("ada,0,50,1.5,2,0,1,101.5,1\n", "knowledge"),
        ("ada,0,50,1,2,0,1,nan,1\n", "target"),
        ("ada,0,50,1,2,0,1,100,2\n", "promoted"),
        ("ada,0,50,1,2\n", "other"),
    ],
)
def test_unusable_value_is_named_with_its_line(tmp_path, row, column):
    with pytest.raises(InvalidInput, match="Line 3") as caught:
        read_panel(write(tmp_path / "p.csv", GOOD, row))
    assert column in caught.value.fields


def test_missing_columns_and_empty_files_are_refused(tmp_path):
    (tmp_path / "p.csv").write_text("person,half_year\nada,0\n")
    with pytest.raises(InvalidInput, match="annual_hours"):
        read_panel(tmp_path / "p.csv")
    with pytest.raises(InvalidInput, match="no rows"):
        read_panel(write(tmp_path / "q.csv"))


def test_two_rows_for_one_half_year_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match="two rows"):
        read_panel(write(tmp_path / "p.csv", GOOD, GOOD))


def test_columns_of_different_length_are_refused():
    one = np.zeros(1, np.int64)
    with pytest.raises(InvalidInput):
        LearningPanel(one, one, np.zeros(2), one, one, one, one, np.zeros(1), np.zeros(1, bool))


def test_learners_of_40_and_60_hours_are_steady_and_super():
    hours = np.array([39.9, 40, 59.9, 60])
    n = np.arange(4)
    panel = LearningPanel(n, n * 0, hours, n, n, n, n, hours, hours > 0)
    assert panel.is_steady.tolist() == [False, True, True, False]
    assert panel.is_super.tolist() == [False, False, False, True]
