"""raise-advisor serve: the running service."""

from __future__ import annotations

import click

from plugin.cli import opening
from plugin.cli.operation import serving
from plugin.cli.output import note


@click.command()
@click.option(
    "--only",
    type=click.Choice(serving.PARTS),
    help="One part alone, for larger installations with several processes.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of ADVISOR_PORT.")
def serve(only: str | None, port: int | None) -> None:
    """Run web, worker and scheduler together, until stopped.

    \b
    Example: raise-advisor serve
             raise-advisor serve --only worker
    """
    core = opening.core()
    parts = (only,) if only else serving.PARTS
    note(f"Starting {', '.join(parts)}.")
    serving.run(core, parts, port=port, on_ready=lambda address: note(f"Ready: {address}"))
