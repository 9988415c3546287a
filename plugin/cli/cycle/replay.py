"""raise-advisor replay: any figure of any past day, computed again from its frozen inputs."""

from __future__ import annotations

from datetime import date

import click

from plugin.advisor.recommendation.values import Recommendation
from plugin.cli import opening
from plugin.cli.figures import DAY
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import emit_json, json_option
from plugin.services.cycle import cycle_replay
from plugin.texts import N_, _


@click.command()
@click.argument("cycle_id", type=RECORD_ID)
@click.argument("person_id", type=RECORD_ID)
@click.option("--on", type=DAY, help=N_("As of the end of that day; default: now."))
@json_option
def replay(cycle_id: int, person_id: int, on: date | None, as_json: bool) -> None:
    """Recalculate a recommendation from snapshot, policy and model; exit code 1 if a byte differs. Example: raise-advisor replay 1 12 --on 2026-12-01"""
    done = cycle_replay.replay(opening.core(), cycle_id, person_id, on=on)
    if as_json:
        hashes = {"snapshot": done.snapshot_hash, "policy": done.policy_hash, "model": done.model_hash}
        emit_json(
            {
                "matches": done.matches,
                "hashes": hashes,
                "stored": done.stored.recommendation,
                "computed": done.computed.recommendation,
            }
        )
    else:
        click.echo(_verdict(done))
        click.echo(_("Snapshot: %(hash)s", hash=done.snapshot_hash))
        click.echo(_("Policy: %(hash)s", hash=done.policy_hash))
        click.echo(_("Model: %(hash)s", hash=done.model_hash or "–"))
    raise click.exceptions.Exit(0 if done.matches else 1)


def _verdict(done: cycle_replay.Replay) -> str:
    figures = {"stored": _said(done.stored.recommendation), "calculated": _said(done.computed.recommendation)}
    if done.matches:
        return _("Stored: %(stored)s. Recalculated: %(calculated)s. Every byte is the same.", **figures)
    return _("Stored: %(stored)s. Recalculated: %(calculated)s. They are DIFFERENT.", **figures)


def _said(made: Recommendation) -> str:
    return _("no number") if made.percent is None else str(made.percent)
