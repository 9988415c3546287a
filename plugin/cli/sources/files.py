"""raise-advisor files: how a file is read, before anything of it is stored."""

from __future__ import annotations

from pathlib import Path

import click

from plugin import manifest
from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import emit, emit_json, json_option, listed
from plugin.connectors.csv_folder import encodings, preview
from plugin.connectors.csv_folder.files import AUTO, how_from
from plugin.connectors.csv_folder.headings import SOURCE_WORDS, Source
from plugin.connectors.csv_folder.preview import Fault, Line, Look
from plugin.domain import JsonObject
from plugin.services.sources import dropped_files, file_effects, file_people
from plugin.services.sources.file_effects import Effects
from plugin.texts import N_, _

_ROWS_SHOWN = 10


@click.group()
def files() -> None:
    """See how files are read before they are applied. Example: raise-advisor files preview people.csv"""


@files.command("preview")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--connection",
    "connection_id",
    type=RECORD_ID,
    help=N_("Read as this connection does, and compare with its records."),
)
@click.option("--encoding", type=click.Choice([AUTO, encodings.UTF8, *encodings.CHOSEN]), default=AUTO)
@click.option("--locale", default=AUTO, help=N_("How dates and numbers are written, for example de."))
@json_option
def preview_(file: Path, connection_id: int | None, encoding: str, locale: str, as_json: bool) -> None:
    """Show how a file is read and what it would change; nothing is stored. Exit code 1 if something is rejected. Example: raise-advisor files preview people.csv --connection 3"""
    answers: JsonObject = {
        name: said for name, said in (("encoding", encoding), ("locale", locale)) if said != AUTO
    }
    effects: list[Effects] = []
    if connection_id is None:
        how = how_from(manifest.load_settings(manifest.manifest_of(dropped_files.CONNECTOR), answers))
        seen = preview.look(file, file.name, how)
    else:
        core = opening.core()
        seen = preview.look(file, file.name, dropped_files.how_of(core, connection_id, answers))
        effects = file_effects.of(core, connection_id, seen) if seen.is_ready else []
    cells, rows = _faults(seen)
    if as_json:
        emit_json(_document(seen, effects, cells, rows))
    else:
        _show(seen, effects, cells, rows)
    raise click.exceptions.Exit(1 if cells or rows or not seen.is_ready else 0)


def _faults(seen: Look) -> tuple[list[Fault], list[Fault]]:
    found = [seen.faults(one) for one in seen.streams] if seen.is_ready else []
    cells = dict.fromkeys(one for faults, _rows in found for one in faults)
    rows = dict.fromkeys(one for _cells, faults in found for one in faults)
    return list(cells), list(rows)


def _columns(seen: Look) -> list[dict[str, object]]:
    return [
        {
            "heading": one.heading,
            "meaning": one.meaning.column or None,
            "how": one.meaning.source,
            "values": one.filled,
            "rejected": one.bad,
        }
        for one in seen.columns
    ]


def _how(source: object) -> str:
    return _(SOURCE_WORDS[source]) if isinstance(source, Source) else ""


def _effect(one: Effects) -> dict[str, object]:
    return {
        "kind": one.stream,
        "new": one.new,
        "changed": one.changed,
        "unchanged": one.unchanged,
        "not_in_file": one.gone,
        "rejected": one.rejected,
        "replaced": one.repeated,
        "jumps": len(one.jumps),
        "waiting": len(one.waiting),
        "number_unknown": one.reasons[file_people.NUMBERS],
    }


def _fault(one: Fault) -> dict[str, object]:
    lines = ", ".join(str(line) for line in one.lines[:5])
    return {"column": one.column, "reason": one.message, "number": len(one.lines), "lines": lines}


def _row(effects: list[Effects], line: Line, *, as_json: bool) -> dict[str, object]:
    """A row with what is read in it, kind by kind."""
    means = {name: text for read in line.reads.values() for name, text in read.cells.items()}
    does = {one.stream: one.by_line[line.row.line] for one in effects if line.row.line in one.by_line}
    return {
        "line": line.row.line,
        "means": ", ".join(f"{name}: {text}" for name, text in means.items()) or "–",
        "effect": listed(dict.fromkeys(does.values()), as_json=as_json) or "–",
    }


def _jumps(effects: list[Effects]) -> list[dict[str, object]]:
    return [
        {
            "line": jump.line,
            "record": jump.key,
            "column": jump.column,
            "before": f"{jump.old:f}",
            "after": f"{jump.new:f}",
            "held": jump.is_held,
        }
        for one in effects
        for jump in one.jumps
    ]


def _document(seen: Look, effects: list[Effects], cells: list[Fault], rows: list[Fault]) -> dict[str, object]:
    return {
        "encoding": seen.table.encoding,
        "delimiter": seen.table.delimiter,
        "header_line": seen.table.header_line,
        "kinds": list(seen.streams),
        "missing": list(seen.missing),
        "open": [one.heading for one in seen.open_columns],
        "columns": _columns(seen),
        "rows": [_row(effects, line, as_json=True) for line in seen.lines[:_ROWS_SHOWN]],
        "effects": [_effect(one) for one in effects],
        "jumps": _jumps(effects),
        "rejected_cells": [_fault(one) for one in cells],
        "rejected_rows": [_fault(one) for one in rows],
    }


def _show(seen: Look, effects: list[Effects], cells: list[Fault], rows: list[Fault]) -> None:
    label = encodings.LABELS.get(seen.table.encoding, seen.table.encoding)
    click.echo(_("Encoding: %(encoding)s", encoding=label))
    if seen.table.delimiter:
        click.echo(_("Delimiter: %(delimiter)s", delimiter=repr(seen.table.delimiter)))
    click.echo(_("Column headings: line %(line)s", line=seen.table.header_line))
    if seen.missing:
        click.echo(_("Missing columns: %(columns)s", columns=", ".join(seen.missing)))
    emit([{**row, "how": _how(row["how"])} for row in _columns(seen)], as_json=False)
    emit([_row(effects, line, as_json=False) for line in seen.lines[:_ROWS_SHOWN]], as_json=False)
    if effects:
        emit([_effect(one) for one in effects], as_json=False)
    if jumps := _jumps(effects):
        emit(jumps, as_json=False)
    emit([_fault(one) for one in (*cells, *rows)], as_json=False, empty=_("Nothing is rejected."))
