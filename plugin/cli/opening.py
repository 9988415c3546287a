"""Opens the installation for a command: settings, database, vault, and who acts."""

from __future__ import annotations

import getpass

import click

from plugin import settings
from plugin.services.core import Actor, Core, open_core


def core(*, migrate_first: bool = False) -> Core:
    """The core over the environment's settings; ConfigError says what is missing. Closed when the command ends."""
    opened = open_core(settings.load(), migrate_first=migrate_first)
    click.get_current_context().call_on_close(opened.database.close)
    return opened


def actor() -> Actor:
    """Who acts, as the operating system knows them: shown in the audit trail."""
    return Actor(f"cli:{getpass.getuser()}", frozenset({"operator"}))
