"""raise-advisor audit: who did what, and the proof that nobody changed the record."""

from __future__ import annotations

import click

from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import emit, emit_json, json_option
from plugin.services.operation import auditing
from plugin.texts import N_, _, ngettext


@click.group()
def audit() -> None:
    """Read and verify the audit trail. Example: raise-advisor audit verify"""


@audit.command()
@json_option
def verify(as_json: bool) -> None:
    """Recalculate the hash chain; exit code 1 if it is broken. Example: raise-advisor audit verify --json"""
    proof = auditing.verify(opening.core())
    if as_json:
        emit_json(proof)
    elif proof.first_break is None:
        said = ngettext(
            "%(num)s entry, the chain is intact. Newest hash: %(hash)s",
            "%(num)s entries, the chain is intact. Newest hash: %(hash)s",
            proof.entries,
            hash=proof.head,
        )
        click.echo(said)
    else:
        click.echo(
            _(
                "BROKEN at entry %(number)s of %(entries)s: it was changed, or an earlier entry is missing.",
                number=proof.first_break,
                entries=proof.entries,
            )
        )
    raise click.exceptions.Exit(0 if proof.first_break is None else 1)


@audit.command("list")
@click.option("--subject", help=N_("Only this subject, e.g. connection:3."))
@click.option("--action", help=N_("Only this action, e.g. connection.add."))
@click.option("--before", type=RECORD_ID, help=N_("Only entries before this number (the next page)."))
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def list_(subject: str | None, action: str | None, before: int | None, limit: int, as_json: bool) -> None:
    """List entries, newest first. Example: raise-advisor audit list --action account.sign_in"""
    found = auditing.page(opening.core(), subject=subject, action=action, before=before, limit=limit)
    rows = [
        {
            "number": e.seq,
            "at": e.at,
            "actor": e.actor,
            "action": e.action,
            "subject": e.subject,
            "detail": e.detail,
        }
        for e in found
    ]
    emit(rows, as_json=as_json)
