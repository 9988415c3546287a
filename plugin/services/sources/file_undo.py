"""Takes back what an applied file changed, in one press: the records are as they were, whoever it brought is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugin.domain import InboxKind, JsonObject, RunState, RunTrigger, Stream, content_hash
from plugin.errors import Conflict, NotFound
from plugin.services.core import Actor, Core
from plugin.services.sources import attributing
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import identities
from plugin.store.sources import applied_files, runs
from plugin.store.sources.applied_files import AppliedFile, Sums, Touched
from plugin.texts import _, ngettext


@dataclass(frozen=True)
class Undo:
    """The files of one run; ``why_not`` says why it cannot be undone, "" when it can. ``taken_back`` records were new,
    ``restored`` ones were changed or withdrawn, ``people`` of them are employees whom the file brought."""

    files: Sequence[AppliedFile]
    taken_back: int
    restored: int
    people: int
    why_not: str

    @property
    def name(self) -> str:
        return ", ".join(dict.fromkeys(one.file for one in self.files))


def offered(core: Core, connection_id: int) -> Undo | None:
    """Of the files that the connection applied at last; None when it applied none, or they are undone."""
    with core.database.reading() as tx:
        files = applied_files.newest(tx, connection_id)
        if not files or files[0].undone_at:
            return None
        return _judged(tx, files)


def undo(core: Core, actor: Actor, connection_id: int, run_id: int) -> tuple[Undo, int]:
    """With the run that applies the records anew. Conflict says why it cannot be undone."""
    now = core.clock()
    with core.database.transaction() as tx:
        files = applied_files.of_run(tx, run_id)
        if not files or files[0].connection_id != connection_id:
            raise NotFound(_("this run has applied no file"))
        if files[0].undone_at:
            raise Conflict(_("%(who)s has already undone this file", who=files[0].undone_by))
        if files != applied_files.newest(tx, connection_id):
            raise Conflict(
                _("a later file was applied"), remedy=_("Undo that one, or apply a corrected file.")
            )
        found = _judged(tx, files)
        if found.why_not:
            raise Conflict(found.why_not, remedy=_("Apply a corrected file instead."))
        _take_back(core, tx, files[0], applied_files.touched(tx, run_id))
        undo_run = runs.request(tx, now, connection_id, trigger=RunTrigger.PERSON, by=actor.name)
        applied_files.close(tx, now, run_id, actor.name, undo_run)
        detail: JsonObject = {"run": run_id, "new": found.taken_back, "changed": found.restored}
        audits.append(tx, now, actor.name, "file.undo", f"connection:{connection_id}", detail)
    return found, undo_run


def _judged(tx: Tx, files: Sequence[AppliedFile]) -> Undo:
    sums = applied_files.sums(tx, files[0].run_id)
    return Undo(files, sums.new, sums.touched - sums.new, sums.people, _why_not(tx, files, sums))


def _why_not(tx: Tx, files: Sequence[AppliedFile], sums: Sums) -> str:
    run_id, at = files[0].run_id, min(one.applied_at for one in files)
    if runs.get(tx, run_id).state in (RunState.QUEUED, RunState.RUNNING):
        return _("The file is still being read.")
    if not sums.touched:
        return _("The file changed nothing.")
    changed = sums.changed_since + applied_files.overtaken(tx, run_id)
    if changed:
        return ngettext(
            "%(num)s of its records has been changed since by another source.",
            "%(num)s of its records have been changed since by another source.",
            changed,
        )
    cycles = applied_files.cycles_since(tx, run_id, at, is_everybody=bool(sums.ranges))
    if cycles:
        return ngettext(
            "%(num)s recommendation of %(cycles)s has been calculated with it since.",
            "%(num)s recommendations of %(cycles)s have been calculated with it since.",
            sum(cycles.values()),
            cycles=", ".join(cycles),
        )
    if applied_files.is_settled(tx, run_id):
        return _("An employee of the file is in a cycle, or was merged with another record.")
    return ""


def _brought(touched: Sequence[Touched]) -> list[int]:
    """People whom nobody knew before the file."""
    new = (one for one in touched if one.stream is Stream.PEOPLE and one.before is None)
    return sorted({one.person_id for one in new if one.person_id})


def _take_back(core: Core, tx: Tx, file: AppliedFile, touched: Sequence[Touched]) -> None:
    now, source = core.clock(), identities.source_of(file.connection_id)
    brought, people = _brought(touched), [one for one in touched if one.stream is Stream.PEOPLE]
    changed = sorted({one.person_id for one in people if one.before and one.person_id})
    names = applied_files.take_names(tx, changed, source, file.applied_at)
    names |= applied_files.take_names(tx, brought, source, None)
    attributing.reconsider(tx, now, names)
    applied_files.restore(tx, [one for one in touched if one.before is not None])
    new = [one for one in touched if one.before is None]
    others = [one.inbox_id for one in new if one.stream is not Stream.PEOPLE and one.kind is InboxKind.UPSERT]
    applied_files.retract(tx, others, content_hash({"reason": "undone"}))
    applied_files.remove_people(tx, brought, [one.inbox_id for one in new if one.stream is Stream.PEOPLE])
    applied_files.forget_misses(tx, file.connection_id)
