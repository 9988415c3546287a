"""Green on every day: a sample of the days of ``make test-dates``, and no test reads the real clock outside that sweep."""

from __future__ import annotations

import os
import re

import pytest

from tests.dates import days
from tests.dates.days import FAKETIME, ROOT, SAMPLE, Day

READS_THE_CLOCK = re.compile(
    r"datetime\.now\(|date\.today\(|\butc_now\b|time\.time\(|launch\.prepared\(|open_core\(settings"
)
MARK = "pytest.mark.dates"
FREE = {
    "tests/webhooks/test_crash.py": "kills processes for minutes; its clock is a lease's, never a day's",
    "tests/store/operation/test_leased_work.py": "waits out a lease of seconds",
    "tests/test_jobs.py": "a scheduler's timed wait never ends under faketime; its slots are tested over years of moments",
    "tests/ralph/test_real_lrs.py": "a learning record store of others, which must believe the day, too",
}


@pytest.mark.parametrize("day", SAMPLE, ids=lambda day: day.moment[:10])
def test_the_round_trip_is_green_on_a_sample_of_days(day: Day) -> None:
    if FAKETIME is None:
        if os.environ.get("CI"):
            pytest.fail("faketime is missing: apt-get install faketime")
        pytest.skip("Debian's package faketime is not installed")
    ran = days.run(day, ["-m", "dates", "tests/demo/test_round_trip.py"])
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]


def test_every_test_that_reads_the_real_clock_is_swept() -> None:
    found = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "tests").rglob("*.py"))
    }
    reading = {name for name, text in found.items() if READS_THE_CLOCK.search(text)}
    assert set(FREE) <= reading
    assert {name for name in reading - set(FREE) if MARK not in found[name]} == set()


def test_the_sweep_has_the_days_that_calendars_trip_over() -> None:
    assert len({day.moment for day in days.DAYS}) >= 24
    assert len(SAMPLE) == 3
