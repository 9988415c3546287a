"""What every use case needs from the installation, in one value that is made once and passed first."""

from __future__ import annotations

from dataclasses import dataclass, field

from plugin import texts
from plugin.domain import Clock, utc_now
from plugin.errors import ConfigError
from plugin.settings import Settings
from plugin.store import migrate
from plugin.store.database import Database
from plugin.store.database_clock import clock_of
from plugin.texts import _
from plugin.vault import Vault


@dataclass(frozen=True)
class Core:
    """``core.database`` opens transactions (services only), ``core.clock`` tells the time (aware UTC), ``core.vault`` keeps secrets."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock = utc_now


def open_core(settings: Settings, *, migrate_first: bool = False) -> Core:
    """A core over the settings, by the clock that all hosts of the installation share. ConfigError when keys are missing or the
    database has not been brought to this release."""
    texts.set_default(settings.language)
    vault = Vault(settings.vault_keys)
    database = Database(settings.database_url)
    if migrate_first:
        migrate.upgrade(database)
    elif migrate.pending(database):
        raise ConfigError(
            _("the database does not match this release"),
            code="migrate",
            remedy=_("run: raise-advisor db upgrade"),
        )
    return Core(settings, database, vault, clock_of(database))


@dataclass(frozen=True)
class Actor:
    """Who acts, for rights and for the audit: an account, or a part of the system such as ``system:worker``.

    ``display_name`` is for greeting only, ``language`` what the account chose for pages.
    """

    name: str
    roles: frozenset[str] = frozenset()
    account_id: int | None = None
    person_id: int | None = None
    display_name: str = field(default="", compare=False)
    language: str | None = field(default=None, compare=False)


SYSTEM = Actor("system")
