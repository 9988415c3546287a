"""Reading and proving the audit trail."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.services.core import Core
from plugin.store.operation import audits
from plugin.store.operation.audits import Entry


@dataclass(frozen=True)
class Proof:
    """``first_break`` is the number of the first entry that does not fit, None when the whole chain holds."""

    entries: int
    head: str
    first_break: int | None


def verify(core: Core) -> Proof:
    """Recomputes every hash of the chain."""
    with core.database.reading() as tx:
        return Proof(audits.count(tx), audits.head(tx)[1], audits.first_break(tx))


def page(
    core: Core,
    *,
    subject: str | None = None,
    action: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Newest first; ``before`` is the number of the last entry of the page before."""
    with core.database.reading() as tx:
        return audits.page(tx, subject=subject, action=action, before=before, limit=limit)
