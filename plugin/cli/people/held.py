"""raise-advisor held: values that wait for a person, their release, and the rules by which they are held."""

from __future__ import annotations

from typing import TextIO

import click

from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import emit_json, json_option
from plugin.domain import Thresholds
from plugin.figures import writing
from plugin.services.core import Core
from plugin.services.people import plausibility, plausibility_words
from plugin.texts import N_, _, ngettext


@click.group()
def held() -> None:
    """List and release held values, and show the rules. Example: raise-advisor held list"""


@held.command("list")
@click.option("--after", type=RECORD_ID, default=0, help=N_("Only values after this number (the next page)."))
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def list_(after: int, limit: int, as_json: bool) -> None:
    """List held values with their rule. Example: raise-advisor held list --json"""
    found = plausibility.page(opening.core(), after=after, limit=limit)
    if as_json:
        emit_json(found)
        return
    for one in found:
        said = " ".join((plausibility_words.label(one.rule) + ":", plausibility_words.why(one)))
        click.echo(f"{one.id}  {one.name}  {said}")


@held.command()
@click.argument("numbers", nargs=-1, required=True, type=RECORD_ID, metavar="NUMBER...")
@click.option("--reason", required=True, help=N_("Why the value is right; kept in the audit trail."))
def release(numbers: tuple[int, ...], reason: str) -> None:
    """Let held values count. Example: raise-advisor held release 12 --reason "Right, part of a study"."""
    done = plausibility.release(opening.core(), opening.actor(), numbers, reason)
    click.echo(ngettext("%(num)s value released.", "%(num)s values released.", done))


@held.command()
@click.argument("number", type=RECORD_ID)
def undo(number: int) -> None:
    """Hold a released value again, until a snapshot uses it. Example: raise-advisor held undo 12"""
    plausibility.undo(opening.core(), opening.actor(), number)


@held.command()
@json_option
def rules(as_json: bool) -> None:
    """Show the rules, or write their thresholds to a file. Example: raise-advisor held rules --json > rules.json"""
    found = plausibility.rules(opening.core())
    if as_json:
        emit_json(found.thresholds.as_json())
        return
    for said in (
        *plausibility_words.sentences(found.thresholds).values(),
        *plausibility_words.fixed_sentences(),
    ):
        click.echo(said)
    for one in found.versions[:1]:
        said = _(
            "Version %(number)s, %(day)s, %(who)s: %(reason)s",
            number=one.number,
            day=writing.day(one.changed_at.date()),
            who=one.changed_by,
            reason=one.reason,
        )
        click.echo(said)


@held.command("change-rules")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE...")
@click.option("--reason", required=True, help=N_("Why the rules change; kept in the audit trail."))
def change_rules(changes: tuple[str, ...], reason: str) -> None:
    """Change thresholds by the names in the file. Example: raise-advisor held change-rules pay_factor=4 --reason "Bonus years"."""
    texts: dict[str, str] = {}
    for one in changes:
        name, sign, value = one.partition("=")
        if not sign:
            raise click.UsageError(_("Enter name and value, for example pay_factor=4."))
        texts[name.strip()] = value
    core = opening.core()
    _change(core, plausibility.typed(plausibility.rules(core).thresholds, texts), reason)


@held.command("import-rules")
@click.argument("file", type=click.File())
@click.option("--reason", required=True, help=N_("Why the rules change; kept in the audit trail."))
def import_rules(file: TextIO, reason: str) -> None:
    """Take thresholds from a file of "held rules --json". Example: raise-advisor held import-rules rules.json --reason "As in the group"."""
    core = opening.core()
    _change(core, plausibility.read_file(plausibility.rules(core).thresholds, file.read()), reason)


def _change(core: Core, thresholds: Thresholds, reason: str) -> None:
    plausibility.change(core, opening.actor(), thresholds, reason)
    new = plausibility.judge_in_parts(core)
    click.echo(
        ngettext(
            "Rules saved. %(num)s more value is held.", "Rules saved. %(num)s more values are held.", new
        )
    )
