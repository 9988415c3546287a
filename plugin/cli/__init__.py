"""The command raise-advisor: nouns, then verbs. Commands load only when they are used, so that --help is instant."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from plugin import __version__

# name -> (module, what it does). The module's attribute of the same name is the command.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": (
        "plugin.cli.operation.demo",
        "Start a simulated company: pages, connectors and a trained model, ready to try.",
    ),
    "init": ("plugin.cli.operation.init", "Prepare an installation: keys, database, first account."),
    "doctor": ("plugin.cli.operation.doctor", "Check configuration, database, clock, keys and connections."),
    "serve": ("plugin.cli.operation.serve", "Run web, worker and scheduler (or one of them)."),
    "account": ("plugin.cli.people.account", "Add and list sign-ins."),
    "connector": ("plugin.cli.sources.connector", "List, add, test, run and repair connections."),
    "webhook": ("plugin.cli.delivery.webhook", "Endpoints, deliveries, dead letters."),
    "cycle": ("plugin.cli.cycle.cycle", "Raise cycles: create, snapshot, recommend, open, export."),
    "budget": ("plugin.cli.cycle.budget", "Pools, side rules and rulings of a cycle."),
    "recommend": ("plugin.cli.cycle.recommend", "Make and export recommendations."),
    "explain": ("plugin.cli.cycle.explain", "Show one recommendation with its reasons."),
    "model": ("plugin.cli.model.model", "Train, evaluate, approve, roll back."),
    "fairness": ("plugin.cli.model.fairness", "Fairness report of a cycle."),
    "study": ("plugin.cli.model.study", "The panel regressions of the published study."),
    "replay": ("plugin.cli.cycle.replay", "Recompute a past recommendation and compare."),
    "badge": ("plugin.cli.evidence.badge", "Verify badges."),
    "xapi": ("plugin.cli.sources.xapi", "Validate learning records (xAPI statements)."),
    "manifest": ("plugin.cli.sources.manifest", "Validate and render manifests."),
    "audit": ("plugin.cli.operation.audit", "Read and verify the audit trail."),
    "person": ("plugin.cli.people.person", "Show and erase what is stored about a person."),
    "db": ("plugin.cli.operation.db", "Bring the database to this release."),
}

# Exit codes, stable: 0 done, 1 the answer is no (a check failed, a verdict is negative), 2 configuration or usage, 3 try again later.
EXIT_NO, EXIT_CONFIG, EXIT_LATER = 1, 2, 3


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(COMMANDS[cmd_name][0]), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="raise-advisor")
def advisor() -> None:
    """Learning records and badges into the HR suite; fair, explained raise guidance out.

    Example: raise-advisor demo
    """


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line. Our errors become one line with a remedy and a stable exit code; nothing shows a traceback."""
    from plugin.errors import AdvisorError, ConfigError, InvalidInput, RetryLater

    try:
        code = advisor.main(arguments, prog_name="raise-advisor", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except AdvisorError as error:
        _say(error)
        codes: list[tuple[type[Any], int]] = [
            (RetryLater, EXIT_LATER),
            (ConfigError, EXIT_CONFIG),
            (InvalidInput, EXIT_CONFIG),
        ]
        sys.exit(next((code for kind, code in codes if isinstance(error, kind)), EXIT_NO))
    sys.exit(code if isinstance(code, int) else 0)


def _say(error: Any) -> None:
    click.echo(f"Error: {error}", err=True)
    for name, wrong in getattr(error, "fields", {}).items():
        click.echo(f"  {name}: {wrong}", err=True)
    if error.remedy:
        click.echo(f"What to do: {error.remedy}", err=True)
