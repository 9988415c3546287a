"""raise-advisor cycle: raise cycles."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import click

from plugin.advisor.recommendation import summary
from plugin.cli import opening
from plugin.cli.cycle.gap_words import GAPS
from plugin.cli.figures import DAY, PERCENT
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import WordChoice, dry_run_option, emit, emit_json, json_option, progress
from plugin.domain import ChangeChoice, ChangeKind, CycleState, JsonObject, Reveal
from plugin.figures import writing
from plugin.services.cycle import (
    change_desk,
    cycle_monitoring,
    cycle_tasks,
    dry_runs,
    life,
    recommending,
    settling,
)
from plugin.services.payroll import listing, send
from plugin.services.payroll.checks import Line
from plugin.texts import N_, _, ngettext


@click.group()
def cycle() -> None:
    """Create, freeze, open and export raise cycles. Example: raise-advisor cycle list"""


@cycle.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all cycles, newest first, and what each needs next. Example: raise-advisor cycle list"""
    core = opening.core()
    rows = []
    for one in life.listed(core):
        following = life.missing_for_next(core, one.id)
        waits = ""
        if following is not None:
            waits = _("%(state)s: %(missing)s", state=following[0], missing=following[1] or _("ready"))
        rows.append(
            {
                "id": one.id,
                "name": one.name,
                "state": one.state,
                "effective_on": one.effective_on,
                "due_on": one.due_on,
                "next": waits,
            }
        )
    emit(rows, as_json=as_json, empty=_("No cycles yet. See: raise-advisor cycle create --help"))


@cycle.command()
@click.option("--name", required=True)
@click.option("--policy", "policy_id", type=RECORD_ID, required=True)
@click.option("--snapshot-on", type=DAY, required=True)
@click.option("--effective-on", type=DAY, required=True)
@click.option("--due-on", type=DAY, required=True)
@click.option("--notice-on", type=DAY, help=N_("The day on which employees are told about the advisor."))
@click.option(
    "--budget-percent", type=PERCENT, required=True, help=N_("Percent of the pay of all eligible employees.")
)
@click.option("--currency", default="EUR", show_default=True)
@click.option(
    "--rate",
    "rates",
    multiple=True,
    help=N_("Rate of another currency, frozen for the cycle, e.g. USD=0.92."),
)
@click.option(
    "--model", "model_id", type=RECORD_ID, help=N_("Default: the model in use, if any; 0 for no model.")
)
@click.option("--reveal", type=WordChoice(Reveal), default=Reveal.TOGETHER.value, show_default=True)
@json_option
def create(
    name: str,
    policy_id: int,
    snapshot_on: date,
    effective_on: date,
    due_on: date,
    notice_on: date | None,
    budget_percent: Decimal,
    currency: str,
    rates: tuple[str, ...],
    model_id: int | None,
    reveal: Reveal,
    as_json: bool,
) -> None:
    """Create a draft cycle.

    Example: raise-advisor cycle create --name "Merit 2027" --policy 1 --snapshot-on 2026-11-30
             --effective-on 2027-01-01 --due-on 2026-12-12 --notice-on 2026-11-15 --budget-percent 3.2
    """
    new = life.NewCycle(
        name=name,
        policy_id=policy_id,
        snapshot_on=snapshot_on,
        effective_on=effective_on,
        due_on=due_on,
        notice_on=notice_on,
        budget_percent=budget_percent,
        currency=currency,
        rates=dict(_rate(text) for text in rates),
        model_id=model_id or None,
        is_without_model=model_id == 0,
        reveal=reveal,
    )
    made = life.create(opening.core(), opening.actor(), new)
    emit_json({"id": made}) if as_json else click.echo(
        _("Cycle %(id)s is a draft. Next: raise-advisor cycle snapshot %(id)s", id=made)
    )


def _rate(text: str) -> tuple[str, str]:
    code, sign, rate = text.partition("=")
    if not sign:
        raise click.BadParameter(
            _("Enter a rate such as USD=0.92, not %(text)s.", text=text), param_hint="--rate"
        )
    return code.strip().upper(), rate.strip()


