"""Loads the bundled JSON-LD contexts and proves them against their index, because a changed context changes what a signature says."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import resources
from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.errors import Tampered
from plugin.texts import _

VC1 = "https://www.w3.org/2018/credentials/v1"
VC2 = "https://www.w3.org/ns/credentials/v2"


@cache
def index() -> dict[str, dict[str, str]]:
    text = resources.files("plugin.badges").joinpath("contexts", "index.json").read_text("utf-8")
    entries: dict[str, dict[str, str]] = json.loads(text)
    return entries


@cache
def context(url: str) -> dict[str, Any]:
    """The context document published at ``url``.

    Raises BadgeProblem unknown_context outside the bundle, Tampered when the file is not the indexed one.
    """
    entry = index().get(url)
    if entry is None:
        raise BadgeProblem("unknown_context", url)
    raw = resources.files("plugin.badges").joinpath("contexts", entry["file"]).read_bytes()
    if hashlib.sha256(raw).hexdigest() != entry["sha256"]:
        raise Tampered(
            _("context file %(file)s differs from the bundled one", file=entry["file"]),
            code="context_changed",
        )
    document: dict[str, Any] = json.loads(raw)
    return document
