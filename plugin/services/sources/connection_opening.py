"""Opens connections: the connector with the context that its verbs need, settings and secrets inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import cast

from plugin import connectors, http_client, manifest
from plugin.connectors.base import Connector, Context, Writer
from plugin.domain import Json
from plugin.http_client import Client, OnCall
from plugin.services.core import Core
from plugin.store.sources import connections


def opened(core: Core, connection_id: int, *, on_call: OnCall | None = None) -> tuple[Connector, Context]:
    """The connector and the context that its verbs need; secrets are in it, so it is neither kept nor logged."""
    with core.database.reading() as tx:
        found = connections.get(tx, connection_id)
        sealed = connections.sealed_secrets(tx, connection_id)
    to = manifest.binding(manifest.manifest_of(found.connector), found.settings)
    secret = {name: core.vault.open(text, to=to).reveal() for name, text in sealed.items()}
    ctx = context(core, found.connector, {**found.settings, **secret}, on_call=on_call)
    return connectors.load(found.connector), replace(ctx, own=own_folder(core, connection_id))


def opened_writer(core: Core, connection_id: int) -> tuple[Writer, Context]:
    """For a connection whose connector writes; only such a one has writes queued."""
    connector, ctx = opened(core, connection_id)
    return cast("Writer", connector), ctx


def own_folder(core: Core, connection_id: int) -> Path:
    """Where the files lie that people dropped on the connection's page; not there before the first."""
    return Path(core.settings.data_dir).resolve() / "files" / str(connection_id)


def context(
    core: Core, connector: str, settings: Mapping[str, Json], *, on_call: OnCall | None = None
) -> Context:
    """A context over checked settings, also for a connection that is not saved yet."""
    declared = manifest.manifest_of(connector)
    limits = http_client.Limits(
        total_seconds=declared.limits.total_seconds, max_bytes=declared.limits.max_megabytes * 2**20
    )
    loaded = manifest.load_settings(declared, settings)
    http = _client().bound(
        networks=http_client.networks(_networks(declared, loaded)),
        limits=limits,
        on_call=on_call,
        classify=getattr(connectors.load(connector), "classify", http_client.classify_status),
    )
    files = Path(core.settings.files_root) if core.settings.files_root else None
    return Context(loaded, http, core.clock, files)


@cache
def _client() -> Client:
    """One for all connections of the process."""
    return Client()


def _networks(declared: manifest.Manifest, settings: Mapping[str, Json]) -> list[str]:
    named = [one.name for one in declared.settings if one.type is manifest.SettingType.NETWORKS]
    return [str(cidr) for name in named for cidr in (settings.get(name) or [])]  # type: ignore[union-attr]
