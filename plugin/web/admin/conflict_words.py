"""What an answer to a conflict does to pay, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from plugin.domain import Money
from plugin.figures import writing
from plugin.services.cycle.conflict_effects import Effect, Effects
from plugin.services.sources.conflicts import Case
from plugin.texts import _


def sentences(case: Case, effects: Effects) -> dict[str, list[str]]:
    """By the value that the form sends for the answer."""
    names = {side.person.id: side.person.display_name for side in case.sides}
    found = {}
    for (answer, who), changes in effects.by_choice.items():
        reasons = {one.why_none for one in changes}
        said = (
            [_("No effect on pay: %(why)s.", why=reasons.pop())]
            if len(reasons) == 1 and all(one.why_none for one in changes)
            else [_person(one, names) for one in changes]
        )
        found[answer.value if who is None else f"{answer.value}:{who}"] = said
    return found


def _person(effect: Effect, names: Mapping[int, str]) -> str:
    name = names[effect.person_id]
    if effect.why_none:
        return _("%(name)s: no effect on pay, %(why)s.", name=name, why=effect.why_none)
    parts = [_recommended(effect, name)]
    if effect.once is not None and effect.once.amount:
        parts.append(
            _("The lump sum rises by %(amount)s.", amount=_size(effect.once))
            if effect.once.amount > 0
            else _("The lump sum falls by %(amount)s.", amount=_size(effect.once))
        )
    if effect.is_conditional:
        parts.append(_("This counts once the badges are verified and their issuer is trusted."))
    if effect.is_mixed:
        parts.append(_("Other data that has changed since the recommendation was made is included."))
    return " ".join(parts)


def _recommended(effect: Effect, name: str) -> str:
    before, after, yearly = effect.before, effect.after, effect.yearly
    assert yearly is not None
    if after is None:
        return _(
            "%(name)s: the recommendation ends. It was %(before)s.",
            name=name,
            before=writing.percent(before),
        )
    if before is None:
        return _(
            "%(name)s: the recommendation is %(after)s or %(amount)s a year. There was none before.",
            name=name,
            after=writing.percent(after),
            amount=writing.money(yearly),
        )
    said = {"name": name, "after": writing.percent(after), "amount": _size(yearly)}
    if before == after:
        return (
            _("%(name)s: the recommendation stays %(after)s and rises by %(amount)s a year.", **said)
            if yearly.amount > 0
            else _("%(name)s: the recommendation stays %(after)s and falls by %(amount)s a year.", **said)
            if yearly.amount
            else _("%(name)s: the recommendation stays %(after)s.", **said)
        )
    said |= {"before": writing.percent(before), "points": writing.number(abs(after - before))}
    if after > before:
        return _(
            "%(name)s: the recommendation rises from %(before)s to %(after)s, by %(points)s points or %(amount)s a year.",
            **said,
        )
    return _(
        "%(name)s: the recommendation falls from %(before)s to %(after)s, by %(points)s points or %(amount)s a year.",
        **said,
    )


def _size(amount: Money) -> str:
    return writing.money(Money(abs(amount.amount), amount.currency))
