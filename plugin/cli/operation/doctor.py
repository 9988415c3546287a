"""raise-advisor doctor: is this installation sound?"""

from __future__ import annotations

import click

from plugin import settings
from plugin.cli.output import emit, emit_json, json_option
from plugin.domain import FindingState
from plugin.services.operation import doctoring
from plugin.texts import N_, _


@click.command()
@click.option(
    "--print-config",
    is_flag=True,
    help=N_("Only print the settings; for secrets, only whether they are set."),
)
@click.option("--no-connections", is_flag=True, help=N_("Do not test the connections."))
@json_option
def doctor(print_config: bool, no_connections: bool, as_json: bool) -> None:
    """Check configuration, database, clock, keys and connections.

    Exit code 0: no check failed, though there may be warnings; 2: a check failed.

    Example: raise-advisor doctor --json
    """
    loaded = settings.load()
    if print_config:
        shown = settings.masked(loaded)
        emit_json(shown) if as_json else emit(
            [{"variable": k, "value": v} for k, v in shown.items()], as_json=False
        )
        return
    findings = list(doctoring.examine(loaded, with_connections=not no_connections))
    if as_json:
        emit_json(findings)
    else:
        emit(
            [
                {
                    "check": f.label,
                    "state": f.state,
                    "detail": f.detail,
                    _("what to do"): f.remedy if f.state != FindingState.OK else "",
                }
                for f in findings
            ],
            as_json=False,
        )
    raise click.exceptions.Exit(2 if any(one.state == FindingState.FAILED for one in findings) else 0)
