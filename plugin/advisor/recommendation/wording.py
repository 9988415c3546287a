"""Every text of a recommendation, made of its codes and typed values when it is shown, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from plugin.advisor.recommendation import shown
from plugin.advisor.recommendation.values import (
    AbstainCode,
    Abstention,
    Baseline,
    Confidence,
    ConfidenceCode,
    Facts,
    Group,
    LineCode,
    ModelOff,
    Note,
    NoteCode,
    Reason,
    ReasonCode,
    Recommendation,
    WhatIf,
    WhatIfCode,
)
from plugin.domain import RecommendationStatus
from plugin.figures import writing
from plugin.texts import N_, _, counted, ngettext

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


def rating(score: Decimal | None, label: str = "") -> str:
    """4 (Exceeds): the number, and the suite's own word for it or ours."""
    if score is None:
        return _("Not rated")
    words = label or _(RATINGS[rating_band(score)])
    number = f"{score.normalize():f}" if score == score.to_integral_value() else writing.number(score)
    return _("%(number)s (%(words)s)", number=number, words=words)


def rating_band(score: Decimal) -> int:
    """1 to 5."""
    return max(1, min(5, int(score.to_integral_value("ROUND_HALF_UP"))))


def line_label(code: LineCode, status: RecommendationStatus) -> str:
    """Of a step; the budget's step is HR's where HR set the raise."""
    is_set = code is LineCode.BUDGET and status is RecommendationStatus.FIXED
    return _(SET_BY_HR) if is_set else _(LINE_LABELS[code])


def reason_label(reason: Reason) -> str:
    return _(REASON_LABELS[reason.code])


def reason(one: Reason) -> str:
    """A whole sentence."""
    raises, facts = one.points > 0, one.facts
    if one.code is ReasonCode.LAST_RAISE:
        return _last_raise(facts.months or 0, raises=raises)
    template = PLAIN_REASONS.get(one.code) or REASONS[one.code, raises]
    badges = ", ".join(badge.name for badge in one.badges)
    return _(template, badges=badges, **_said(facts))


def _last_raise(months: int, *, raises: bool) -> str:
    if raises:
        return ngettext(
            "The last raise was %(num)s month ago, which supports a larger raise.",
            "The last raise was %(num)s months ago, which supports a larger raise.",
            months,
        )
    return ngettext(
        "The last raise was %(num)s month ago, which supports a smaller raise.",
        "The last raise was %(num)s months ago, which supports a smaller raise.",
        months,
    )


def baseline(one: Baseline) -> str:
    """What the typical raise is of."""
    population = one.population if one.population != "this company" else _("this company")
    return ngettext(
        "%(num)s employee of %(population)s in this cycle, before new skills",
        "%(num)s employees of %(population)s in this cycle, before new skills",
        one.people,
        population=population,
    )


def note(one: Note) -> str:
    facts = one.facts
    if one.code is NoteCode.RAISED_RECENTLY:
        return ngettext(
            "The last raise was %(num)s month ago; the policy requires %(least)s. Not eligible in this cycle.",
            "The last raise was %(num)s months ago; the policy requires %(least)s. Not eligible in this cycle.",
            facts.months or 0,
            least=facts.least_months,
        )
    if one.code is NoteCode.LEAVE_COUNTED:
        return ngettext(
            "%(num)s day of leave counts under this policy. The raise is prorated to %(share)s.",
            "%(num)s days of leave count under this policy. The raise is prorated to %(share)s.",
            facts.days or 0,
            share=_said(facts)["share"],
        )
    return _(NOTES[one.code], **_said(facts))


def abstention(one: Abstention) -> str:
    if one.code is AbstainCode.TOO_FEW_COMPARABLE:
        return ngettext(
            "No recommendation: there is only %(num)s comparable employee.",
            "No recommendation: there are only %(num)s comparable employees.",
            one.facts.people or 0,
        )
    return _(ABSTENTIONS[one.code], **_said(one.facts))


def model_off(code: ModelOff) -> str:
    return _(MODEL_OFF[code])


def confidence(one: Confidence) -> str:
    if one.code is not ConfidenceCode.TRACK_RECORD:
        return _(CONFIDENCE[one.code])
    facts = one.facts
    return ngettext(
        "The model was within %(points)s points of the final raise for 80%% of %(num)s similar employee in %(year)s.",
        "The model was within %(points)s points of the final raise for 80%% of %(num)s similar employees in %(year)s.",
        facts.people or 0,
        points=_said(facts)["points"],
        year=facts.year,
    )


