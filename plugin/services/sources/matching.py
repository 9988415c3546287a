"""The queue of names that belong to no known employee, and the decisions of the person who empties it."""

from __future__ import annotations

from datetime import date

from plugin.domain import Identifier, IdentifierKind, InboxState, identifier
from plugin.domain.holders import Claim
from plugin.errors import InvalidInput, Unfit
from plugin.services.core import Actor, Core
from plugin.services.sources import attributing
from plugin.services.sources.applying import apply_everything
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import identities, persons
from plugin.store.sources import intake, record_names
from plugin.store.sources.intake import Item
from plugin.store.sources.record_names import Unmatched
from plugin.texts import _


def unmatched(core: Core, *, after: str = "", limit: int = 50) -> list[Unmatched]:
    """Unknown names with the number of records that wait for each; ``after`` is ``kind value`` of the last one seen."""
    with core.database.reading() as tx:
        return record_names.unmatched(tx, after=after, limit=limit)


def unmatched_count(core: Core) -> int:
    """Number of records that wait for a person."""
    with core.database.reading() as tx:
        return record_names.unmatched_count(tx)


def link(core: Core, actor: Actor, *, kind: str, value: str, person_id: int) -> dict[str, int]:
    """Says whose name this is and applies what waited for it; counts of rows applied, waiting, unusable.

    Where others claim the name on other days, it is this person's on the days of the waiting records only. InvalidInput when the
    name is of an unknown kind or somebody else's on these days, NotFound for an unknown person.
    """
    if kind not in set(IdentifierKind):
        raise InvalidInput(
            _("unknown kind of identifier “%(kind)s”", kind=kind),
            fields={"kind": _("choose one of %(choices)s", choices=", ".join(IdentifierKind))},
        )
    name, now = identifier(IdentifierKind(kind), value), core.clock()
    with core.database.transaction() as tx:
        persons.get(tx, person_id)
        days = _days(tx, name, person_id)
        touched = identities.add(tx, now, person_id, name, days, actor.name)
        attributing.reconsider(tx, now, touched)
        audits.append(tx, now, actor.name, "identity.link", f"person:{person_id}", {"kind": kind})
    return apply_everything(core)


def _days(tx: Tx, name: Identifier, person_id: int) -> tuple[date | None, date | None]:
    key = (name.kind.value, name.value)
    claims = identities.claims(tx, [key]).get(key, [])
    if not claims:
        return None, None
    items = record_names.items_named(tx, identities.with_known_hashes(tx, [key]))
    waiting = [one.day for one in items if one.state == InboxState.WAITING and one.day is not None]
    mine = Claim(person_id, min(waiting), max(waiting)) if waiting else Claim(person_id, None, None)
    if any(_overlap(mine, one) for one in claims):
        raise Unfit(
            _("this identifier already belongs to an employee"),
            code="taken",
            fields={"value": _("is already linked")},
        )
    return mine.from_on, mine.until_on


def _overlap(one: Claim, other: Claim) -> bool:
    first = max(one.from_on or date.min, other.from_on or date.min)
    return first <= min(one.until_on or date.max, other.until_on or date.max)


def set_aside(core: Core, *, connection_id: int | None = None, after: int = 0, limit: int = 50) -> list[Item]:
    """Records that could not be used, with code and reason; nothing is thrown away."""
    with core.database.reading() as tx:
        return intake.page(
            tx, state=InboxState.REJECTED, connection_id=connection_id, after=after, limit=limit
        )


def try_again(core: Core, actor: Actor, connection_id: int, *, item_id: int | None = None) -> dict[str, int]:
    """Maps and matches rejected and waiting records of a connection anew (or one of them); counts as in ``link``."""
    states = (InboxState.REJECTED, InboxState.WAITING)
    with core.database.transaction() as tx:
        number = intake.again(tx, connection_id=connection_id, states=states, item_id=item_id)
        audits.append(
            tx, core.clock(), actor.name, "inbox.retry", f"connection:{connection_id}", {"records": number}
        )
    return apply_everything(core)
