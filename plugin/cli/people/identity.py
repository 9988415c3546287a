"""raise-advisor identity: whose an identifier is, what account names mean, and people with two records."""

from __future__ import annotations

import csv
from datetime import date
from typing import IO

import click

from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import dry_run_option, emit, emit_json, json_option, kind_cell
from plugin.domain import IdentityAnswer, NameRule
from plugin.errors import InvalidInput
from plugin.services.sources import account_rules, conflicts, merging
from plugin.texts import N_, _

_LIMIT = click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
_BEFORE = click.option("--before", type=RECORD_ID, help=N_("Only decisions before this id (the next page)."))


@click.group()
def identity() -> None:
    """Decide whose an identifier is. Example: raise-advisor identity list"""


@identity.command("list")
@click.option(
    "--after", default="", help=N_("Only identifiers after this one, as 'kind value' (the next page).")
)
@_LIMIT
@json_option
def list_(after: str, limit: int, as_json: bool) -> None:
    """List identifiers that several employees have. Example: raise-advisor identity list --json"""
    rows = [
        {
            "kind": kind_cell(one.kind, as_json=as_json),
            "value": one.value,
            "names": one.label,
            "records": one.records,
            "since": one.first_received_at,
        }
        for one in conflicts.page(opening.core(), after=after, limit=limit)
    ]
    emit(rows, as_json=as_json, empty=_("No conflicts."))


@identity.command()
@click.argument("kind")
@click.argument("value")
@json_option
def show(kind: str, value: str, as_json: bool) -> None:
    """Show the people who have an identifier, and the records that wait. Example: raise-advisor identity show email a@example.com"""
    case = conflicts.load(opening.core(), kind, value)
    if as_json:
        emit_json(case)
        return
    people = [
        {
            "id": one.person.id,
            "name": one.person.display_name,
            "number": one.person.employee_number,
            "named_by": ", ".join(one.named) or "–",
            "from": one.from_on or "–",
            "until": one.until_on or "–",
            "do_not_fit": case.misfits[one.person.id],
        }
        for one in case.sides
    ]
    emit(people, as_json=False)
    emit(
        [
            {
                "record": one.title,
                "kind": one.stream,
                "day": one.day or "–",
                "holder": one.holder_id or "–",
            }
            for one in case.records
        ],
        as_json=False,
    )


@identity.command()
@click.argument("kind")
@click.argument("value")
@click.option("--person", type=RECORD_ID, help=N_("All records belong to the employee with this id."))
@click.option("--shared", is_flag=True, help=N_("The identifier identifies no one."))
@click.option(
    "--from",
    "starts",
    multiple=True,
    metavar="ID=DATE",
    help=N_(
        "Handed on: the first day of each employee, such as 12=2026-02-01; the first holder has no date (11=)."
    ),
)
@click.option("--note", default="", help=N_("Note for the audit log."))
@json_option
def decide(
    kind: str, value: str, person: int | None, shared: bool, starts: tuple[str, ...], note: str, as_json: bool
) -> None:
    """Decide whose an identifier is; its records follow. Example: raise-advisor identity decide email a@example.com --person 12"""
    if (person is not None) + shared + bool(starts) != 1:
        raise InvalidInput(
            _("choose one answer"), fields={"answer": _("use one of --person, --shared or --from")}
        )
    answer = (
        IdentityAnswer.SHARED if shared else IdentityAnswer.HANDED_ON if starts else IdentityAnswer.ONE_PERSON
    )
    wish = conflicts.Wish(answer, person, dict(map(_start, starts)) or None, note)
    ruling, counts = conflicts.answer(opening.core(), opening.actor(), kind, value, wish)
    emit([{"id": ruling, **counts}], as_json=as_json)


def _start(text: str) -> tuple[int, date | None]:
    who, _bar, day = text.partition("=")
    try:
        return int(who), date.fromisoformat(day) if day else None
    except ValueError as error:
        raise InvalidInput(
            _("“%(text)s” can't be read", text=text), fields={"from": _("must look like 12=2026-02-01")}
        ) from error


@identity.command()
@_BEFORE
@_LIMIT
@json_option
def decisions(before: int | None, limit: int, as_json: bool) -> None:
    """List decisions in force, newest first. Example: raise-advisor identity decisions"""
    rows = [
        {
            "id": one.ruling.id,
            "kind": kind_cell(one.ruling.kind, as_json=as_json),
            "value": one.ruling.value,
            "names": one.label,
            "answer": one.ruling.answer,
            "records": sum(one.records.values()),
            "by": one.ruling.decided_by,
            "at": one.ruling.decided_at,
        }
        for one in conflicts.answered(opening.core(), before=before, limit=limit)
    ]
    emit(rows, as_json=as_json, empty=_("No decisions."))


@identity.command()
@click.argument("decision_id", type=RECORD_ID)
@json_option
def undo(decision_id: int, as_json: bool) -> None:
    """Undo a decision; its records wait again. Example: raise-advisor identity undo 3"""
    emit([dict(conflicts.undo(opening.core(), opening.actor(), decision_id))], as_json=as_json)


