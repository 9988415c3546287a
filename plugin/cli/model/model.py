"""raise-advisor model: train, evaluate, approve, roll back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click

from plugin.advisor.model.wording import method
from plugin.cli import opening
from plugin.cli.cycle.show_policy import show_policy
from plugin.cli.figures import PERCENT
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import dry_run_option, emit, emit_json, json_option, note, progress
from plugin.domain import JsonObject, ModelState
from plugin.figures import writing
from plugin.services.cycle.policy_fit import Fitted
from plugin.services.model import training
from plugin.services.model.fairness_repair import Repair
from plugin.services.model.training import Report
from plugin.texts import N_, _, ngettext


@click.group()
def model() -> None:
    """Train, evaluate, approve and roll back models. Example: raise-advisor model evaluate --policy 1"""


policy_option = click.option(
    "--policy",
    "policy_id",
    type=RECORD_ID,
    required=True,
    help=N_("Id of the policy that the model is compared with."),
)


@model.command()
@policy_option
@json_option
def evaluate(policy_id: int, as_json: bool) -> None:
    """Compare a model with mean, median, merit matrix, policy and ridge on rolling years of past raises. Nothing is stored.

    Exit code 1 if the model does not beat them. Example: raise-advisor model evaluate --policy 1
    """
    with progress(_("Evaluate")) as say:
        say(_("training on rolling years"))
        made = training.evaluate(opening.core(), policy_id)
    _show(made, as_json)


@model.command()
@policy_option
@click.option(
    "--repair",
    metavar="ATTRIBUTE",
    help=N_("First close each unit's gap in past raises, for this training only: sex or age."),
)
@json_option
def train(policy_id: int, repair: str | None, as_json: bool) -> None:
    """Train on all past raises and store the model as checked or refused. Example: raise-advisor model train --policy 1 --repair sex"""
    with progress(_("Train")) as say:
        say(_("training on all past raises"))
        made = training.train(opening.core(), opening.actor(), policy_id, repair=repair)
    _show(made, as_json)


def _show(made: Report, as_json: bool) -> None:
    if as_json:
        emit_json(made)
    else:
        rows = [
            {"method": method(s.method), "n": s.n, _("MAE (points)"): _figure(s.mae), "R²": _figure(s.r2)}
            for s in made.scores
        ]
        emit(rows, as_json=False)
        click.echo(made.sentence)
        if made.repair is not None:
            click.echo(_repaired(made.repair))
        if made.model_id is not None:
            click.echo(
                _(
                    "Stored as model %(id)s (%(state)s).",
                    id=made.model_id,
                    state=ModelState.CHECKED if made.approvable else ModelState.REFUSED,
                )
            )
    raise click.exceptions.Exit(0 if made.approvable else 1)


def _repaired(how: Repair) -> str:
    return _(
        "Past raises were repaired on %(attribute)s in %(units)s units per year (%(pooled)s small units combined). "
        "Points added on average: %(group_points)s for %(group)s, %(reference_points)s for %(reference)s. "
        "The errors above are on repaired raises; the model card has the errors on the original raises.",
        attribute=how.attribute,
        units=how.units,
        pooled=how.pooled,
        group_points=format(how.mean_group, ".2f"),
        group=how.group,
        reference_points=format(how.mean_reference, ".2f"),
        reference=how.reference,
    )


def _figure(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.3f}"  # noqa: PLR0124 - NaN is not itself


@model.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all models, newest first. Example: raise-advisor model list"""
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
    emit(rows, as_json=as_json, empty=_("No models yet. See: raise-advisor model train --help"))


@model.command()
@click.argument("model_id", type=RECORD_ID)
def card(model_id: int) -> None:
    """Print the model's card as JSON: features, measured figures, data hash. Example: raise-advisor model card 1"""
    emit_json(training.card(opening.core(), model_id).card)


@model.command()
@click.argument("model_id", type=RECORD_ID)
@click.option("--note", required=True, help=N_("Why the model may be used, in one or two sentences."))
@click.option("--use", is_flag=True, help=N_("Use it in new cycles."))
def approve(model_id: int, note: str, use: bool) -> None:
    """Approve a checked model. The person who trained it cannot approve it. Example: raise-advisor model approve 2 --note "..." --use"""
    core, who = opening.core(), opening.actor()
    if training.approve(core, who, model_id, note):
        click.echo(_("Saved. A fairness gate failed, so another person must also approve."))
        return
    if use:
        training.use(core, who, model_id)
    click.echo(
        _("Model %(id)s is in use.", id=model_id) if use else _("Model %(id)s is approved.", id=model_id)
    )


