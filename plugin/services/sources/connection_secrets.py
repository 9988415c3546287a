"""Secrets of connections: each is bound to the address that it was entered for, and goes nowhere else.

Whoever may change a connection may not read its secrets. Were a stored secret sent to whatever address stands in the settings,
pointing the connection at a host of one's own would read it.
"""

from __future__ import annotations

from collections.abc import Mapping

from plugin import manifest
from plugin.domain import Json
from plugin.errors import Unfit
from plugin.services.core import Core
from plugin.store.sources.connections import Connection
from plugin.texts import _


def merged(
    core: Core, found: Connection, sealed: Mapping[str, str], given: Mapping[str, Json]
) -> dict[str, Json]:
    """Checked settings of a change, where a secret that is left empty is the stored one.

    InvalidInput names each wrong field, Unfit each secret to enter again because the address is another.
    """
    declared = manifest.manifest_of(found.connector)
    entered = {name: value for name, value in given.items() if value not in (None, "")}
    left = {name: text for name, text in sealed.items() if name not in entered}
    to = manifest.binding(declared, found.settings)
    unknown = dict.fromkeys(left, "x")  # the settings are judged without opening a secret
    loaded = manifest.load_settings(declared, {**unknown, **entered})
    if left and manifest.binding(declared, loaded) != to:
        said = _("enter it again: it was entered for another address")
        raise Unfit(
            _("a stored secret is never sent to another address"),
            code="secret",
            fields=dict.fromkeys(sorted(left), said),
        )
    return {**loaded, **{name: core.vault.open(text, to=to).reveal() for name, text in left.items()}}
