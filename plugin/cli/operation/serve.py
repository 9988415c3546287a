"""raise-advisor serve: the running service."""

from __future__ import annotations

import click

from plugin.cli import opening
from plugin.cli.operation import serving
from plugin.cli.output import note
from plugin.texts import N_, _


@click.command()
@click.option(
    "--only",
    type=click.Choice(serving.PARTS),
    help=N_("Run one part only, for larger installations with several processes."),
)
@click.option("--port", type=click.IntRange(1, 65535), help=N_("Port to listen on instead of ADVISOR_PORT."))
def serve(only: str | None, port: int | None) -> None:
    """Run web, worker and scheduler together, until stopped.

    Example: raise-advisor serve, or raise-advisor serve --only worker
    """
    core = opening.core()
    parts = (only,) if only else serving.PARTS
    note(_("Starting: %(parts)s", parts=", ".join(parts)))
    serving.run(
        core, parts, port=port, on_ready=lambda address: note(_("Ready: %(address)s", address=address))
    )
