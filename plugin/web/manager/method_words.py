"""The words of the page "How recommendations are made" for what policy, model and registry hold as codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plugin.advisor.recommendation import messages
from plugin.figures import writing
from plugin.services.decision.method_facts import GuidanceFacts, ModelFacts
from plugin.texts import N_, _, ngettext

RULES = {
    "rating": N_("Performance rating"),
    "compa_ratio": N_("Position in the pay range"),
    "range_penetration": N_("Position in the pay range"),
    "level": N_("Level"),
    "job_family": N_("Job family"),
    "country": N_("Country"),
    "org_unit": N_("Organizational unit"),
    "badges": N_("New verified badges and their skills"),
    "dates": N_("Hire date and last pay change"),
    "fte": N_("FTE"),
}
REFUSED = {
    "sex": (
        N_("Sex"),
        N_("Sex and gender are protected. Only fairness checks and the repair of past raises read them."),
    ),
    "age": (N_("Age"), N_("Age is protected.")),
    "ethnicity": (N_("Ethnicity"), N_("Origin is protected.")),
    "belief": (N_("Belief"), N_("Religion and belief are protected.")),
    "health": (N_("Health"), N_("Health and disability are protected.")),
    "family": (N_("Family"), N_("Family status is protected in many countries and is a proxy for sex.")),
    "place_of_home": (
        N_("Home location"),
        N_("A home address is a proxy for origin (Illinois HB 3773 names the ZIP code)."),
    ),
    "absolute_pay": (
        N_("Absolute pay"),
        N_("The level of pay repeats the past. The position in the pay range is used instead."),
    ),
    "past_raises": (N_("Past raises"), N_("Past raises carry past bias forward.")),
    "flight_risk": (
        N_("Flight risk"),
        N_("Paying employees for the risk that they leave penalizes loyalty."),
    ),
    "behaviour": (N_("Behavior"), N_("Behavioral surveillance does not measure work.")),
    "tenure": (N_("Tenure"), N_("Years of service and experience are proxies for age.")),
    "part_time": (
        N_("Part-time work"),
        N_("Part-time work and leave are proxies for sex and family status."),
    ),
    "manager_identity": (N_("Manager"), N_("Who the manager is reflects past favor, not the work.")),
}
METHODS = {
    "model": N_("Model"),
    "ridge": N_("Linear model (ridge regression)"),
    "policy": N_("Pay policy"),
    "matrix": N_("Merit matrix average"),
    "median": N_("Median raise for all"),
    "mean": N_("Average raise for all"),
}


def rules_see(facts: GuidanceFacts) -> list[str]:
    """Each once, in the policy's order."""
    found = _named(RULES, facts.rules_see)
    if facts.leave_counts:
        found.append(_("Leave (%(kinds)s), for proration", kinds=", ".join(facts.leave_counts)))
    return found


def model_sees(facts: GuidanceFacts) -> list[str]:
    return _named(messages.FEATURES, facts.model_sees)


def refused(facts: GuidanceFacts) -> list[tuple[str, str]]:
    return [(_(REFUSED[code][0]), _(REFUSED[code][1])) for code in facts.refused]


def scores(model: ModelFacts) -> list[tuple[str, float | None, float | None]]:
    return [
        (_(METHODS[method]) if method in METHODS else method, mae, r2) for method, mae, r2 in model.scores
    ]


def verdict(model: ModelFacts) -> str:
    """What the evaluation found."""
    if model.approved is None or model.year is None:
        return _("This model was never evaluated.")
    if model.approved and model.gain is not None:
        return ngettext(
            "On %(num)s decision from %(year)s it was %(gain)s points closer than the best simple rule.",
            "On %(num)s decisions from %(year)s it was %(gain)s points closer than the best simple rule.",
            model.tested,
            year=model.year,
            gain=writing.two_decimals(model.gain),
        )
    return ngettext(
        "On %(num)s decision from %(year)s it was not reliably closer than simple rules.",
        "On %(num)s decisions from %(year)s it was not reliably closer than simple rules.",
        model.tested,
        year=model.year,
    )


def _named(texts: Mapping[str, str], codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(_(texts[code]) for code in codes))
