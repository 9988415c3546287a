"""Connections: add, change, test and open them. Secrets go into the vault and never come back out to a person."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from plugin import connectors, manifest
from plugin.connectors.base import Field, Probe
from plugin.domain import ConnectionState, Json, JsonObject, Sink
from plugin.errors import ConfigError, InvalidInput, Tampered, Unfit
from plugin.services.core import Actor, Core
from plugin.services.sources import connection_opening, connection_secrets
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.sources import connections
from plugin.store.sources.connections import Connection
from plugin.texts import _
from plugin.vault import Secret


@dataclass(frozen=True)
class Shown:
    """A connection as an admin may see it: of a secret only whether it is set. ``settings`` values are None when not set."""

    connection: Connection
    manifest: manifest.Manifest
    settings: JsonObject


def add(core: Core, actor: Actor, *, connector: str, name: str, settings: Mapping[str, Json]) -> int:
    """Adds a connection. InvalidInput names each field that is wrong; ConfigError for an unknown connector."""
    declared = manifest.manifest_of(connector)
    _need_name(name)
    loaded = manifest.load_settings(declared, settings)
    _check_networks(core, declared, loaded)
    plain, secret = _parted(declared, loaded)
    now = core.clock()
    with core.database.transaction() as tx:
        added = connections.add(
            tx,
            now,
            connector=connector,
            name=name.strip(),
            settings=plain,
            hook_token=secrets.token_urlsafe(24),
        )
        connections.put_secrets(tx, now, added, _sealed(core, declared, plain, secret))
        audits.append(
            tx,
            now,
            actor.name,
            "connection.add",
            f"connection:{added}",
            {"connector": connector, "name": name.strip()},
        )
    return added


def change(
    core: Core, actor: Actor, connection_id: int, version: int, *, name: str, settings: Mapping[str, Json]
) -> None:
    """New settings; a secret that is left empty stays as it is, for the same address only. InvalidInput as in ``add``, Conflict on
    an old ``version``."""
    _need_name(name)
    now = core.clock()
    with core.database.transaction() as tx:
        old = connections.get(tx, connection_id)
        declared = manifest.manifest_of(old.connector)
        sealed = connections.sealed_secrets(tx, connection_id)
        loaded = connection_secrets.merged(core, old, sealed, settings)
        _check_networks(core, declared, loaded)
        plain, secret = _parted(declared, loaded)
        changed = sorted(
            {key for key in plain if plain[key] != old.settings.get(key)}
            | {key for key in secret if settings.get(key)}
        )
        connections.change(tx, now, connection_id, version, name=name.strip(), settings=plain)
        connections.put_secrets(tx, now, connection_id, _sealed(core, declared, plain, secret))
        audits.append(
            tx,
            now,
            actor.name,
            "connection.change",
            f"connection:{connection_id}",
            {"changed": list[Json](changed)},
        )


def set_schedule(
    core: Core,
    actor: Actor,
    connection_id: int,
    version: int,
    *,
    every_minutes: int | None,
    sinks: Sequence[str],
) -> None:
    """How often it runs (minutes, 5 or more; None = only on request) and which writes are on."""
    if every_minutes is not None and not 5 <= every_minutes <= 44_640:
        raise InvalidInput(
            _("the schedule is not valid"), fields={"every_minutes": _("must be from 5 to 44640 minutes")}
        )
    now = core.clock()
    with core.database.transaction() as tx:
        declared = manifest.manifest_of(connections.get(tx, connection_id).connector)
        for sink in sinks:
            if sink not in set(Sink) or not declared.writes(Sink(sink)):
                raise Unfit(
                    _("%(title)s can't write %(sink)s", title=declared.title, sink=sink),
                    code="unsupported",
                    fields={"sinks": _("this connector can't write %(sink)s", sink=sink)},
                )
        connections.change(tx, now, connection_id, version, every_minutes=every_minutes, sinks=sorted(sinks))
        detail: JsonObject = {"every_minutes": every_minutes, "sinks": list[Json](sorted(sinks))}
        audits.append(tx, now, actor.name, "connection.schedule", f"connection:{connection_id}", detail)


def set_state(
    core: Core, actor: Actor, connection_id: int, version: int, state: ConnectionState | None
) -> None:
    """``active`` or ``paused``: a paused connection neither reads nor writes, and loses nothing."""
    if state is None:
        raise InvalidInput(_("unknown state"), fields={"state": _("must be active or paused")})
    now = core.clock()
    with core.database.transaction() as tx:
        connections.change(tx, now, connection_id, version, state=state)
        audits.append(tx, now, actor.name, f"connection.{state}", f"connection:{connection_id}")


def renew_hook(core: Core, actor: Actor, connection_id: int, version: int) -> str:
    """A new secret address for the other side's webhooks; the old one stops at once."""
    token, now = secrets.token_urlsafe(24), core.clock()
    with core.database.transaction() as tx:
        connections.change(tx, now, connection_id, version, hook_token=token)
        audits.append(tx, now, actor.name, "connection.renew_hook", f"connection:{connection_id}")
    return token


