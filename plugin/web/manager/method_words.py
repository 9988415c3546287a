"""The words of the page "How recommendations are made" for what policy, model and registry hold as codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plugin.advisor.model import wording
from plugin.advisor.policy import words
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


def rules_see(facts: GuidanceFacts) -> list[str]:
    """Each once, in the policy's order."""
    found = _named(RULES, facts.rules_see)
    if facts.leave_counts:
        found.append(
            _("Leave (%(kinds)s), for proration", kinds=", ".join(map(words.leave, facts.leave_counts)))
        )
    return found


def model_sees(facts: GuidanceFacts) -> list[str]:
    return _named(messages.FEATURES, facts.model_sees)


def refused(facts: GuidanceFacts) -> list[tuple[str, str]]:
    return [wording.refused(code) for code in facts.refused]


def scores(model: ModelFacts) -> list[tuple[str, float | None, float | None]]:
    return [(wording.method(code), mae, r2) for code, mae, r2 in model.scores]


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