@cycle.command()
@click.argument("cycle_id", type=RECORD_ID)
@json_option
def snapshot(cycle_id: int, as_json: bool) -> None:
    """Freeze all employees' data as of the cycle's snapshot date. Example: raise-advisor cycle snapshot 1"""
    taken = cycle_tasks.snapshot_here(opening.core(), opening.actor(), cycle_id)
    if as_json:
        emit_json(taken)
        return
    click.echo(
        ngettext(
            "%(num)s person, hash %(hash)s", "%(num)s people, hash %(hash)s", taken.people, hash=taken.hash
        )
    )
    emit(
        [{"left_out": one.display_name, "why": one.reason} for one in taken.left_out],
        as_json=False,
        empty=_("All employees are included."),
    )


@cycle.command()
@click.argument("cycle_id", type=RECORD_ID)
@click.argument("state", type=WordChoice(CycleState))
def advance(cycle_id: int, state: CycleState) -> None:
    """Move a cycle to its next state, or back where that is allowed. Example: raise-advisor cycle advance 1 open"""
    now = life.advance(opening.core(), opening.actor(), cycle_id, state).state
    click.echo(_("Cycle %(id)s: %(state)s.", id=cycle_id, state=now))


@cycle.command("dry-run")
@click.argument("cycle_id", type=RECORD_ID)
@json_option
def dry_run(cycle_id: int, as_json: bool) -> None:
    """Recommend on last year's data: cost, gap, differences with reasons. Nothing is stored. Example: raise-advisor cycle dry-run 1"""
    with progress(_("Dry run")) as say:
        say(_("recommending on last year's data"))
        done = dry_runs.last_cycle(opening.core(), cycle_id)
    if as_json:
        emit_json(done)
        return
    click.echo(
        _(
            "Year %(year)s: %(number)s of %(people)s employees get a recommendation.",
            year=done.year,
            number=done.recommended,
            people=done.people,
        )
    )
    click.echo(
        _(
            "Given: %(given)s. Recommended: %(recommended)s. Mean difference: %(points)s points.",
            given=writing.money(done.given_cost),
            recommended=writing.money(done.recommended_cost),
            points=done.mean_difference,
        )
    )
    numbers = cycle_monitoring.numbers(opening.core(), cycle_id, [one.person_id for one in done.different])
    emit(
        [
            {
                "person": numbers.get(one.person_id),
                "given": one.given,
                "recommended": one.recommended,
                "why": summary.words(one.summary),
            }
            for one in done.different
        ],
        as_json=False,
        empty=_("All recommendations are within half a point of the raises given."),
    )
    for one in done.gaps:
        for name, message in GAPS.items():
            gap = one[name]
            if isinstance(gap, dict):
                click.echo(_gap(one, message, gap))


def _gap(one: JsonObject, message: str, gap: JsonObject) -> str:
    return _(
        message,
        group=one["group"],
        reference=one["reference"],
        points=format(gap["estimate"], "+"),
        low=format(gap["low"], "+"),
        high=format(gap["high"], "+"),
    )


@cycle.command("matrix-only")
@click.argument("cycle_id", type=RECORD_ID)
@click.option("--off", is_flag=True, help=N_("Turn the model on again."))
@click.option("--reason", required=True)
def matrix_only(cycle_id: int, off: bool, reason: str) -> None:
    """Turn the model off: recommend by policy and skills alone, while the cycle continues. Example: raise-advisor cycle matrix-only 1 --reason appeal"""
    core, actor = opening.core(), opening.actor()
    if recommending.set_matrix_only(core, actor, cycle_id, on=not off, reason=reason):
        with progress(_("Making the recommendations again")) as say:
            cycle_tasks.recommend_here(core, actor, cycle_id, say)
    click.echo(
        _("The model is on again.")
        if off
        else _(
            "The model is off. Recommendations come from policy and skills alone. Decisions stay as they are."
        )
    )


