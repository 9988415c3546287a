"""Every sentence a manager reads, as whole templates, so that they can be checked, translated and never glued together."""

from __future__ import annotations

from plugin.advisor.recommendation.values import Group, LineCode, Reason, Recommendation

LINE_LABELS = {
    LineCode.RANGE_MINIMUM: "Up to the range minimum",
    LineCode.ADJUSTMENT: "Market or equity adjustment",
    LineCode.MERIT: "Merit guideline",
    LineCode.PRORATION: "Part of the year",
    LineCode.SKILLS: "Verified new skills",
    LineCode.MODEL: "What the model adds",
    LineCode.LIMITS: "Held within the guideline",
    LineCode.RANGE_MAXIMUM: "Above the range maximum, paid once",
    LineCode.BUDGET: "Fitted to the budget",
}

FIXED_LABELS = LINE_LABELS | {LineCode.BUDGET: "Fixed by HR"}

POSITION, TIME = "Place in the pay range", "Time since the last raise"
# (group, raises) -> label, sentence. Labels are neutral: a reason says how it compares with the typical case, not what is good.
REASONS: dict[tuple[Group, bool], tuple[str, str]] = {
    (Group.PERFORMANCE, True): (
        "Performance",
        "The rating ({rating}) speaks for more than the typical raise.",
    ),
    (Group.PERFORMANCE, False): (
        "Performance",
        "The rating ({rating}) speaks for less than the typical raise.",
    ),
    (Group.SKILLS, True): ("New skills", "New and verified since the last raise: {badges}."),
    (Group.SKILLS, False): (
        "New skills",
        "New and verified since the last raise: {badges}; many here earned more.",
    ),
    (Group.PAY_POSITION, True): (POSITION, "Pay is {compa} of the range midpoint, which speaks for more."),
    (Group.PAY_POSITION, False): (POSITION, "Pay is {compa} of the range midpoint, which speaks for less."),
    (Group.TIME, True): (TIME, "The last raise was {months} months ago, which speaks for more."),
    (Group.TIME, False): (TIME, "The last raise was {months} months ago, which speaks for less."),
    (Group.LEARNING, True): (
        "Learning",
        "{hours} learning hours in the last 12 months, which speaks for more.",
    ),
    (Group.LEARNING, False): (
        "Learning",
        "{hours} learning hours in the last 12 months, which speaks for less.",
    ),
    (Group.OTHER, True): ("Other", "Things of less than 0.1 point each, together."),
    (Group.OTHER, False): ("Other", "Things of less than 0.1 point each, together."),
}
NO_SKILL = ("No new skill yet", "No new verified skill since the last raise yet; the next one counts.")
NO_BADGE_BUT_MORE = (
    "Skills",
    "No new verified skill yet; seen with everything else this is no drawback here.",
)
NO_RANGE = (
    "Place in the pay range",
    "There is no pay range for this job; the guideline's row for that applies.",
)
NO_RAISE_DATE = (TIME, "The day of the last raise is not known.")

RULES: dict[str, tuple[str, str]] = {
    LineCode.RANGE_MINIMUM: ("Range minimum", "Pay is first brought up to the minimum of its range."),
    LineCode.ADJUSTMENT: (
        "Adjustment",
        "HR adjusts this pay to the market or for pay equity, on top of merit.",
    ),
    LineCode.PRORATION: (
        "Part of the year",
        "The guideline counts for the part of the year that was worked.",
    ),
    LineCode.LIMITS: ("Guideline limits", "The suggestion is held within the limits of the guideline."),
    LineCode.RANGE_MAXIMUM: (
        "Range maximum",
        "Base pay reaches the maximum of its range; the rest is paid once.",
    ),
    LineCode.BUDGET: (
        "Budget",
        "The suggestion is fitted to the budget, by the same shift for everybody within their limits.",
    ),
    "fixed": ("Fixed by HR", "HR fixed this raise; the steps show what would have been suggested."),
    "": ("Rules of the policy", "What the policy says for this job, level or place, and rounding."),
}

