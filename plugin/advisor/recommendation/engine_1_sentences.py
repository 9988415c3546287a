"""The sentences that the first engine stored, by the codes that stand for them now; never changed."""

from __future__ import annotations

from plugin.advisor.recommendation.values import (
    AbstainCode,
    ConfidenceCode,
    ModelOff,
    NoteCode,
    ReasonCode,
    WhatIfCode,
)

# code -> the sentences in which the engine said it; what stands in braces is a field of Facts
REASONS = {  # machine text
    ReasonCode.NO_RATING: ("The rating (None) speaks for",),
    ReasonCode.RATING: ("The rating ({rating_label}) speaks for",),
    ReasonCode.NEW_SKILLS: ("New and verified since the last raise: ",),
    ReasonCode.NO_NEW_SKILL: ("No new verified skill",),
    ReasonCode.PAY_POSITION: ("Pay is {compa_ratio}% of the range midpoint",),
    ReasonCode.NO_PAY_RANGE: ("There is no pay range for this job",),
    ReasonCode.LAST_RAISE: ("The last raise was {months} months ago",),
    ReasonCode.NO_RAISE_DATE: ("The day of the last raise is not known",),
    ReasonCode.LEARNING: ("{hours} learning hours in the last 12 months",),
    ReasonCode.SMALL_FACTORS: ("Things of less than 0.1 point each",),
    ReasonCode.RANGE_MINIMUM: ("Pay is first brought up to the minimum",),
    ReasonCode.ADJUSTMENT: ("HR adjusts this pay to the market",),
    ReasonCode.PRORATION: ("The guideline counts for the part of the year",),
    ReasonCode.LIMITS: ("The suggestion is held within the limits",),
    ReasonCode.RANGE_MAXIMUM: ("Base pay reaches the maximum of its range",),
    ReasonCode.BUDGET: ("The suggestion is fitted to the budget",),
    ReasonCode.FIXED: ("HR fixed this raise",),
    ReasonCode.POLICY: ("What the policy says for this job",),
}


NOTES = {  # machine text
    NoteCode.HIRED_TOO_LATE: ("Hired on {on}, after {limit}: not in this cycle.",),
    NoteCode.PAY_SET_ELSEWHERE: ("Pay in {country} is set elsewhere",),
    NoteCode.RAISED_RECENTLY: ("Last raise {months} months ago, fewer than {least_months}:",),
    NoteCode.HIRED_DURING_YEAR: ("Hired on {on}: {share}% of the raise.",),
    NoteCode.PAY_CHANGED_DURING_YEAR: ("Pay changed on {on}: {share}% of the raise.",),
    NoteCode.LEAVE_COUNTED: ("{days} days of leave count under this policy: {share}% of the raise.",),
    NoteCode.LEAVE_NEUTRAL: ("Time on leave does not lower this raise.",),
    NoteCode.LUMP_SUM: ("{points} points are paid once because",),
    NoteCode.RULES_ONLY: ("The rules alone raise this pay by {points} points",),
    NoteCode.RANGE_TOO_FEW: ("The range is that of the policy: fewer than {people} decisions",),
    NoteCode.RANGE_NOT_HELD_FOR_RATING: (
        "The range is that of the policy: for this rating the measured range held {share}% of {people} decisions",
    ),
    NoteCode.RANGE_NOT_HELD: (
        "The range is that of the policy: the measured range held in {share}% of cases instead of {level}%",
    ),
    NoteCode.RANGE_MEASURED: (
        "The range was measured: for this rating it held {share}% of {people} decisions",
    ),
    NoteCode.RANGE_MEASURED_TOGETHER: ("The range was measured: it held {share}% of {people} decisions",),
}


ABSTENTIONS = {  # machine text
    AbstainCode.UNVERIFIED_DATA: ("No suggestion: the data of this person is not verified ({problem}).",),
    AbstainCode.TOO_FEW_COMPARABLE: ("No suggestion: too few comparable people ({people}).",),
    AbstainCode.OUT_OF_DISTRIBUTION: ("No suggestion: {feature} lies outside",),
}


CONFIDENCES = {  # machine text
    ConfidenceCode.TRACK_RECORD: (
        "In 8 of 10 of {people} similar cases of {year} the final raise was within {points} points",
    ),
    ConfidenceCode.POLICY: ("This is what the policy says",),
    ConfidenceCode.ABSTAINED: ("The advisor gives no number here",),
    ConfidenceCode.FIXED: ("HR fixed this raise",),
}


WHAT_IFS = {  # machine text
    WhatIfCode.NEXT_RATING: ("If the next rating were {rating}, the suggestion",),
    WhatIfCode.PATH: (
        "{badges} further verified skill badges would",
        "One further verified skill badge would",
    ),
}


MODEL_OFF = {  # machine text
    ModelOff.SWITCHED_OFF: ("The model is switched off by the kill switch",),
    ModelOff.NO_MODEL: ("No model is in use",),
    ModelOff.NOT_APPROVED: ("",),  # the verdict on that model
}


BASELINE = "Typical raise in {population}: {people} people in this cycle, before new skills"  # machine text


PEERS_LEAST = "at least {people} are needed"  # machine text


FEATURE_NAMES = {  # machine text
    "performance rating": "rating",
    "change of rating since the period before": "rating_change",
    "pay against the midpoint of its range": "compa_ratio",
    "place between range minimum and maximum": "range_penetration",
    "months since the last raise": "months_since_raise",
    "new skill badges": "new_skill_badges",
    "new knowledge badges": "new_knowledge_badges",
    "new strategic skills": "new_strategic_skills",
    "scarcity of the new skills, summed": "new_scarcity",
    "learning hours of the last 12 months": "learning_hours",
}
