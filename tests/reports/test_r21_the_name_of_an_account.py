"""moodle-logstore_xapi #777, #132, #35, SCORM-to-xAPI-Wrapper #2: the actor is an account: a number, an address or a user name.

https://github.com/xAPI-vle/moodle-logstore_xapi/issues/777

Right: a rule per home page (the name is an employee number, an address, the suite's id, or as an own list says) with a dry run
before anything moves. The product let all wait, with one ``connector link`` per person as the remedy, and case made two names.
"""

from __future__ import annotations

from uuid import UUID

import pytest

from plugin.connectors.base import Upsert
from plugin.domain import JsonObject, NameRule, Stream
from plugin.errors import InvalidInput, NotFound
from plugin.services.core import SYSTEM, Core
from plugin.services.sources import account_rules, applying, connection_setup, inbox, matching
from plugin.services.sources.account_rules import Wish
from tests.reports.kit import Files, owners, renumber, states

PEOPLE = """person_id,name,email,employee_number,hired_on,left_on
P1,Ada Example,ada@example.com,1001,2015-01-01,
P2,Ben Sample,Ben@Example.com,1002,2015-01-01,
P3,Cleo Demo,cleo@example.com,1003,2015-01-01,2020-06-30
"""
HOME = "https://moodle.example"


def statement(number: int, name: str, home: str = HOME, day: str = "2026-11-20") -> JsonObject:
    return {
        "id": str(UUID(int=number, version=4)),
        "actor": {"account": {"homePage": home, "name": name}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": f"https://c.example/{number}", "definition": {"name": {"en": "Python"}}},
        "timestamp": f"{day}T10:00:00Z",
    }


@pytest.fixture
def platform(any_core: Core) -> int:
    """A platform that pushes statements of several home pages."""
    renumber(any_core)
    files = Files(any_core)
    settings: JsonObject = {"client_id": "platform", "client_secret": "x" * 40}
    made = connection_setup.add(any_core, SYSTEM, connector="xapi_receiver", name="LRS", settings=settings)
    named = (
        ("1001", HOME),
        ("1002", "https://Moodle.example:443/"),
        ("9999", HOME),
        ("ben@example.com", "https://mail.example"),
        ("BEN@example.com", "https://mail.example"),
        ("P1", "https://suite.example/x"),
        ("ada_x", "https://list.example"),
    )
    sent = [statement(n, name, home) for n, (name, home) in enumerate(named, start=1)]
    push(any_core, made, sent)
    files.read(people=PEOPLE)
    return made


def push(core: Core, connection_id: int, statements: list[JsonObject]) -> None:
    changes = [Upsert(str(one["id"]), one) for one in statements]
    inbox.accept(core, connection_id, Stream.LEARNING, changes)
    applying.apply_pending(core, connection_id)


def test_a_dry_run_counts_and_names_what_would_not_match(platform: int, any_core: Core) -> None:
    tried = account_rules.dry_run(any_core, platform, Wish(HOME, NameRule.EMPLOYEE_NUMBER))
    assert (tried.matched, tried.records, tried.examples) == (2, 3, ("9999",))
    assert (tried.names, tried.unmatched_names) == (3, 1)
    wrong = account_rules.dry_run(any_core, platform, Wish(HOME, NameRule.EMAIL))
    assert (wrong.matched, wrong.examples) == (0, ("1001", "1002", "9999"))
    assert owners(any_core, "learning") == []
    assert account_rules.rules(any_core, platform) == []


def test_the_home_pages_stand_with_what_waits(platform: int, any_core: Core) -> None:
    found = {
        one.home_page: (one.records, one.names, one.waiting) for one in account_rules.seen(any_core, platform)
    }
    assert found[HOME] == (3, 3, 3)
    assert found["https://mail.example"] == (2, 2, 2)


def test_numbers_match_and_late_records_follow(platform: int, any_core: Core) -> None:
    counts = account_rules.save(any_core, SYSTEM, platform, Wish(HOME, NameRule.EMPLOYEE_NUMBER))
    assert counts["applied"] == 2
    assert owners(any_core, "learning") == ["P1", "P2"]
    push(any_core, platform, [statement(50, "1003", day="2019-01-01"), statement(51, "1003")])
    assert owners(any_core, "learning") == ["P1", "P2", "P3"]  # the holder on the day, and only then


def test_an_address_is_one_name_in_any_case(platform: int, any_core: Core) -> None:
    account_rules.save(any_core, SYSTEM, platform, Wish("HTTPS://Mail.example/", NameRule.EMAIL))
    assert owners(any_core, "learning") == ["P2", "P2"]


def test_a_suites_id_is_of_one_suite(platform: int, any_core: Core) -> None:
    suite = next(
        one.connection.id for one in connection_setup.page(any_core) if one.connection.id != platform
    )
    home = "https://suite.example/x"
    with pytest.raises(InvalidInput):
        account_rules.save(any_core, SYSTEM, platform, Wish(home, NameRule.SUITE_ID))
    assert account_rules.dry_run(any_core, platform, Wish(home, NameRule.SUITE_ID, platform)).matched == 0
    account_rules.save(any_core, SYSTEM, platform, Wish(home, NameRule.SUITE_ID, suite))
    assert owners(any_core, "learning") == ["P1"]


def test_an_own_list_says_whose_an_account_is(platform: int, any_core: Core) -> None:
    home = "https://list.example"
    rows = account_rules.rows_of([{"account_name": "ada_x", "employee": "1001"}])
    assert account_rules.dry_run(any_core, platform, Wish(home, NameRule.OWN_LIST, rows=rows)).matched == 1
    account_rules.save(any_core, SYSTEM, platform, Wish(home, NameRule.OWN_LIST, rows=rows))
    assert owners(any_core, "learning") == ["P1"]
    account_rules.save(
        any_core, SYSTEM, platform, Wish(home, NameRule.OWN_LIST, rows={"ada_x": "ben@example.com"})
    )
    assert owners(any_core, "learning") == ["P2"]
    with pytest.raises(InvalidInput, match="name no single employee") as caught:
        account_rules.save(any_core, SYSTEM, platform, Wish(home, NameRule.OWN_LIST, rows={"ada_x": "77"}))
    assert "ada_x" in caught.value.fields["rows"]
    with pytest.raises(InvalidInput, match="line 2"):
        account_rules.rows_of([{"account_name": "ada_x"}])


def test_a_removed_rule_takes_its_matches_back(platform: int, any_core: Core) -> None:
    account_rules.save(any_core, SYSTEM, platform, Wish(HOME, NameRule.EMPLOYEE_NUMBER))
    account_rules.remove(any_core, SYSTEM, platform, HOME + "/")
    assert owners(any_core, "learning") == []
    assert set(states(any_core, "learning")) == {("waiting", "identity_unknown")}
    with pytest.raises(NotFound):
        account_rules.remove(any_core, SYSTEM, platform, HOME)


def test_another_rule_for_the_same_page_replaces_the_first(platform: int, any_core: Core) -> None:
    account_rules.save(any_core, SYSTEM, platform, Wish(HOME, NameRule.EMPLOYEE_NUMBER))
    account_rules.save(any_core, SYSTEM, platform, Wish(HOME, NameRule.EMAIL))
    assert owners(any_core, "learning") == []
    (rule,) = account_rules.rules(any_core, platform)
    assert rule.name_is is NameRule.EMAIL


def test_names_are_listed_once_for_those_who_match_by_hand(platform: int, any_core: Core) -> None:
    account_rules.save(any_core, SYSTEM, platform, Wish(HOME, NameRule.EMPLOYEE_NUMBER))
    listed = [one.value for one in matching.unmatched(any_core)]
    assert f"{HOME}|9999" in listed
    assert "9999" not in listed
