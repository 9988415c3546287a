"""raise-advisor replay: any figure of any past day, computed again from its frozen inputs."""

from __future__ import annotations

from datetime import date

import click

from plugin.cli import opening
from plugin.cli.figures import DAY
from plugin.cli.output import emit_json, json_option
from plugin.services.cycle import cycle_replay


@click.command()
@click.argument("cycle_id", type=int)
@click.argument("person_id", type=int)
@click.option("--on", type=DAY, help="As it stood at the end of that day; left out: now.")
@json_option
def replay(cycle_id: int, person_id: int, on: date | None, as_json: bool) -> None:
    """Recompute a recommendation from snapshot, policy and model; exit code 1 when a byte differs. Example: raise-advisor replay 1 12 --on 2026-12-01"""
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
        said = done.stored.recommendation.percent
        click.echo(
            f"Stored {said if said is not None else 'no number'}, computed {done.computed.recommendation.percent}: {'the same, byte by byte' if done.matches else 'DIFFERENT'}."
        )
        click.echo(
            f"snapshot {done.snapshot_hash}\npolicy   {done.policy_hash}\nmodel    {done.model_hash or 'none'}"
        )
    raise click.exceptions.Exit(0 if done.matches else 1)
