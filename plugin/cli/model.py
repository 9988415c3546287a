"""raise-advisor model: train, evaluate, approve, roll back."""

from __future__ import annotations

from pathlib import Path

import click

from plugin.cli import opening
from plugin.cli.output import emit, emit_json, json_option, progress
from plugin.services import models
from plugin.services.fairness_repair import Repair
from plugin.services.models import Report


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
        made = models.evaluate(opening.core(), policy_id)
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
        made = models.train(opening.core(), opening.actor(), policy_id, repair=repair)
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
            click.echo(f"Stored as model {made.model_id} ({'checked' if made.approvable else 'refused'}).")
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
        for m in models.versions(opening.core())
    ]
    emit(rows, as_json=as_json, empty="No model yet: raise-advisor model train --help")


@model.command()
@click.argument("model_id", type=int)
def card(model_id: int) -> None:
    """The model's card as JSON: features, measured figures, data hash. Example: raise-advisor model card 1"""
    emit_json(models.card(opening.core(), model_id).card)


@model.command()
@click.argument("model_id", type=int)
@click.option("--note", required=True, help="Why it may be used: one or two sentences.")
@click.option("--use", is_flag=True, help="Let new cycles start with it.")
def approve(model_id: int, note: str, use: bool) -> None:
    """Approve a checked model; not for the person who trained it. Example: raise-advisor model approve 2 --note "..." --use"""
    core, who = opening.core(), opening.actor()
    if models.approve(core, who, model_id, note):
        click.echo("Noted. A fairness gate did not pass, so another person has to approve too.")
        return
    if use:
        models.use(core, who, model_id)
    click.echo(f"Model {model_id} is {'in use' if use else 'approved'}.")


@model.command()
@click.option("--reason", required=True)
def rollback(reason: str) -> None:
    """Retire the model in use and bring back the one before it. Example: raise-advisor model rollback --reason "..." """
    back = models.roll_back(opening.core(), opening.actor(), reason)
    click.echo(
        f"Model {back} is in use again."
        if back is not None
        else "No model is in use: policy and skills guide alone."
    )


@model.command("example-policy")
def example_policy() -> None:
    """Print a policy to start from: rating × compa-ratio with five-point cells. Example: raise-advisor model example-policy > merit.json"""
    import json

    from plugin.advisor import policy as policies
    from plugin.demo.company_policy import demo_policy

    click.echo(
        json.dumps(json.loads(policies.to_json(demo_policy("Example policy"))), indent=1, ensure_ascii=False)
    )


@model.command("add-policy")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add_policy(file: Path) -> None:
    """Store a policy from JSON (model example-policy prints one). Example: raise-advisor model add-policy merit-2027.json"""
    from plugin.advisor import policy as policies

    policy = policies.from_json(file.read_bytes())
    click.echo(
        f"Policy {models.add_policy(opening.core(), opening.actor(), policy)}: {policy.name}, hash {policy.hash[:12]}"
    )