# --- what account names mean ----------------------------------------------------------------------------------------


@identity.command()
@click.argument("connection_id", type=RECORD_ID)
@json_option
def pages(connection_id: int, as_json: bool) -> None:
    """List the home pages of a connection's accounts with their rules. Example: raise-advisor identity pages 3"""
    core = opening.core()
    rules = {one.home_page: one for one in account_rules.rules(core, connection_id)}
    found = {one.home_page: one for one in account_rules.seen(core, connection_id)}
    rows = [
        {
            "home_page": home,
            "name_is": rules[home].name_is if home in rules else "–",
            "records": found[home].records if home in found else 0,
            "names": found[home].names if home in found else 0,
            "waiting": found[home].waiting if home in found else 0,
        }
        for home in dict.fromkeys([*found, *sorted(rules)])
    ]
    emit(rows, as_json=as_json, empty=_("This connection has no records with account names."))


@identity.command()
@click.argument("connection_id", type=RECORD_ID)
@click.argument("home_page")
@click.argument("name_is", type=click.Choice([*NameRule, "none"]))
@click.option("--suite", type=RECORD_ID, help=N_("The connection of the HR suite whose ids the names are."))
@click.option(
    "--list",
    "file",
    type=click.File(encoding="utf-8-sig"),
    help=N_("CSV file with the columns account_name and employee (employee number or email address)."),
)
@dry_run_option
@json_option
def rule(
    connection_id: int,
    home_page: str,
    name_is: str,
    suite: int | None,
    file: IO[str] | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Set what account names at a home page are. Example: raise-advisor identity rule 3 https://lms.example.com email --dry-run"""
    core = opening.core()
    if name_is not in set(NameRule):
        emit([dict(account_rules.remove(core, opening.actor(), connection_id, home_page))], as_json=as_json)
        return
    rows = account_rules.rows_of(csv.DictReader(file)) if file else None
    wish = account_rules.Wish(home_page, NameRule(name_is), suite, rows)
    if not dry_run:
        emit([dict(account_rules.save(core, opening.actor(), connection_id, wish))], as_json=as_json)
        return
    tried = account_rules.dry_run(core, connection_id, wish)
    if as_json:
        emit_json(tried)
        return
    click.echo(
        _("%(matched)s of %(records)s records would match.", matched=tried.matched, records=tried.records)
    )
    if tried.examples:
        click.echo(
            _(
                "These names would not (%(shown)s of %(all)s): %(names)s",
                shown=len(tried.examples),
                all=tried.unmatched_names,
                names=", ".join(tried.examples),
            )
        )


# --- people with two records ----------------------------------------------------------------------------------------


@identity.command()
@_LIMIT
@json_option
def twice(limit: int, as_json: bool) -> None:
    """List pairs of records that look like one person. Example: raise-advisor identity twice"""
    rows = [
        {
            "keep": one.kept.id,
            "merge": one.merged.id,
            "name": one.kept.display_name,
            "other_name": one.merged.display_name,
            "shared": ", ".join(value for _kind, value in one.shared),
        }
        for one in merging.proposals(opening.core(), limit=limit)
    ]
    emit(rows, as_json=as_json, empty=_("No one has two records."))


@identity.command()
@click.argument("kept_id", type=RECORD_ID)
@click.argument("merged_id", type=RECORD_ID)
@json_option
def merge(kept_id: int, merged_id: int, as_json: bool) -> None:
    """Count the second record for the first person. Example: raise-advisor identity merge 12 840"""
    emit([{"id": merging.merge(opening.core(), opening.actor(), kept_id, merged_id)}], as_json=as_json)


@identity.command("not-same")
@click.argument("first_id", type=RECORD_ID)
@click.argument("second_id", type=RECORD_ID)
@json_option
def not_same(first_id: int, second_id: int, as_json: bool) -> None:
    """Say that two records are two people. Example: raise-advisor identity not-same 12 840"""
    emit([{"id": merging.refuse(opening.core(), opening.actor(), first_id, second_id)}], as_json=as_json)


@identity.command()
@_BEFORE
@_LIMIT
@json_option
def merges(before: int | None, limit: int, as_json: bool) -> None:
    """List merges and refusals, newest first. Example: raise-advisor identity merges"""
    rows = [
        {
            "id": one.id,
            "state": one.state,
            "kept": kept,
            "merged": other,
            "by": one.decided_by,
            "at": one.decided_at,
        }
        for one, kept, other in merging.decided(opening.core(), before=before, limit=limit)
    ]
    emit(rows, as_json=as_json, empty=_("No merges."))


@identity.command()
@click.argument("merge_id", type=RECORD_ID)
@json_option
def split(merge_id: int, as_json: bool) -> None:
    """Undo a merge or a refusal. Example: raise-advisor identity split 3"""
    merging.undo(opening.core(), opening.actor(), merge_id)
    emit([{"id": merge_id}], as_json=as_json)
