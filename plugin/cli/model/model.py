"""raise-advisor model: train, evaluate, approve, roll back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click

from plugin.cli import opening
from plugin.cli.cycle.show_policy import show_policy
from plugin.cli.figures import PERCENT
from plugin.cli.output import dry_run_option, emit, emit_json, json_option, note, progress
from plugin.domain import JsonObject, ModelState
from plugin.services.model import training
from plugin.services.model.fairness_repair import Repair
from plugin.services.model.training import Report


@click.group()
def model() -> None:
    """Train, evaluate, approve, roll back. Example: raise-advisor model evaluate --policy 1"""


policy_option = click.option(
    "--policy",
    "policy_id",
    type=int,
    required=True,
    help="Id of the policy beside which the model must stand.",
)


@model.command()
@policy_option
@json_option
def evaluate(policy_id: int, as_json: bool) -> None:
    """Rolling years on past raises: MAE and R² beside mean, median, merit matrix, policy and ridge. Nothing is stored.

    Exit code 1 when the model does not beat them. Example: raise-advisor model evaluate --policy 1
    """
    with progress("Evaluate") as say:
        say("training on rolling years")
        made = training.evaluate(opening.core(), policy_id)
    _show(made, as_json)


@model.command()
@policy_option
@click.option(
    "--repair",
    metavar="ATTRIBUTE",
    help="Close the gap of each unit in past raises first, for this training only: sex or age.",
)
@json_option
def train(policy_id: int, repair: str | None, as_json: bool) -> None:
    """Train on all past raises and store the model: checked, or refused. Example: raise-advisor model train --policy 1 --repair sex"""
    with progress("Train") as say:
        say("training on all past raises")
        made = training.train(opening.core(), opening.actor(), policy_id, repair=repair)
    _show(made, as_json)


def _show(made: Report, as_json: bool) -> None:
    if as_json:
        emit_json(made)
    else:
        rows = [
            {"method": s.method, "n": s.n, "MAE (points)": _figure(s.mae), "R²": _figure(s.r2)}
            for s in made.scores
        ]
        emit(rows, as_json=False)
        click.echo(made.sentence)
        if made.repair is not None:
            click.echo(_repaired(made.repair))
        if made.model_id is not None:
            click.echo(
                f"Stored as model {made.model_id} ({ModelState.CHECKED if made.approvable else ModelState.REFUSED})."
            )
    raise click.exceptions.Exit(0 if made.approvable else 1)


def _repaired(how: Repair) -> str:
    return (
        f"Labels were repaired on {how.attribute} in {how.units} units a year ({how.pooled} small ones together): on average "
        f"{how.mean_group:.2f} points were added for {how.group}, {how.mean_reference:.2f} for {how.reference}. The errors "
        "above are on repaired labels; those on raises as they were stand in the card."
    )


def _figure(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.3f}"  # noqa: PLR0124 - NaN is not itself


@model.command("list")
@json_option
def list_(as_json: bool) -> None:
    """All models, newest first. Example: raise-advisor model list"""
    rows = [
        {
            "id": m.id,
            "state": m.state,
            "hash": m.hash[:12],
            "trained_at": m.trained_at,
            "trained_by": m.trained_by,
            "approved_by": m.approved_by,
        }
        for m in training.versions(opening.core())
    ]
    emit(rows, as_json=as_json, empty="No model yet: raise-advisor model train --help")


@model.command()
@click.argument("model_id", type=int)
def card(model_id: int) -> None:
    """The model's card as JSON: features, measured figures, data hash. Example: raise-advisor model card 1"""
    emit_json(training.card(opening.core(), model_id).card)


@model.command()
@click.argument("model_id", type=int)
@click.option("--note", required=True, help="Why it may be used: one or two sentences.")
@click.option("--use", is_flag=True, help="Let new cycles start with it.")
def approve(model_id: int, note: str, use: bool) -> None:
    """Approve a checked model; not for the person who trained it. Example: raise-advisor model approve 2 --note "..." --use"""
    core, who = opening.core(), opening.actor()
    if training.approve(core, who, model_id, note):
        click.echo("Noted. A fairness gate did not pass, so another person has to approve too.")
        return
    if use:
        training.use(core, who, model_id)
    click.echo(f"Model {model_id} is {'in use' if use else 'approved'}.")


