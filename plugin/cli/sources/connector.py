"""raise-advisor connector: connections to remote systems."""

from __future__ import annotations

import json
from typing import IO

import click

from plugin import connectors
from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import dry_run_option, emit, emit_json, json_option, kind_cell, listed, note, progress
from plugin.connectors.base import Probe
from plugin.domain import RunState, RunTrigger
from plugin.errors import InvalidInput
from plugin.services.sources import connection_setup, matching, run_requests, sync
from plugin.store.sources.runs import Run
from plugin.texts import N_, _


@click.group()
def connector() -> None:
    """List, add, test, run and repair connections. Example: raise-advisor connector list"""


@connector.command()
@json_option
def kinds(as_json: bool) -> None:
    """List the systems that you can connect. Example: raise-advisor connector kinds"""
    rows = [
        {
            "slug": m.slug,
            "title": m.title,
            "reads": listed((s.stream for s in m.streams), as_json=as_json),
            "writes": listed((s.sink for s in m.sinks), as_json=as_json),
        }
        for m in connectors.available()
    ]
    emit(rows, as_json=as_json)


@connector.command("list")
@click.option(
    "--after", type=RECORD_ID, default=0, help=N_("Only connections after this id (the next page).")
)
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@json_option
def list_(after: int, limit: int, as_json: bool) -> None:
    """List all connections with their last run. Example: raise-advisor connector list --json"""
    core = opening.core()
    rows = []
    for one in connection_setup.page(core, after=after, limit=limit):
        last = run_requests.page(core, connection_id=one.connection.id, limit=1)
        state = last[0].state if last else _("never ran")
        message = last[0].message if last else None
        c = one.connection
        rows.append(
            {
                "id": c.id,
                "name": c.name,
                "connector": c.connector,
                "state": c.state,
                "every_minutes": c.every_minutes,
                "last_run": state,
                "message": message,
            }
        )
    emit(rows, as_json=as_json, empty=_("No connections yet. See: raise-advisor connector add --help"))


@connector.command()
@click.argument("kind")
@click.option("--name", required=True)
@click.option(
    "--settings",
    "file",
    type=click.File(),
    required=True,
    help=N_("File with the settings as a JSON object; - reads standard input."),
)
@dry_run_option
@json_option
def add(kind: str, name: str, file: IO[str], dry_run: bool, as_json: bool) -> None:
    """Add a connection; --dry-run only tests its settings. Example: raise-advisor connector add xapi_lrs --name LRS --settings lrs.json"""
    core = opening.core()
    try:
        settings = json.load(file)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            _("Correct the JSON of the settings in line %(line)s.", line=error.lineno),
            fields={"settings": _("Enter a JSON object.")},
        ) from error
    if dry_run:
        _show_probes(connection_setup.check_settings(core, kind, settings), as_json)
        return
    added = connection_setup.add(core, opening.actor(), connector=kind, name=name, settings=settings)
    emit_json({"id": added}) if as_json else click.echo(
        _("Connection %(id)s added. Next: raise-advisor connector test %(id)s", id=added)
    )


@connector.command()
@click.argument("connection_id", type=RECORD_ID)
@json_option
def test(connection_id: int, as_json: bool) -> None:
    """Test a connection step by step; exit code 1 if a step fails. Example: raise-advisor connector test 3"""
    _show_probes(connection_setup.check(opening.core(), connection_id), as_json)


def _show_probes(probes: list[Probe], as_json: bool) -> None:
    if as_json:
        emit_json(probes)
    else:
        words = {True: _("passed"), False: _("FAILED"), None: _("not tested")}
        emit(
            [
                {"step": p.label, "result": words[p.ok], "detail": p.detail, _("what to do"): p.remedy}
                for p in probes
            ],
            as_json=False,
        )
    raise click.exceptions.Exit(1 if any(p.ok is False for p in probes) else 0)


