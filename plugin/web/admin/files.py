"""Dropping files on a connection, seeing how they are read and what would change, and applying them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin import manifest
from plugin.connectors.csv_folder import encodings, preview
from plugin.connectors.csv_folder.headings import UNUSED
from plugin.connectors.csv_folder.preview import Fault, Line, Look
from plugin.domain import FileEffect, Json, Stream
from plugin.errors import ConfigError, Conflict, InvalidInput
from plugin.services.cycle import change_desk, life
from plugin.services.sources import connection_setup, dropped_files, file_effects, file_undo
from plugin.services.sources.connection_setup import Shown
from plugin.services.sources.dropped_files import Dropped
from plugin.services.sources.file_effects import Effects
from plugin.texts import _, ngettext
from plugin.web import auth, csv_files
from plugin.web.admin import file_words
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import sent_number
from plugin.web.security import core

ONE = "/connections/<record_id:connection_id>/files"
FILE = f"{ONE}/<token>"
SHOWN = 10
UPLOAD = "admin.drop_files"
COLUMN = "c-"  # before the place of a column in the form
TABS = ("first", "changed", "jumps", "waiting", "rejected")
MANY_REJECTED = 0.01
MANY_GONE = 0.2


@blueprint.url_value_preprocessor
def _allow_files(endpoint: str | None, _values: object) -> None:
    """Before anything reads the form, and that is after the right to send it was checked."""
    if endpoint == UPLOAD:
        request.max_content_length = 4 * dropped_files.LARGEST


@blueprint.get(ONE)
@hr
def files(connection_id: int) -> str:
    return _list(connection_id, {})


def _list(connection_id: int, errors: dict[str, str]) -> str:
    shown = connection_setup.shown(core(), connection_id)
    return render_template(
        "admin/files.html",
        shown=shown,
        folder=shown.connection.settings.get("folder"),
        server=shown.connection.settings.get("host"),
        dropped=dropped_files.waiting(core(), connection_id),
        in_use=dropped_files.in_use(core(), connection_id),
        undo=file_undo.offered(core(), connection_id),
        errors=errors,
        largest=dropped_files.LARGEST // 2**20,
        minutes=int(dropped_files.KEPT.total_seconds() // 60),
    )


@blueprint.post(ONE)
@hr
def drop_files(connection_id: int) -> ResponseReturnValue:
    """One file leads to its preview, several to the list; a file that is refused does not stop the others."""
    errors: dict[str, str] = {}
    kept: list[Dropped] = []
    for sent in request.files.getlist("file"):
        if not sent.filename:
            continue
        try:
            kept.append(
                dropped_files.drop(core(), auth.actor(), connection_id, sent.filename, sent.stream.read())
            )
        except InvalidInput as error:
            errors[sent.filename] = error.fields["file"]
    if not kept and not errors:
        errors["file"] = _("Choose at least one file.")
    if errors:
        return _list(connection_id, errors), 422
    if len(kept) == 1:
        return _preview_of(connection_id, kept[0].token)
    return redirect(url_for("admin.files", connection_id=connection_id), 303)


def _preview_of(connection_id: int, token: str) -> ResponseReturnValue:
    return redirect(url_for("admin.file_preview", connection_id=connection_id, token=token), 303)


@blueprint.get(FILE)
@hr
def file_preview(connection_id: int, token: str) -> str:
    return _preview(connection_id, dropped_files.get(core(), connection_id, token), {})


def _preview(connection_id: int, kept: Dropped, errors: dict[str, str]) -> str:
    shown = connection_setup.shown(core(), connection_id)
    said = {"shown": shown, "kept": kept, "errors": errors, "settings": _choices(shown, kept)}
    try:
        seen = dropped_files.look(core(), connection_id, kept)
    except ConfigError as error:
        path = dropped_files.path_of(core(), connection_id, kept)
        samples = preview.samples(path) if error.code == "encoding" else []
        return render_template("admin/file_unread.html", problem=error, samples=samples, **said)
    effects = file_effects.of(core(), connection_id, seen) if seen.is_ready else []
    tab = request.args.get("show", "")
    return render_template(
        "admin/file_preview.html",
        seen=seen,
        effects=effects,
        main=effects[0] if effects else None,
        cells=_together(seen.faults(one)[0] for one in seen.streams) if seen.is_ready else [],
        bad=_together(seen.faults(one)[1] for one in seen.streams) if seen.is_ready else [],
        new=sum(one.new for one in effects),
        changed=sum(one.changed for one in effects),
        warnings=_warnings(effects),
        cycles=[one for one in life.listed(core()) if one.state in change_desk.OPEN] if effects else [],
        tab=tab if tab in TABS else TABS[0],
        lines=_lines(seen, effects, tab),
        choices=preview.choices(seen.streams),
        words=file_words,
        encoding=encodings.LABELS.get(seen.table.encoding, seen.table.encoding),
        delimiter=file_words.DELIMITERS.get(seen.table.delimiter, ""),
        **said,
    )


def _together(found: Iterable[list[Fault]]) -> list[Fault]:
    """A cell that two kinds of record need is rejected once."""
    return list(dict.fromkeys(one for faults in found for one in faults))


def _choices(shown: Shown, kept: Dropped) -> list[tuple[manifest.Setting, Json]]:
    """The settings of reading with the value that holds for this file."""
    now = {**shown.connection.settings, **kept.answers}
    return [
        (one, now.get(one.name) or one.default)
        for one in shown.manifest.settings
        if one.name in dropped_files.ANSWERS
    ]


def _lines(seen: Look, effects: list[Effects], tab: str) -> list[tuple[Line, FileEffect | None, bool]]:
    """Ten rows of the chosen kind, each with the strongest of what it would do, and whether a figure jumps."""
    if not effects:
        return [(line, None, False) for line in seen.lines[:SHOWN]]
    jumping = {jump.line for one in effects for jump in one.jumps}
    does = {line.row.line: _strongest(effects, line.row.line) for line in seen.lines}
    wanted = {
        TABS[1]: {number for number, one in does.items() if one in (FileEffect.CHANGED, FileEffect.NEW)},
        TABS[2]: jumping,
        TABS[3]: {line for one in effects for line in one.waiting},
        TABS[4]: {number for number, one in does.items() if one is FileEffect.REJECTED},
    }.get(tab, set(does))
    found = [line for line in seen.lines if line.row.line in wanted]
    return [(line, does[line.row.line], line.row.line in jumping) for line in found[:SHOWN]]


def _strongest(effects: list[Effects], number: int) -> FileEffect:
    found = {one.by_line[number] for one in effects}
    order = (FileEffect.REJECTED, FileEffect.NEW, FileEffect.CHANGED, FileEffect.UNCHANGED)
    return next((one for one in order if one in found), FileEffect.REPEATED)


def _warnings(effects: list[Effects]) -> list[str]:
    found: list[str] = []
    for one in effects:
        rows = one.usable + one.rejected + one.repeated
        if one.rejected > MANY_REJECTED * rows:
            found.append(
                ngettext(
                    "%(num)s of %(rows)s rows is rejected.",
                    "%(num)s of %(rows)s rows are rejected.",
                    one.rejected,
                    rows=rows,
                )
            )
        if one.is_headcount_held:
            found.append(
                _(
                    "The headcount goes from %(today)s to %(afterwards)s and is held until HR releases it with a reason.",
                    today=one.today,
                    afterwards=one.today + one.new,
                )
            )
        if one.today and one.stream is Stream.PEOPLE and one.gone > MANY_GONE * one.today:
            found.append(
                ngettext(
                    "%(num)s of %(today)s employees is not in this file.",
                    "%(num)s of %(today)s employees are not in this file.",
                    one.gone,
                    today=one.today,
                )
            )
    return list(dict.fromkeys(found))


@blueprint.post(f"{FILE}/answers")
@hr
def answer_file(connection_id: int, token: str) -> ResponseReturnValue:
    """Reads the file differently; the answers about columns are kept by their headings."""
    kept = dropped_files.get(core(), connection_id, token)
    given: dict[str, Json] = {
        name: request.form[name] for name in dropped_files.ANSWERS if name in request.form
    }
    settings = connection_setup.shown(core(), connection_id).connection.settings
    columns = dict(cast("dict[str, str]", kept.answers.get("columns") or settings.get("columns") or {}))
    for name, heading in request.form.items():
        if name.startswith(COLUMN) and name.endswith("-heading"):
            place = name.removeprefix(COLUMN).removesuffix("-heading")
            chosen, before = (
                request.form.get(COLUMN + place, ""),
                request.form.get(f"{COLUMN}{place}-before", ""),
            )
            if heading and chosen != before:
                columns[heading] = chosen or UNUSED
    given["columns"] = cast("Json", columns)
    try:
        dropped_files.answer(core(), connection_id, token, given)
    except InvalidInput as error:
        return _preview(connection_id, kept, error.fields), 422
    return _preview_of(connection_id, token)


@blueprint.post(f"{FILE}/apply")
@hr
def apply_file(connection_id: int, token: str) -> ResponseReturnValue:
    kept = dropped_files.get(core(), connection_id, token)
    try:
        run_id = dropped_files.apply(core(), auth.actor(), connection_id, token)
    except InvalidInput as error:
        return _preview(connection_id, kept, error.fields), 422
    except ConfigError:  # it can't be read as it is: the preview says why
        return _preview(connection_id, kept, {}), 422
    flash(_("%(name)s is being applied. This page shows the run.", name=kept.name))
    return redirect(url_for("admin.connection_run", connection_id=connection_id, run_id=run_id), 303)


@blueprint.post(f"{ONE}/undo")
@hr
def undo_file(connection_id: int) -> ResponseReturnValue:
    try:
        done, run_id = file_undo.undo(core(), auth.actor(), connection_id, sent_number("run_id"))
    except Conflict as error:
        flash(_("Not undone. %(error)s", error=error))
        return redirect(url_for("admin.files", connection_id=connection_id), 303)
    flash(
        _(
            "Undone: %(new)s new records are removed, %(changed)s changed ones are as they were. This page shows the run.",
            new=done.taken_back,
            changed=done.restored,
        )
    )
    return redirect(url_for("admin.connection_run", connection_id=connection_id, run_id=run_id), 303)


@blueprint.post(f"{FILE}/discard")
@hr
def discard_file(connection_id: int, token: str) -> ResponseReturnValue:
    dropped_files.discard(core(), connection_id, token)
    flash(_("File discarded. Nothing was saved."))
    return redirect(url_for("admin.files", connection_id=connection_id), 303)


@blueprint.get(f"{FILE}/rejected.csv")
@hr
def rejected_rows(connection_id: int, token: str) -> ResponseReturnValue:
    """Rows with something rejected, as they stand in the file, the reasons in a last column."""
    kept = dropped_files.get(core(), connection_id, token)
    try:
        seen = dropped_files.look(core(), connection_id, kept)
    except ConfigError:
        return _preview_of(connection_id, token)
    columns = [_("Line"), *seen.table.headings, _("Reason")]
    return csv_files.download("rejected.csv", columns, _rejected(seen))


def _rejected(seen: Look) -> Iterator[list[object]]:
    for line in seen.lines:
        said = file_words.faults(line)
        if said:
            cells = line.row.cells or (line.row.text, *[""] * (len(seen.table.headings) - 1))
            yield [line.row.line, *cells, "; ".join(said)]
