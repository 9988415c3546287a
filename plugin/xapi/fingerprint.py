"""Tells a repeated delivery from a conflict: two statements of one id must be equal in all that the standard calls immutable (Data 2.3.1)."""

from __future__ import annotations

import hashlib
import json
import re

from plugin.xapi import formats
from plugin.xapi.shape import member, text_of

_SET_BY_RECEIVER = frozenset(("id", "stored", "timestamp", "authority", "version"))
_SECONDS = re.compile(r"([.,][0-9]{2})[0-9]+S\Z")


def fingerprint(statement: dict[str, object]) -> str:
    """SHA-256 (hex) of what the standard compares, for a valid statement.

    Left out: what a receiver may set (id, stored, timestamp, authority, version), verb display, activity definitions.
    Written in one way: order of group members, one context activity or a list of it, case of UUIDs, hashes, language tags
    and mail domains, times inside a substatement, seconds beyond 1/100, 1 and 1.0. The rest is compared as it is,
    the duration as text. Because the time of the event is left out, use ``is_same`` where both statements are at hand.
    """
    kept = {key: value for key, value in statement.items() if key not in _SET_BY_RECEIVER}
    return hashlib.sha256(_canonical(_body(kept)).encode()).hexdigest()


def is_same(first: dict[str, object], second: dict[str, object]) -> bool:
    """Whether the second may be a repetition of the first: equal fingerprints, and equal moments where both state one."""
    times = [text_of(one, "timestamp") for one in (first, second)]
    if times[0] and times[1] and formats.moment(times[0]) != formats.moment(times[1]):
        return False
    return fingerprint(first) == fingerprint(second)


def _canonical(value: object) -> str:
    """JSON with sorted keys and no spaces, whole numbers without a fraction."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _plain(value: object) -> object:
    """1.0 becomes 1 and -0.0 becomes 0, as in RFC 8785; ``parse`` bounds the depth of this recursion."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value


def _body(statement: dict[str, object]) -> dict[str, object]:
    """The parts of a statement or substatement, each in its one way of writing."""
    plain = dict(statement)
    plain["actor"] = _actor(statement.get("actor"))
    plain["verb"] = {"id": member(statement, "verb").get("id")}
    plain["object"] = _object(member(statement, "object"))
    if "result" in statement:
        plain["result"] = _result(member(statement, "result"))
    if "context" in statement:
        plain["context"] = _context(member(statement, "context"))
    if isinstance(attachments := statement.get("attachments"), list):
        plain["attachments"] = [_lower(one, "sha2") for one in attachments]
    return plain


def _object(target: dict[str, object]) -> object:
    kind = target.get("objectType", "Activity")
    if kind == "SubStatement":
        plain = _body(target)
        if time := text_of(target, "timestamp"):
            plain["timestamp"] = formats.moment(time).isoformat()
        return plain
    if kind == "StatementRef":
        return _lower(target, "id")
    return _activity(target) if kind == "Activity" else _actor(target)


def _activity(value: object) -> object:
    """Without its definition, which belongs to the activity and not to the statement."""
    return (
        {key: one for key, one in value.items() if key != "definition"} if isinstance(value, dict) else value
    )


def _actor(value: object) -> object:
    if not isinstance(value, dict):
        return value
    plain = _lower(value, "mbox_sha1sum")
    if mbox := text_of(value, "mbox"):
        local, _, domain = mbox.rpartition("@")
        plain["mbox"] = f"{local}@{domain.lower()}"
    if isinstance(members := value.get("member"), list):
        plain["member"] = sorted((_actor(one) for one in members), key=_canonical)
    return plain


def _result(result: dict[str, object]) -> dict[str, object]:
    plain = dict(result)
    if duration := text_of(result, "duration"):
        plain["duration"] = _SECONDS.sub(r"\1S", duration)
    return plain


def _context(context: dict[str, object]) -> dict[str, object]:
    plain = _lower(_lower(context, "registration"), "language")
    for key in ("instructor", "team"):
        if key in context:
            plain[key] = _actor(context[key])
    if "statement" in context:
        plain["statement"] = _lower(member(context, "statement"), "id")
    if "contextActivities" in context:
        plain["contextActivities"] = _related(member(context, "contextActivities"))
    for key, name in (("contextAgents", "agent"), ("contextGroups", "group")):
        if isinstance(many := context.get(key), list):
            plain[key] = [
                {**one, name: _actor(one.get(name))} if isinstance(one, dict) else one for one in many
            ]
    return plain


def _related(activities: dict[str, object]) -> dict[str, object]:
    """Every relation as a list, since a receiver must return it so."""
    return {
        key: [_activity(one) for one in (value if isinstance(value, list) else [value])]
        for key, value in activities.items()
    }


def _lower(value: object, key: str) -> dict[str, object]:
    """A copy with this text in lower case."""
    plain: dict[str, object] = dict(value) if isinstance(value, dict) else {}
    if text := text_of(plain, key):
        plain[key] = text.lower()
    return plain
