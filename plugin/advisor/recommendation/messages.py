"""Every message of a recommendation by its code, marked for translation; wording.py fills in the values."""

from __future__ import annotations

from plugin.advisor.recommendation.values import (
    AbstainCode,
    ConfidenceCode,
    LineCode,
    ModelOff,
    NoteCode,
    ReasonCode,
    WhatIfCode,
)
from plugin.texts import N_

LINE_LABELS = {
    LineCode.RANGE_MINIMUM: N_("Raise to range minimum"),
    LineCode.ADJUSTMENT: N_("Market or equity adjustment"),
    LineCode.MERIT: N_("Merit guideline"),
    LineCode.PRORATION: N_("Proration"),
    LineCode.SKILLS: N_("New skills"),
    LineCode.MODEL: N_("Model adjustment"),
    LineCode.LIMITS: N_("Guideline limits"),
    LineCode.RANGE_MAXIMUM: N_("Range maximum"),
    LineCode.BUDGET: N_("Budget adjustment"),
}


SET_BY_HR = N_("Set by HR")


REASON_LABELS = {
    ReasonCode.RATING: N_("Performance"),
    ReasonCode.NO_RATING: N_("Performance"),
    ReasonCode.NEW_SKILLS: N_("New skills"),
    ReasonCode.SKILLS_IN_PAST_RAISES: N_("Skills in past raises"),
    ReasonCode.NO_NEW_SKILL: N_("No new skill"),
    ReasonCode.PAY_POSITION: N_("Position in pay range"),
    ReasonCode.NO_PAY_RANGE: N_("Position in pay range"),
    ReasonCode.LAST_RAISE: N_("Time since last raise"),
    ReasonCode.NO_RAISE_DATE: N_("Time since last raise"),
    ReasonCode.LEARNING: N_("Learning"),
    ReasonCode.SMALL_FACTORS: N_("Other factors"),
    ReasonCode.RANGE_MINIMUM: LINE_LABELS[LineCode.RANGE_MINIMUM],
    ReasonCode.ADJUSTMENT: LINE_LABELS[LineCode.ADJUSTMENT],
    ReasonCode.PRORATION: LINE_LABELS[LineCode.PRORATION],
    ReasonCode.LIMITS: LINE_LABELS[LineCode.LIMITS],
    ReasonCode.RANGE_MAXIMUM: LINE_LABELS[LineCode.RANGE_MAXIMUM],
    ReasonCode.BUDGET: LINE_LABELS[LineCode.BUDGET],
    ReasonCode.FIXED: SET_BY_HR,
    ReasonCode.POLICY: N_("Policy rules"),
}


IN_SENTENCE = {
    ReasonCode.RATING: N_("performance"),
    ReasonCode.NO_RATING: N_("performance"),
    ReasonCode.NEW_SKILLS: N_("new skills"),
    ReasonCode.SKILLS_IN_PAST_RAISES: N_("skills in past raises"),
    ReasonCode.NO_NEW_SKILL: N_("skills"),
    ReasonCode.PAY_POSITION: N_("position in the pay range"),
    ReasonCode.NO_PAY_RANGE: N_("the missing pay range"),
    ReasonCode.LAST_RAISE: N_("the time since the last raise"),
    ReasonCode.NO_RAISE_DATE: N_("the time since the last raise"),
    ReasonCode.LEARNING: N_("learning"),
    ReasonCode.RANGE_MINIMUM: N_("the range minimum"),
    ReasonCode.ADJUSTMENT: N_("the market or equity adjustment"),
    ReasonCode.PRORATION: N_("proration"),
    ReasonCode.LIMITS: N_("the guideline limits"),
    ReasonCode.RANGE_MAXIMUM: N_("the range maximum"),
    ReasonCode.BUDGET: N_("the budget"),
    ReasonCode.FIXED: N_("HR’s figure"),
    ReasonCode.POLICY: N_("policy rules"),
}


