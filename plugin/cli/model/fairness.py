"""raise-advisor fairness: what a cycle does to groups of people."""

from __future__ import annotations

import csv
from typing import IO, TYPE_CHECKING

import click

from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import emit, emit_json, json_option
from plugin.domain import FairnessVerdict, IdentifierKind
from plugin.errors import InvalidInput
from plugin.figures.writing import decimals
from plugin.texts import N_, _, ngettext

if TYPE_CHECKING:
    from plugin.advisor.fairness.intersections import Intersections


@click.group()
def fairness() -> None:
    """Make and approve fairness reports. Example: raise-advisor fairness report 1"""


@fairness.command("report")
@click.argument("cycle_id", type=RECORD_ID)
@json_option
def report_(cycle_id: int, as_json: bool) -> None:
    """Measure recommendations and decisions; exit code 1 if a gate fails. Example: raise-advisor fairness report 1 --json"""
    from plugin.advisor.fairness import wording
    from plugin.services.model import fairness_review

    core, who = opening.core(), opening.actor()
    made = fairness_review.of_cycle(core, who, cycle_id)
    kept = fairness_review.stored(core, who, made.report_id)
    if as_json:
        emit_json({"report": kept.id, "approvals_missing": kept.approvals_missing, **kept.document})
    else:
        said = ngettext(
            "%(cycle)s: %(verdict)s (%(num)s person), stored as report %(id)s",
            "%(cycle)s: %(verdict)s (%(num)s people), stored as report %(id)s",
            made.people,
            cycle=made.cycle,
            verdict=kept.verdict,
            id=kept.id,
        )
        click.echo(said)
        emit(
            [
                {
                    "attribute": wording.word(one.attribute),
                    "gate": wording.title(gate.to_json()),
                    "result": gate.verdict,
                    "found": wording.found(gate.to_json()),
                    "rule": wording.rule(gate.to_json()),
                }
                for one in made.reports
                for gate in one.gates
            ],
            as_json=False,
        )
        _crossed(made.crossed)
    raise click.exceptions.Exit(1 if kept.verdict == FairnessVerdict.FAIL.value else 0)


def _crossed(found: Intersections | None) -> None:
    """Two attributes at once; nothing when only one is stored."""
    from plugin.advisor.fairness import wording

    if found is None:
        return
    said = _(
        "Share among the highest recommendations by %(attributes)s combined (unknown: %(unknown)s):",
        attributes=" + ".join(map(wording.word, found.attributes)),
        unknown=found.unknown,
    )
    click.echo(f"\n{said}")
    rows = [
        {
            "group": ", ".join(map(wording.word, row.groups)),
            "people": row.n,
            _("among the top"): row.chosen,
            "ratio": decimals(row.ratio, 2),
            _("exact p, corrected"): decimals(row.p_holm, 3),
        }
        for row in found.rows
    ]
    emit(rows, as_json=False, empty=_("Not shown: %(cause)s.", cause=wording.hidden(found.hidden_because)))


@fairness.command()
@click.argument("report_id", type=RECORD_ID)
@click.option(
    "--note", default="", help=N_("Why the report is acceptable; required unless every gate passed.")
)
def approve(report_id: int, note: str) -> None:
    """Approve a stored report of a cycle. Example: raise-advisor fairness approve 3 --note reviewed"""
    from plugin.services.model import fairness_review

    missing = fairness_review.approve(opening.core(), opening.actor(), report_id, note)
    click.echo(
        _("Report approved.")
        if not missing
        else ngettext(
            "Saved. %(num)s more approval needed.", "Saved. %(num)s more approvals needed.", missing
        )
    )


@fairness.command("import")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@json_option
def import_(file: IO[str], as_json: bool) -> None:
    """Import protected attributes: CSV with employee_number, sex (f, m) and birth_year. Example: raise-advisor fairness import protected.csv"""
    from plugin.services.model import protected

    reader = csv.DictReader(file)
    key = next((name for name in ("employee_number", "person_id") if name in (reader.fieldnames or [])), None)
    if key is None:
        raise InvalidInput(
            _("Add the column employee_number to the file."),
            fields={"file": _("Add the column employee_number.")},
        )
    rows = {
        row[key].strip(): {n: v.strip() for n, v in row.items() if n in ("sex", "birth_year") and v}
        for row in reader
        if row[key].strip()
    }
    known = protected.put(opening.core(), opening.actor(), IdentifierKind.EMPLOYEE_NUMBER, rows)
    emit([{"rows": len(rows), "known_people": known}], as_json=as_json)
