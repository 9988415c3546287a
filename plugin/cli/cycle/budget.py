"""raise-advisor budget: the money of a cycle, and HR's exceptions."""

from __future__ import annotations

from decimal import Decimal
from typing import TextIO

import click

from plugin.advisor.policy.pools import REST
from plugin.advisor.policy.settings import GROUPED_BY, SideRule
from plugin.cli import opening
from plugin.cli.figures import AMOUNT, PERCENT
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import WordChoice, dry_run_option, emit, emit_json, json_option
from plugin.domain import Money, RulingKind
from plugin.figures import writing
from plugin.services.cycle import budgets, exceptions, life
from plugin.services.cycle.budgets import Options
from plugin.services.cycle.exceptions import NewRuling
from plugin.texts import N_, _, ngettext


def _say_again(done: str, cycle_id: int) -> None:
    """What was done, and the command that makes it count."""
    click.echo(done)
    click.echo(_("To apply it, run: raise-advisor recommend run %(cycle)s", cycle=cycle_id))


@click.group()
def budget() -> None:
    """Set pools, side rules and exceptions of a cycle. Example: raise-advisor budget show 1"""


@budget.command()
@click.argument("cycle_id", type=RECORD_ID)
@json_option
def show(cycle_id: int, as_json: bool) -> None:
    """List every pool with funding, recommendations and decisions, including the pools below it. Example: raise-advisor budget show 1"""
    found = budgets.state(opening.core(), cycle_id)
    rows = [
        {
            "pool": line.row.code,
            "below": line.row.parent or "",
            "people": line.row.people,
            "pay": line.row.payroll,
            "policy_alone": line.row.target,
            "funding": line.row.funding,
            "own_people_fitted_to": line.row.fitted,
            "recommended": line.planned.amount,
            "decided": line.used.amount,
            "left": line.left.amount,
        }
        for line in found.lines
    ]
    if as_json:
        emit_json({"pools": rows, "reserved": found.reserved, "plan": found.plan, "is_stale": found.is_stale})
        return
    emit(rows, as_json=False, empty=_("No figures yet. Run: raise-advisor recommend run"))
    click.echo(
        _(
            "Range minimums and adjustments cost %(money)s, from a separate budget.",
            money=writing.money(found.reserved),
        )
    )
    if found.is_stale:
        _say_again(_("The recommendations are older than the last change."), cycle_id)


@budget.command()
@click.argument("cycle_id", type=RECORD_ID)
@click.argument("file", type=click.File())
@dry_run_option
def pools(cycle_id: int, file: TextIO, dry_run: bool) -> None:
    """Replace all pools from a CSV file (code, parent, funding, funding_percent, prefill_percent). Example: raise-advisor budget pools 1 pools.csv"""
    core = opening.core()
    every = budgets.read_pools(file.read(), life.get(core, cycle_id).currency)
    if dry_run:
        click.echo(ngettext("%(num)s pool would be set.", "%(num)s pools would be set.", len(every)))
        return
    budgets.set_pools(core, opening.actor(), cycle_id, every)
    _say_again(ngettext("%(num)s pool set.", "%(num)s pools set.", len(every)), cycle_id)


@budget.command()
@click.argument("cycle_id", type=RECORD_ID)
@click.option(
    "--spend-all/--only-cut", default=False, help=N_("Spend each pool in full, or only cut what exceeds it.")
)
@click.option("--minimum-pool", type=AMOUNT, help=N_("Limit for range minimums; without it, no limit."))
@click.option("--adjustment-pool", type=AMOUNT, help=N_("Limit for adjustments; without it, no limit."))
def options(
    cycle_id: int, spend_all: bool, minimum_pool: Decimal | None, adjustment_pool: Decimal | None
) -> None:
    """Set the reserved money and how pools are spent. Example: raise-advisor budget options 1 --minimum-pool 40000"""
    chosen = Options(spend_all, minimum_pool, adjustment_pool)
    budgets.set_options(opening.core(), opening.actor(), cycle_id, chosen)
    _say_again(_("Saved."), cycle_id)


