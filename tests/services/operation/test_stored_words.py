"""What long work stores is codes and figures: each reader gets it in their own language, and what an older version stored stays readable."""

from __future__ import annotations

import pytest

from plugin import texts
from plugin.advisor.fairness.wording import found, hidden, rule
from plugin.advisor.model.wording import verdict
from plugin.domain import JsonObject
from plugin.services.operation import steps, topics
from plugin.services.operation.steps import Step, at

RESULTS: dict[str, tuple[JsonObject, str, str]] = {
    "snapshot": (
        {"people": 1200, "left_out": 1},
        "The snapshot holds 1,200 employees. 1 employee was left out.",
        "1.200",
    ),
    "changes": ({"new": 0}, "Today’s data shows no new changes to the snapshot.", "Momentaufnahme"),
    "refresh": (
        {"people": 1, "effect": "-1200.00", "currency": "EUR"},
        "1 recommendation was recalculated from today’s data. Planned spending falls by €1,200 a year.",
        "1.200\xa0€",
    ),
    "fit_policy": (
        {"before": ["3.25", "0"], "after": ["3", "0"]},
        "Merit costs 3.25% of pay before and 3.0% after.",
        "3,25",
    ),
    "collect": (
        {"done": 2, "dead": 0, "queued": 5},
        "Newly in the HR suite: 2. Newly refused: 0. Awaiting an answer: 5.",
        "2",
    ),
}


@pytest.mark.parametrize("kind", list(RESULTS))
def test_a_result_is_said_in_the_language_of_who_reads_it(kind: str) -> None:
    result, english, german = RESULTS[kind]
    assert topics.sentence(kind, result) == english
    with texts.reading("de"):
        said = topics.sentence(kind, result)
    assert german in said
    assert said != english


def test_what_an_older_version_stored_stays_as_it_is() -> None:
    with texts.reading("de"):
        assert topics.sentence("snapshot", {"people": 3, "sentence": "3 people."}) == "3 people."
        assert steps.words("reading past raises") == "reading past raises"
        assert verdict({"approved": True, "sentence": "It was closer."}) == "It was closer."
        old: JsonObject = {
            "name": "impact ratio",
            "verdict": "pass",
            "found": "women 0.97",
            "rule": "0.9 or more",
        }
        assert (found(old), rule(old)) == ("women 0.97", "0.9 or more")
        assert hidden("fewer than 5 of one group") == "fewer than 5 of one group"


def test_every_step_has_its_words_with_the_counts_of_the_reader() -> None:
    assert set(steps.WORDS) == set(Step)
    assert (
        steps.words(at(Step.RECOMMENDED, 2000, 336000)) == "employees with a recommendation: 2,000 of 336,000"
    )
    with texts.reading("de"):
        assert "2.000 von 336.000" in steps.words(at(Step.RECOMMENDED, 2000, 336000))
    assert topics.sentence("train", None) == ""
