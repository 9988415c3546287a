"""What this room gives the scheduler."""

from __future__ import annotations

from plugin.services.core import Core
from plugin.services.operation.topics import Topic
from plugin.services.people import guessing, sessions


def _prune(core: Core) -> None:
    sessions.prune(core)
    guessing.prune(core)


TOPIC = Topic(prune=_prune)
