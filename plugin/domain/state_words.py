"""What each state, kind and verdict is called, on pages, in messages and in the shell's tables; files and the API keep the codes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from plugin.domain.cycle import ChangeChoice, ChangeKind, CycleState, Reveal, RulingKind
from plugin.domain.decision import PayKind, RaiseState
from plugin.domain.evidence import (
    AwardState,
    BadgeStanding,
    BadgeVerdict,
    Doubt,
    EntryState,
    IssuerKind,
    ReviewState,
    StepState,
    Trust,
)
from plugin.domain.model import FairnessVerdict, ModelState
from plugin.domain.people import AccountFinding, IdentifierKind, IdentityAnswer, MergeState, NameRule
from plugin.domain.plausibility import HeldRule, HeldState
from plugin.domain.row_words import ROW_WORDS
from plugin.domain.work_words import WORK_WORDS
from plugin.texts import N_, _, keep, written_by

WORDS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    **ROW_WORDS,
    **WORK_WORDS,
    CycleState: {
        CycleState.DRAFT: N_("Draft"),
        CycleState.NOTICE: N_("Announced"),
        CycleState.SHADOW: N_("Trial run"),
        CycleState.OPEN: N_("Open"),
        CycleState.REVIEW: N_("In review"),
        CycleState.APPROVED: N_("Approved"),
        CycleState.EXPORTED: N_("Sent"),
        CycleState.CLOSED: N_("Closed"),
    },
    Reveal: {
        Reveal.TOGETHER: N_("next to the manager’s field"),
        Reveal.ON_REQUEST: N_("after a click"),
        Reveal.AFTER_OWN: N_("after the manager’s own figure"),
    },
    RulingKind: {
        RulingKind.FIXED: N_("Fixed raise"),
        RulingKind.MARKET: N_("Market adjustment"),
        RulingKind.EQUITY: N_("Equity adjustment"),
        RulingKind.RATING_FROZEN: N_("Freeze the rating"),
    },
    ChangeKind: {
        ChangeKind.LEFT: N_("Left the company"),
        ChangeKind.JOINED: N_("Joined"),
        ChangeKind.TRANSFERRED: N_("New manager"),
        ChangeKind.REPORTED: N_("Requested"),
        ChangeKind.PAY_CHANGED: N_("Pay changed"),
        ChangeKind.PROMOTED: N_("Job or level changed"),
        ChangeKind.HOURS_CHANGED: N_("Hours changed"),
        ChangeKind.RATING_CHANGED: N_("Rating changed"),
        ChangeKind.PAY_RANGE_CHANGED: N_("Pay range changed"),
        ChangeKind.UNIT_CHANGED: N_("Unit changed"),
        ChangeKind.COUNTRY_CHANGED: N_("Country changed"),
        ChangeKind.HIRING_DAY_CHANGED: N_("Hire date changed"),
        ChangeKind.BADGES_CHANGED: N_("Badges changed"),
        ChangeKind.DATA_PROBLEMS_CHANGED: N_("Data problems changed"),
    },
    ChangeChoice: {
        ChangeChoice.KEEP: N_("Keep"),
        ChangeChoice.REFRESH: N_("Refresh"),
        ChangeChoice.REMOVE: N_("Remove"),
    },
    RaiseState: {
        RaiseState.READY: N_("Ready"),
        RaiseState.QUEUED: N_("On the way"),
        RaiseState.DONE: N_("In the HR suite"),
        RaiseState.DEAD: N_("Rejected by the HR suite"),
        RaiseState.NO_CHANGE: N_("No change"),
    },
    PayKind: {PayKind.PAY: N_("Base pay"), PayKind.ONCE: N_("Lump sum")},
    ModelState: {
        ModelState.CHECKED: N_("Awaiting approval"),
        ModelState.REFUSED: N_("Rejected"),
        ModelState.APPROVED: N_("Approved"),
        ModelState.IN_USE: N_("In use"),
        ModelState.RETIRED: N_("Retired"),
    },
    FairnessVerdict: {
        FairnessVerdict.PASS: N_("Passed"),
        FairnessVerdict.NOT_MEASURED: N_("Not measured"),
        FairnessVerdict.WARN: N_("Needs review"),
        FairnessVerdict.FAIL: N_("Failed"),
    },
    EntryState: {EntryState.PROPOSED: N_("Proposed"), EntryState.DECIDED: N_("Decided")},
    AwardState: {AwardState.ACTIVE: N_("active"), AwardState.REVOKED: N_("withdrawn")},
    BadgeVerdict: {
        BadgeVerdict.VALID: N_("Valid"),
        BadgeVerdict.INVALID: N_("Invalid"),
        BadgeVerdict.UNDETERMINED: N_("Unclear"),
        BadgeVerdict.UNCHECKED: N_("Not checked yet"),
    },
    Trust: {
        Trust.TRUSTED: N_("Trusted"),
        Trust.UNKNOWN: N_("Not decided"),
        Trust.BLOCKED: N_("Blocked"),
    },
    IssuerKind: {
        IssuerKind.DID: N_("Identifier (DID)"),
        IssuerKind.ISSUER: N_("Issuer’s address"),
        IssuerKind.KEY: N_("Signing key"),
        IssuerKind.ORIGIN: N_("Website"),
    },
    StepState: {
        StepState.OK: N_("Passed"),
        StepState.FAILED: N_("Failed"),
        StepState.SKIPPED: N_("Not needed"),
        StepState.UNKNOWN: N_("Could not be checked"),
    },
    ReviewState: {
        ReviewState.OPEN: N_("Undecided"),
        ReviewState.KEPT: N_("Kept"),
        ReviewState.WITHDRAWN: N_("Withdrawn"),
    },
    Doubt: {
        Doubt.REVOKED: N_("Badge withdrawn"),
        Doubt.EXPIRED: N_("Badge expired"),
        Doubt.INVALID: N_("Badge no longer verifies"),
        Doubt.BLOCKED: N_("Issuer blocked"),
    },
    BadgeStanding: {
        BadgeStanding.NEW: N_("New: may count"),
        BadgeStanding.REWARDED: N_("Already rewarded"),
        BadgeStanding.BEFORE: N_("Before the last pay change"),
        BadgeStanding.KIND: N_("No skill evidence (by kind)"),
        BadgeStanding.UNDECIDED: N_("Meaning not decided"),
        BadgeStanding.UNVERIFIED: N_("Not verified"),
        BadgeStanding.UNTRUSTED: N_("Issuer not trusted"),
        BadgeStanding.EXPIRED: N_("Expired"),
        BadgeStanding.REVOKED: N_("Withdrawn"),
    },
    AccountFinding: {
        AccountFinding.MANAGER_REFUSED: N_(
            "The manager sent is not an account of the provider, or is the account itself. The manager stays as before."
        ),
        AccountFinding.MEMBER_UNKNOWN: N_("These members of the group are not accounts of the provider."),
        AccountFinding.PERSON_UNCLEAR: N_(
            "The account’s names belong to several employees, to another account’s employee, or to another "
            "employee than it has. Match the account by hand."
        ),
    },
    IdentifierKind: {
        IdentifierKind.EMAIL: N_("Email address"),
        IdentifierKind.EMAIL_SHA1: N_("Hashed email address"),
        IdentifierKind.EMPLOYEE_NUMBER: N_("Employee number"),
        IdentifierKind.ACCOUNT: N_("Platform account"),
        IdentifierKind.OPENID: "OpenID",
        IdentifierKind.DID: "DID",
        IdentifierKind.SUITE_ID: N_("ID in the HR suite"),
    },
    NameRule: {
        NameRule.EMPLOYEE_NUMBER: N_("Employee number"),
        NameRule.EMAIL: N_("Email address"),
        NameRule.SUITE_ID: N_("ID in the HR suite"),
        NameRule.OWN_LIST: N_("As in my list"),
    },
    IdentityAnswer: {
        IdentityAnswer.HANDED_ON: N_("handed on"),
        IdentityAnswer.ONE_PERSON: N_("belongs to one person"),
        IdentityAnswer.SHARED: N_("shared, belongs to no one"),
    },
    MergeState: {
        MergeState.MERGED: N_("Merged"),
        MergeState.REFUSED: N_("Not the same person"),
        MergeState.UNDONE: N_("Undone"),
    },
    HeldRule: {
        HeldRule.PAY_JUMP: N_("Pay far from the last pay"),
        HeldRule.CURRENCY_CHANGE: N_("Pay in another currency than the last pay"),
        HeldRule.COMPA_RATIO: N_("Pay far from its range"),
        HeldRule.CURRENCY: N_("Pay in another currency than the country’s"),
        HeldRule.PAY_BESIDE_PEERS: N_("First pay far from what peers are paid"),
        HeldRule.RATING_SCALE: N_("Rating off its scale"),
        HeldRule.RANGE_ORDER: N_("Pay range upside down"),
        HeldRule.RANGE_CURRENCY: N_("Pay range in another currency than the country’s"),
        HeldRule.RAISES_COLUMN: N_("Raises that look like fractions"),
        HeldRule.HEADCOUNT: N_("Headcount changed at once"),
        HeldRule.LARGEST_RAISE: N_("Raise above the policy’s maximum"),
        HeldRule.LEAVES_BEFORE: N_("Leaves before the raise takes effect"),
        HeldRule.UNJUDGED: N_("New values not checked yet"),
    },
    HeldState: {
        HeldState.HELD: N_("Held"),
        HeldState.RELEASED: N_("Released"),
        HeldState.ENDED: N_("No longer held"),
    },
}
_BY_NAME = {kind.__name__: kind for kind in WORDS}


def said(word: StrEnum) -> str:
    """In the reader's language."""
    return _(WORDS[type(word)][word])


def identifier_word(kind: str) -> str:
    """A kind of identifier; beside them stands the question whose one record is."""
    return said(IdentifierKind(kind)) if kind in list(IdentifierKind) else _("One record, several people")


def _kept(word: StrEnum) -> list[str]:
    return [type(word).__name__ if type(word) in WORDS else "", word.value]


def _found(stored: list[str]) -> str:
    name, code = stored
    return _BY_NAME[name](code) if name else code


keep("word", StrEnum, _kept, _found)
for _kind in WORDS:
    written_by(_kind, said)
