"""raise-advisor person: what is stored about a person, and its erasure."""

from __future__ import annotations

import click

from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import dry_run_option, emit, emit_json, json_option
from plugin.services.people import persons
from plugin.texts import N_, _


@click.group()
def person() -> None:
    """Show and erase what is stored about a person. Example: raise-advisor person find example"""


@person.command()
@click.argument("text")
@json_option
def find(text: str, as_json: bool) -> None:
    """Find people by part of the name, employee number or #ID. Example: raise-advisor person find E000012"""
    found = persons.find(opening.core(), text)
    emit(
        [
            {"id": p.id, "name": p.display_name, "number": p.employee_number, "unit": p.org_unit}
            for p in found
        ],
        as_json=as_json,
        empty=_("No people found."),
    )


@person.command()
@click.argument("person_id", type=RECORD_ID)
@json_option
def show(person_id: int, as_json: bool) -> None:
    """Show the identifiers and the number of rows that are stored about a person. Example: raise-advisor person show 12 --json"""
    held = persons.stored(opening.core(), person_id)
    if as_json:
        emit_json(held)
        return
    click.echo(f"{held.person.display_name} ({held.person.employee_number or '–'})")
    emit(
        [
            {
                "kind": one.kind,
                "value": one.spelling,
                "from": one.from_on or "–",
                "until": one.until_on or "–",
                "source": one.source,
            }
            for one in held.identifiers
        ],
        as_json=False,
    )
    emit([{"table": name, "rows": number} for name, number in held.rows.items()], as_json=False)


@person.command()
@click.argument("person_id", type=RECORD_ID)
@dry_run_option
@click.option("--yes", is_flag=True, help=N_("Do not ask for confirmation."))
@json_option
def erase(person_id: int, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Erase what is stored about a person, by the rule of each column. Example: raise-advisor person erase 12 --dry-run"""
    core = opening.core()
    if not dry_run and not yes:
        click.confirm(
            _(
                "Erase all data about %(name)s? This cannot be undone",
                name=persons.stored(core, person_id).person.display_name,
            ),
            abort=True,
        )
    done = persons.erase(core, opening.actor(), person_id, dry_run=dry_run)
    emit([{"table": name, "rows": number} for name, number in done.items()], as_json=as_json)
