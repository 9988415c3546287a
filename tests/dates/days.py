"""Days on which the product must work as on every other, and the tests that read the real clock run as if it were such a day.

``make test-dates`` runs all; ``test_days.py`` a sample with every run. Needs Debian's package faketime.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAKETIME = shutil.which("faketime")
ZONE = "Europe/Berlin"  # of every moment below: a product that mixes local time and UTC shows it here


@dataclass(frozen=True)
class Day:
    moment: str  # local
    why: str


DAYS = (
    Day("2026-11-29 10:00:00", "the day before a month's end"),
    Day("2026-11-30 10:00:00", "a month's end"),
    Day("2026-12-01 10:00:00", "a month's first day"),
    Day("2026-12-15 10:00:00", "the middle of a month"),
    Day("2026-12-31 23:58:30", "the turn of the year comes while the tests run"),
    Day("2027-01-01 00:30:00", "still the old year in UTC"),
    Day("2027-01-31 10:00:00", "the day before an effective date"),
    Day("2027-02-01 10:00:00", "an effective date"),
    Day("2027-02-02 10:00:00", "the day after an effective date"),
    Day("2027-02-28 10:00:00", "the end of a short month"),
    Day("2027-03-01 10:00:00", "the day after a short month"),
    Day("2027-03-28 01:59:00", "summer time begins while the tests run"),
    Day("2027-03-28 23:59:00", "the end of a day of 23 hours"),
    Day("2027-03-31 23:58:30", "a month ends while the tests run"),
    Day("2027-04-30 10:00:00", "a month's end"),
    Day("2027-05-31 10:00:00", "a month's end; two months later has a 31st, too"),
    Day("2027-06-30 23:30:00", "the end of a half-year"),
    Day("2027-07-31 10:00:00", "a month's end"),
    Day("2027-08-31 10:00:00", "a month's end"),
    Day("2027-09-30 00:10:00", "a month's end; the day before in UTC"),
    Day("2027-10-31 02:30:00", "an hour that happens twice: summer time ends"),
    Day("2027-10-31 23:59:00", "the end of a day of 25 hours"),
    Day("2027-12-31 10:00:00", "a year's end"),
    Day("2028-02-28 10:00:00", "the day before 29 February"),
    Day("2028-02-29 10:00:00", "29 February"),
    Day("2028-03-01 10:00:00", "the day after 29 February"),
    Day("2028-12-31 10:00:00", "the end of a leap year"),
    Day("2032-02-29 23:58:30", "29 February ends while the tests run"),
)
SAMPLE = tuple(
    day
    for day in DAYS
    if day.moment[:10] in ("2026-11-30", "2028-02-29") or day.moment[:13] == "2027-03-28 01"
)


def run(day: Day, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """pytest as if it were that day."""
    assert FAKETIME is not None
    environment = {**os.environ, "TZ": ZONE}
    environment = {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}
    command = [
        FAKETIME,
        day.moment,
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-x",
        *arguments,
    ]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def main(arguments: Sequence[str]) -> int:
    """Every day, one line each; the number of days that failed."""
    failed = 0
    for day in DAYS:
        ran = run(day, ["-m", "dates", *arguments])
        print(f"{'red  ' if ran.returncode else 'green'} {day.moment}  {day.why}", flush=True)
        if ran.returncode:
            failed += 1
            print(ran.stdout[-6000:], ran.stderr[-2000:], flush=True)
    print(f"{len(DAYS) - failed} of {len(DAYS)} days are green")
    return failed


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 100))
