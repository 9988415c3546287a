"""raise-advisor fairness: what a cycle does to groups of people."""

from __future__ import annotations

import csv
from typing import IO, TYPE_CHECKING

import click

from plugin.cli import opening
from plugin.cli.output import emit, emit_json, json_option
from plugin.domain import FairnessVerdict, IdentifierKind
from plugin.errors import InvalidInput

if TYPE_CHECKING:
    from plugin.advisor.fairness.intersections import Intersections


@click.group()
def fairness() -> None:
    """Fairness reports of a cycle. Example: raise-advisor fairness report 1"""


@fairness.command("report")
@click.argument("cycle_id", type=int)
@json_option
def report_(cycle_id: int, as_json: bool) -> None:
    """Measure recommendations and decisions; exit code 1 when a gate fails. Example: raise-advisor fairness report 1 --json"""
    from plugin.services.model import fairness_review

    core, who = opening.core(), opening.actor()
    made = fairness_review.of_cycle(core, who, cycle_id)
    kept = fairness_review.stored(core, who, made.report_id)
    if as_json:
        emit_json({"report": kept.id, "approvals_missing": kept.approvals_missing, **kept.document})
    else:
        click.echo(f"{made.cycle}: {kept.verdict} ({made.people} people), stored as report {kept.id}")
        emit(
            [
                {
                    "attribute": one.attribute,
                    "gate": gate.name,
                    "result": gate.verdict.value,
                    "found": gate.found,
                    "rule": gate.rule,
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
    if found is None:
        return
    names = " and ".join(found.attributes)
    click.echo(f"\nAmong the highest suggestions, {names} at once ({found.unknown} people not known):")
    rows = [
        {
            "group": ", ".join(row.groups),
            "people": row.n,
            "among the top": row.chosen,
            "ratio": f"{row.ratio:.2f}",
            "exact p, corrected": f"{row.p_holm:.3f}",
        }
        for row in found.rows
    ]
    emit(rows, as_json=False, empty=f"Not shown: {found.hidden_because}.")


@fairness.command()
@click.argument("report_id", type=int)
@click.option("--note", default="", help="Why it is acceptable; needed unless every gate passed.")
def approve(report_id: int, note: str) -> None:
    """Approve a stored report of a cycle. Example: raise-advisor fairness approve 3 --note "Small groups, looked at each." """
    from plugin.services.model import fairness_review

    missing = fairness_review.approve(opening.core(), opening.actor(), report_id, note)
    click.echo("The report is approved." if not missing else f"Noted; {missing} more must approve.")


@fairness.command("import")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@json_option
def import_(file: IO[str], as_json: bool) -> None:
    """Take in protected attributes: CSV with employee_number, sex (f, m) and birth_year. Example: raise-advisor fairness import protected.csv"""
    from plugin.services.model import protected

    reader = csv.DictReader(file)
    key = next((name for name in ("employee_number", "person_id") if name in (reader.fieldnames or [])), None)
    if key is None:
        raise InvalidInput(
            "the file lacks the column employee_number", fields={"file": "lacks employee_number"}
        )
    rows = {
        row[key].strip(): {n: v.strip() for n, v in row.items() if n in ("sex", "birth_year") and v}
        for row in reader
        if row[key].strip()
    }
    known = protected.put(opening.core(), opening.actor(), IdentifierKind.EMPLOYEE_NUMBER, rows)
    emit([{"rows": len(rows), "known_people": known}], as_json=as_json)
