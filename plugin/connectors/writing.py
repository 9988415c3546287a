"""What a connector writes and what can become of it: the wish, what the system holds, the action and its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from plugin.domain import JsonObject, Sink
from plugin.errors import AdvisorError, AuthError, RetryLater
from plugin.http_client import NOT_PERFORMED


@dataclass(frozen=True)
class Desired:
    """What the HR suite should hold, or with ``is_withdrawn`` no longer hold. ``key`` is the natural key that ``lookup`` finds it by
    again."""

    sink: Sink
    key: str
    person_source_id: str
    values: JsonObject
    is_withdrawn: bool = False


@dataclass(frozen=True)
class Remote:
    """What the HR suite holds under a key."""

    remote_id: str
    values: JsonObject
    etag: str | None = None


@dataclass(frozen=True)
class Create:
    desired: Desired


@dataclass(frozen=True)
class Patch:
    desired: Desired
    remote: Remote
    diff: JsonObject


@dataclass(frozen=True)
class Withdraw:
    """What was written is taken out of the suite again, as the suite does such a thing: cancelled, or removed."""

    desired: Desired
    remote: Remote


@dataclass(frozen=True)
class Noop:
    desired: Desired
    remote_id: str


@dataclass(frozen=True)
class Refuse:
    desired: Desired
    code: str
    reason: str


Action: TypeAlias = Create | Patch | Withdraw | Noop | Refuse


@dataclass(frozen=True)
class Done:
    """``seen``: what the suite makes of it, for HR only (``payslip_before`` and ``payslip_after``); empty where there is nothing."""

    remote_id: str
    etag: str | None = None
    seen: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class Ambiguous:
    """The write may or may not have happened: look it up before any repeat."""

    reason: str


@dataclass(frozen=True)
class Retryable:
    after_seconds: float | None
    reason: str


@dataclass(frozen=True)
class Rejected:
    code: str
    reason: str
    field: str | None = None


@dataclass(frozen=True)
class AuthLost:
    """``code``: ``permission`` where one right is missing and the credentials are good."""

    reason: str
    code: str = "auth"


Outcome: TypeAlias = Done | Ambiguous | Retryable | Rejected | AuthLost


def failed_write(error: AdvisorError) -> Outcome:
    """What an error of a write means: repeat it, look first, give it to a person, or renew the credentials."""
    if isinstance(error, AuthError):
        return AuthLost(str(error), error.code)
    if isinstance(error, RetryLater):
        if error.code in NOT_PERFORMED:
            return Retryable(error.wait, str(error))
        return Ambiguous(str(error))
    if error.code in _UNREAD_ANSWERS:
        return Ambiguous(str(error))
    return Rejected(error.code, str(error))


_UNREAD_ANSWERS = frozenset({"not_json", "too_large", "encoding", "unreadable"})
