"""The rules of plausibility as sentences, and what a held value is said to have tripped over."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from plugin.domain import LEAST_PEERS, HeldRule, Money, Thresholds, said
from plugin.figures import exact, writing
from plugin.store.people.held_facts import HeldFact
from plugin.texts import N_, _, locale

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIGURE = re.compile(
    r"(?<![\w.])(?P<number>-?\d+(?:\.\d+)?)(?:(?P<percent>%)| (?P<currency>[A-Z]{3})\b|(?![\w.]))"
)
SENTENCES = {
    HeldRule.PAY_JUMP: N_("Pay is %(value)s; the last plausible pay was %(against)s."),
    HeldRule.CURRENCY_CHANGE: N_("Pay is %(value)s; the last plausible pay was %(against)s."),
    HeldRule.COMPA_RATIO: N_("Pay is %(value)s; the midpoint of the range is %(against)s."),
    HeldRule.CURRENCY: N_("Pay is %(value)s; the country pays in %(against)s."),
    HeldRule.PAY_BESIDE_PEERS: N_("Pay is %(value)s; the median pay of peers is %(against)s."),
    HeldRule.RATING_SCALE: N_("The rating is %(value)s; the scale is %(against)s."),
    HeldRule.RANGE_ORDER: N_("Minimum, midpoint and maximum are %(value)s (%(against)s)."),
    HeldRule.RANGE_CURRENCY: N_("The midpoint is %(value)s; the country pays in %(against)s."),
    HeldRule.RAISES_COLUMN: N_(
        "Every raise of the run is below %(against)s (the largest and their number: %(value)s)."
    ),
    HeldRule.HEADCOUNT: N_("The connection now has %(value)s employees; before it had %(against)s."),
    HeldRule.LARGEST_RAISE: N_("The rules give %(value)s; the policy allows at most %(against)s."),
    HeldRule.LEAVES_BEFORE: N_("The last day is %(value)s; the raise takes effect on %(against)s."),
}
REMEDIES = {
    HeldRule.PAY_JUMP: N_(
        "Check the pay period and currency at the source. Release the value if it is right."
    ),
    HeldRule.CURRENCY_CHANGE: N_("Check the currency at the source. Release the value if it is right."),
    HeldRule.COMPA_RATIO: N_(
        "Check the pay period, the job and its range. Release the value if it is right."
    ),
    HeldRule.CURRENCY: N_("Correct country or currency, or allow the pair in the rules."),
    HeldRule.PAY_BESIDE_PEERS: N_(
        "Check the pay period, the currency and the level at the source. Release the value if it is right."
    ),
    HeldRule.RATING_SCALE: N_(
        "Correct the rating’s scale in the connection’s settings, or the scale in the rules."
    ),
    HeldRule.RANGE_ORDER: N_("Correct the columns at the source. Until then the last good range applies."),
    HeldRule.RANGE_CURRENCY: N_("Correct country or currency, or allow the pair in the rules."),
    HeldRule.RAISES_COLUMN: N_(
        "Enter 3.5 for 3.5%% in the source. Until then the model does not learn from these raises."
    ),
    HeldRule.HEADCOUNT: N_(
        "Check the source’s filter. Until then, employees of this connection get no figure."
    ),
    HeldRule.LARGEST_RAISE: N_(
        "Release it to decide by hand up to the maximum, let the policy split the shortfall, or raise its maximum."
    ),
    HeldRule.LEAVES_BEFORE: N_(
        "Remove the employee from the cycle, or release the raise if it is to be paid all the same."
    ),
}


def _number(value: Decimal) -> str:
    return exact.number(value, locale())


def _percent(value: Decimal) -> str:
    return exact.percent(value, locale())


def label(rule: HeldRule) -> str:
    return said(rule)


def labels(rules: Collection[HeldRule]) -> str:
    return ", ".join(label(rule) for rule in rules)


def why(fact: HeldFact) -> str:
    """Which value tripped, against what."""
    return _(SENTENCES[fact.rule], value=in_locale(fact.value), against=in_locale(fact.against))


def in_locale(kept: str) -> str:
    """What was kept in plain form (60000 EUR, 3.5%, 1–5, 2027-03-31) as the reader writes it."""
    if _DAY.fullmatch(kept):
        return writing.day(date.fromisoformat(kept))
    return _FIGURE.sub(_in_locale, kept)


def _in_locale(found: re.Match[str]) -> str:
    value = Decimal(found["number"])
    if found["currency"]:
        return exact.money(Money(value, found["currency"]), locale())
    return _percent(value) if found["percent"] else _number(value)


def remedy(rule: HeldRule) -> str:
    return _(REMEDIES[rule])


def sentences(rules: Thresholds) -> dict[str, str]:
    """Each rule as a sentence with its threshold, by the threshold's field (the first one where a sentence has two)."""
    return {
        "pay_factor": _(
            "Pay that is %(factor)s times the last pay or more, or the last pay divided by %(factor)s or less, is held.",
            factor=_number(rules.pay_factor),
        ),
        "compa_low": _(
            "Pay below %(low)s or above %(high)s times the midpoint of its range is held.",
            low=_number(rules.compa_low),
            high=_number(rules.compa_high),
        ),
        "peers_factor": _(
            "Without a pay range, first pay more than %(factor)s times above or below the median of %(least)s or more peers is held. "
            "Peers have the same country, currency and level; without a level, the same job.",
            factor=_number(rules.peers_factor),
            least=_number(Decimal(LEAST_PEERS)),
        ),
        "raises_percent": _(
            "Three or more raises of one run that are all below %(percent)s are held.",
            percent=_percent(rules.raises_percent),
        ),
        "rating_low": _(
            "A rating below %(low)s or above %(high)s is held.",
            low=_number(rules.rating_low),
            high=_number(rules.rating_high),
        ),
        "headcount_percent": _(
            "A connection whose headcount changes by more than %(percent)s and more than %(people)s employees at once is held.",
            percent=_percent(rules.headcount_percent),
            people=_number(rules.headcount_free),
        ),
        "also_paid_in": _(
            "Pay and ranges in another currency than the country’s are held, except: %(pairs)s.",
            pairs=", ".join(rules.also_paid_in),
        )
        if rules.also_paid_in
        else _("Pay and ranges in another currency than the country’s are held."),
    }


def fixed_sentences() -> tuple[str, ...]:
    """Rules without a threshold of their own."""
    return (
        _("Pay in another currency than the employee’s last pay is held."),
        _("A pay range whose minimum is above its midpoint, or its midpoint above its maximum, is held."),
        _("A raise above the overall maximum of the cycle’s policy is held and can’t be decided."),
        _("An approved raise of an employee who leaves on or before its effective date is held."),
    )
