"""The demo company's own list of skills and invented scarcity figures, so that its pages show what a loaded list looks like."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import numpy as np

from plugin.demo.company_badges import skill_address
from plugin.demo.company_evidence import TOPICS

FRAMEWORK = "Demo skills"
ATTRIBUTION = "An invented list of the simulated company; nobody’s classification was copied."
SOURCE = "Simulated figures, no survey"
_OTHER_NAMES = {
    "Hybrid Cloud Sales": "Cloud selling|Selling hybrid cloud",
    "Model Operations": "MLOps|Machine learning operations",
    "Test Automation": "Automated testing",
    "Data Strategy": "Data governance strategy",
    "Closing the Books": "Month-end close",
}


def skills_csv() -> str:
    """As ``catalogue_files.import_skills`` takes it: the addresses are those of the badges' alignments."""
    rows = [[skill_address(topic), topic, _OTHER_NAMES.get(topic, "")] for topic in _topics()]
    return _csv(["url", "name", "synonyms"], rows)


def scarcity_csv(today: date, seed: int = 7) -> str:
    """Two years of figures a skill; strategic ones (the last of each family) are harder to find, and all get a bit scarcer."""
    rng = np.random.default_rng(seed)
    strategic = {topics.split("|")[-1] for topics in TOPICS.values()}
    rows: list[list[object]] = []
    for topic in _topics():
        base = (75 if topic in strategic else 38) + int(rng.integers(-8, 9))
        for years_ago in (1, 0):
            days = base - 6 * years_ago
            refused = days // 3 + int(rng.integers(-3, 4))
            ratio = f"{0.96 + days / 500:.2f}"
            jobs = int(rng.integers(1, 6)) + days // 10
            day = today - timedelta(days=30 + 365 * years_ago)
            rows.append([topic, day.isoformat(), SOURCE, days, refused, ratio, jobs])
    figures = ["time_to_hire_days", "offer_rejection_percent", "new_hire_pay_ratio", "open_jobs"]
    return _csv(["skill", "measured_on", "source", *figures], rows)


def _topics() -> list[str]:
    return [topic for topics in TOPICS.values() for topic in topics.split("|")]


def _csv(header: list[str], rows: list[list[object]] | list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()
