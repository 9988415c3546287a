"""What every use case needs from the installation, in one value that is made once and passed first."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.domain import Clock, utc_now
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.vault import Vault


@dataclass(frozen=True)
class Core:
    """``core.database`` opens transactions (services only), ``core.clock`` tells the time (aware UTC), ``core.vault`` keeps secrets."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock = utc_now


@dataclass(frozen=True)
class Actor:
    """Who acts, for rights and for the audit: an account, or a part of the system such as ``system:worker``."""

    name: str
    roles: frozenset[str] = frozenset()
    account_id: int | None = None
    person_id: int | None = None


SYSTEM = Actor("system")
