"""What each room of services gives the processes beside the web: lanes of work, kinds of long work, scheduled jobs, sweeping, pruning.

A room ``x`` says it in ``x/x_topic.py`` as ``TOPIC``. This module knows no room by name: a new one is found.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from plugin import services
from plugin.domain import JsonObject
from plugin.errors import InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.operation.schedule import Job
from plugin.services.operation.worker import Lane, Means
from plugin.texts import _

Say = Callable[[str], None]
Perform = Callable[[Core, Actor, JsonObject, Say], JsonObject]


def number(arguments: JsonObject, name: str) -> int:
    """A whole number among a task's arguments. InvalidInput when it is missing."""
    value = arguments.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(_("%(name)s is missing", name=name), fields={name: _("must be a number")})
    return value


@dataclass(frozen=True)
class Topic:
    """``lanes``: queues that the worker serves. ``kinds``: long work that a page may ask for; ``words``: what a result of it says.
    ``sweep`` gives back what lost workers held; ``prune`` deletes what is old."""

    kinds: Mapping[str, Perform] = field(default_factory=dict)
    words: Mapping[str, Callable[[JsonObject], str]] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    lanes: Callable[[Means], Sequence[Lane]] | None = None
    sweep: Callable[[Core], object] | None = None
    prune: Callable[[Core], object] | None = None


@cache
def topics() -> tuple[Topic, ...]:
    """All of them, imported once."""
    rooms = (room.name for room in pkgutil.iter_modules(services.__path__) if room.ispkg)
    names = (f"{services.__name__}.{room}.{room}_topic" for room in rooms)
    found: list[Topic] = [import_module(name).TOPIC for name in names if find_spec(name)]
    return tuple(found)


def kinds() -> Mapping[str, Perform]:
    return {name: perform for topic in topics() for name, perform in topic.kinds.items()}


def sentence(kind: str, result: JsonObject | None) -> str:
    """What the result of long work says in the reader's language, "" when it says nothing; one that an older version stored
    stays as it is."""
    if not result or "sentence" in result:
        return str((result or {}).get("sentence", ""))
    words = next((topic.words[kind] for topic in topics() if kind in topic.words), None)
    return words(result) if words else ""


def jobs() -> tuple[Job, ...]:
    return tuple(job for topic in topics() for job in topic.jobs)


def lanes(means: Means) -> list[Lane]:
    return [lane for topic in topics() if topic.lanes is not None for lane in topic.lanes(means)]


def free_stuck(core: Core) -> None:
    """Gives back what lost workers held."""
    for topic in topics():
        if topic.sweep is not None:
            topic.sweep(core)


def prune(core: Core) -> None:
    """Deletes what is old; each topic says how long it keeps."""
    for topic in topics():
        if topic.prune is not None:
            topic.prune(core)
