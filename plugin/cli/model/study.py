"""raise-advisor study: the published study's regressions on the simulator or on the company's own panel."""

from __future__ import annotations

from pathlib import Path

import click

from plugin.cli.output import emit_json, json_option, progress
from plugin.errors import InvalidInput
from plugin.texts import N_, _

CONFOUNDERS = ("ability", "feedback", "promotion")


@click.command()
@click.option("--simulate", is_flag=True, help=N_("Use the simulated panel of 14,008 sellers."))
@click.option(
    "--panel", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=N_("Use a CSV file.")
)
@click.option("--from-store", is_flag=True, help=N_("Build the panel from the company's own records."))
@click.option(
    "--outcome",
    type=click.Choice(("rating", "raise")),
    help=N_("For --from-store: the outcome that badges are compared with. Default: ratings, if any."),
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help=N_("Seed of the simulator.")
)
@click.option(
    "--confound",
    type=click.Choice(CONFOUNDERS),
    multiple=True,
    help=N_(
        "Add confounding that misleads a regression: ability drives learning, results feed back, ability drives promotion."
    ),
)
@json_option
def study(
    simulate: bool,
    panel: Path | None,
    from_store: bool,
    outcome: str | None,
    seed: int,
    confound: tuple[str, ...],
    as_json: bool,
) -> None:
    """Estimate points of target per badge and odds of promotion, and state what neither can show.

    Example: raise-advisor study --simulate --seed 1, or on your own records: raise-advisor study --from-store

    A CSV panel has one row per person and half-year with the columns person, half_year, annual_hours, knowledge, skill,
    other, strategic, target, promoted.
    """
    if (simulate, panel is not None, from_store).count(True) != 1:
        raise InvalidInput(
            _("Choose one panel."), remedy=_("Enter one of --simulate, --panel FILE and --from-store.")
        )
    if confound and not simulate:
        raise InvalidInput(
            _("Use --confound only with --simulate."), remedy=_("Real data has its own confounding.")
        )
    if outcome and not from_store:
        raise InvalidInput(
            _("Use --outcome only with --from-store."), remedy=_("A panel in a file names its own target.")
        )
    if from_store:
        _from_store(outcome, as_json=as_json)
    else:
        _given(panel, seed, confound, as_json=as_json)


def _from_store(outcome: str | None, *, as_json: bool) -> None:
    from plugin.advisor.study import regressions
    from plugin.cli import opening
    from plugin.services.model import study_panel

    with progress(_("Study")) as say:
        say(_("reading results, badges and hours"))
        built = study_panel.build(opening.core(), opening.actor(), outcome)
        say(_("estimating"))
        found = regressions.run_what_can(built.panel, built.promotions, built.period)
    if as_json:
        notes = {"outcome": built.outcome, "built_from": list(built.notes)}
        emit_json({"simulated": False, "seed": None, **notes, **found.to_json()})
        return
    click.echo(_("Panel from the store:"))
    for one in built.notes:
        click.echo(f"  - {one}")
    click.echo(f"\n{found.to_text()}")


def _given(panel: Path | None, seed: int, confound: tuple[str, ...], *, as_json: bool) -> None:
    from plugin.advisor.study import regressions
    from plugin.advisor.study.panel import read_panel
    from plugin.demo.simulator import Confounding, simulate_panel

    switches = Confounding(*(name in confound for name in CONFOUNDERS))
    rows = read_panel(panel) if panel is not None else simulate_panel(seed, confounding=switches)
    found = regressions.run(rows)
    simulate = panel is None
    if as_json:
        emit_json({"simulated": simulate, "seed": seed if simulate else None, **found.to_json()})
        return
    if simulate:
        click.echo(
            _(
                "SIMULATED panel, seed %(seed)s: this shows what the method finds, not facts about people.",
                seed=seed,
            )
        )
        click.echo("")
    click.echo(found.to_text())
