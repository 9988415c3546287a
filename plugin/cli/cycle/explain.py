"""raise-advisor explain: a recommendation with its reasons, in the terminal."""

from __future__ import annotations

import click

from plugin.cli import opening
from plugin.cli.output import emit, emit_json, json_option
from plugin.services.decision import explaining
from plugin.services.decision.recommendation import Advice

BAR = 20  # signs for the longest bar


@click.command()
@click.argument("person_id", type=int)
@click.option("--cycle", "cycle_id", type=int, required=True)
@json_option
def explain(person_id: int, cycle_id: int, as_json: bool) -> None:
    """Show one recommendation: sentence, reasons as bars, steps. Who looked is audited. Example: raise-advisor explain 12 --cycle 1"""
    found = explaining.of_person(opening.core(), opening.actor(), cycle_id, person_id)
    if as_json:
        emit_json(
            {"summary": found.summary, "recommendation": found.recommendation, "what_ifs": found.what_ifs}
        )
        return
    click.echo(found.summary)
    _reasons(found)
    _beside(found)
    click.echo("")
    rows = [
        {
            "step": line.label,
            "points": f"{line.points:+}",
            "money": f"{line.money.amount:+} {line.money.currency}",
        }
        for line in found.recommendation.ledger
    ]
    emit(rows, as_json=False, empty="No step: this person does not take part.")


def _beside(found: Advice) -> None:
    """What stands beside the figure: guideline, what is paid once, notes, badges, what would change it."""
    made = found.recommendation
    guide = made.guideline
    lowest, highest = found.hard_limits
    click.echo(
        f"\nPolicy and skills alone: {guide.default} (usual {guide.low} to {guide.high}); never outside {lowest} to {highest}."
    )
    if made.lump_sum.amount:
        click.echo(f"Paid once on top: {made.lump_sum.amount} {made.lump_sum.currency}.")
    for note in (*made.notes, made.switched_off or "", made.confidence):
        if note:
            click.echo(note)
    for piece in (piece for line in made.ledger for piece in line.evidence if piece.kind == "badge"):
        click.echo(f"  badge {piece.ref}: {piece.text}, {piece.on}, {piece.points:+} points")
    for guess in found.what_ifs:
        click.echo(guess.sentence)


def _reasons(found: Advice) -> None:
    made = found.recommendation
    if made.baseline is None or not made.reasons:
        return
    largest = max(abs(reason.points) for reason in made.reasons) or 1
    click.echo(f"\n{made.baseline.label:34} {made.baseline.points:>6}")
    for reason in made.reasons:
        bar = ("+" if reason.points > 0 else "-") * max(
            round(abs(reason.points) / largest * BAR), 1 if reason.points else 0
        )
        click.echo(f"{reason.label:34} {reason.points:>+6}  {bar}")
    click.echo(
        f"{'Suggested raise':34} {made.percent if made.percent is not None else '–':>6}  ({made.low} to {made.high})"
    )
