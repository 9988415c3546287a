"""raise-advisor held: values that wait for a person, their release, and the rules by which they are held."""

from __future__ import annotations

import click

from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import emit_json, json_option
from plugin.services.people import plausibility, plausibility_words
from plugin.texts import N_, ngettext


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
def rules() -> None:
    """Show the rules with their thresholds. Example: raise-advisor held rules"""
    found = plausibility.rules(opening.core())
    for said in (
        *plausibility_words.sentences(found.thresholds).values(),
        *plausibility_words.fixed_sentences(),
    ):
        click.echo(said)
