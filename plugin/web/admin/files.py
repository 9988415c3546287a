"""Dropping files on a connection, seeing how they are read and what would change, and applying them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin import manifest
from plugin.connectors.csv_folder import encodings, preview
from plugin.connectors.csv_folder.headings import UNUSED
from plugin.connectors.csv_folder.preview import Line, Look
from plugin.domain import Json, Stream, TaskState
from plugin.errors import AdvisorError, ConfigError, Conflict, InvalidInput
from plugin.services.cycle import change_desk, life
from plugin.services.operation.task_requests import Waiting
from plugin.services.sources import connection_setup, dropped_files, file_reading, file_undo
from plugin.services.sources.connection_setup import Shown
from plugin.services.sources.dropped_files import Dropped
from plugin.services.sources.file_preview import FIRST, ROWS, Kind, faults_of
from plugin.texts import _, ngettext
from plugin.web import auth, csv_files
from plugin.web.admin import file_words
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import sent_number
from plugin.web.security import core

ONE = "/connections/<record_id:connection_id>/files"
FILE = f"{ONE}/<token>"
UPLOAD = "admin.drop_files"
COLUMN = "c-"  # before the place of a column in the form
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
def file_preview(connection_id: int, token: str) -> ResponseReturnValue:
    return _preview(connection_id, dropped_files.get(core(), connection_id, token), {})


def _preview(connection_id: int, kept: Dropped, errors: dict[str, str]) -> ResponseReturnValue:
    shown = connection_setup.shown(core(), connection_id)
    said = {"shown": shown, "kept": kept, "errors": errors, "settings": _choices(shown, kept)}
    try:
        seen = file_reading.of(core(), auth.actor(), connection_id, kept)
    except ConfigError as error:
        return _unread(connection_id, kept, error, said)
    if isinstance(seen, Waiting):
        return _reading(connection_id, kept, seen, said)
    if request.headers.get("HX-Request"):  # the page that shows how far it is
        return "", 200, {"HX-Redirect": request.path}
    tab = request.args.get("show", "")
    return render_template(
        "admin/file_preview.html",
        seen=seen,
        main=seen.kinds[0] if seen.kinds else None,
        new=sum(one.new for one in seen.kinds),
        changed=sum(one.changed for one in seen.kinds),
        warnings=_warnings(seen.kinds),
        cycles=[one for one in life.listed(core()) if one.state in change_desk.OPEN] if seen.kinds else [],
        tab=tab if tab in ROWS else FIRST,
        lines=seen.lines.get(tab, seen.lines[FIRST]),
        choices=preview.choices(seen.streams),
        words=file_words,
        encoding=encodings.LABELS.get(seen.encoding, seen.encoding),
        delimiter=file_words.DELIMITERS.get(seen.delimiter, ""),
        **said,
    )


def _unread(
    connection_id: int, kept: Dropped, problem: AdvisorError, said: dict[str, object]
) -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        return "", 200, {"HX-Redirect": request.path}
    path = dropped_files.path_of(core(), connection_id, kept)
    samples = preview.samples(path) if problem.code == "encoding" else []
    return render_template("admin/file_unread.html", problem=problem, samples=samples, **said)


def _reading(
    connection_id: int, kept: Dropped, waiting: Waiting, said: dict[str, object]
) -> ResponseReturnValue:
    """How far the worker is: the whole page, or for htmx the part that changes."""
    task = waiting.task
    if not task.is_open:
        failed = AdvisorError(task.message or "", code=task.code, remedy=task.remedy or "")
        return _unread(connection_id, kept, failed, said)
    name = "admin/_file_reading.html" if request.headers.get("HX-Request") else "admin/file_reading.html"
    return render_template(
        name,
        task=task,
        is_running=task.state == TaskState.RUNNING,
        is_worker_alive=waiting.is_worker_alive,
        **said,
    )


def _choices(shown: Shown, kept: Dropped) -> list[tuple[manifest.Setting, Json]]:
    """The settings of reading with the value that holds for this file."""
    now = {**shown.connection.settings, **kept.answers}
    return [
        (one, now.get(one.name) or one.default)
        for one in shown.manifest.settings
        if one.name in dropped_files.ANSWERS
    ]


def _warnings(kinds: Iterable[Kind]) -> list[str]:
    found: list[str] = []
    for one in kinds:
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
        kept = dropped_files.answer(core(), connection_id, token, given)
    except InvalidInput as error:
        return _refused(connection_id, kept, error.fields)
    if file_reading.is_large(core(), connection_id, kept):
        file_reading.again(core(), auth.actor(), connection_id, kept)
    return _preview_of(connection_id, token)


def _refused(connection_id: int, kept: Dropped, errors: dict[str, str]) -> ResponseReturnValue:
    return make_response(_preview(connection_id, kept, errors), 422)


@blueprint.post(f"{FILE}/apply")
@hr
def apply_file(connection_id: int, token: str) -> ResponseReturnValue:
    kept = dropped_files.get(core(), connection_id, token)
    try:
        run_id = dropped_files.apply(core(), auth.actor(), connection_id, token)
    except InvalidInput as error:
        return _refused(connection_id, kept, error.fields)
    except ConfigError:  # it can't be read as it is: the preview says why
        return _refused(connection_id, kept, {})
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
            "The file is undone. New records removed: %(new)s. Changed ones put back: %(changed)s. This page shows the run.",
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
        seen, lines = dropped_files.faulty(core(), connection_id, kept)
    except ConfigError:
        return _preview_of(connection_id, token)
    columns = [_("Line"), *seen.table.headings, _("Reason")]
    return csv_files.stream("rejected.csv", columns, _rejected(seen, lines))


def _rejected(seen: Look, lines: Iterable[Line]) -> Iterator[list[object]]:
    for line in lines:
        cells = line.row.cells or (line.row.text, *[""] * (len(seen.table.headings) - 1))
        yield [line.row.line, *cells, "; ".join(file_words.faults(faults_of(line)))]
