"""What the results of this room's long work say, made of their figures when they are shown."""

from __future__ import annotations

from decimal import Decimal

from plugin.advisor.recommendation import wording
from plugin.advisor.recommendation.values import ModelOff
from plugin.domain import Json, JsonObject, Money
from plugin.figures import exact
from plugin.figures.writing import money, percent
from plugin.services.operation.topics import number
from plugin.texts import _, counted, locale, ngettext


def snapshot(result: JsonObject) -> str:
    people, left = number(result, "people"), number(result, "left_out")
    words = [
        ngettext("The snapshot holds %(num)s employee.", "The snapshot holds %(num)s employees.", people)
    ]
    if left:
        words.append(ngettext("%(num)s employee was left out.", "%(num)s employees were left out.", left))
    return " ".join(words)


def recommend(result: JsonObject) -> str:
    """Counts, and what ranges rest on."""
    words = [
        _(
            "Recommendations: %(recommended)s. Policy range only: %(silent)s. Not eligible: %(not_eligible)s.",
            recommended=counted(number(result, "recommended")),
            silent=counted(number(result, "silent")),
            not_eligible=counted(number(result, "not_eligible")),
        )
    ]
    if ruled := number(result, "ruled"):
        words.append(_("Set by HR rules alone: %(ruled)s.", ruled=counted(ruled)))
    if result["coverage"] is not None:
        coverage = Decimal(str(result["coverage"])) * 100
        words.append(
            _("In this cycle, ranges held for %(coverage)s of the decisions.", coverage=percent(coverage))
        )
    if result["model_off"] is not None:
        words.append(wording.model_off(ModelOff(str(result["model_off"]))))
    return " ".join(words)


def changes(result: JsonObject) -> str:
    new = number(result, "new")
    if not new:
        return _("Today’s data shows no new changes to the snapshot.")
    return ngettext(
        "Today’s data differs from the snapshot in %(num)s new change.",
        "Today’s data differs from the snapshot in %(num)s new changes.",
        new,
    )


def refresh(result: JsonObject) -> str:
    words = [
        ngettext(
            "%(num)s recommendation was recalculated from today’s data.",
            "%(num)s recommendations were recalculated from today’s data.",
            number(result, "people"),
        ),
        _moved(Money(Decimal(str(result["effect"])), str(result["currency"]))),
    ]
    if left := result.get("left"):
        words.append(
            ngettext(
                "%(num)s employee has no data today: choose keep or remove.",
                "%(num)s employees have no data today: choose keep or remove.",
                int(str(left)),
            )
        )
    return " ".join(words)


def _moved(effect: Money) -> str:
    if not effect.rounded().amount:
        return _("Planned spending stays the same.")
    amount = money(Money(abs(effect.amount), effect.currency))
    if effect.amount > 0:
        return _("Planned spending rises by %(amount)s a year.", amount=amount)
    return _("Planned spending falls by %(amount)s a year.", amount=amount)


def fitted(result: JsonObject) -> str:
    return _(
        "Merit costs %(before)s of pay before and %(after)s after.",
        before=_share(result["before"]),
        after=_share(result["after"]),
    )


def _share(cost: Json) -> str:
    assert isinstance(cost, list)
    return exact.percent(Decimal(str(cost[0])), locale())
