"""One person's recommendation for the command line, with the same guard as pages: who views it is audited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plugin.domain import JsonObject
from plugin.errors import NotAllowed, NotFound
from plugin.services.core import Actor, Core
from plugin.services.decision import recommendation
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.store.cycle import cycles, recommendations
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import withheld
from plugin.texts import _


def must_not_be_held(tx: Tx, cycle_id: int, person_id: int) -> None:
    """NotAllowed while a value of the person is held: then nobody gets a figure."""
    if withheld.held_people(tx, [person_id], cycle_id=cycle_id):
        raise NotAllowed(
            _("HR is checking this employee’s data. No figure is calculated until then."),
            code="held",
            remedy=_("wait until HR has released it"),
        )


def of_person(core: Core, actor: Actor, cycle_id: int, person_id: int) -> PersonRecommendation:
    """The newest recommendation. NotFound when the cycle has none for the person, NotAllowed while a value of the person is held."""
    with core.database.transaction() as tx:
        cycles.get(tx, cycle_id)
        must_not_be_held(tx, cycle_id, person_id)
        stored = recommendations.current(tx, cycle_id, [person_id]).get(person_id)
        if stored is None:
            raise NotFound(_("this employee has no recommendation in the cycle"))
        audits.append(
            tx, core.clock(), actor.name, "recommendation.explain", f"person:{person_id}", {"cycle": cycle_id}
        )
        return recommendation.from_stored(stored)


def of_cycle(
    core: Core, actor: Actor, cycle_id: int
) -> tuple[int, Iterator[tuple[str, PersonRecommendation]]]:
    """How many are held and so left out; name and newest recommendation of everybody else who takes part."""
    with core.database.transaction() as tx:
        names = {one.person_id: one.display_name for one in cycles.participants(tx, cycle_id)}
        held = withheld.held_people(tx, names, cycle_id=cycle_id)
        detail: JsonObject = {"people": len(names) - len(held)}
        audits.append(tx, core.clock(), actor.name, "recommendation.export", f"cycle:{cycle_id}", detail)
    return len(held), _each(core, cycle_id, {who: name for who, name in names.items() if who not in held})


def _each(core: Core, cycle_id: int, names: Mapping[int, str]) -> Iterator[tuple[str, PersonRecommendation]]:
    with core.database.reading() as tx:
        for stored in recommendations.all_current(tx, cycle_id):
            if stored.person_id in names:
                yield names[stored.person_id], recommendation.from_stored(stored)
