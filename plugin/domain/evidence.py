"""The words of badges: what they mean here, whether they hold, who may move pay, and what becomes of paid ones that fall."""

from __future__ import annotations

from enum import StrEnum


class BadgeKind(StrEnum):
    """What a badge shows. Only skill and knowledge count for pay."""

    KNOWLEDGE = "knowledge"
    SKILL = "skill"
    CONTRIBUTION = "contribution"
    PERFORMANCE = "performance"
    MEMBERSHIP = "membership"


class EntryState(StrEnum):
    """Of what a badge class means in this company."""

    PROPOSED = "proposed"
    DECIDED = "decided"


class AwardState(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"


class BadgeVerdict(StrEnum):
    """Of a verification. An undetermined badge is neither counted nor deleted: it is checked again."""

    UNCHECKED = "unchecked"
    VALID = "valid"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"


class ShownVerdict(StrEnum):
    """A verdict as a manager reads it: a genuine badge of an issuer that the company does not trust is none that counts."""

    UNCHECKED = "unchecked"
    VALID = "valid"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"
    UNTRUSTED = "untrusted"


class Trust(StrEnum):
    """Unknown issuers wait for the admin; nothing of theirs is counted meanwhile."""

    TRUSTED = "trusted"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"


class IssuerKind(StrEnum):
    """What an entry names: a DID, a key (thumbprint or multikey), an issuer's exact web address, or a whole origin.

    On a platform that hosts many issuers, list the issuer and not the origin.
    """

    DID = "did"
    ISSUER = "issuer"
    KEY = "key"
    ORIGIN = "origin"


class StepState(StrEnum):
    """Of one step of a verification."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class ReviewState(StrEnum):
    """Of evidence that was paid for and holds no more. A person decides; nothing cuts by itself."""

    OPEN = "open"
    KEPT = "kept"
    WITHDRAWN = "withdrawn"


class Doubt(StrEnum):
    """Why paid evidence holds no more."""

    REVOKED = "revoked"
    EXPIRED = "expired"
    INVALID = "invalid"
    BLOCKED = "blocked"


class BadgeStanding(StrEnum):
    """Where a badge stands for the next cycle: it is new, or why it does not count."""

    NEW = "new"
    REWARDED = "rewarded"
    BEFORE = "before"  # older than the last change of pay
    KIND = "kind"  # no skill evidence by its kind
    UNDECIDED = "undecided"
    UNVERIFIED = "unverified"
    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    REVOKED = "revoked"