@cycle.command()
@click.argument("cycle_id", type=RECORD_ID)
@json_option
def changes(cycle_id: int, as_json: bool) -> None:
    """Find leavers, transfers and pay changes since the snapshot, and list those that need a decision. Example: raise-advisor cycle changes 1"""
    core = opening.core()
    change_desk.find_changes(core, opening.actor(), cycle_id)
    rows = [
        {"id": c.id, "name": c.display_name, "kind": c.kind, "seen_at": c.seen_at}
        for c in change_desk.open_changes(core, cycle_id)
    ]
    emit(rows, as_json=as_json, empty=_("No changes since the snapshot."))


@cycle.command()
@click.argument("cycle_id", type=RECORD_ID)
@click.argument("change_id", type=RECORD_ID)
@click.argument("choice", type=WordChoice(ChangeChoice))
@json_option
def settle(cycle_id: int, change_id: int, choice: ChangeChoice, as_json: bool) -> None:
    """Settle one change. Example: raise-advisor cycle settle 1 7 refresh"""
    done = settling.settle_change(opening.core(), opening.actor(), cycle_id, change_id, choice)
    emit(
        [
            {
                "choice": done.choice,
                "budget_effect": f"{done.budget_effect.amount} {done.budget_effect.currency}",
            }
        ],
        as_json=as_json,
    )


@cycle.command("settle-kind")
@click.argument("cycle_id", type=RECORD_ID)
@click.argument("kind", type=WordChoice(ChangeKind))
@click.argument("choice", type=WordChoice((ChangeChoice.KEEP, ChangeChoice.REFRESH)))
@json_option
def settle_kind(cycle_id: int, kind: ChangeKind, choice: ChangeChoice, as_json: bool) -> None:
    """Settle all open changes of one kind. Example: raise-advisor cycle settle-kind 1 pay_range_changed refresh"""
    core, actor = opening.core(), opening.actor()
    found = next((one for one in change_desk.open_kinds(core, cycle_id) if one.kind == kind), None)
    if found is None:
        raise click.BadParameter(
            _("Choose a kind with open changes; %(kind)s has none.", kind=kind), param_hint="KIND"
        )
    if choice == ChangeChoice.KEEP:
        kept = settling.keep_kind(core, actor, cycle_id, kind, up_to=found.newest)
        emit([{"choice": choice, "changes": kept}], as_json=as_json)
        return
    with progress(_("Refresh")) as say:
        done = settling.refresh_kind(core, actor, cycle_id, kind, up_to=found.newest, say=say)
    effect = f"{done.budget_effect.amount} {done.budget_effect.currency}"
    row = {"choice": choice, "people": done.people, "left": done.left, "budget_effect": effect}
    emit([row], as_json=as_json)


@cycle.command()
@click.argument("cycle_id", type=RECORD_ID)
@dry_run_option
@json_option
def export(cycle_id: int, dry_run: bool, as_json: bool) -> None:
    """Queue the approved raises for the HR suite; --dry-run shows what would be sent or held. Example: raise-advisor cycle export 1 --dry-run"""
    core, lines = opening.core(), list[Line]()
    if dry_run:
        lines.extend(listing.lines(core, cycle_id))
    else:
        with progress(_("Export")) as say:
            send.export(core, opening.actor(), cycle_id, say=say, each=lines.append)
    rows = [
        {
            "person": one.number or one.source_id,
            "name": one.name,
            "state": one.state,
            "annual": f"{one.annual} {one.currency}",
            "paid_once": f"{one.once} {one.currency}" if one.once else "",
            "held_back": f"{one.problem}: {one.remedy}" if one.problem else "",
            "by_hand": one.by_hand,
        }
        for one in lines
    ]
    emit(rows, as_json=as_json, empty=_("No approved raises yet."))


@cycle.command()
@click.argument("cycle_id", type=RECORD_ID)
@json_option
def collect(cycle_id: int, as_json: bool) -> None:
    """Read the results of the exported raises. Example: raise-advisor cycle collect 1"""
    emit([dict(send.collect(opening.core(), opening.actor(), cycle_id))], as_json=as_json)
