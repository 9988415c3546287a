"""What a fairness report says, made of the codes and figures that it stores, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from plugin.advisor.fairness.gap import CONTROLS, MIN_PER_GROUP, SMALL_COMBINATION, SMALL_GROUP, TOTAL
from plugin.advisor.fairness.gates import GateCode
from plugin.advisor.recommendation.messages import FEATURES
from plugin.domain import Json, JsonObject
from plugin.figures import writing
from plugin.texts import N_, _, counted, ngettext

TITLES = {
    GateCode.GAP: N_("Equal recommendations for like work"),
    GateCode.BLIND: N_("No repeat of past gaps"),
    GateCode.IMPACT: N_("Equal share of the highest recommendations"),
    GateCode.PROXY: N_("Model inputs do not reveal the group"),
    GateCode.PAY: N_("Equal pay in each category of equal work"),
    GateCode.OVERRIDES: N_("Manager changes add no gap"),
    GateCode.UNCHANGED: N_("Managers decide, not the tool"),
    GateCode.SIZE: N_("Enough people to measure"),
}
STORED_WORDS = (
    N_("sex"),
    N_("age"),
    N_("women"),
    N_("men"),
    N_("50 and over"),
    N_("under 50"),
    N_("no job known"),
    N_("no unit known"),
)


def word(stored: object) -> str:
    """A word that a report stores in English, such as a group's name."""
    text = str(stored)
    return _(text) if text in STORED_WORDS else text


def feature(name: str) -> str:
    """An input of the model by its code; reports of older versions store its label."""
    return _(FEATURES[name]) if name in FEATURES else name


def title(gate: JsonObject) -> str:
    name = str(gate["name"])
    return _(TITLES[GateCode(name)]) if name in list(GateCode) else name


def found(gate: JsonObject) -> str:
    """What was measured; a sentence that an older version stored stays as it is."""
    figures = gate["found"]
    if not isinstance(figures, dict):
        return str(figures)
    code = GateCode(str(gate["name"]))
    if not figures:
        return _("too few people") if code is GateCode.SIZE else _("No data, or no group to compare with.")
    return _FOUND[code](figures)


def _gap(figures: JsonObject) -> str:
    values = {
        "estimate": _signed(figures["estimate"]),
        "low": _signed(figures["low"]),
        "high": _signed(figures["high"]),
        "group": _count(figures["group"]),
        "reference": _count(figures["reference"]),
    }
    if figures["unit"] == "percent":
        return _("%(estimate)s%% (95%%: %(low)s to %(high)s; %(group)s and %(reference)s people)", **values)
    return _("%(estimate)s points (95%%: %(low)s to %(high)s; %(group)s and %(reference)s people)", **values)


def _blindness(figures: JsonObject) -> str:
    if "carried_over" not in figures:
        return _("Past raises: %(gap)s. This may be chance.", gap=_gap(figures))
    return _(
        "Past raises: %(gap)s. The recommendations repeat %(share)s of it.",
        gap=_gap(figures),
        share=writing.whole_percent(_float(figures["carried_over"])),
    )


def _impact(figures: JsonObject) -> str:
    return _(
        "%(group)s: %(ratio)s (%(chosen)s of %(people)s, exact p %(p_value)s)",
        group=word(figures["group"]),
        ratio=_plain(figures["ratio"]),
        chosen=_count(figures["chosen"]),
        people=_count(figures["people"]),
        p_value=writing.decimals(_float(figures["p_value"]), 3),
    )


def _proxy(figures: JsonObject) -> str:
    auc = _plain(figures["auc"])
    if not figures["strongest"]:
        return _("AUC %(auc)s", auc=auc)
    return _("AUC %(auc)s. Strongest input: %(input)s", auc=auc, input=feature(str(figures["strongest"])))


def _pay(figures: JsonObject) -> str:
    return ngettext(
        "%(over)s of %(num)s category shown; adjusted and beyond chance: %(sure)s",
        "%(over)s of %(num)s categories shown; adjusted and beyond chance: %(sure)s",
        int(_float(figures["shown"])),
        over=_count(figures["over"]),
        sure=_count(figures["sure"]),
    )


def _unchanged(figures: JsonObject) -> str:
    return _("%(share)s of the recommendations", share=writing.whole_percent(_float(figures["share"])))


_FOUND = {
    GateCode.GAP: _gap,
    GateCode.OVERRIDES: _gap,
    GateCode.BLIND: _blindness,
    GateCode.IMPACT: _impact,
    GateCode.PROXY: _proxy,
    GateCode.PAY: _pay,
    GateCode.UNCHANGED: _unchanged,
}
_GAP_RULE = N_("Under %(warn)s points, or may be chance. Fails from %(fail)s points.")
RULES = {
    GateCode.SIZE: N_("At least %(least)s people in each group."),
    GateCode.GAP: _GAP_RULE,
    GateCode.OVERRIDES: _GAP_RULE,
    GateCode.BLIND: N_("The recommendations do not repeat a gap in the past raises."),
    GateCode.IMPACT: N_("Among the top %(top)s: %(warn)s or more, or may be chance. Fails under %(fail)s."),
    GateCode.PROXY: N_("The inputs predict the group with an AUC under %(warn)s. Fails from %(fail)s."),
    GateCode.PAY: N_("No category of equal work with an average gap of %(percent)s or more."),
    GateCode.UNCHANGED: N_("Under %(warn)s of %(least)s decisions or more."),
}


def rule(gate: JsonObject) -> str:
    """What the gate asks for; a sentence that an older version stored stays as it is."""
    limits = gate.get("limits")
    if not isinstance(limits, dict):
        return str(gate.get("rule", ""))
    code = GateCode(str(gate["name"]))
    return _(RULES[code], **{name: _limit(code, name, value) for name, value in limits.items()})


def _limit(code: GateCode, name: str, value: Json) -> str:
    figure = _float(value)
    if name == "least":
        return counted(int(figure))
    if name == "percent":
        return writing.percent(Decimal(str(figure)))
    if name == "top" or code is GateCode.UNCHANGED:
        return writing.whole_percent(figure)
    return writing.decimals(figure, 2) if code is GateCode.PROXY else writing.decimals(figure, 1)


HIDDEN: Mapping[str, str] = {
    SMALL_GROUP: N_("fewer than %(least)s people in one group"),
    TOTAL: N_("a smaller category could be calculated from the total"),
    CONTROLS: N_("too few people to compare like for like"),
    SMALL_COMBINATION: N_("fewer than %(least)s people in a combination"),
}


def hidden(stored: object, least: int = MIN_PER_GROUP) -> str:
    """Why a row is not shown; a sentence that an older version stored stays as it is."""
    text = str(stored)
    return _(HIDDEN[text], least=counted(least)) if text in HIDDEN else text


def _float(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _count(value: Json) -> str:
    return counted(int(_float(value)))


def _plain(value: Json) -> str:
    return writing.decimals(_float(value), 2)


def _signed(value: Json) -> str:
    return writing.decimals(_float(value), 2, is_signed=True)
