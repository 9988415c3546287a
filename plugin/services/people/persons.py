"""What is stored about a person, and its erasure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from plugin.domain import CycleState
from plugin.domain.ids import known_id
from plugin.errors import NotAllowed, NotFound
from plugin.services.core import Actor, Core
from plugin.store.cycle import cycles
from plugin.store.operation import audits
from plugin.store.people import erasure, identities, persons
from plugin.store.people.identities import Held
from plugin.store.people.persons import Person
from plugin.texts import _

RUNNING = (CycleState.NOTICE, CycleState.SHADOW, CycleState.OPEN, CycleState.REVIEW, CycleState.APPROVED)


@dataclass(frozen=True)
class Stored:
    """``rows``: table -> number of rows about the person. ``identifiers``: its names, dated."""

    person: Person
    identifiers: tuple[Held, ...]
    rows: Mapping[str, int]


def find(core: Core, text: str) -> list[Person]:
    """By id (``#12``), a part of the name, or employee number."""
    with core.database.reading() as tx:
        if text.startswith("#") and (person_id := known_id(text[1:])) is not None:
            return [persons.get(tx, person_id)]
        return persons.search(tx, text)


def names(core: Core, person_ids: Collection[int]) -> dict[int, str]:
    """Names by id; for HR's eyes."""
    with core.database.reading() as tx:
        return persons.display_names(tx, person_ids)


def stored(core: Core, person_id: int) -> Stored:
    with core.database.reading() as tx:
        return Stored(
            persons.get(tx, person_id),
            tuple(identities.of_person(tx, person_id)),
            erasure.plan(tx, person_id),
        )


def erase(core: Core, actor: Actor, person_id: int, *, dry_run: bool = False) -> Mapping[str, int]:
    """Erases by the columns' rules; table -> rows. NotAllowed while the person takes part in a running cycle.

    The suite's own record is not ours to erase: while it stays there, the next run brings the person back.
    """
    if dry_run:
        with core.database.reading() as tx:
            persons.get(tx, person_id)
            return erasure.plan(tx, person_id)
    with core.database.transaction() as tx:
        if persons.get(tx, person_id).display_name == erasure.ERASED:
            raise NotFound(_("this employee's data has already been erased"))
        running = [one.name for one in cycles.of_person(tx, person_id, RUNNING)]
        if running:
            raise NotAllowed(
                _("the employee is in the cycle %(running)s", running=running[0]),
                code="in_cycle",
                remedy=_("close the cycle or remove the employee from it first"),
            )
        done = erasure.erase(tx, core.clock(), person_id)
        audits.append(
            tx, core.clock(), actor.name, "person.erase", f"person:{person_id}", {"rows": sum(done.values())}
        )
    return done


def candidates(core: Core, text: str, *, after: int = 0, limit: int = 20) -> list[Person]:
    """People to choose from, by a part of their name or employee number, in the order of their ids."""
    with core.database.reading() as tx:
        return persons.search(tx, text, after=after, limit=limit)


def one(core: Core, person_id: int) -> Person:
    """NotFound."""
    with core.database.reading() as tx:
        return persons.get(tx, person_id)
