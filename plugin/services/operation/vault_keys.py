"""Everything that is sealed with the vault's keys, in one list, so that a rotation or a check forgets nothing."""

from __future__ import annotations

from plugin.errors import Tampered
from plugin.services.core import Actor, Core
from plugin.store.delivery import endpoints
from plugin.store.operation import audits
from plugin.store.sources import connections


def rotate(core: Core, actor: Actor) -> int:
    """Seals every stored secret with the newest vault key; their number. Tampered when one fits none of the keys."""
    with core.database.transaction() as tx:
        ours = connections.all_sealed(tx)
        for secret_id, text in ours:
            connections.reseal(tx, secret_id, core.vault.rotate(text))
        theirs = endpoints.all_sealed(tx)
        for endpoint_id, current, old in theirs:
            endpoints.reseal(
                tx, endpoint_id, core.vault.rotate(current), core.vault.rotate(old) if old else None
            )
        number = len(ours) + len(theirs)
        audits.append(tx, core.clock(), actor.name, "vault.rotate", "vault", {"secrets": number})
    return number


def unreadable(core: Core) -> tuple[int, int]:
    """(number of stored secrets that fit none of the keys, number of all)."""
    with core.database.reading() as tx:
        sealed = [text for _, text in connections.all_sealed(tx)]
        sealed += [text for _, current, old in endpoints.all_sealed(tx) for text in (current, old) if text]
    return sum(not _opens(core, text) for text in sealed), len(sealed)


def _opens(core: Core, text: str) -> bool:
    try:
        core.vault.open(text)
    except Tampered:
        return False
    return True
