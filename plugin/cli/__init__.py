"""The command raise-advisor: nouns, then verbs. Commands load only when they are used, so that --help is instant."""

from __future__ import annotations

import os
import sys
from copy import copy
from importlib import import_module
from inspect import cleandoc
from typing import Any

import click

from plugin import __version__, texts
from plugin.texts import N_, _

# name -> (module, what it does). The module's attribute of the same name is the command.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": (
        "plugin.cli.operation.demo",
        N_("Start a simulated company: pages, connectors and a trained model, ready to try."),
    ),
    "init": ("plugin.cli.operation.init", N_("Prepare an installation: keys, database, first account.")),
    "doctor": (
        "plugin.cli.operation.doctor",
        N_("Check configuration, database, clock, keys and connections."),
    ),
    "serve": ("plugin.cli.operation.serve", N_("Run web, worker and scheduler (or one of them).")),
    "account": ("plugin.cli.people.account", N_("Add, list, open and close accounts.")),
    "scim": ("plugin.cli.people.scim", N_("Let an identity provider keep accounts and roles.")),
    "connector": ("plugin.cli.sources.connector", N_("List, add, test, run and repair connections.")),
    "files": ("plugin.cli.sources.files", N_("See how files are read before they are applied.")),
    "webhook": ("plugin.cli.delivery.webhook", N_("Manage endpoints, deliveries and dead letters.")),
    "cycle": ("plugin.cli.cycle.cycle", N_("Create, freeze, open and export raise cycles.")),
    "budget": ("plugin.cli.cycle.budget", N_("Set pools, side rules and exceptions of a cycle.")),
    "recommend": ("plugin.cli.cycle.recommend", N_("Make and export recommendations.")),
    "explain": ("plugin.cli.cycle.explain", N_("Show one recommendation with its reasons.")),
    "model": ("plugin.cli.model.model", N_("Train, evaluate, approve and roll back models.")),
    "fairness": ("plugin.cli.model.fairness", N_("Make and approve fairness reports.")),
    "study": ("plugin.cli.model.study", N_("Run the panel regressions of the published study.")),
    "replay": ("plugin.cli.cycle.replay", N_("Recalculate a past recommendation and compare.")),
    "badge": ("plugin.cli.evidence.badge", N_("Verify badges.")),
    "xapi": ("plugin.cli.sources.xapi", N_("Validate learning records (xAPI statements).")),
    "manifest": ("plugin.cli.sources.manifest", N_("Validate manifests.")),
    "audit": ("plugin.cli.operation.audit", N_("Read and verify the audit trail.")),
    "identity": ("plugin.cli.people.identity", N_("Decide whose an identifier is; merge double records.")),
    "person": ("plugin.cli.people.person", N_("Show and erase what is stored about a person.")),
    "held": ("plugin.cli.people.held", N_("List and release values that wait for HR.")),
    "db": ("plugin.cli.operation.db", N_("Upgrade the database to this release.")),
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
        return _spoken(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(text)) for name, (_module, text) in COMMANDS.items()])


def _spoken(command: click.Command) -> click.Command:
    """The command with its help in the reader's language; a copy, since the next call may have another reader."""
    said = copy(command)
    said.help = texts.translation(cleandoc(command.help or ""))
    said.params = [_spoken_option(one) for one in command.params]
    if isinstance(said, click.Group):
        said.commands = {name: _spoken(one) for name, one in said.commands.items()}
    return said


def _spoken_option(option: click.Parameter) -> click.Parameter:
    said = copy(option)
    if isinstance(said, click.Option) and said.help:
        said.help = texts.translation(said.help)
    return said


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="raise-advisor")
def advisor() -> None:
    """Learning records and badges go into the HR suite; fair, explained raise recommendations come out.

    Example: raise-advisor demo
    """


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line. Our errors become one line with a remedy and a stable exit code; nothing shows a traceback."""
    from plugin.errors import AdvisorError, ConfigError, InvalidInput, RetryLater

    texts.set_default(os.environ.get("ADVISOR_LANGUAGE") or texts.SOURCE)
    try:
        code = _spoken(advisor).main(arguments, prog_name="raise-advisor", standalone_mode=False)
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
    click.echo(_("Error: %(message)s", message=error), err=True)
    for name, wrong in getattr(error, "fields", {}).items():
        click.echo(f"  {name}: {wrong}", err=True)
    if error.remedy:
        click.echo(_("What to do: %(remedy)s", remedy=error.remedy), err=True)
