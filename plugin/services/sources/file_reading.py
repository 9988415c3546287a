"""What a dropped file says: a small one is read at once, a large one by the worker, whose result is kept beside the file."""

from __future__ import annotations

from plugin.connectors.csv_folder import files, preview
from plugin.domain import JsonObject, TaskState
from plugin.errors import ConfigError
from plugin.services.core import Actor, Core
from plugin.services.operation import steps, task_requests
from plugin.services.operation.steps import Step
from plugin.services.operation.task_requests import Waiting
from plugin.services.operation.topics import Say, number
from plugin.services.sources import dropped_files, file_effects, file_preview
from plugin.services.sources.dropped_files import Dropped
from plugin.services.sources.file_preview import Preview
from plugin.texts import ngettext

KIND = "read_file"
AT_ONCE = 150 * 1024
"""Bytes, unpacked: about 1,500 rows of people with their pay, which take 0.8 s to read and to compare."""


def is_large(core: Core, connection_id: int, kept: Dropped) -> bool:
    return files.unpacked_bytes(dropped_files.path_of(core, connection_id, kept)) > AT_ONCE


def of(core: Core, actor: Actor, connection_id: int, kept: Dropped) -> Preview | Waiting:
    """What was read, or how far the worker is with it, who is asked when nobody has asked yet. ConfigError when it can't be opened."""
    if not is_large(core, connection_id, kept):
        return _made(core, connection_id, kept)
    if found := dropped_files.kept_preview(core, connection_id, kept):
        return found
    arguments = _arguments(core, connection_id, kept)
    asked = (one for one in task_requests.newest(core, KIND, _subject(kept)) if one.arguments == arguments)
    last = next(asked, None)
    if last is None or last.state == TaskState.DONE:
        return task_requests.waiting(core, again(core, actor, connection_id, kept))
    return task_requests.waiting(core, last.id)


def again(core: Core, actor: Actor, connection_id: int, kept: Dropped) -> int:
    """Asks the worker, also after it failed; the task's id."""
    return task_requests.request(core, actor, KIND, _subject(kept), _arguments(core, connection_id, kept))


def _subject(kept: Dropped) -> str:
    return f"file:{kept.token}"


def _arguments(core: Core, connection_id: int, kept: Dropped) -> JsonObject:
    mark = dropped_files.mark_of(core, connection_id, kept)
    return {"connection_id": connection_id, "token": kept.token, "mark": mark}


def perform(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001 - for anybody
    """Nothing of what it read is in the result: that is kept with the file, unless it is to be read otherwise by now."""
    connection_id, token = number(arguments, "connection_id"), str(arguments["token"])
    kept = dropped_files.get(core, connection_id, token)
    made: Preview | ConfigError
    try:
        made = _made(core, connection_id, kept, say)
    except ConfigError as error:  # may quote a cell: not for the task, which is kept longer
        made = error
    except OSError:
        dropped_files.get(core, connection_id, token)  # NotFound when it was discarded meanwhile
        raise
    now = dropped_files.get(core, connection_id, token)
    if now == kept and dropped_files.mark_of(core, connection_id, now) == arguments["mark"]:
        dropped_files.keep_preview(core, connection_id, now, str(arguments["mark"]), made)
    return {"rows": made.read if isinstance(made, Preview) else 0}


def words(result: JsonObject) -> str:
    return ngettext("%(num)s row read.", "%(num)s rows read.", number(result, "rows"))


def _made(core: Core, connection_id: int, kept: Dropped, say: Say | None = None) -> Preview:
    if say is None:
        seen = dropped_files.look(core, connection_id, kept)
    else:
        path, how = (
            dropped_files.path_of(core, connection_id, kept),
            dropped_files.how_of(core, connection_id, kept.answers),
        )
        total = preview.counted(path, how, lambda rows: say(steps.at(Step.COUNTING_ROWS, rows)))
        seen = dropped_files.look(
            core, connection_id, kept, lambda rows: say(steps.at(Step.READING_ROWS, rows, total))
        )
        say(steps.at(Step.COMPARING_ROWS, len(seen.lines)))
    effects = file_effects.of(core, connection_id, seen) if seen.is_ready else []
    return file_preview.of(seen, effects, core.clock() if say else None)
