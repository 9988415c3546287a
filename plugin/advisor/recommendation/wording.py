"""Every text of a recommendation, made of its codes and typed values when it is shown, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from plugin.advisor.recommendation.messages import (
    ABSTENTIONS,
    CONFIDENCE,
    FEATURES,
    LINE_LABELS,
    MODEL_OFF,
    NOTES,
    PLAIN_REASONS,
    PROBLEMS,
    RATINGS,
    REASON_LABELS,
    REASONS,
    SET_BY_HR,
    WHAT_IF_NOTE,
    WHAT_IFS,
)
from plugin.advisor.recommendation.values import (
    AbstainCode,
    Abstention,
    Baseline,
    Confidence,
    ConfidenceCode,
    Facts,
    LineCode,
    ModelOff,
    Note,
    NoteCode,
    Reason,
    ReasonCode,
    WhatIf,
    WhatIfCode,
)
from plugin.domain import RecommendationStatus
from plugin.figures import writing
from plugin.texts import _, counted, ngettext


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