@model.command()
@click.option("--reason", required=True)
def rollback(reason: str) -> None:
    """Retire the model in use and bring back the one before it. Example: raise-advisor model rollback --reason "..." """
    back = training.roll_back(opening.core(), opening.actor(), reason)
    click.echo(
        f"Model {back} is in use again."
        if back is not None
        else "No model is in use: policy and skills guide alone."
    )


@model.command("example-policy")
def example_policy() -> None:
    """Print a policy to start from: rating × compa-ratio with five-point cells. Example: raise-advisor model example-policy > merit.json"""
    import json

    from plugin.advisor.policy import pay_policy
    from plugin.demo.company_policy import demo_policy

    click.echo(
        json.dumps(
            json.loads(pay_policy.to_json(demo_policy("Example policy"))), indent=1, ensure_ascii=False
        )
    )


@model.command("add-policy")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add_policy(file: Path) -> None:
    """Store a policy from JSON (model example-policy prints one). Example: raise-advisor model add-policy merit-2027.json"""
    from plugin.services.cycle import policy_list

    added = policy_list.add(opening.core(), opening.actor(), file.read_bytes())
    there = "" if added.is_new else " (it was there already)"
    click.echo(f"Policy {added.policy_id}: {added.policy.name}, hash {added.policy.hash[:12]}{there}")


model.add_command(show_policy)


@model.command("fit-policy")
@click.argument("policy_id", type=int, metavar="POLICY")
@click.option("--cycle", "cycle_id", type=int, required=True, help="Whose people and pay the fit is for.")
@click.option(
    "--target",
    type=PERCENT,
    required=True,
    help="What merit may cost, in per cent of the pay of all who take part.",
)
@dry_run_option
@json_option
def fit_policy(policy_id: int, cycle_id: int, target: Decimal, dry_run: bool, as_json: bool) -> None:
    """Scale a policy's merit matrix to a target budget and store it as a new policy. Merit only: range minimums, skills and
    the model come on top. Example: raise-advisor model fit-policy 1 --cycle 2 --target 3.2 --dry-run"""
    from plugin.services.cycle import policy_fit

    core, who = opening.core(), opening.actor()
    made = policy_fit.fit(core, who, cycle_id, target, policy_id=policy_id, store=not dry_run)
    if as_json:
        emit_json(made)
        return
    rows = [
        {
            "cell": " × ".join(one.bands),
            "people": one.people,
            "default before": one.before,
            "after": one.after,
        }
        for one in made.cells
    ]
    emit(rows, as_json=False)
    people = (
        f"{made.people} people" if made.from_snapshot else f"{made.people} people (data of now, no snapshot)"
    )
    click.echo(
        f"Merit for {people}: {made.before.percent} % of pay before ({made.before.money.amount} {made.payroll.currency}), "
        f"{made.after.percent} % after ({made.after.money.amount} {made.payroll.currency}). Range minimums, skills and the "
        "model come on top."
    )
    if made.policy_id is None:
        click.echo("Nothing was stored.")
    else:
        click.echo(
            f"Policy {made.policy_id}: {made.policy.name}. No cycle uses it before it is chosen there."
        )


@model.command()
@click.option("--cycle", "cycle_id", type=int, required=True, help="Whose people are compared.")
@json_option
def drift(cycle_id: int, as_json: bool) -> None:
    """Compare a cycle's people with those that its model learned from. Example: raise-advisor model drift --cycle 2"""
    from plugin.services.model import model_drift

    made = model_drift.of_cycle(opening.core(), cycle_id)
    if as_json:
        emit_json(made)
        return
    rows = [row for name in ("programme", "inputs") for row in _rows(made, name)]
    emit(rows, as_json=False, empty=f"Not known: {made['not_known']}.")
    note(
        "Alike inputs do not show that the model still holds: train anew for each cycle, and compare decided raises."
    )


def _rows(made: JsonObject, name: str) -> list[JsonObject]:
    found = made[name]
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