@model.command()
@click.option("--reason", required=True)
def rollback(reason: str) -> None:
    """Retire the model in use and return to the previous one. Example: raise-advisor model rollback --reason appeal"""
    back = training.roll_back(opening.core(), opening.actor(), reason)
    click.echo(
        _("Model %(id)s is in use again.", id=back)
        if back is not None
        else _("No model in use. Recommendations come from policy and skills alone.")
    )


@model.command("example-policy")
def example_policy() -> None:
    """Print a policy to start from: rating × compa-ratio with five-point cells. Example: raise-advisor model example-policy > merit.json"""
    import json

    from plugin.advisor.policy import pay_policy
    from plugin.demo.company_policy import demo_policy

    click.echo(
        json.dumps(
            json.loads(pay_policy.to_json(demo_policy(_("Example policy")))), indent=1, ensure_ascii=False
        )
    )


@model.command("add-policy")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add_policy(file: Path) -> None:
    """Store a policy from a JSON file (model example-policy prints one). Example: raise-advisor model add-policy merit-2027.json"""
    from plugin.services.cycle import policy_list

    added = policy_list.add(opening.core(), opening.actor(), file.read_bytes())
    known = {"id": added.policy_id, "name": added.policy.name, "hash": added.policy.hash[:12]}
    click.echo(
        _("Policy %(id)s: %(name)s, hash %(hash)s", **known)
        if added.is_new
        else _("Policy %(id)s: %(name)s, hash %(hash)s (already stored)", **known)
    )


model.add_command(show_policy)


@model.command("fit-policy")
@click.argument("policy_id", type=RECORD_ID, metavar="POLICY")
@click.option(
    "--cycle",
    "cycle_id",
    type=RECORD_ID,
    required=True,
    help=N_("The cycle whose employees and pay are used."),
)
@click.option(
    "--target",
    type=PERCENT,
    required=True,
    help=N_("Target cost of merit, in percent of the pay of all eligible employees."),
)
@dry_run_option
@json_option
def fit_policy(policy_id: int, cycle_id: int, target: Decimal, dry_run: bool, as_json: bool) -> None:
    """Scale a policy's merit matrix to a target budget and store it as a new policy.

    The target is for merit only; range minimums, skills and the model come on top. Example: raise-advisor model fit-policy 1 --cycle 2 --target 3.2 --dry-run"""
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
            _("default before"): one.before,
            "after": one.after,
        }
        for one in made.cells
    ]
    emit(rows, as_json=False)
    _show_cost(made)
    if made.policy_id is None:
        click.echo(_("Nothing was stored."))
    else:
        click.echo(
            _(
                "Policy %(id)s: %(name)s. Cycles use it only once you select it there.",
                id=made.policy_id,
                name=made.policy.name,
            )
        )


def _show_cost(made: Fitted) -> None:
    if not made.from_snapshot:
        click.echo(_("Without a snapshot, these figures use current data."))
    said = ngettext(
        "Merit for %(num)s employee: %(before)s%% of pay before (%(before_money)s), %(after)s%% after (%(after_money)s).",
        "Merit for %(num)s employees: %(before)s%% of pay before (%(before_money)s), %(after)s%% after (%(after_money)s).",
        made.people,
        before=made.before.percent,
        before_money=writing.money(made.before.money),
        after=made.after.percent,
        after_money=writing.money(made.after.money),
    )
    click.echo(said)
    click.echo(_("Range minimums, skills and the model come on top."))


@model.command()
@click.option(
    "--cycle", "cycle_id", type=RECORD_ID, required=True, help=N_("The cycle whose employees are compared.")
)
@json_option
def drift(cycle_id: int, as_json: bool) -> None:
    """Compare a cycle's employees with those that its model learned from. Example: raise-advisor model drift --cycle 2"""
    from plugin.services.model import model_drift

    made = model_drift.of_cycle(opening.core(), cycle_id)
    if as_json:
        emit_json(made)
        return
    rows = [row for name in ("programme", "inputs") for row in _rows(made, name)]
    emit(
        rows,
        as_json=False,
        empty=_(
            "Not known. The model was trained by an older version. Train it again to see this comparison."
        ),
    )
    note(
        _(
            "Similar inputs do not prove that the model still holds. Train again for each cycle and compare decided raises."
        )
    )


def _rows(made: JsonObject, name: str) -> list[JsonObject]:
    found = made[name]
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
