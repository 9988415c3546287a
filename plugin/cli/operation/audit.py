"""raise-advisor audit: who did what, and the proof that nobody changed the record."""

from __future__ import annotations

import click

from plugin.cli import opening
from plugin.cli.output import emit, emit_json, json_option
from plugin.services.operation import auditing


@click.group()
def audit() -> None:
    """Read and verify the audit trail. Example: raise-advisor audit verify"""


@audit.command()
@json_option
def verify(as_json: bool) -> None:
    """Recompute the hash chain; exit code 1 when it is broken. Example: raise-advisor audit verify --json"""
    proof = auditing.verify(opening.core())
    if as_json:
        emit_json(proof)
    elif proof.first_break is None:
        click.echo(f"{proof.entries} entries, the chain holds. Newest hash: {proof.head}")
    else:
        click.echo(
            f"BROKEN at entry {proof.first_break} of {proof.entries}: it was changed, or one before it is missing."
        )
    raise click.exceptions.Exit(0 if proof.first_break is None else 1)


@audit.command("list")
@click.option("--subject", help="Only this subject, e.g. connection:3.")
@click.option("--action", help="Only this action, e.g. connection.add.")
@click.option("--before", type=int, help="Only entries before this number (the next page).")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def list_(subject: str | None, action: str | None, before: int | None, limit: int, as_json: bool) -> None:
    """Newest entries first. Example: raise-advisor audit list --action account.sign_in"""
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