NO_NEW_SKILL = N_("No new verified skill since the last raise. This does not reduce the recommendation.")


# (code, raises) -> sentence; where the direction does not matter, both are the same
REASONS: dict[tuple[ReasonCode, bool], str] = {
    (ReasonCode.RATING, True): N_("A rating of %(rating)s supports a larger-than-typical raise."),
    (ReasonCode.RATING, False): N_("A rating of %(rating)s supports a smaller-than-typical raise."),
    (ReasonCode.SKILLS_IN_PAST_RAISES, True): N_(
        "Past raises gave more for such skills than the policy does."
    ),
    (ReasonCode.SKILLS_IN_PAST_RAISES, False): N_(
        "Past raises gave less for such skills than the policy does."
    ),
    (ReasonCode.NO_NEW_SKILL, True): NO_NEW_SKILL,
    (ReasonCode.NO_NEW_SKILL, False): N_(
        "No new verified skill since the last raise. The next verified skill will count."
    ),
    (ReasonCode.PAY_POSITION, True): N_("Pay at %(compa)s of the range midpoint supports a larger raise."),
    (ReasonCode.PAY_POSITION, False): N_("Pay at %(compa)s of the range midpoint supports a smaller raise."),
    (ReasonCode.LEARNING, True): N_(
        "Learning in the last 12 months (%(hours)s hours) supports a larger raise."
    ),
    (ReasonCode.LEARNING, False): N_(
        "Learning in the last 12 months (%(hours)s hours) supports a smaller raise."
    ),
}


PLAIN_REASONS = {
    ReasonCode.NO_RATING: N_("Without a rating, the guideline for unrated employees applies."),
    ReasonCode.NEW_SKILLS: N_("New and verified since the last raise: %(badges)s."),
    ReasonCode.NO_PAY_RANGE: N_("This job has no pay range. The guideline for jobs without a range applies."),
    ReasonCode.NO_RAISE_DATE: N_("The date of the last raise is unknown."),
    ReasonCode.SMALL_FACTORS: N_("Several small factors, each under 0.1 point."),
    ReasonCode.RANGE_MINIMUM: N_("Pay is first raised to the minimum of its range."),
    ReasonCode.ADJUSTMENT: N_("HR adds a market or equity adjustment on top of merit."),
    ReasonCode.PRORATION: N_("The guideline is prorated for the part of the year worked."),
    ReasonCode.LIMITS: N_("The recommendation stays within the guideline limits."),
    ReasonCode.RANGE_MAXIMUM: N_("Base pay stops at the maximum of its range."),
    ReasonCode.BUDGET: N_("Recommendations move by the same amount, within their limits, to fit the budget."),
    ReasonCode.FIXED: N_("HR set this raise. The steps show what we would have recommended."),
    ReasonCode.POLICY: N_("Several policy rules and rounding together. The steps show each rule."),
}


NOTES = {
    NoteCode.HIRED_TOO_LATE: N_(
        "Hired on %(on)s, after the cutoff of %(limit)s. Not eligible in this cycle."
    ),
    NoteCode.PAY_SET_ELSEWHERE: N_("Pay in %(country)s is set separately. Not eligible in this cycle."),
    NoteCode.HIRED_DURING_YEAR: N_("Hired on %(on)s. The raise is prorated to %(share)s."),
    NoteCode.PAY_CHANGED_DURING_YEAR: N_("Pay changed on %(on)s. The raise is prorated to %(share)s."),
    NoteCode.LEAVE_NEUTRAL: N_("Leave does not reduce this raise."),
    NoteCode.LUMP_SUM: N_("%(points)s points are paid as a lump sum: base pay reaches the range maximum."),
    NoteCode.SPLIT_SHORTFALL: N_(
        "Pay stays below the range minimum in this cycle: one raise is at most %(points)s points. The rest follows in a later cycle."
    ),
    NoteCode.RULES_ONLY: N_("The range minimum or an HR adjustment alone raises pay by %(points)s points."),
    NoteCode.RANGE_TOO_FEW: N_(
        "The range comes from the policy. This cycle has fewer than %(people)s decisions, too few to measure a range."
    ),
    NoteCode.RANGE_NOT_HELD: N_(
        "The range comes from the policy. The measured range held %(share)s of %(people)s decisions instead of %(level)s."
    ),
    NoteCode.RANGE_NOT_HELD_FOR_RATING: N_(
        "The range comes from the policy. For this rating the measured range held %(share)s of %(people)s decisions "
        "instead of %(level)s."
    ),
    NoteCode.RANGE_MEASURED: N_(
        "The range is measured. For this rating it held %(share)s of %(people)s other decisions in this cycle."
    ),
    NoteCode.RANGE_MEASURED_TOGETHER: N_(
        "The range is measured. It held %(share)s of %(people)s other decisions in this cycle, across all ratings. "
        "This rating has too few of its own."
    ),
}


