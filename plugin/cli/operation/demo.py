"""raise-advisor demo: a simulated company to try everything on."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from plugin.cli.operation import serving
from plugin.cli.output import emit_json, json_option, note, progress
from plugin.texts import N_, _


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@click.option(
    "--size",
    type=click.IntRange(50, 20_000),
    default=700,
    show_default=True,
    help=N_("Number of people in the simulated company."),
)
@click.option(
    "--seed", type=int, default=7, show_default=True, help=N_("A different seed gives a different company.")
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help=N_("Keep database and files in this folder instead of a temporary one."),
)
@click.option(
    "--database",
    metavar="URL",
    help=N_("Use this empty database, for example postgresql+psycopg://USER@HOST/NAME."),
)
@click.option("--set-up-only", is_flag=True, help=N_("Prepare, report and stop, for measurements."))
@json_option
def demo(
    port: int,
    size: int,
    seed: int,
    folder: Path | None,
    database: str | None,
    set_up_only: bool,
    as_json: bool,
) -> None:
    """Start a simulated company: connectors over real HTTP, a trained model, an open raise cycle.

    All people and figures are invented. Nothing leaves this machine.

    Example: raise-advisor demo --port 8081
    """
    from plugin.demo import launch

    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="raise-advisor-") as scratch:
        target = folder or Path(scratch)
        target.mkdir(parents=True, exist_ok=True)
        today = datetime.now(UTC).date()
        with progress(_("Demo")) as say:
            prepared = launch.prepared(
                target, port=port, size=size, seed=seed, today=today, say=say, database_url=database
            )
            ready = prepared.__enter__()
        try:
            seconds = time.monotonic() - start
            if as_json:
                emit_json(
                    {
                        "url": f"http://127.0.0.1:{port}",
                        "seconds": round(seconds, 1),
                        "password": launch.PASSWORD,
                        "sign_ins": ready.sign_ins,
                    }
                )
            if set_up_only:
                note(_("Set up in %(seconds)s s.", seconds=format(seconds, ".0f")))
                return
            serving.run(
                ready.core, serving.PARTS, port=port, on_ready=lambda url: _welcome(url, ready, seconds)
            )
        finally:
            prepared.__exit__(None, None, None)


def _welcome(url: str, ready: object, seconds: float) -> None:
    from plugin.demo.launch import PASSWORD, Demo

    assert isinstance(ready, Demo)
    note("\n" + _("Ready in %(seconds)s s: %(address)s", seconds=format(seconds, ".0f"), address=url) + "\n")
    note(
        _(
            "All people and figures are simulated. Every account has the password %(password)s.",
            password=PASSWORD,
        )
    )
    for one in ready.sign_ins:
        note(f"  {one.email:22} {one.role}: {one.what_for}")
    note("\n" + _("Try first: sign in as the manager, open an employee's reasons and enter a raise."))
    note(_("Press Ctrl+C to stop."))
