"""The rules for agents and groups: exactly one inverse functional identifier, and members that are agents (Data 2.4.2)."""

from __future__ import annotations

from plugin.xapi import formats
from plugin.xapi.problem import Problem, Report, check_keys, missing, wrong_type

_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
_AGENT_KEYS = frozenset(("objectType", "name", *_IDENTIFIERS))
_GROUP_KEYS = _AGENT_KEYS | {"member"}
_ACCOUNT_KEYS = frozenset(("homePage", "name"))
_TEXT_CHECKS = {
    "mbox": (formats.is_mailbox, "mbox_invalid", "must be mailto: and one e-mail address"),
    "mbox_sha1sum": (formats.is_sha1, "sha1_invalid", "must be 40 hexadecimal digits"),
    "openid": (formats.is_uri, "openid_invalid", "must be an absolute URI"),
}


def check_actor(value: object, path: str, report: Report) -> None:
    """An agent or a group, an agent where nothing is said."""
    if isinstance(value, dict) and value.get("objectType") == "Group":
        check_group(value, path, report)
    else:
        check_agent(value, path, report)


def check_agent(value: object, path: str, report: Report) -> None:
    """One person or system with exactly one identifier."""
    if not isinstance(value, dict):
        wrong_type(report, path, "an agent object")
        return
    check_keys(value, _AGENT_KEYS, path, report)
    if "objectType" in value and value["objectType"] != "Agent":
        report.append(
            Problem("object_type", f"{path}.objectType", "must be Agent, or Group where a group may stand")
        )
    _check_name(value, path, report)
    if _check_identifiers(value, path, report) == 0:
        report.append(
            Problem("identifier_missing", path, "needs one of mbox, mbox_sha1sum, openid and account")
        )


def check_group(value: object, path: str, report: Report) -> None:
    """A group: identified by one identifier, or anonymous and then with members."""
    if not isinstance(value, dict):
        wrong_type(report, path, "a group object")
        return
    check_keys(value, _GROUP_KEYS, path, report)
    if value.get("objectType") != "Group":
        report.append(Problem("object_type", f"{path}.objectType", "must be Group"))
    _check_name(value, path, report)
    anonymous = _check_identifiers(value, path, report) == 0
    if "member" in value:
        _check_members(value["member"], anonymous, f"{path}.member", report)
    elif anonymous:
        report.append(Problem("members_missing", path, "an anonymous group needs its members"))


def check_authority(value: object, path: str, report: Report) -> None:
    """Who asserts the statement: an agent, or for three-legged OAuth an anonymous group of two agents, one of them an account."""
    if not (isinstance(value, dict) and value.get("objectType") == "Group"):
        check_agent(value, path, report)
        return
    check_group(value, path, report)
    members = value.get("member")
    if any(key in value for key in _IDENTIFIERS) or not isinstance(members, list) or len(members) != 2:
        report.append(
            Problem("authority_group", path, "a group as authority is anonymous and has exactly two members")
        )
    elif not any(isinstance(one, dict) and "account" in one for one in members):
        report.append(
            Problem(
                "authority_group", path, "one of the two members is the application, named by its account"
            )
        )


def _check_name(value: dict[str, object], path: str, report: Report) -> None:
    if "name" in value and not isinstance(value["name"], str):
        wrong_type(report, f"{path}.name", "text")


def _check_members(value: object, anonymous: bool, path: str, report: Report) -> None:
    if not isinstance(value, list):
        wrong_type(report, path, "a list of agents")
        return
    if anonymous and not value:
        report.append(Problem("members_missing", path, "an anonymous group needs its members"))
    for index, one in enumerate(value):
        check_agent(one, f"{path}[{index}]", report)


def _check_identifiers(value: dict[str, object], path: str, report: Report) -> int:
    """Checks each identifier that is there; the answer is their number, and more than one is reported."""
    found = [key for key in _IDENTIFIERS if key in value]
    if len(found) > 1:
        report.append(Problem("identifier_many", path, "must have only one of " + ", ".join(found)))
    for key in found:
        if key == "account":
            _check_account(value[key], f"{path}.account", report)
        else:
            _check_text(key, value[key], f"{path}.{key}", report)
    return len(found)


def _check_text(key: str, value: object, path: str, report: Report) -> None:
    holds, code, rule = _TEXT_CHECKS[key]
    if not isinstance(value, str):
        wrong_type(report, path, "text")
    elif not holds(value):
        report.append(Problem(code, path, rule))


def _check_account(value: object, path: str, report: Report) -> None:
    if not isinstance(value, dict):
        wrong_type(report, path, "an account object")
        return
    check_keys(value, _ACCOUNT_KEYS, path, report)
    if "homePage" not in value:
        missing(report, f"{path}.homePage")
    elif not isinstance(value["homePage"], str):
        wrong_type(report, f"{path}.homePage", "text")
    elif not formats.is_iri(value["homePage"]):
        report.append(Problem("iri_invalid", f"{path}.homePage", "must be an absolute IRL"))
    if "name" not in value:
        missing(report, f"{path}.name")
    elif not isinstance(value["name"], str):
        wrong_type(report, f"{path}.name", "text")