ABSTENTIONS = {
    AbstainCode.UNVERIFIED_DATA: N_("No recommendation: this employee’s data is not verified (%(problem)s)."),
    AbstainCode.RATING_FROZEN: N_(
        "No recommendation: HR has frozen the rating. The policy guideline applies."
    ),
    AbstainCode.RATING_MISSING: N_(
        "No recommendation without a rating. The guideline for unrated employees applies."
    ),
    AbstainCode.ABOVE_MAXIMUM: N_(
        "No recommendation: the rules give more than %(points)s points, the most that anyone may decide. HR is reviewing it."
    ),
    AbstainCode.OUT_OF_DISTRIBUTION: N_(
        "No recommendation: the value for “%(feature)s” is outside what the model was trained on."
    ),
}


PROBLEMS = {"pay_unverified": N_("pay"), "identity_unconfirmed": N_("identity")}


FEATURES = {
    "rating": N_("Performance rating"),
    "rating_change": N_("Change in rating"),
    "compa_ratio": N_("Compa-ratio"),
    "range_penetration": N_("Position in the pay range"),
    "months_since_raise": N_("Months since the last raise"),
    "new_skill_badges": N_("New skill badges"),
    "new_knowledge_badges": N_("New knowledge badges"),
    "new_strategic_skills": N_("New strategic skills"),
    "new_scarcity": N_("Scarcity of new skills"),
    "learning_hours": N_("Learning hours"),
    "performance_badges": N_("Performance badges"),
    "membership_badges": N_("Membership and contribution badges"),
}


MODEL_OFF = {
    ModelOff.SWITCHED_OFF: N_("The model is turned off. Recommendations come from policy and skills alone."),
    ModelOff.NO_MODEL: N_("No model is in use. Recommendations come from policy and skills alone."),
    ModelOff.NOT_APPROVED: N_(
        "The model did not outperform simple rules and is not used. Recommendations come from policy and skills alone."
    ),
}


CONFIDENCE = {
    ConfidenceCode.POLICY: N_("This follows from the pay policy. Without a model we have no track record."),
    ConfidenceCode.ABSTAINED: N_("Without a recommendation, use the guideline and your own judgment."),
    ConfidenceCode.FIXED: N_("HR set this raise, so there is nothing to estimate."),
}


WHAT_IFS = {
    WhatIfCode.FURTHER_SKILL: N_(
        "With one more verified skill badge, the recommendation would be %(percent)s."
    ),
    WhatIfCode.FURTHER_STRATEGIC_SKILL: N_(
        "With one more verified badge for a strategic skill, the recommendation would be %(percent)s."
    ),
    WhatIfCode.NEXT_RATING: N_("With a next rating of %(rating)s, the recommendation would be %(percent)s."),
}


WHAT_IF_NOTE = N_("This is what today’s rules would give. It is not a promise.")


RATINGS = {
    1: N_("Below expectations"),
    2: N_("Partly meets"),
    3: N_("Meets"),
    4: N_("Exceeds"),
    5: N_("Outstanding"),
}
