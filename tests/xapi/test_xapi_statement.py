"""Which statements the standard accepts and refuses, each rule by its own small case."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.errors import InvalidInput
from plugin.xapi.statement import InvalidStatement, problems, validate, version_of
from tests.xapi.xapi_samples import ID, OTHER_ID, VERBS, ada, full, second, simple, with_substatement


def changed(path: str, value: object, statement: dict[str, Any] | None = None) -> dict[str, Any]:
    """The full statement with one place set."""
    made = statement or full()
    *way, last = path.split("/")
    place: Any = made
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = value
    return made


def without(path: str) -> dict[str, Any]:
    made = full()
    *way, last = path.split("/")
    place: Any = made
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    del place[last]
    return made


def first(statement: object, version: str = "1.0.3") -> tuple[str, str]:
    """Code and path of the first problem; fails when there is none."""
    with pytest.raises(InvalidStatement) as caught:
        validate(statement, version=version)
    return caught.value.code, caught.value.path


@pytest.mark.parametrize(
    "statement", [simple(), full(), with_substatement()], ids=["simple", "full", "substatement"]
)
def test_valid_statement_has_no_problem(statement: dict[str, Any]) -> None:
    assert problems(statement) == []


@pytest.mark.parametrize("value", [None, 1, "text", [], [simple()], True])
def test_what_is_no_object_is_no_statement(value: object) -> None:
    assert first(value) == ("wrong_type", "")


@pytest.mark.parametrize("key", ["actor", "verb", "object"])
def test_main_parts_are_required(key: str) -> None:
    assert first(without(key)) == ("missing", key)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("attachments/0/usageType", "missing"),
        ("attachments/0/display", "missing"),
        ("attachments/0/contentType", "missing"),
        ("attachments/0/length", "missing"),
        ("attachments/0/sha2", "missing"),
        ("verb/id", "missing"),
        ("object/id", "missing"),
        ("context/statement/id", "missing"),
        ("context/instructor/account/name", "missing"),
        ("context/instructor/account/homePage", "missing"),
        ("object/definition/interactionType", "missing"),
        ("object/definition/source/1/id", "missing"),
    ],
)
def test_required_property_is_named_when_missing(path: str, code: str) -> None:
    expected = "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in path.split("/"))[1:]
    assert first(without(path)) == (code, expected)


# --- actors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "code", "path"),
    [
        ({}, "identifier_missing", "actor"),
        ({"name": "Ada Example"}, "identifier_missing", "actor"),
        ({**ada(), "openid": "https://ada.example.org/"}, "identifier_many", "actor"),
        ({"objectType": "agent", "mbox": "mailto:ada@example.com"}, "object_type", "actor.objectType"),
        ({"objectType": "Agent", "member": [ada()], **ada()}, "unknown_key", "actor.member"),
        ({"mbox": "ada@example.com"}, "mbox_invalid", "actor.mbox"),
        ({"mbox": "MAILTO:ada@example.com"}, "mbox_invalid", "actor.mbox"),
        ({"mbox": "mailto:ada@example.com?subject=hi"}, "mbox_invalid", "actor.mbox"),
        ({"mbox": "mailto:ada@example.com,bo@example.com"}, "mbox_invalid", "actor.mbox"),
        ({"mbox": "mailto:ada..x@example.com"}, "mbox_invalid", "actor.mbox"),
        ({"mbox": "mailto:ada@-example.com"}, "mbox_invalid", "actor.mbox"),
        ({"mbox": "mailto:@example.com"}, "mbox_invalid", "actor.mbox"),
        ({"mbox": "mailto:ada"}, "mbox_invalid", "actor.mbox"),
        ({"mbox": ["mailto:ada@example.com"]}, "wrong_type", "actor.mbox"),
        ({"mbox_sha1sum": "a" * 39}, "sha1_invalid", "actor.mbox_sha1sum"),
        ({"mbox_sha1sum": "g" * 40}, "sha1_invalid", "actor.mbox_sha1sum"),
        ({"openid": "ada.example.org"}, "openid_invalid", "actor.openid"),
        ({"openid": "https://ädä.example.org/"}, "openid_invalid", "actor.openid"),
        ({"account": {"homePage": "hr.example.com", "name": "ada"}}, "iri_invalid", "actor.account.homePage"),
        ({"account": {"homePage": "https://hr.example.com", "name": 7}}, "wrong_type", "actor.account.name"),
        ({"account": "ada"}, "wrong_type", "actor.account"),
        ({"objectType": "Group"}, "members_missing", "actor"),
        ({"objectType": "Group", "member": []}, "members_missing", "actor.member"),
        ({"objectType": "Group", "member": ada()}, "wrong_type", "actor.member"),
        (
            {"objectType": "Group", "member": [{"objectType": "Group", "member": [ada()]}]},
            "unknown_key",
            "actor.member[0].member",
        ),
        (
            {"objectType": "Group", "member": ["ada"], "mbox": "mailto:team@example.com"},
            "wrong_type",
            "actor.member[0]",
        ),
    ],
)
def test_actor_is_refused(actor: object, code: str, path: str) -> None:
    assert first(simple(actor=actor)) == (code, path)


@pytest.mark.parametrize(
    "actor",
    [
        {"mbox": "mailto:ada+test@mail.example.com"},
        {"mbox": "mailto:o'brien@example.com"},
        {"mbox": "mailto:zoë@bücher.example"},
        {"mbox": "mailto:ada@[127.0.0.1]"},
        {"mbox": "mailto:ada%20b@example.com"},
        {"mbox_sha1sum": "ABCDEF0123" * 4},
        {"openid": "https://example.org/id?user=ada#me"},
        {"account": {"homePage": "https://exämple.org/", "name": ""}},
        {"objectType": "Group", "mbox": "mailto:team@example.com"},
        {"objectType": "Group", "mbox": "mailto:team@example.com", "member": []},
        {"objectType": "Group", "member": [ada()]},
    ],
)
def test_actor_is_accepted(actor: object) -> None:
    assert problems(simple(actor=actor)) == []


def test_authority_group_must_be_anonymous_pair_with_application() -> None:
    application = {"account": {"homePage": "https://lrs.example.com", "name": "app"}}
    assert problems(simple(authority={"objectType": "Group", "member": [application, ada()]})) == []
    for group in (
        {"member": [application]},
        {"member": [application, ada(), ada()]},
        {"member": [ada(), ada()]},
        {"member": [application, ada()], "mbox": "mailto:team@example.com"},
    ):
        assert first(simple(authority={"objectType": "Group", **group})) == ("authority_group", "authority")


# --- verb, object ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "iri",
    [
        "completed",
        "",
        "/verbs/completed",
        "http://",
        "http:///x",
        "1ab:x",
        "ab=c://example.org",
        "http://example.org/a b",
        "https://example.org/%zz",
        "https://example.org/<a>",
        "https://exa\x00mple.org",
        "https://user@/x",
        "//example.org/x",
    ],
)
def test_verb_id_must_be_absolute_iri(iri: str) -> None:
    assert first(simple(verb={"id": iri})) == ("iri_invalid", "verb.id")


@pytest.mark.parametrize(
    "iri",
    [
        "urn:example:a",
        "https://example.org",
        "http://[::1]:8080/x?y#z",
        "course-v1:Example+101+2026",
        "uuid://7d4f3c70",
        "http://example.com/فعل/خواندن",
        "tag:example.org,2026:x",
        "https://example.org/%C3%A4?q=%5B1",
    ],
)
def test_any_scheme_makes_an_iri(iri: str) -> None:
    assert problems(simple(verb={"id": iri})) == []


@pytest.mark.parametrize(
    "tag", ["en_US", "e", "a12345", "", "en-", "deutschland", "en-US-US", "x", "i-unknown"]
)
def test_language_tag_is_refused(tag: str) -> None:
    assert first(simple(verb={"id": VERBS + "x", "display": {tag: "text"}}))[0] == "language_invalid"


@pytest.mark.parametrize(
    "tag",
    [
        "de",
        "tlh",
        "zh-Hant-TW",
        "zh-cmn-Hans-CN",
        "sl-rozaj-biske",
        "de-CH-1996",
        "en-a-bbb-x-y",
        "x-own",
        "i-klingon",
        "es-419",
        "EN-us",
    ],
)
def test_language_tag_is_accepted(tag: str) -> None:
    assert (
        problems(simple(verb={"id": VERBS + "x", "display": {tag: "text"}}, context={"language": tag})) == []
    )


@pytest.mark.parametrize(
    ("target", "code", "path"),
    [
        ({"objectType": "activity", "id": "https://example.org"}, "object_type", "object.objectType"),
        ({"objectType": None, "id": "https://example.org"}, "object_type", "object.objectType"),
        ({"objectType": ["Activity"], "id": "https://example.org"}, "object_type", "object.objectType"),
        ({"objectType": "Agent"}, "identifier_missing", "object"),
        ({"mbox": "mailto:ada@example.com"}, "unknown_key", "object.mbox"),
        ({"objectType": "StatementRef", "id": "12"}, "uuid_invalid", "object.id"),
        ({"objectType": "StatementRef", "id": ID, "definition": {}}, "unknown_key", "object.definition"),
        ({"objectType": "StatementRef"}, "missing", "object.id"),
        ("https://example.org", "wrong_type", "object"),
    ],
)
def test_object_is_refused(target: object, code: str, path: str) -> None:
    assert first(simple(object=target)) == (code, path)


@pytest.mark.parametrize("key", ["id", "stored", "version", "authority"])
def test_substatement_must_not_hold_what_only_a_statement_has(key: str) -> None:
    statement = with_substatement()
    statement["object"][key] = full()[key]
    assert first(statement) == ("unknown_key", f"object.{key}")


def test_substatement_must_not_be_nested() -> None:
    statement = with_substatement()
    statement["object"]["object"] = with_substatement()["object"]
    assert first(statement) == ("object_type", "object.object.objectType")


def test_voiding_needs_a_statement_reference() -> None:
    assert problems(simple("voided", object={"objectType": "StatementRef", "id": OTHER_ID})) == []
    assert first(simple("voided")) == ("voiding_target", "object")


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("object/definition/interactionType", "Matching", "interaction_type"),
        ("object/definition/interactionType", "choice", "interaction_list"),
        ("object/definition/source/1/id", "a", "component_twice"),
        ("object/definition/source/0/id", 1, "wrong_type"),
        ("object/definition/correctResponsesPattern", "a", "wrong_type"),
        ("object/definition/moreInfo", "about.html", "iri_invalid"),
        ("object/definition/extensions", {"level": 1}, "extension_key"),
    ],
)
def test_definition_is_refused(path: str, value: object, code: str) -> None:
    assert first(changed(path, value))[0] == code


# --- result, context, times -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "code"),
    [
        ({"scaled": 1.01}, "score_range"),
        ({"scaled": -1.01}, "score_range"),
        ({"min": 5, "max": 5}, "score_range"),
        ({"raw": 4, "min": 5}, "score_range"),
        ({"raw": 6, "max": 5}, "score_range"),
        ({"scaled": "0.5"}, "wrong_type"),
        ({"scaled": True}, "wrong_type"),
        ({"raw": float("nan")}, "wrong_type"),
        ({"raw": 10**400}, "wrong_type"),
        ({"percent": 5}, "unknown_key"),
        (5, "wrong_type"),
    ],
)
def test_score_is_refused(score: object, code: str) -> None:
    assert first(simple(result={"score": score}))[0] == code


@pytest.mark.parametrize(
    "score",
    [
        {},
        {"scaled": -1},
        {"scaled": 1.0},
        {"raw": 5, "min": 5, "max": 5.5},
        {"raw": 5.5, "min": 5, "max": 5.5},
        {"raw": -7},
    ],
)
def test_score_is_accepted(score: object) -> None:
    assert problems(simple(result={"score": score})) == []


@pytest.mark.parametrize(
    "duration",
    [
        "P",
        "PT",
        "P1",
        "4W",
        "P4W1D",
        "P1DT",
        "PT1.5H30M",
        "P1M1Y",
        "PT1S1M",
        "-PT1H",
        "P-1D",
        "p1d",
        "PT1H ",
        "P0001-01-01T00:00:00",
        "",
        "P١D",
    ],
)
def test_duration_is_refused(duration: str) -> None:
    assert first(simple(result={"duration": duration})) == ("duration_invalid", "result.duration")


@pytest.mark.parametrize(
    "duration", ["P4W", "P3Y1M29DT4H35M59.14S", "PT16559,14S", "P3Y", "PT0S", "P0.5Y", "PT36H"]
)
def test_duration_is_accepted(duration: str) -> None:
    assert problems(simple(result={"duration": duration})) == []


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-04T05:06:07",
        "2026-03-04",
        "2026-03-04T05:06:07-00:00",
        "2026-03-04T05:06:07-0000",
        "2026-03-04T05:06:07-00",
        "2026-02-30T05:06:07Z",
        "2026-03-04T24:00:00Z",
        "2026-03-04T05:06:60Z",
        "2026-03-04T05:06:07+24:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:60Z",
        "2026-03-04 05:06:07Z",
        "04/03/2026",
        "2026-03-04T05:06:07.Z",
        "",
        "2026-03-04T05:06:07Z\n",
        "２026-03-04T05:06:07Z",
    ],
)
def test_timestamp_is_refused(time: str) -> None:
    assert first(simple(timestamp=time)) == ("timestamp_invalid", "timestamp")


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-04T05:06:07Z",
        "2026-03-04T05:06:07.123456789+05:45",
        "2016-12-31T23:59:60Z",
        "2016-12-31T15:59:60.5-08:00",
        "2999-01-01T00:00:00-23:59",
    ],
)
def test_timestamp_is_accepted(time: str) -> None:
    assert problems(simple(timestamp=time)) == []


@pytest.mark.parametrize("key", ["revision", "platform"])
@pytest.mark.parametrize("target", [ada(), {"objectType": "StatementRef", "id": OTHER_ID}])
def test_revision_and_platform_stand_with_activities_only(key: str, target: object) -> None:
    assert first(simple(object=target, context={key: "1"})) == ("only_with_activity", f"context.{key}")


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("context/registration", "{7d2b3f0e-9d5c-4f0a-8f77-000000000042}", "uuid_invalid"),
        ("context/registration", "7d2b3f0e9d5c4f0a8f77000000000042", "uuid_invalid"),
        ("context/team", ada(), "object_type"),
        ("context/contextActivities/parent/0", "https://example.org", "wrong_type"),
        ("context/contextActivities", {"Parent": []}, "unknown_key"),
        ("context/statement/objectType", "statementRef", "object_type"),
        ("context/language", "en_US", "language_invalid"),
        ("context/extensions", {"room": 1}, "extension_key"),
        ("attachments/0/length", -1, "length_negative"),
        ("attachments/0/length", 1.5, "wrong_type"),
        ("attachments/0/length", True, "wrong_type"),
        ("attachments/0/contentType", "pdf", "media_type_invalid"),
        ("attachments/0/sha2", "ab" * 20, "sha2_invalid"),
        ("attachments/0/usageType", "http://adlnet.gov/expapi/attachments/signature", "signature_media_type"),
        ("version", "1.1.0", "version_unknown"),
        ("version", "0.95", "version_unknown"),
        ("version", "1.0.x", "version_unknown"),
        ("id", "0B1D7C52-6F0E-4C1B-9A54-2F6B1C0DE00", "uuid_invalid"),
    ],
)
def test_value_is_refused(path: str, value: object, code: str) -> None:
    assert first(changed(path, value))[0] == code


@pytest.mark.parametrize("length", [0, 27, 27.0])
def test_length_is_a_whole_number_of_octets(length: float) -> None:
    assert problems(changed("attachments/0/length", length)) == []


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1.0.9", "1.0.10"])
def test_every_1_0_version_is_accepted(version: str) -> None:
    assert problems(simple(version=version)) == []


# --- version 2.0 ----------------------------------------------------------------------------------------------------


def test_2_0_accepts_context_agents_and_groups_and_1_0_refuses_them() -> None:
    assert problems(second(), version="2.0.0") == []
    codes = {(one.code, one.path) for one in problems(second(), version="1.0.3")}
    assert codes == {
        ("unknown_key", "context.contextAgents"),
        ("unknown_key", "context.contextGroups"),
        ("version_unknown", "version"),
    }


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("context/contextAgents/0/objectType", "contextagent", "object_type"),
        ("context/contextAgents/0/relevantTypes", [], "empty"),
        ("context/contextAgents/0/relevantTypes", ["mentor"], "iri_invalid"),
        ("context/contextAgents/0/agent", {"objectType": "Group", "member": [ada()]}, "unknown_key"),
        ("context/contextGroups/0/group", ada(), "object_type"),
        ("context/contextGroups", {}, "wrong_type"),
    ],
)
def test_2_0_context_is_refused(path: str, value: object, code: str) -> None:
    assert first(changed(path, value, second()), version="2.0.0")[0] == code


def test_version_is_guessed_from_the_statement_alone() -> None:
    assert version_of(second()) == "2.0.0"
    assert version_of(full()) == "1.0.3"
    unnamed = {key: value for key, value in second().items() if key != "version"}
    assert problems(unnamed, version="auto") == []
    assert problems({**second(), "version": "1.0.0"}, version="auto")[0].code == "unknown_key"


def test_unknown_standard_is_a_callers_mistake() -> None:
    with pytest.raises(InvalidInput, match=r"1\.0\.x or 2\.0\.x"):
        problems(simple(), version="0.95")


def test_message_never_repeats_a_value() -> None:
    secret = "mailto:ada@secret example"
    with pytest.raises(InvalidStatement) as caught:
        validate(simple(actor={"mbox": secret}))
    assert "secret" not in str(caught.value)
    assert caught.value.fields == {"actor.mbox": "must be mailto: and one e-mail address"}


def test_hostile_key_is_quoted_and_cut_in_the_path() -> None:
    found = problems(simple(**{"x\n" * 500: 1}))
    assert found[0].code == "unknown_key"
    assert len(found[0].path) < 200
    assert "\n" not in found[0].path
