"""raise-advisor manifest: the declarations of connectors and of ourselves."""

from __future__ import annotations

from pathlib import Path

import click

from plugin import connectors
from plugin.cli.output import emit, json_option
from plugin.manifest import parse_manifest


@click.group()
def manifest() -> None:
    """Validate manifests. Example: raise-advisor manifest validate"""


@manifest.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def validate(files: tuple[Path, ...], as_json: bool) -> None:
    """Check manifests, by default all installed ones; exit code 2 if one is invalid. Example: raise-advisor manifest validate my_lms.json"""
    found = [
        parse_manifest(path.read_text(encoding="utf-8"), path.stem) for path in files
    ] or connectors.available()
    emit(
        [{"connector": one.slug, "title": one.title, "version": one.version, "valid": True} for one in found],
        as_json=as_json,
    )
