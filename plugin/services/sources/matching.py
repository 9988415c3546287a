"""The queue of names that belong to no known employee, and the decisions of the person who empties it."""

from __future__ import annotations

from plugin.domain import IdentifierKind, InboxState, email_sha1, identifier
from plugin.errors import InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.sources.applying import apply_everything
from plugin.store.operation import audits
from plugin.store.people import persons
from plugin.store.sources import intake
from plugin.store.sources.intake import Item, Unmatched
from plugin.texts import _


def unmatched(core: Core, *, after: str = "", limit: int = 50) -> list[Unmatched]:
    """Unknown names with the number of records that wait for each; ``after`` is ``kind value`` of the last one seen."""
    with core.database.reading() as tx:
        return intake.unmatched(tx, after=after, limit=limit)


def unmatched_count(core: Core) -> int:
    """Number of records that wait for a person."""
    with core.database.reading() as tx:
        return intake.unmatched_count(tx)


def link(core: Core, actor: Actor, *, kind: str, value: str, person_id: int) -> dict[str, int]:
    """Says whose name this is and applies what waited for it; counts of rows applied, waiting, unusable.

    InvalidInput when the name is of an unknown kind or belongs to somebody already, NotFound for an unknown person.
    """
    if kind not in set(IdentifierKind):
        raise InvalidInput(
            _("unknown kind of identifier “%(kind)s”", kind=kind),
            fields={"kind": _("choose one of %(choices)s", choices=", ".join(IdentifierKind))},
        )
    name, now = identifier(IdentifierKind(kind), value), core.clock()
    names = [name] + ([email_sha1(name.value)] if name.kind is IdentifierKind.EMAIL else [])
    with core.database.transaction() as tx:
        persons.get(tx, person_id)
        linked = [intake.link(tx, now, person_id, one.kind.value, one.value, actor.name) for one in names]
        if not linked[0]:
            raise InvalidInput(
                _("this identifier already belongs to an employee"), fields={"value": _("is already linked")}
            )
        audits.append(tx, now, actor.name, "identity.link", f"person:{person_id}", {"kind": kind})
    return apply_everything(core)


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
