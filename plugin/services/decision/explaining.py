"""One person's recommendation for the command line, with the same guard as pages: who views it is audited."""

from __future__ import annotations

from collections.abc import Iterator

from plugin.errors import NotFound
from plugin.services.core import Actor, Core
from plugin.services.decision import recommendation
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.store.cycle import cycles, recommendations
from plugin.store.operation import audits
from plugin.texts import _


def of_person(core: Core, actor: Actor, cycle_id: int, person_id: int) -> PersonRecommendation:
    """The newest recommendation. NotFound when the cycle has none for the person."""
    with core.database.transaction() as tx:
        cycles.get(tx, cycle_id)
        stored = recommendations.current(tx, cycle_id, [person_id]).get(person_id)
        if stored is None:
            raise NotFound(_("this employee has no recommendation in the cycle"))
        audits.append(
            tx, core.clock(), actor.name, "recommendation.explain", f"person:{person_id}", {"cycle": cycle_id}
        )
        return recommendation.from_stored(stored)


def of_cycle(core: Core, actor: Actor, cycle_id: int) -> Iterator[tuple[str, PersonRecommendation]]:
    """Name and newest recommendation of everybody who takes part."""
    with core.database.transaction() as tx:
        names = {one.person_id: one.display_name for one in cycles.participants(tx, cycle_id)}
        audits.append(
            tx, core.clock(), actor.name, "recommendation.export", f"cycle:{cycle_id}", {"people": len(names)}
        )
    with core.database.reading() as tx:
        for stored in recommendations.all_current(tx, cycle_id):
            yield names[stored.person_id], recommendation.from_stored(stored)
