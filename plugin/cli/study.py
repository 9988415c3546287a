"""raise-advisor study: the published study's regressions on the simulator or on the company's own panel."""

from __future__ import annotations

from pathlib import Path

import click

from plugin.cli.output import emit_json, json_option
from plugin.errors import InvalidInput

CONFOUNDERS = ("ability", "feedback", "promotion")


@click.command()
@click.option("--simulate", is_flag=True, help="Use the simulated panel of 14,008 sellers.")
@click.option("--panel", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Use a CSV file.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the simulator.")
@click.option(
    "--confound",
    type=click.Choice(CONFOUNDERS),
    multiple=True,
    help="Switch on what fools a regression: ability drives learning, results feed back, ability drives promotion.",
)
@json_option
def study(simulate: bool, panel: Path | None, seed: int, confound: tuple[str, ...], as_json: bool) -> None:
    """Points of target per badge, odds of promotion, and what neither can show.

    Example: raise-advisor study --simulate --seed 1

    A CSV panel has one row a person and half-year with the columns person, half_year, annual_hours, knowledge, skill,
    other, strategic, target, promoted.
    """
    from plugin.advisor import study as regressions
    from plugin.advisor.panel import read_panel
    from plugin.demo.simulator import Confounding, simulate_panel

    if simulate == (panel is not None):
        raise InvalidInput("the study needs one panel", remedy="give either --simulate or --panel FILE")
    if confound and not simulate:
        raise InvalidInput("--confound belongs to --simulate", remedy="real data brings its own confounding")
    switches = Confounding(*(name in confound for name in CONFOUNDERS))
    rows = read_panel(panel) if panel is not None else simulate_panel(seed, confounding=switches)
    found = regressions.run(rows)
    if as_json:
        emit_json({"simulated": simulate, "seed": seed if simulate else None, **found.to_json()})
        return
    if simulate:
        click.echo(f"SIMULATED panel, seed {seed}: what the method finds, not what is true of people.\n")
    click.echo(found.to_text())
