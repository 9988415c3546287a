"""What statements prove about a person, and how long it took, each hour once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain import email_sha1s
from plugin.errors import InvalidInput
from plugin.xapi import formats
from plugin.xapi.hours import counted_time, hours_by_year
from plugin.xapi.learning import Outcome, Score, fact, facts, title, voids, without_voided
from plugin.xapi.people import Identifier, identifiers
from tests.xapi.xapi_samples import ACTIVITY, HOME, ID, OTHER_ID, REGISTRATION, W3ID, ada, cmi5, full, simple

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"


def hours(*statements: dict[str, Any], **options: Any) -> Decimal:
    """All hours that count, of whoever."""
    counted = counted_time(facts(statements, received_at=NOW), **options)
    return sum((one.seconds for one in counted), Decimal(0)) / 3600


def timed(verb: str, duration: str, **parts: Any) -> dict[str, Any]:
    return simple(verb, result={"duration": duration}, timestamp="2026-03-04T05:00:00Z", **parts)


def session(verb: str, duration: str, name: str = "s1", **parts: Any) -> dict[str, Any]:
    one = cmi5(verb, **parts)
    one["result"]["duration"] = duration
    one["context"]["extensions"][SESSION] = name
    return one


# --- facts ----------------------------------------------------------------------------------------------------------


def test_fact_holds_what_the_statement_says() -> None:
    read = fact(full(), received_at=NOW, languages=("de",))
    assert read is not None
    assert read.outcome is Outcome.PASSED
    assert (read.statement_id, read.activity_id, read.title) == (ID, ACTIVITY, "Schweißen II")
    assert read.at == datetime(2026, 3, 4, 4, 6, 7, 89000, tzinfo=UTC)
    assert read.score == Score(Decimal("0.8"), Decimal(80), Decimal(0), Decimal(100))
    assert (read.seconds, read.registration, read.session_id) == (Decimal(5400), REGISTRATION, None)
    assert read.has_merit
    assert read.parents == ("https://learning.example.org/programmes/metal",)


def test_time_of_arrival_stands_in_for_a_missing_timestamp() -> None:
    read = fact(simple(), received_at=NOW)
    assert read is not None
    assert read.at == NOW


@pytest.mark.parametrize(
    "statement",
    [
        simple("attended"),
        simple("voided", object={"objectType": "StatementRef", "id": OTHER_ID}),
        simple(actor={"objectType": "Group", "member": [ada()]}),
        simple(object=ada()),
        simple(actor={"account": {"homePage": HOME, "name": ""}}),
    ],
)
def test_no_outcome_of_one_person_is_no_fact(statement: dict[str, Any]) -> None:
    assert fact(statement, received_at=NOW) is None


@pytest.mark.parametrize(
    ("statement", "merit"),
    [
        (simple("completed"), True),
        (simple("passed", result={"success": True}), True),
        (simple("passed", result={"success": False}), False),
        (simple("completed", result={"completion": False}), False),
        (simple("failed"), False),
        (cmi5("waived"), False),
        (cmi5("terminated"), False),
    ],
)
def test_merit_needs_an_achievement_that_nothing_contradicts(statement: dict[str, Any], merit: bool) -> None:
    read = fact(statement, received_at=NOW)
    assert read is not None
    assert read.has_merit is merit


@pytest.mark.parametrize("mode", ["Browse", "Review"])
def test_looking_around_gives_neither_merit_nor_hours(mode: str) -> None:
    launched = cmi5("launched", id=OTHER_ID)
    launched["context"]["extensions"]["https://w3id.org/xapi/cmi5/context/extensions/launchmode"] = mode
    passed, ended = cmi5("passed"), cmi5("terminated")
    assert [one.has_merit for one in facts([launched, passed, ended], received_at=NOW)] == [False, False]
    assert hours(launched, passed, ended) == 0


@pytest.mark.parametrize(
    ("verb", "key"),
    [
        (
            "https://openbadgespec.org/xapi/verbs/earned",
            "https://openbadgespec.org/xapi/extensions/badgeassertion",
        ),
        (
            "http://specification.openbadges.org/xapi/verbs/earned.json",
            "http://specification.openbadges.org/xapi/extensions/badgeassertion.json",
        ),
    ],
)
def test_badge_is_a_pointer_without_merit(verb: str, key: str) -> None:
    pointer = "https://badges.example.org/assertions/1"
    read = fact(simple(verb={"id": verb}, result={"extensions": {key: {"@id": pointer}}}), received_at=NOW)
    assert read is not None
    assert (read.outcome, read.badge_url, read.has_merit) == (Outcome.EARNED_BADGE, pointer, False)


@pytest.mark.parametrize(
    ("names", "languages", "expected"),
    [
        ({"en": "Welding", "de": "Schweißen"}, ("de", "en"), "Schweißen"),
        ({"en-US": "Welding", "fr": "Souder"}, ("en-GB",), "Welding"),
        ({"fr": "Souder", "en": " "}, ("en",), "Souder"),
        ({"pt": "Soldar", "und": "Weld"}, ("de",), "Weld"),
        ({}, ("de",), ACTIVITY),
    ],
)
def test_title_is_in_the_best_language(
    names: dict[str, str], languages: tuple[str, ...], expected: str
) -> None:
    assert title({"id": ACTIVITY, "definition": {"name": names}}, languages) == expected


# --- people ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        ({"mbox": "mailto:Ada.Example@Example.COM"}, Identifier("email", "ada.example@example.com")),
        ({"mbox": "mailto:ada%2Bx@example.com"}, Identifier("email", "ada+x@example.com")),
        ({"mbox_sha1sum": "AB" * 20}, Identifier("email_sha1", "ab" * 20)),
        ({"openid": "HTTPS://Ada.example.org/"}, Identifier("openid", "https://ada.example.org")),
        (
            {"account": {"homePage": "HTTPS://HR.example.com/", "name": "Ada.1"}},
            Identifier("account", "https://hr.example.com|Ada.1"),
        ),
    ],
)
def test_identifier_is_written_in_one_way(actor: dict[str, Any], expected: Identifier) -> None:
    assert identifiers(actor) == (expected,)


def test_group_names_nobody() -> None:
    assert identifiers({"objectType": "Group", "mbox": "mailto:team@example.com"}) == ()


def test_hash_of_a_known_address_is_found_in_each_way_of_writing() -> None:
    sent = hashlib.sha1(b"mailto:Ada@example.com").hexdigest()
    assert sent in {one.value for one in email_sha1s("Ada@Example.com")}
    assert hashlib.sha1(b"mailto:ada@example.com").hexdigest() in {
        one.value for one in email_sha1s("Ada@Example.com")
    }


# --- voiding --------------------------------------------------------------------------------------------------------


def test_voided_record_leaves_every_aggregate_whatever_comes_first() -> None:
    void = simple("voided", id=OTHER_ID, object={"objectType": "StatementRef", "id": ID.upper()})
    record = timed("completed", "PT3H")
    assert voids(void) == ID
    assert voids(record) is None
    assert without_voided([void, record]) == without_voided([record, void]) == []
    assert hours(void, record) == 0


def test_voiding_cannot_be_voided() -> None:
    record = timed("completed", "PT3H")
    void = simple("voided", id=OTHER_ID, object={"objectType": "StatementRef", "id": ID})
    again = simple(
        "voided",
        id="0b1d7c52-6f0e-4c1b-9a54-2f6b1c0de003",
        object={"objectType": "StatementRef", "id": OTHER_ID},
    )
    assert without_voided([record, void, again]) == []


# --- hours ----------------------------------------------------------------------------------------------------------


def test_session_counts_by_its_end_only() -> None:
    parts = [session(verb, "PT2H") for verb in ("completed", "passed", "terminated")]
    assert hours(*parts) == 2


def test_each_session_counts_once_even_when_terminated_and_abandoned() -> None:
    assert hours(session("terminated", "PT1H"), session("abandoned", "PT2H")) == 2
    assert hours(session("terminated", "PT1H"), session("terminated", "PT2H", "s2")) == 3


def test_completed_and_passed_of_plain_xapi_are_one_stay() -> None:
    assert hours(timed("completed", "PT2H"), timed("passed", "PT90M")) == 2


def test_plain_terminated_and_failed_add_no_time() -> None:
    assert (
        hours(timed("terminated", "PT2H"), timed("failed", "PT2H"), simple(verb={"id": W3ID + "abandoned"}))
        == 0
    )


def test_other_registration_counts_again() -> None:
    first = timed("completed", "PT2H", context={"registration": REGISTRATION})
    second = timed("completed", "PT2H", context={"registration": REGISTRATION[:-1] + "3"})
    assert hours(first, second) == 4
    assert hours(first, {**first, "id": OTHER_ID}) == 2


def test_part_of_a_counted_course_adds_nothing() -> None:
    whole = timed("completed", "PT5H")
    part = timed("completed", "PT1H", object={"id": ACTIVITY + "/1"}) | {
        "context": {"contextActivities": {"parent": [{"id": ACTIVITY}]}}
    }
    assert hours(whole, part) == 5
    assert hours(part) == 1


def test_plain_record_of_a_unit_with_sessions_adds_nothing() -> None:
    plain = timed("completed", "PT4H", actor=cmi5()["actor"], context={"registration": REGISTRATION})
    assert hours(session("terminated", "PT2H"), plain) == 2


def test_cmi5_allowed_statement_adds_nothing() -> None:
    allowed = timed("completed", "PT4H", context={"extensions": {SESSION: "s1"}})
    assert hours(allowed) == 0


def test_session_is_capped_and_says_what_was_reported() -> None:
    (one,) = counted_time(facts([timed("completed", "P2D")], received_at=NOW))
    assert (one.seconds, one.reported_seconds) == (8 * 3600, 48 * 3600)
    assert hours(timed("completed", "P2D"), cap=timedelta(hours=3)) == 3


def test_one_person_under_two_names_is_counted_once_when_the_owner_is_known() -> None:
    mail = timed("completed", "PT2H")
    account = timed("completed", "PT2H", actor={"account": {"homePage": HOME, "name": "ada"}})
    assert hours(mail, account) == 4
    assert hours(mail, account, owner=lambda _: "employee-1") == 2


def test_hours_fall_in_the_utc_year_of_the_statement() -> None:
    late = simple("completed", result={"duration": "PT30M"}, timestamp="2026-01-01T00:30:00+01:00")
    counted = counted_time(facts([late], received_at=NOW))
    assert hours_by_year(counted) == {("email:ada.example@example.com", 2025): Decimal("0.5")}


@given(
    st.lists(
        st.tuples(st.sampled_from(["completed", "passed"]), st.integers(0, 90), st.integers(0, 2)),
        max_size=12,
    )
)
def test_count_never_exceeds_the_longest_of_each_activity(records: list[tuple[str, int, int]]) -> None:
    statements = [
        timed(verb, f"PT{count}M", object={"id": f"{ACTIVITY}/{activity}"})
        for verb, count, activity in records
    ]
    longest = {activity: max(c for _, c, a in records if a == activity) for _, _, activity in records}
    assert hours(*statements) == Decimal(sum(longest.values())) / 60


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("P4W", 2419200),
        ("PT1H30M", 5400),
        ("PT0,5H", 1800),
        ("P1Y", 31536000),
        ("P1M", 2592000),
        ("P1DT1S", 86401),
    ],
)
def test_duration_in_seconds(text: str, seconds: int) -> None:
    assert formats.duration_seconds(text) == seconds


def test_wrong_duration_is_our_error() -> None:
    with pytest.raises(InvalidInput):
        formats.duration_seconds("P4W1D")


def test_leap_second_and_impossible_years() -> None:
    assert formats.moment("2016-12-31T23:59:60Z") == datetime(2017, 1, 1, tzinfo=UTC)
    with pytest.raises(InvalidInput):
        formats.moment("0001-01-01T00:00:00+01:00")