@budget.command("side-rule")
@click.argument("cycle_id", type=RECORD_ID)
@click.option("--pool", default=REST, show_default=True)
@click.option("--by", "field", type=click.Choice(GROUPED_BY), required=True)
@click.option("--value", required=True)
@click.option("--at-least", type=AMOUNT)
@click.option("--at-most", type=AMOUNT)
def side_rule(
    cycle_id: int, pool: str, field: str, value: str, at_least: Decimal | None, at_most: Decimal | None
) -> None:
    """Set the least or the most that a group within a pool gets. Example: raise-advisor budget side-rule 1 --by level --value E1 --at-least 9000"""
    core = opening.core()
    currency = life.get(core, cycle_id).currency
    ends = [None if amount is None else Money(amount, currency) for amount in (at_least, at_most)]
    budgets.add_side_rule(core, opening.actor(), cycle_id, SideRule(pool, field, value, *ends))
    _say_again(_("Saved."), cycle_id)


@budget.command("exceptions")
@click.argument("cycle_id", type=RECORD_ID)
@json_option
def list_exceptions(cycle_id: int, as_json: bool) -> None:
    """List HR's exceptions for individual employees. Example: raise-advisor budget exceptions 1"""
    rows = [
        {
            "id": one.id,
            "name": one.display_name,
            "kind": one.kind,
            "percent": one.percent,
            "note": one.note,
            "by": one.made_by,
        }
        for one in exceptions.listed(opening.core(), cycle_id)
    ]
    emit(rows, as_json=as_json, empty=_("No exceptions yet."))


@budget.command("set-exception")
@click.argument("cycle_id", type=RECORD_ID)
@click.argument("person")
@click.option("--kind", type=WordChoice(RulingKind), required=True)
@click.option(
    "--percent", type=PERCENT, help=N_("Percent of pay in steps of 0.1; leave it out for a frozen rating.")
)
@click.option("--note", required=True, help=N_("Your reason. Managers do not see it."))
def set_exception(cycle_id: int, person: str, kind: RulingKind, percent: Decimal | None, note: str) -> None:
    """Set an exception for one employee, by employee number or full name. Example: raise-advisor budget set-exception 1 00012 --kind market --percent 1.5 --note reviewed"""
    core = opening.core()
    who = exceptions.person_of(core, cycle_id, person)
    exceptions.rule(core, opening.actor(), cycle_id, NewRuling(who.person_id, kind, percent, note))
    said = _("Exception saved for %(name)s, no. %(number)s.", name=who.display_name, number=who.number)
    _say_again(said, cycle_id)


@budget.command("import-exceptions")
@click.argument("cycle_id", type=RECORD_ID)
@click.argument("file", type=click.File())
@dry_run_option
def import_exceptions(cycle_id: int, file: TextIO, dry_run: bool) -> None:
    """Import exceptions from a CSV file (person, kind, percent, note), all or none. Example: raise-advisor budget import-exceptions 1 market.csv"""
    core = opening.core()
    entered = exceptions.read_file(core, cycle_id, file.read())
    if dry_run:
        click.echo(
            ngettext("%(num)s exception would be saved.", "%(num)s exceptions would be saved.", len(entered))
        )
        return
    exceptions.rule(core, opening.actor(), cycle_id, *entered)
    _say_again(ngettext("%(num)s exception saved.", "%(num)s exceptions saved.", len(entered)), cycle_id)


@budget.command()
@click.argument("cycle_id", type=RECORD_ID)
@click.argument("exception_id", type=RECORD_ID)
def lift(cycle_id: int, exception_id: int) -> None:
    """Remove an exception. Example: raise-advisor budget lift 1 3"""
    exceptions.lift(opening.core(), opening.actor(), cycle_id, exception_id)
    _say_again(_("Exception removed."), cycle_id)