def read_again(core: Core, actor: Actor, connection_id: int) -> None:
    """Forgets the cursors, so that the next run compares everything. Nothing is stored twice."""
    with core.database.transaction() as tx:
        connections.get(tx, connection_id)
        connections.forget_cursors(tx, connection_id)
        audits.append(tx, core.clock(), actor.name, "connection.read_again", f"connection:{connection_id}")


def remove(core: Core, actor: Actor, connection_id: int) -> None:
    """Removes the connection with its secrets, cursors and inbox. What was learnt about people stays."""
    with core.database.transaction() as tx:
        gone = connections.get(tx, connection_id)
        connections.remove(tx, connection_id)
        audits.append(
            tx,
            core.clock(),
            actor.name,
            "connection.remove",
            f"connection:{connection_id}",
            {"name": gone.name},
        )
    shutil.rmtree(connection_opening.own_folder(core, connection_id), ignore_errors=True)


def shown(core: Core, connection_id: int) -> Shown:
    with core.database.reading() as tx:
        return _shown_alone(tx, connections.get(tx, connection_id))


def shown_of(core: Core, found: Connection) -> Shown:
    """Of a connection that was read already."""
    with core.database.reading() as tx:
        return _shown_alone(tx, found)


def _shown_alone(tx: Tx, found: Connection) -> Shown:
    return _shown(found, connections.names_of_secrets(tx, [found.id]).get(found.id, ()))


def page(core: Core, *, after: int = 0, limit: int = 50) -> list[Shown]:
    with core.database.reading() as tx:
        found = connections.page(tx, after=after, limit=limit)
        kept = connections.names_of_secrets(tx, [one.id for one in found])
        return [_shown(one, kept.get(one.id, ())) for one in found]


def by_name(core: Core, name: str) -> Connection:
    with core.database.reading() as tx:
        return connections.by_name(tx, name)


def _declared(connector: str) -> manifest.Manifest:
    try:
        return manifest.manifest_of(connector)
    except ConfigError:
        return manifest.missing(connector)


def _shown(found: Connection, kept: Iterable[str]) -> Shown:
    declared = _declared(found.connector)
    set_secrets = dict.fromkeys(kept, True)
    return Shown(found, declared, manifest.shown_settings(declared, {**found.settings, **set_secrets}))


def _check_networks(core: Core, declared: manifest.Manifest, settings: Mapping[str, Json]) -> None:
    """A connection may name a private network only inside what the operator allows."""
    allowed = [ip_network(cidr) for cidr in core.settings.allowed_networks]
    for setting in declared.settings:
        if setting.type is not manifest.SettingType.NETWORKS:
            continue
        for cidr in settings.get(setting.name) or []:  # type: ignore[union-attr]
            network = ip_network(str(cidr))
            if not any(network.version == one.version and network.subnet_of(one) for one in allowed):  # type: ignore[arg-type]
                said = _(
                    "%(cidr)s is not inside ADVISOR_ALLOWED_NETWORKS; ask the operator to add it", cidr=cidr
                )
                raise Unfit(f"{setting.label}: {said}", code="network", fields={setting.name: said})


def _parted(declared: manifest.Manifest, loaded: Mapping[str, Json]) -> tuple[JsonObject, dict[str, str]]:
    secret = {name: str(loaded[name]) for name in declared.secret_names if loaded.get(name)}
    return {name: value for name, value in loaded.items() if name not in declared.secret_names}, secret


def _sealed(
    core: Core, declared: manifest.Manifest, plain: JsonObject, secret: Mapping[str, str]
) -> dict[str, str]:
    to = manifest.binding(declared, plain)
    return {name: core.vault.seal(Secret(text), to=to) for name, text in secret.items()}


def _need_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= 200:
        raise InvalidInput(
            _("enter a name for the connection"), fields={"name": _("must have 1 to 200 characters")}
        )


# --- testing --------------------------------------------------------------------------------------------------------


def check(core: Core, connection_id: int) -> list[Probe]:
    """The connection test: named steps in order, each with a remedy."""
    try:
        connector, ctx = connection_opening.opened(core, connection_id)
    except (ConfigError, InvalidInput, Tampered) as error:
        return [
            Probe(
                "open",
                _("Settings and secrets are readable"),
                ok=False,
                detail=str(error),
                remedy=error.remedy,
            )
        ]
    return connector.check(ctx)


def check_settings(core: Core, connector: str, settings: Mapping[str, Json]) -> list[Probe]:
    """The same before saving. InvalidInput when the settings themselves are wrong."""
    declared = manifest.manifest_of(connector)
    loaded = manifest.load_settings(declared, settings)
    _check_networks(core, declared, loaded)
    return connectors.load(connector).check(connection_opening.context(core, connector, settings))


def check_change(core: Core, connection_id: int, settings: Mapping[str, Json]) -> list[Probe]:
    """The same for a change that is not saved yet: a secret that is left empty is the stored one, for the same address only."""
    with core.database.reading() as tx:
        old = connections.get(tx, connection_id)
        sealed = connections.sealed_secrets(tx, connection_id)
    return check_settings(core, old.connector, connection_secrets.merged(core, old, sealed, settings))


def discover(core: Core, connection_id: int) -> list[Field]:
    """Which fields the other side really fills: a missing permission shows here."""
    connector, ctx = connection_opening.opened(core, connection_id)
    return connector.discover(ctx)
