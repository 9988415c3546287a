"""raise-advisor budget: the money of a cycle, and what HR rules for single people."""

from __future__ import annotations

from decimal import Decimal
from typing import TextIO

import click

from plugin.advisor.policy.pools import REST
from plugin.advisor.policy.settings import GROUPED_BY, SideRule
from plugin.cli import opening
from plugin.cli.figures import AMOUNT, PERCENT
from plugin.cli.output import WordChoice, dry_run_option, emit, emit_json, json_option
from plugin.domain import Money, RulingKind
from plugin.services.cycle import budgets, exceptions, life
from plugin.services.cycle.budgets import Options
from plugin.services.cycle.exceptions import NewRuling

AGAIN = "Make the recommendations for it to count: raise-advisor recommend run"


@click.group()
def budget() -> None:
    """Pools, side rules and rulings of a cycle. Example: raise-advisor budget show 1"""


@budget.command()
@click.argument("cycle_id", type=int)
@json_option
def show(cycle_id: int, as_json: bool) -> None:
    """Every pool with funding, suggestions and decisions, those below included. Example: raise-advisor budget show 1"""
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
            "suggested": line.planned.amount,
            "decided": line.used.amount,
            "left": line.left.amount,
        }
        for line in found.lines
    ]
    if as_json:
        emit_json({"pools": rows, "reserved": found.reserved, "plan": found.plan, "is_stale": found.is_stale})
        return
    emit(rows, as_json=False, empty="No figures yet: raise-advisor recommend run")
    click.echo(
        f"Range minimums and adjustments cost {found.reserved.amount} {found.reserved.currency}, from money of their own."
    )
    if found.is_stale:
        click.echo(f"The suggestions are older than the last change. {AGAIN} {cycle_id}")


@budget.command()
@click.argument("cycle_id", type=int)
@click.argument("file", type=click.File())
@dry_run_option
def pools(cycle_id: int, file: TextIO, dry_run: bool) -> None:
    """Take all pools of a CSV file (code, parent, funding, funding_percent, prefill_percent). Example: raise-advisor budget pools 1 pools.csv"""
    core = opening.core()
    every = budgets.read_pools(file.read(), life.get(core, cycle_id).currency)
    if not dry_run:
        budgets.set_pools(core, opening.actor(), cycle_id, every)
    click.echo(f"{len(every)} pools{' would be' if dry_run else ' are'} set. {AGAIN} {cycle_id}")


@budget.command()
@click.argument("cycle_id", type=int)
@click.option("--spend-all/--only-cut", default=False, help="Use pools up, or only cut what exceeds them.")
@click.option("--minimum-pool", type=AMOUNT, help="Money for range minimums; left out: whatever it takes.")
@click.option("--adjustment-pool", type=AMOUNT, help="Money for adjustments; left out: whatever they cost.")
def options(
    cycle_id: int, spend_all: bool, minimum_pool: Decimal | None, adjustment_pool: Decimal | None
) -> None:
    """Set what is reserved and how pools are used. Example: raise-advisor budget options 1 --minimum-pool 40000"""
    chosen = Options(spend_all, minimum_pool, adjustment_pool)
    budgets.set_options(opening.core(), opening.actor(), cycle_id, chosen)
    click.echo(f"Saved. {AGAIN} {cycle_id}")


@budget.command("side-rule")
@click.argument("cycle_id", type=int)
@click.option("--pool", default=REST, show_default=True)
@click.option("--by", "field", type=click.Choice(GROUPED_BY), required=True)
@click.option("--value", required=True)
@click.option("--at-least", type=AMOUNT)
@click.option("--at-most", type=AMOUNT)
def side_rule(
    cycle_id: int, pool: str, field: str, value: str, at_least: Decimal | None, at_most: Decimal | None
) -> None:
    """What a group within a pool gets at least or at most. Example: raise-advisor budget side-rule 1 --by level --value E1 --at-least 9000"""
    core = opening.core()
    currency = life.get(core, cycle_id).currency
    ends = [None if amount is None else Money(amount, currency) for amount in (at_least, at_most)]
    budgets.add_side_rule(core, opening.actor(), cycle_id, SideRule(pool, field, value, *ends))
    click.echo(f"Set. {AGAIN} {cycle_id}")


@budget.command("rulings")
@click.argument("cycle_id", type=int)
@json_option
def list_rulings(cycle_id: int, as_json: bool) -> None:
    """What HR ruled for single people. Example: raise-advisor budget rulings 1"""
    rows = [
        {
            "id": one.id,
            "person": one.display_name or one.person_id,
            "kind": one.kind,
            "percent": one.percent,
            "note": one.note,
            "by": one.made_by,
        }
        for one in exceptions.listed(opening.core(), cycle_id)
    ]
    emit(rows, as_json=as_json, empty="No ruling.")


@budget.command()
@click.argument("cycle_id", type=int)
@click.argument("person")
@click.option("--kind", type=WordChoice(RulingKind), required=True)
@click.option("--percent", type=PERCENT, help="Points of pay in steps of 0.1; none for a frozen rating.")
@click.option("--note", required=True, help="Why; managers do not see it.")
def rule(cycle_id: int, person: str, kind: RulingKind, percent: Decimal | None, note: str) -> None:
    """Rule for one person, by number or name. Example: raise-advisor budget rule 1 12 --kind market --percent 1.5 --note "..." """
    core = opening.core()
    who = exceptions.person_of(core, cycle_id, person)
    exceptions.rule(core, opening.actor(), cycle_id, NewRuling(who, kind, percent, note))
    click.echo(f"The ruling stands. {AGAIN} {cycle_id}")


@budget.command("rule-file")
@click.argument("cycle_id", type=int)
@click.argument("file", type=click.File())
@dry_run_option
def rule_file(cycle_id: int, file: TextIO, dry_run: bool) -> None:
    """Take rulings of a CSV file (person, kind, percent, note), all or none. Example: raise-advisor budget rule-file 1 market.csv"""
    core = opening.core()
    entered = exceptions.read_file(core, cycle_id, file.read())
    if not dry_run:
        exceptions.rule(core, opening.actor(), cycle_id, *entered)
    click.echo(f"{len(entered)} rulings{' would' if dry_run else ''} stand. {AGAIN} {cycle_id}")


@budget.command()
@click.argument("cycle_id", type=int)
@click.argument("ruling_id", type=int)
def lift(cycle_id: int, ruling_id: int) -> None:
    """Take a ruling back. Example: raise-advisor budget lift 1 3"""
    exceptions.lift(opening.core(), opening.actor(), cycle_id, ruling_id)
    click.echo(f"The ruling is taken back. {AGAIN} {cycle_id}")
