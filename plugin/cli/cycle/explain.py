"""raise-advisor explain: a recommendation with its reasons, in the terminal."""

from __future__ import annotations

import click

from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import emit, emit_json, json_option
from plugin.figures import writing
from plugin.services.decision import explaining
from plugin.services.decision.panel import Chip, Panel
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.texts import _

SHOWN = (
    "status", "rating", "percent", "amount", "low", "high", "policy", "policy_low", "policy_high", "reserved", "lump_sum", "summary",
    "start", "reasons", "steps", "chips", "no_points", "notes", "confidence", "model_off", "peers", "guesses",
)  # fmt: skip
BAR = 20  # characters of the longest bar


@click.command()
@click.argument("person_id", type=RECORD_ID)
@click.option("--cycle", "cycle_id", type=RECORD_ID, required=True)
@json_option
def explain(person_id: int, cycle_id: int, as_json: bool) -> None:
    """Show one recommendation: summary, reasons as bars, steps. The view is audited. Example: raise-advisor explain 12 --cycle 1"""
    found = explaining.of_person(opening.core(), opening.actor(), cycle_id, person_id)
    shown = Panel(found)
    if as_json:
        emit_json(
            {
                "recommendation": found.recommendation,
                "what_ifs": found.what_ifs,
                "shown": {name: getattr(shown, name) for name in SHOWN},
            }
        )
        return
    click.echo(shown.summary)
    _reasons(shown)
    _beside(found, shown)
    click.echo("")
    rows = [
        {
            _("Step"): step.label,
            _("Points"): writing.signed(step.points),
            _("Per year"): writing.money(step.money),
        }
        for step in shown.steps
    ]
    emit(rows, as_json=False, empty=_("No steps: this employee is not eligible in this cycle."))


def _beside(found: PersonRecommendation, shown: Panel) -> None:
    """Guideline, lump sum, notes, badges, and what would change the figure."""
    lowest, highest = found.hard_limits
    click.echo("")
    click.echo(
        _(
            "Guideline: %(policy)s, usually %(low)s to %(high)s. Managers decide between %(lowest)s and %(highest)s.",
            policy=writing.percent(shown.policy),
            low=writing.percent(shown.policy_low),
            high=writing.percent(shown.policy_high),
            lowest=writing.percent(lowest),
            highest=writing.percent(highest),
        )
    )
    if shown.lump_sum.amount:
        click.echo(_("Plus a lump sum of %(amount)s.", amount=writing.money(shown.lump_sum)))
    for note in (*shown.notes, shown.model_off, shown.confidence):
        if note:
            click.echo(note)
    for chip in shown.chips:
        click.echo(_badge(chip))
    for guess in shown.guesses:
        click.echo(guess.sentence)


def _badge(chip: Chip) -> str:
    points = "–" if chip.points is None else writing.signed(chip.points)
    return _(
        "Badge %(award)s, %(name)s: %(points)s points", award=chip.award_id, name=chip.name, points=points
    )


def _reasons(shown: Panel) -> None:
    if shown.start is None:
        return
    largest = max((abs(reason.points) for reason in shown.reasons), default=1) or 1
    click.echo(f"\n{shown.start.label:34} {writing.number(shown.start.points):>6}")
    for reason in shown.reasons:
        length = max(round(abs(reason.points) / largest * BAR), 1 if reason.points else 0)
        bar = ("+" if reason.points > 0 else "-") * length
        click.echo(f"{reason.label:34} {writing.signed(reason.points):>6}  {bar}")
    total = "–" if shown.percent is None else writing.number(shown.percent)
    ends = f"({writing.number(shown.low)}–{writing.number(shown.high)})"
    click.echo(f"{_('Recommended raise'):34} {total:>6}  {ends}")
