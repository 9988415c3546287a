"""raise-advisor recommend: recommendations of a whole cycle."""

from __future__ import annotations

import csv
import sys

import click

from plugin.advisor.recommendation import wording
from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import emit_json, json_option, note, progress
from plugin.services import spreadsheets
from plugin.services.cycle import cycle_tasks
from plugin.services.decision import explaining
from plugin.texts import _, ngettext


@click.group()
def recommend() -> None:
    """Make and export recommendations. Example: raise-advisor recommend run 1"""


@recommend.command()
@click.argument("cycle_id", type=RECORD_ID)
@json_option
def run(cycle_id: int, as_json: bool) -> None:
    """Make recommendations for all employees in the cycle's snapshot; decisions stay as they are. Example: raise-advisor recommend run 1"""
    with progress(_("Recommend")) as say:
        made = cycle_tasks.recommend_here(opening.core(), opening.actor(), cycle_id, say)
    if as_json:
        emit_json(made)
        return
    click.echo(
        _(
            "Employees: %(people)s. With a recommendation: %(number)s. Without a number: %(silent)s. Not eligible: %(others)s.",
            people=made.people,
            number=made.recommended,
            silent=made.silent,
            others=made.not_eligible,
        )
    )
    if made.model_off is not None:
        click.echo(wording.model_off(made.model_off))


@recommend.command()
@click.argument("cycle_id", type=RECORD_ID)
@json_option
def export(cycle_id: int, as_json: bool) -> None:
    """Write all recommendations to standard output, as CSV or JSON lines. Example: raise-advisor recommend export 1 > recommendations.csv"""
    held, found = explaining.of_cycle(opening.core(), opening.actor(), cycle_id)
    writer = csv.writer(sys.stdout)
    if not as_json:
        writer.writerow(
            [
                *("person_id", "name", "status", "percent", "amount", "currency", "low", "high", "range"),
                *("guideline", "paid_once", "no_number_because"),
            ]
        )
    number = 0
    for name, one in found:
        made, number = one.recommendation, number + 1
        if as_json:
            emit_json({"name": name, "recommendation": made})
        else:
            money = (made.amount.amount, made.amount.currency) if made.amount else ("", "")
            writer.writerow(
                [
                    made.person_id,
                    spreadsheets.cell(name),
                    made.status.value,
                    made.percent,
                    *money,
                    made.low,
                    made.high,
                    made.interval_kind,
                    made.guideline.default,
                    made.lump_sum.amount,
                    made.abstain_code or "",
                ]
            )
    note(ngettext("%(num)s person.", "%(num)s people.", number))
    if held:
        note(
            ngettext(
                "%(num)s employee is held and left out.", "%(num)s employees are held and left out.", held
            )
        )
