"""The cmi5 rules, for one statement and for a sequence of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from plugin.xapi.cmi5 import cmi5_problems, gives_merit, launch_modes
from plugin.xapi.cmi5_sequence import sequence_problems
from plugin.xapi.statement import problems
from tests.xapi.xapi_samples import ACTIVITY, VERBS, ada, cmi5, full

ALL = [
    "launched",
    "initialized",
    "completed",
    "passed",
    "failed",
    "terminated",
    "abandoned",
    "waived",
    "satisfied",
]
CONTEXT = "https://w3id.org/xapi/cmi5/context/extensions/"


def codes(statement: dict[str, Any], **launch: Any) -> list[str]:
    assert problems(statement) == [], "the case must be valid xAPI, or it shows nothing about cmi5"
    return [one.code for one in cmi5_problems(statement, **launch)]


@pytest.mark.parametrize("verb", ALL)
def test_statement_by_the_rules_has_no_problem(verb: str) -> None:
    assert codes(cmi5(verb)) == []


def test_plain_xapi_is_not_judged_by_cmi5() -> None:
    assert codes(full()) == []


@pytest.mark.parametrize("verb", ["completed", "passed", "failed", "terminated", "abandoned"])
def test_duration_is_required(verb: str) -> None:
    statement = cmi5(verb)
    del statement["result"]["duration"]
    assert codes(statement) == ["cmi5_duration"]


@pytest.mark.parametrize("verb", ["initialized", "completed", "terminated", "waived"])
def test_score_stands_with_passed_and_failed_only(verb: str) -> None:
    statement = cmi5(verb)
    statement["result"]["score"] = {"scaled": 0.5}
    assert codes(statement) == ["cmi5_score"]


@pytest.mark.parametrize("score", [{"scaled": -0.1}, {"raw": 5}, {"raw": 5, "min": 0}])
def test_score_has_cmi5_bounds(score: dict[str, float]) -> None:
    statement = cmi5("passed")
    statement["result"]["score"] = score
    assert codes(statement) == ["cmi5_score"]


@pytest.mark.parametrize(("verb", "wrong"), [("passed", False), ("failed", True), ("waived", False)])
def test_success_must_agree_with_the_verb(verb: str, wrong: bool) -> None:
    statement = cmi5(verb)
    statement["result"]["success"] = wrong
    assert codes(statement) == ["cmi5_success"]


@pytest.mark.parametrize(
    ("verb", "key"), [("terminated", "success"), ("passed", "completion"), ("failed", "completion")]
)
def test_success_and_completion_stand_with_their_verbs_only(verb: str, key: str) -> None:
    statement = cmi5(verb)
    statement["result"][key] = True
    assert f"cmi5_{key}" in codes(statement)


def test_moveon_category_stands_exactly_with_success_or_completion() -> None:
    passed, ended = cmi5("passed"), cmi5("terminated")
    moveon = passed["context"]["contextActivities"]["category"].pop()
    ended["context"]["contextActivities"]["category"].append(moveon)
    assert codes(passed) == codes(ended) == ["cmi5_moveon"]


def test_passed_must_reach_the_mastery_score_and_failed_stay_below() -> None:
    for verb, scaled, expected in (
        ("passed", 0.79, 1),
        ("passed", 0.8, 0),
        ("failed", 0.8, 1),
        ("failed", 0.79, 0),
    ):
        statement = cmi5(verb)
        statement["result"]["score"] = {"scaled": scaled}
        assert codes(statement, mastery_score=Decimal("0.8")) == ["cmi5_mastery"] * expected
        statement["context"]["extensions"][CONTEXT + "masteryscore"] = 0.8
        assert codes(statement) == ["cmi5_mastery"] * expected


def test_waived_needs_its_reason() -> None:
    statement = cmi5("waived")
    del statement["result"]["extensions"]
    assert codes(statement) == ["cmi5_reason"]


@pytest.mark.parametrize("mode", ["Browse", "Review"])
def test_browse_and_review_allow_no_record_of_merit(mode: str) -> None:
    assert codes(cmi5("passed"), mode=mode) == ["cmi5_no_merit"]
    assert codes(cmi5("terminated"), mode=mode) == []
    assert not gives_merit(mode)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"actor": ada()}, "cmi5_actor"),
        ({"object": {"objectType": "Agent", "mbox": "mailto:bo@example.com"}}, "cmi5_object"),
        ({"timestamp": "2026-03-04T05:00:00+01:00"}, "cmi5_timestamp"),
        ({"verb": {"id": VERBS + "attended"}}, "cmi5_verb"),
    ],
)
def test_frame_rules(parts: dict[str, Any], code: str) -> None:
    assert codes(cmi5("initialized", **parts)) == [code]


def test_required_parts_are_named() -> None:
    statement = cmi5("launched")
    del statement["id"], statement["timestamp"], statement["context"]["registration"]
    del statement["context"]["contextActivities"]["grouping"]
    statement["context"]["extensions"] = {}
    paths = {one.path for one in cmi5_problems(statement)}
    assert paths == {
        "id",
        "timestamp",
        "context.registration",
        "context.contextActivities.grouping",
        *(f"context.extensions.{key}" for key in ("sessionid", "launchmode", "launchurl", "moveon")),
    }


@pytest.mark.parametrize("progress", [101, -1, 50.5, "50", True])
def test_progress_is_a_whole_percentage(progress: object) -> None:
    statement = cmi5("initialized")
    statement["result"]["extensions"] = {"https://w3id.org/xapi/cmi5/result/extensions/progress": progress}
    assert codes(statement) == ["cmi5_progress"]


# --- sequences ------------------------------------------------------------------------------------------------------


def course(*steps: tuple[str, int] | tuple[str, int, str], mode: str = "Normal") -> list[dict[str, Any]]:
    """Statements by (verb, minute, session)."""
    made = []
    for number, (verb, minute, *session) in enumerate(steps):
        one = cmi5(
            verb, id=f"0b1d7c52-6f0e-4c1b-9a54-{number:012d}", timestamp=f"2026-03-04T05:{minute:02d}:00Z"
        )
        one["context"]["extensions"][CONTEXT + "sessionid"] = session[0] if session else "s1"
        if verb == "launched":
            one["context"]["extensions"][CONTEXT + "launchmode"] = mode
        made.append(one)
    return made


def found(statements: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(one.problem.code, int(one.statement_id[-12:])) for one in sequence_problems(statements)]


GOOD = (("launched", 0), ("initialized", 1), ("completed", 2), ("passed", 3), ("terminated", 4))


def test_good_session_has_no_problem_in_any_order_of_arrival() -> None:
    statements = course(*GOOD)
    assert found(statements) == found(statements[::-1]) == []


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        (
            (*GOOD, ("launched", 5, "s2"), ("initialized", 6, "s2"), ("passed", 7, "s2")),
            ("cmi5_once_per_registration", 7),
        ),
        (
            (*GOOD, ("launched", 5, "s2"), ("initialized", 6, "s2"), ("completed", 7, "s2")),
            ("cmi5_once_per_registration", 7),
        ),
        (
            (*GOOD, ("launched", 5, "s2"), ("initialized", 6, "s2"), ("failed", 7, "s2")),
            ("cmi5_failed_after_passed", 7),
        ),
        ((("launched", 0), ("completed", 1), ("initialized", 2)), ("cmi5_before_initialized", 1)),
        ((*GOOD, ("initialized", 6)), ("cmi5_twice", 5)),
        ((*GOOD[:3], ("terminated", 4), ("passed", 5)), ("cmi5_after_terminated", 4)),
        (
            (("launched", 0), ("initialized", 1), ("abandoned", 2), ("completed", 3)),
            ("cmi5_after_abandoned", 3),
        ),
        ((("launched", 0), ("initialized", 1), ("failed", 2), ("passed", 3)), ("cmi5_passed_and_failed", 3)),
        ((("waived", 0, "s1"), ("waived", 1, "s2")), ("cmi5_once_per_registration", 1)),
    ],
)
def test_sequence_rule_is_broken(steps: tuple[Any, ...], problem: tuple[str, int]) -> None:
    assert problem in found(course(*steps))


def test_another_attempt_after_failing_is_allowed() -> None:
    again = (("launched", 5, "s2"), ("initialized", 6, "s2"), ("passed", 7, "s2"), ("terminated", 8, "s2"))
    assert found(course(("launched", 0), ("initialized", 1), ("failed", 2), ("terminated", 3), *again)) == []


def test_another_registration_may_pass_again() -> None:
    first, second = course(*GOOD), course(*((*step, "s2") for step in GOOD))
    for one in second:
        one["context"]["registration"] = "7d2b3f0e-9d5c-4f0a-8f77-000000000043"
    assert found(first + second) == []


def test_launch_mode_of_the_session_decides_about_merit() -> None:
    statements = course(*GOOD, mode="Review")
    assert launch_modes(statements) == {"s1": "Review"}
    assert found(statements) == [("cmi5_no_merit", 2), ("cmi5_no_merit", 3)]


def test_mastery_score_of_the_launch_decides_about_passed() -> None:
    statements = course(*GOOD)
    statements[0]["context"]["extensions"][CONTEXT + "masteryscore"] = 0.9
    statements[3]["result"]["score"] = {"scaled": 0.89}
    assert found(statements) == [("cmi5_mastery", 3)]


def test_cmi5_allowed_statement_must_lie_within_the_session() -> None:
    extra = {
        "id": "0b1d7c52-6f0e-4c1b-9a54-000000000099",
        "actor": cmi5()["actor"],
        "verb": {"id": "https://example.org/verbs/watched"},
        "object": {"id": ACTIVITY},
        "context": {"extensions": {CONTEXT + "sessionid": "s1"}},
        "timestamp": "2026-03-04T05:09:00Z",
    }
    assert found([*course(*GOOD), extra]) == [("cmi5_after_terminated", 99)]
    extra["timestamp"] = "2026-03-04T05:02:30Z"
    assert found([*course(*GOOD), extra]) == []