def what_if(one: WhatIf) -> str:
    percent = writing.percent(one.percent)
    if one.code is WhatIfCode.PATH:
        return ngettext(
            "With %(num)s more verified skill badge, the recommendation would reach %(percent)s.",
            "With %(num)s more verified skill badges, the recommendation would reach %(percent)s.",
            one.facts.badges or 0,
            percent=percent,
        )
    return _(WHAT_IFS[one.code], percent=percent, rating=rating(one.facts.rating))


def what_if_note() -> str:
    return _(WHAT_IF_NOTE)


def typical_raise() -> str:
    return _("Typical raise")


def peers(dots: int, people: int) -> str:
    """``dots`` of ``people`` are drawn."""
    return ngettext(
        "The %(dots)s most similar of %(num)s other employee in the same job family and level.",
        "The %(dots)s most similar of %(num)s other employees in the same job family and level.",
        people,
        dots=dots,
    )


def peers_without_range(people: int) -> str:
    return ngettext(
        "%(num)s other employee has the same job family and level. Without pay ranges we can’t compare them.",
        "%(num)s other employees have the same job family and level. Without pay ranges we can’t compare them.",
        people,
    )


def too_few_peers(people: int, least: int) -> str:
    return ngettext(
        "Too few comparable employees to show: %(num)s, and at least %(least)s are needed.",
        "Too few comparable employees to show: %(num)s, and at least %(least)s are needed.",
        people,
        least=least,
    )


def _said(facts: Facts) -> dict[str, str]:
    """Every typed value as a reader sees it."""
    return {
        "rating": rating(facts.rating, facts.rating_label),
        "compa": writing.share(facts.compa_ratio),
        "hours": writing.hours(facts.hours or 0),
        "points": writing.number(facts.points or Decimal(0)),
        "share": writing.share(facts.share),
        "level": writing.share(facts.level),
        "on": writing.day(facts.on),
        "limit": writing.day(facts.limit),
        "people": counted(facts.people or 0),
        "country": facts.country,
        "problem": _named(PROBLEMS, facts.problem),
        "feature": _named(FEATURES, facts.feature),
    }


def _named(texts: Mapping[str, str], code: str) -> str:
    return _(texts[code]) if code in texts else code.replace("_", " ")


# --- one sentence first ---------------------------------------------------------------------------------------------


def summary(made: Recommendation) -> str:
    """The recommendation, the two strongest reasons above and the strongest below the typical raise; or why there is none."""
    if made.percent is None or made.baseline is None:
        if made.abstention is not None:
            return abstention(made.abstention)
        return " ".join(note(one) for one in made.notes) or _(CONFIDENCE[ConfidenceCode.ABSTAINED])
    ups, downs = _sides(shown.reasons(made))
    figures = {"percent": writing.percent(made.percent), "base": writing.percent(made.baseline.points)}
    if ups and downs:
        return _both(ups, downs[0], figures)
    if ups and made.percent > made.baseline.points:
        return _above(ups, figures)
    if downs and made.percent < made.baseline.points:
        return _(
            "We recommend %(percent)s. It is below the typical %(base)s because of %(down)s.",
            down=_inside(downs[0]),
            **figures,
        )
    if made.percent == made.baseline.points:
        return _("We recommend %(percent)s, the typical raise.", **figures)
    return _(
        "We recommend %(percent)s. The typical raise is %(base)s; no single reason stands out.", **figures
    )


def _above(ups: Sequence[Reason], figures: Mapping[str, str]) -> str:
    if len(ups) == 1:
        return _(
            "We recommend %(percent)s. It is above the typical %(base)s because of %(up)s.",
            up=_inside(ups[0]),
            **figures,
        )
    return _(
        "We recommend %(percent)s. %(up)s and %(second)s raise it above the typical %(base)s.",
        up=reason_label(ups[0]),
        second=_inside(ups[1]),
        **figures,
    )


def _both(ups: Sequence[Reason], down: Reason, figures: Mapping[str, str]) -> str:
    names = {"up": _inside(ups[0]), "down": _inside(down)}
    if len(ups) == 1:
        return _(
            "We recommend %(percent)s; the typical raise is %(base)s. It goes up for %(up)s and down for %(down)s.",
            **names,
            **figures,
        )
    return _(
        "We recommend %(percent)s; the typical raise is %(base)s. "
        "It goes up for %(up)s and %(second)s, and down for %(down)s.",
        second=_inside(ups[1]),
        **names,
        **figures,
    )


def _sides(reasons: Sequence[Reason]) -> tuple[list[Reason], list[Reason]]:
    """The reasons that raise and those that lower, the strongest first."""
    named = sorted((one for one in reasons if one.group is not Group.OTHER), key=lambda one: -abs(one.points))
    return [one for one in named if one.points > 0], [one for one in named if one.points < 0]


def _inside(one: Reason) -> str:
    """A reason's name inside of a sentence."""
    return _(IN_SENTENCE[one.code])
