"""One module per outside system, each found by the name in its manifest: nothing here lists them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from plugin.connectors.base import Connector
from plugin.errors import ConfigError
from plugin.manifest import Manifest, manifest_of, manifests, plugged
from plugin.texts import _


def available() -> list[Manifest]:
    """What can be connected, by title: our manifests and those of installed third-party packages."""
    return list(manifests())


@cache
def load(slug: str) -> Connector:
    """The connector of a manifest: the ``CONNECTOR`` of its module. ConfigError when there is none."""
    manifest_of(slug)
    module = next((point.module for point in plugged() if point.name == slug), f"{__name__}.{slug}")
    try:
        return cast("Connector", import_module(module).CONNECTOR)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            _("the code of connector %(slug)s can't be loaded", slug=slug),
            code="no_connector",
            remedy=_("reinstall the package that provides it"),
        ) from error