BASELINE = "Typical raise in {population}: {people} people in this cycle, before new skills"
CONFIDENCE = "In 8 of 10 of {n} similar cases of {year} the final raise was within {points} points of what the model said."
CONFIDENCE_POLICY = "This is what the policy says; no model was used, so there is no track record to show."
CONFIDENCE_ABSTAINED = "The advisor gives no number here; the guideline is for your own judgement."
CONFIDENCE_FIXED = "HR fixed this raise, so there is nothing to estimate."
RULES_ONLY_NOTE = (
    "The rules alone raise this pay by {points} points: up to the range minimum, or an adjustment by HR."
)
INTERVAL_NOTE = "The range is that of the policy: {why}"
COVERAGE_NOTE = "The range was measured: for this rating it held {coverage} of {n} decisions of this cycle that it had not seen."
COVERAGE_ALL_NOTE = (
    "The range was measured: it held {coverage} of {n} decisions of this cycle that it had not seen, of all ratings together; "
    "this rating has too few for a figure of its own."
)
BAND_WARNING = "for this rating the measured range held {coverage} of {n} decisions instead of {level}."
LUMP_NOTE = "{points} points are paid once because base pay reaches the range maximum."

SUMMARY = {
    (
        True,
        True,
    ): "A typical raise in this cycle is {base} %. This suggestion is {percent} %: {up} speaks for more, {down} for less.",
    (
        True,
        False,
    ): "A typical raise in this cycle is {base} %. This suggestion is {percent} %: {up} speaks for more.",
    (
        False,
        True,
    ): "A typical raise in this cycle is {base} %. This suggestion is {percent} %: {down} speaks for less.",
    (
        False,
        False,
    ): "A typical raise in this cycle is {base} %. This suggestion is {percent} %: nothing stands out.",
}
SUMMARY_TWO = {
    True: "A typical raise in this cycle is {base} %. This suggestion is {percent} %: {up} and {second} speak for more, {down} for less.",
    False: "A typical raise in this cycle is {base} %. This suggestion is {percent} %: {up} and {second} speak for more.",
}

WHAT_IF_RATING = "If the next rating were {rating}, the suggestion would be {percent} %."
WHAT_IF_SKILL = "If one further skill badge were earned and verified, the suggestion would be {percent} %."
WHAT_IF_STRATEGIC = "If one further badge for a strategic skill were earned and verified, the suggestion would be {percent} %."
PATH = "{badges} further verified skill badges would bring the suggestion to {percent} %."
PATH_ONE = "One further verified skill badge would bring the suggestion to {percent} %."
PEERS = "{people} people of the same job family and level, in this cycle."
NO_PEERS = "Too few comparable people to show ({people}); at least {k} are needed."


def summary(recommendation: Recommendation) -> str:
    """One sentence first: the baseline, the two strongest ups and the strongest down."""
    if recommendation.percent is None or recommendation.baseline is None:
        return recommendation.abstain_sentence or " ".join(recommendation.notes) or CONFIDENCE_ABSTAINED
    ups, downs = _sides(recommendation.reasons)
    values = {
        "base": recommendation.baseline.points,
        "percent": recommendation.percent,
        "up": ups[0] if ups else "",
        "second": ups[1] if len(ups) > 1 else "",
        "down": downs[0] if downs else "",
    }
    template = SUMMARY_TWO[bool(downs)] if len(ups) > 1 else SUMMARY[bool(ups), bool(downs)]
    return template.format(**values)


def _sides(reasons: tuple[Reason, ...]) -> tuple[list[str], list[str]]:
    named = [r for r in reasons if r.group is not Group.OTHER]
    ordered = sorted(named, key=lambda r: -abs(r.points))
    ups = [f"“{r.label}”" for r in ordered if r.points > 0]
    return ups, [f"“{r.label}”" for r in ordered if r.points < 0]
