"""When the same id is the same statement, and when it is a conflict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from plugin.xapi.fingerprint import fingerprint, is_same
from tests.xapi.xapi_samples import ID, OTHER_ID, ada, full, second, simple, with_substatement


def edited(edit: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    statement = full()
    edit(statement)
    return statement


@pytest.mark.parametrize(
    "edit",
    [
        lambda s: s.update(stored="2026-09-09T00:00:00Z"),
        lambda s: s.update(authority=ada()),
        lambda s: s.pop("version"),
        lambda s: s.pop("timestamp"),
        lambda s: s.update(timestamp="2026-03-04T04:06:07.089Z"),
        lambda s: s.update(id=ID.upper()),
        lambda s: s["verb"].pop("display"),
        lambda s: s["object"].pop("definition"),
        lambda s: s["context"]["team"]["member"].reverse(),
        lambda s: s["context"]["contextActivities"].update(
            parent=s["context"]["contextActivities"]["parent"][0]
        ),
        lambda s: s["context"]["contextActivities"]["parent"][0].update(definition={"name": {"en": "New"}}),
        lambda s: s["context"].update(registration=s["context"]["registration"].upper(), language="DE-at"),
        lambda s: s["actor"].update(mbox="mailto:ada.example@EXAMPLE.com"),
        lambda s: s["result"]["score"].update(raw=80.0),
        lambda s: s["attachments"][0].update(sha2="AB" * 32),
    ],
)
def test_difference_that_a_receiver_may_make_is_ignored(edit: Callable[[dict[str, Any]], object]) -> None:
    assert is_same(full(), edited(edit))


@pytest.mark.parametrize(
    "edit",
    [
        lambda s: s["actor"].update(mbox="mailto:bo.example@example.com"),
        lambda s: s["actor"].update(mbox="mailto:Ada.example@example.com"),
        lambda s: s["verb"].update(id="http://adlnet.gov/expapi/verbs/failed"),
        lambda s: s["object"].update(id="https://learning.example.org/courses/other"),
        lambda s: s["result"].update(duration="PT90M"),
        lambda s: s["result"].update(success=False),
        lambda s: s["result"]["score"].update(scaled=0.81),
        lambda s: s["result"]["extensions"].clear(),
        lambda s: s["context"].pop("team"),
        lambda s: s["context"]["statement"].update(id=ID),
        lambda s: s["attachments"].clear(),
        lambda s: s["context"]["contextActivities"]["other"].append({"id": "urn:example:more"}),
        lambda s: s.update(timestamp="2026-03-04T05:06:07.089Z"),
    ],
)
def test_other_content_is_a_conflict(edit: Callable[[dict[str, Any]], object]) -> None:
    assert not is_same(full(), edited(edit))


def test_duration_is_compared_to_a_hundredth_of_a_second() -> None:
    short, long, other = (simple(result={"duration": text}) for text in ("PT0.12S", "PT0.1267S", "PT0.13S"))
    assert fingerprint(short) == fingerprint(long) != fingerprint(other)


def test_time_inside_a_substatement_is_a_moment() -> None:
    first, same, other = with_substatement(), with_substatement(), with_substatement()
    same["object"]["timestamp"] = "2026-03-04T04:06:07.089Z"
    other["object"]["timestamp"] = "2026-03-04T04:06:08.089Z"
    assert fingerprint(first) == fingerprint(same) != fingerprint(other)


def test_voided_target_counts() -> None:
    first = simple("voided", object={"objectType": "StatementRef", "id": OTHER_ID})
    upper = simple("voided", object={"objectType": "StatementRef", "id": OTHER_ID.upper()})
    other = simple("voided", object={"objectType": "StatementRef", "id": ID})
    assert fingerprint(first) == fingerprint(upper) != fingerprint(other)


def test_context_agents_count() -> None:
    other = second()
    other["context"]["contextAgents"][0]["agent"]["mbox"] = "mailto:bo@example.com"
    assert fingerprint(second()) != fingerprint(other)


def test_fingerprint_leaves_the_statement_as_it_was() -> None:
    statement = full()
    fingerprint(statement)
    assert statement == full()
