"""What pages and the shell say about a model, made of the codes and figures that its card stores, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from plugin.advisor.model.tables import VerdictCode
from plugin.domain import Json, JsonObject
from plugin.figures import writing
from plugin.texts import N_, _, ngettext

METHODS = {
    "model": N_("This model"),
    "ridge": N_("Linear model (ridge regression)"),
    "policy": N_("Pay policy alone"),
    "matrix": N_("Average of the merit matrix cell"),
    "median": N_("Same raise for all: median"),
    "mean": N_("Same raise for all: mean"),
}
REFUSED = {  # code of the registry -> name and reason
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


def method(code: str) -> str:
    return _(METHODS[code]) if code in METHODS else code


def methods(codes: Iterable[str]) -> str:
    return ", ".join(map(method, codes))


def refused(code: str) -> tuple[str, str]:
    """Name of a banned input and why it is banned."""
    name, reason = REFUSED[code]
    return _(name), _(reason)


def verdict(found: JsonObject) -> str:
    """Whether a model may be used and by what it won or lost; a sentence that an older version stored stays as it is."""
    if "sentence" in found:
        return str(found["sentence"])
    if "code" not in found:
        return _("This model was never evaluated.")
    code = VerdictCode(str(found["code"]))
    if code is VerdictCode.COMPARISON_ONLY:
        return _("For comparison only: a model trained on this data can't be used for pay.")
    rows = [row for row in _list(found.get("comparisons")) if isinstance(row, dict)]
    if code is VerdictCode.BETTER:
        return _better(found, min(rows, key=_gain))
    lost = [row for row in rows if not _has_won(row)]
    return _not_better(found, lost)


def _better(found: JsonObject, narrowest: JsonObject) -> str:
    return ngettext(
        "On %(num)s decision from %(year)s, unseen in training, the model was %(gain)s points closer "
        "than the best simple rule (%(method)s).",
        "On %(num)s decisions from %(year)s, unseen in training, the model was %(gain)s points closer "
        "than the best simple rule (%(method)s).",
        int(_figure(found.get("tested"))),
        year=found.get("held_out_year"),
        gain=writing.decimals(_gain(narrowest), 2),
        method=method(str(narrowest["baseline"])),
    )


def _not_better(found: JsonObject, lost: list[JsonObject]) -> str:
    worst = min(lost, key=_gain)
    said = ngettext(
        "The model is turned off. On %(num)s decision from %(year)s it was not reliably closer than a simple rule "
        "(%(method)s): gain %(gain)s points, 95%% interval %(low)s to %(high)s.",
        "The model is turned off. On %(num)s decisions from %(year)s it was not reliably closer than a simple rule "
        "(%(method)s): gain %(gain)s points, 95%% interval %(low)s to %(high)s.",
        int(_figure(found.get("tested"))),
        year=found.get("held_out_year"),
        method=method(str(worst["baseline"])),
        gain=_signed(worst, "gain"),
        low=_signed(worst, "low"),
        high=_signed(worst, "high"),
    )
    if [row["baseline"] for row in lost] != ["ridge"]:
        return said
    return _("%(verdict)s Consider training a linear model instead.", verdict=said)


def _has_won(row: JsonObject) -> bool:
    return _figure(row.get("low")) > 0 and _figure(row.get("r2_gain")) > 0


def _gain(row: JsonObject) -> float:
    return _figure(row.get("gain"))


def _signed(row: JsonObject, name: str) -> str:
    return writing.decimals(_figure(row.get(name)), 2, is_signed=True)


def _figure(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
