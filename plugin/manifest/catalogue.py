"""Finds the manifests: ours in the package ``manifests``, third parties' through the entry point group."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable

from marshmallow import ValidationError

from plugin.errors import ConfigError
from plugin.manifest.model import Manifest
from plugin.manifest.schema import ManifestSchema
from plugin.manifest.spoken import spoken
from plugin.texts import _, locale

GROUP = "raise_advisor.connectors"
"""Entry points ``<slug> = <module>``: the module's package holds ``<slug>.json``, the module has ``CONNECTOR``."""


def parse_manifest(text: str, slug: str) -> Manifest:
    """A manifest from its JSON text; ConfigError names each wrong field. Its slug must be ``slug``, the file's name."""
    try:
        manifest = ManifestSchema().load(json.loads(text))
    except json.JSONDecodeError as error:
        raise ConfigError(
            _("manifest %(slug)s is not JSON: line %(lineno)s", slug=slug, lineno=error.lineno),
            code="manifest",
        ) from error
    except ValidationError as error:
        raise ConfigError(
            _("manifest %(slug)s: %(messages)s", slug=slug, messages=error.messages), code="manifest"
        ) from error
    assert isinstance(manifest, Manifest)
    if manifest.slug != slug:
        raise ConfigError(
            _("manifest %(slug)s has the name %(slug2)s", slug=slug, slug2=manifest.slug), code="manifest"
        )
    return manifest


def manifests() -> tuple[Manifest, ...]:
    """All manifests of this installation in the reader's language, by title. ConfigError when one is wrong or two have the
    same slug."""
    return in_language(locale())


@cache
def in_language(_name: str) -> tuple[Manifest, ...]:
    own = [(path.name.removesuffix(".json"), path) for path in _own_files()]
    others = [(point.name, _beside(point)) for point in plugged()]
    slugs = [slug for slug, _other in own + others]
    twice = {slug for slug in slugs if slugs.count(slug) > 1}
    if twice:
        raise ConfigError(
            _("more than one connector has the name %(twice)s", twice=", ".join(sorted(twice))),
            code="manifest",
            remedy=_("uninstall one of the packages that provide it"),
        )
    found = [parse_manifest(path.read_text(encoding="utf-8"), slug) for slug, path in own + others]
    return tuple(sorted(map(spoken, found), key=lambda one: one.title))


def manifest_of(slug: str) -> Manifest:
    """ConfigError when there is no such connector."""
    for one in manifests():
        if one.slug == slug:
            return one
    raise ConfigError(
        _("connector “%(slug)s” doesn't exist", slug=slug),
        code="no_connector",
        remedy=_("install the package that provides it"),
    )


def missing(slug: str) -> Manifest:
    """Stands for a connector whose package was uninstalled, so that its connections can still be seen and removed."""
    gone = _("This connector's package is not installed. Install it again, or remove the connection.")
    return Manifest(slug, _("%(connector)s (not installed)", connector=slug), gone, (), "0.0")


def plugged() -> tuple[EntryPoint, ...]:
    """Third parties' connectors, by name."""
    return tuple(sorted(entry_points(group=GROUP), key=lambda point: point.name))


def _own_files() -> list[Traversable]:
    folder = files("manifests") / "connectors"
    return [path for path in folder.iterdir() if path.name.endswith(".json")]


def _beside(point: EntryPoint) -> Traversable:
    """``<slug>.json`` in the package that the entry point's module is or lies in."""
    package = point.module.rpartition(".")[0] or point.module
    return files(package) / f"{point.name}.json"
