"""What this room gives the worker and the scheduler: everybody judged by changed rules of plausibility, old sign-ins deleted."""

from __future__ import annotations

from plugin.domain import JsonObject
from plugin.services.core import Actor, Core
from plugin.services.operation.topics import Say, Topic, number
from plugin.services.people import guessing, plausibility, sessions
from plugin.texts import ngettext


def _judge(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001 - takes none
    return {"new": plausibility.judge_in_parts(core)}


def _judged_words(result: JsonObject) -> str:
    new = number(result, "new")
    return ngettext("%(num)s more value is held.", "%(num)s more values are held.", new)


def _prune(core: Core) -> None:
    sessions.prune(core)
    guessing.prune(core)


TOPIC = Topic(kinds={"judge": _judge}, words={"judge": _judged_words}, prune=_prune)