@connector.command("sync")
@click.argument("connection_id", type=RECORD_ID)
@click.option(
    "--stream", "streams", multiple=True, help=N_("Only this kind of record; repeat it for several.")
)
@click.option("--again", is_flag=True, help=N_("Read all records again, not only new ones."))
@json_option
def sync_(connection_id: int, streams: tuple[str, ...], again: bool, as_json: bool) -> None:
    """Run a connection now and wait. Exit code 1 if the run fails, 3 if it is postponed. Example: raise-advisor connector sync 3 --json"""
    core, who = opening.core(), opening.actor()
    if again:
        connection_setup.read_again(core, who, connection_id)
    with progress(_("Run")) as say:
        say(_("in progress"))
        ended = sync.perform_next(
            core, run_id=run_requests.request_run(core, who, connection_id, streams or None, RunTrigger.CLI)
        )
    if ended is None:
        note(_("Another worker is running it, or the connection is paused."))
        raise click.exceptions.Exit(3)
    _show_run(ended, as_json)


def _show_run(run: Run, as_json: bool) -> None:
    if as_json:
        emit_json(
            {
                "id": run.id,
                "state": run.state,
                "counts": run.counts,
                "code": run.code,
                "message": run.message,
                "remedy": run.remedy,
            }
        )
    else:
        click.echo(_("Run %(id)s: %(state)s", id=run.id, state=run.state))
        if run.message:
            click.echo(run.message)
        emit([dict(run.counts)], as_json=False)
        if run.remedy:
            click.echo(_("What to do: %(remedy)s", remedy=run.remedy))
    raise click.exceptions.Exit({RunState.FAILED: 1, RunState.QUEUED: 3}.get(run.state, 0))


@connector.command()
@click.argument("connection_id", type=RECORD_ID)
@click.option("--before", type=RECORD_ID, help=N_("Only runs before this id (the next page)."))
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@json_option
def history(connection_id: int, before: int | None, limit: int, as_json: bool) -> None:
    """List the runs of a connection, newest first. Example: raise-advisor connector history 3"""
    found = run_requests.page(opening.core(), connection_id=connection_id, before=before, limit=limit)
    rows = [
        {
            "id": r.id,
            "state": r.state,
            "trigger": r.trigger,
            "finished_at": r.finished_at,
            "message": r.message,
            **r.counts,
        }
        for r in found
    ]
    emit(rows, as_json=as_json, empty=_("No runs yet."))


@connector.command()
@click.argument("connection_id", type=RECORD_ID)
@click.option("--before", type=RECORD_ID, help=N_("Only rows before this id (the next page)."))
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@json_option
def rejected(connection_id: int, before: int | None, limit: int, as_json: bool) -> None:
    """List rejected rows with location and cause. Example: raise-advisor connector rejected 3"""
    found = run_requests.rejections(opening.core(), connection_id, before=before, limit=limit)
    emit(
        [{"id": r.id, "place": r.place, "code": r.code, "reason": r.message} for r in found],
        as_json=as_json,
        empty=_("No rejected rows."),
    )


@connector.command()
@click.argument("connection_id", type=RECORD_ID)
@json_option
def retry(connection_id: int, as_json: bool) -> None:
    """Retry rejected records and records without a matching employee. Example: raise-advisor connector retry 3"""
    counts = matching.try_again(opening.core(), opening.actor(), connection_id)
    emit([dict(counts)], as_json=as_json)


@connector.command()
@click.option(
    "--after", default="", help=N_("Only identifiers after this one, as 'kind value' (the next page).")
)
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@json_option
def unmatched(after: str, limit: int, as_json: bool) -> None:
    """List identifiers that match no known employee. Example: raise-advisor connector unmatched --json"""
    found = matching.unmatched(opening.core(), after=after, limit=limit)
    emit(
        [
            {
                "kind": kind_cell(u.kind, as_json=as_json),
                "value": u.value,
                "records": u.records,
                "since": u.first_received_at,
            }
            for u in found
        ],
        as_json=as_json,
        empty=_("All records are matched."),
    )


@connector.command()
@click.argument("kind")
@click.argument("value")
@click.argument("person_id", type=RECORD_ID)
@json_option
def link(kind: str, value: str, person_id: int, as_json: bool) -> None:
    """Match an identifier with an employee; waiting records follow. Example: raise-advisor connector link email old@example.com 12"""
    counts = matching.link(opening.core(), opening.actor(), kind=kind, value=value, person_id=person_id)
    emit([dict(counts)], as_json=as_json)
