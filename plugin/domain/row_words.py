"""What managers read for the states of a raise, a badge and a leave, and for their roles; ``state_words`` has all others."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from plugin.domain.decision import DecisionState, Missing, RangeKind, RecommendationStatus, RowStatus
from plugin.domain.evidence import BadgeKind, ShownVerdict
from plugin.domain.people import Role
from plugin.domain.records import LeaveKind
from plugin.texts import N_

ROW_WORDS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    RowStatus: {
        RowStatus.NONE: N_("No data"),
        RowStatus.HELD: N_("With HR"),
        RowStatus.NA: N_("Not eligible"),
        RowStatus.ESTIMATE: N_("Enter your figure first"),
        RowStatus.TODO: N_("To decide"),
        RowStatus.REASON: N_("Add a reason"),
        RowStatus.NOTE: N_("Add a note"),
        RowStatus.OK: N_("In range"),
        RowStatus.EXPLAINED: N_("Reason given"),
    },
    DecisionState: {
        DecisionState.OPEN: N_("Not decided"),
        DecisionState.DECIDED: N_("Decided"),
        DecisionState.SUBMITTED: N_("Submitted"),
        DecisionState.APPROVED: N_("Approved"),
        DecisionState.SENT_BACK: N_("Sent back"),
        DecisionState.EXPORTED: N_("Sent to payroll"),
        DecisionState.FAILED: N_("Rejected by payroll"),
    },
    Missing: {
        Missing.DECIDE: N_("To decide"),
        Missing.REASON: N_("Add a reason"),
        Missing.NOTE: N_("Add a note"),
    },
    RecommendationStatus: {
        RecommendationStatus.RECOMMENDED: N_("Recommended"),
        RecommendationStatus.POLICY_ONLY: N_("From policy and skills"),
        RecommendationStatus.ABSTAINED: N_("No number"),
        RecommendationStatus.FIXED: N_("Set by HR"),
        RecommendationStatus.RULES_ONLY: N_("No merit raise"),
        RecommendationStatus.INELIGIBLE: N_("Not eligible"),
    },
    RangeKind: {
        RangeKind.POLICY: N_("Policy range"),
        RangeKind.CALIBRATED: N_("Measured range"),
        RangeKind.FIXED: N_("Set by HR"),
    },
    ShownVerdict: {
        ShownVerdict.VALID: N_("Verified"),
        ShownVerdict.INVALID: N_("Verification failed"),
        ShownVerdict.UNDETERMINED: N_("Could not be verified"),
        ShownVerdict.UNCHECKED: N_("Not verified yet"),
        ShownVerdict.UNTRUSTED: N_("Issuer not trusted yet"),
    },
    Role: {
        Role.MANAGER: N_("Manager"),
        Role.HR_ADMIN: N_("HR admin"),
        Role.ANALYST: N_("Analyst"),
        Role.OPERATOR: N_("Operator"),
        Role.SCIM: N_("Identity provider"),
    },
    BadgeKind: {
        BadgeKind.SKILL: N_("Skill"),
        BadgeKind.KNOWLEDGE: N_("Knowledge"),
        BadgeKind.CONTRIBUTION: N_("Contribution"),
        BadgeKind.PERFORMANCE: N_("Performance"),
        BadgeKind.MEMBERSHIP: N_("Membership"),
    },
    LeaveKind: {
        LeaveKind.PARENTAL: N_("parental leave"),
        LeaveKind.CARE: N_("care leave"),
        LeaveKind.SICK: N_("sick leave"),
        LeaveKind.UNPAID: N_("unpaid leave"),
        LeaveKind.OTHER: N_("other leave"),
    },
}
