"""The half-year panel of learners that the study commands read, whether simulated or a company's own."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from plugin.errors import InvalidInput
from plugin.texts import _

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SUPER_HOURS, STEADY_HOURS = (
    60.0,
    40.0,
)  # learning hours a year from which the study calls a learner super, steady


@dataclass(frozen=True, eq=False)
class LearningPanel:
    """One row a person and half-year; all columns have one length.

    ``knowledge``, ``skill``, ``other`` count badges earned in the half-year, ``strategic`` those of any kind that the
    company calls strategic. ``annual_hours`` is the learning time in the calendar year of the row. ``target`` is the
    result in percent of the target, ``promoted`` whether a promotion followed in the half-year.
    """

    person: Ints
    half_year: Ints
    annual_hours: Floats
    knowledge: Ints
    skill: Ints
    other: Ints
    strategic: Ints
    target: Floats
    promoted: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, column)) for column in COLUMNS}
        if len(lengths) != 1:
            raise InvalidInput("the panel's columns differ in length")  # machine text
        keys = self.person.astype(np.int64) * 100_000 + self.half_year
        if len(np.unique(keys)) != len(keys):
            raise InvalidInput(
                _("A person has two rows for the same half-year."), remedy=_("Add them up to one row.")
            )

    def __len__(self) -> int:
        return len(self.person)

    @property
    def badges(self) -> Ints:
        return self.knowledge + self.skill + self.other

    @property
    def is_super(self) -> npt.NDArray[np.bool_]:
        return self.annual_hours >= SUPER_HOURS

    @property
    def is_steady(self) -> npt.NDArray[np.bool_]:
        return (self.annual_hours >= STEADY_HOURS) & (self.annual_hours < SUPER_HOURS)


COLUMNS = (
    "person",
    "half_year",
    "annual_hours",
    "knowledge",
    "skill",
    "other",
    "strategic",
    "target",
    "promoted",
)
_WHOLE = ("half_year", "knowledge", "skill", "other", "strategic", "promoted")


def read_panel(path: Path) -> LearningPanel:
    """A panel from a CSV file with the columns of LearningPanel. ``person`` may be any text, ``promoted`` is 0 or 1.

    Raises InvalidInput with the line and column of the first value that cannot be used.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (rows.fieldnames or [])]
        if missing:
            raise InvalidInput(_("Add these columns to the file: %(columns)s.", columns=", ".join(missing)))
        parsed = [_parse(line, row) for line, row in enumerate(rows, start=2)]
    if not parsed:
        raise InvalidInput(_("The file has no rows."))
    people = np.unique([person for person, _ in parsed], return_inverse=True)[1].astype(np.int64)
    numbers = np.array([values for _, values in parsed])
    by_name = {column: numbers[:, i] for i, column in enumerate(COLUMNS[1:])}
    return LearningPanel(
        person=people,
        half_year=by_name["half_year"].astype(np.int64),
        annual_hours=by_name["annual_hours"],
        knowledge=by_name["knowledge"].astype(np.int64),
        skill=by_name["skill"].astype(np.int64),
        other=by_name["other"].astype(np.int64),
        strategic=by_name["strategic"].astype(np.int64),
        target=by_name["target"],
        promoted=by_name["promoted"].astype(bool),
    )


def _parse(line: int, row: dict[str, str | None]) -> tuple[str, list[float]]:
    values = []
    for column in COLUMNS[1:]:
        try:
            value = float(row[column] or "")
        except ValueError as error:
            raise InvalidInput(
                _(
                    "Line %(line)s: %(column)s must be a number, not %(value)s.",
                    line=line,
                    column=column,
                    value=row[column],
                ),
                fields={column: _("Enter a number.")},
            ) from error
        if not np.isfinite(value) or (column in _WHOLE and value != int(value)):
            raise InvalidInput(
                _(
                    "Line %(line)s: %(column)s must be a whole number, not %(value)s.",
                    line=line,
                    column=column,
                    value=row[column],
                )
                if column in _WHOLE
                else _(
                    "Line %(line)s: %(column)s must be a number, not %(value)s.",
                    line=line,
                    column=column,
                    value=row[column],
                ),
                fields={column: _("Enter a whole number.") if column in _WHOLE else _("Enter a number.")},
            )
        values.append(value)
    if row["promoted"] not in ("0", "1"):
        raise InvalidInput(
            _("Line %(line)s: %(column)s must be 0 or 1.", line=line, column="promoted"),
            fields={"promoted": _("Enter 0 or 1.")},
        )
    return str(row["person"]), values
