"""Takes protected attributes in for the fairness reports. No recommendation can reach them."""

from __future__ import annotations

from collections.abc import Mapping

from plugin.domain import IdentifierKind, identifier
from plugin.services.core import Actor, Core
from plugin.store.model import protected
from plugin.store.operation import audits
from plugin.store.people import persons


def put(core: Core, actor: Actor, kind: IdentifierKind, rows: Mapping[str, Mapping[str, str]]) -> int:
    """``rows``: a person's name of this kind -> attribute -> value. Unknown people are left out; the number of known ones."""
    names = {identifier(kind, value): given for value, given in rows.items()}
    with core.database.transaction() as tx:
        known = persons.match(tx, names, core.clock().date())
        protected.put(
            tx,
            [
                (known[name], key, value)
                for name, given in names.items()
                if name in known
                for key, value in given.items()
            ],
        )
        audits.append(tx, core.clock(), actor.name, "protected.import", "protected", {"people": len(known)})
    return len(known)
