"""The ``raise-advisor xapi`` commands: learning statements judged without a server or a database."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

import click

from plugin.errors import InvalidInput
from plugin.texts import N_, _, ngettext
from plugin.xapi.batch import Verdict, judge_file

_UNREADABLE = 2


@click.group()
def xapi() -> None:
    """Validate learning statements (xAPI). Example: raise-advisor xapi validate statements.jsonl"""


@xapi.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--json", "as_json", is_flag=True, help=N_("Print one JSON object per line, also for valid statements.")
)
@click.option(
    "--xapi-version",
    "version",
    type=click.Choice(["auto", "1.0.3", "2.0.0"]),
    default="auto",
    show_default=True,
    help=N_("Version of the standard; auto uses 2.0.0 if the statement says so or uses its properties."),
)
def validate(files: tuple[str, ...], as_json: bool, version: str) -> None:
    """Validate the statements in FILE... (JSON lines, gzip too; - reads standard input).

    Exit status: 0 all valid, 1 some invalid, 2 a file cannot be read.

    Example: raise-advisor xapi validate statements.jsonl.gz --json
    """
    started = time.perf_counter()
    counts = {True: 0, False: 0}
    unreadable = 0
    out = sys.stdout
    for name in files:
        try:
            for verdict in _judged(name, version):
                counts[verdict.is_valid] += 1
                if as_json:
                    out.write(json.dumps(verdict.as_json()) + "\n")
                elif not verdict.is_valid:
                    out.write(_sentence(verdict) + "\n")
        except InvalidInput as problem:
            unreadable += 1
            click.echo(f"{problem}", err=True)
    out.flush()
    _report(counts, time.perf_counter() - started)
    sys.exit(_UNREADABLE if unreadable else int(counts[False] > 0))


def _judged(name: str, version: str) -> Iterator[Verdict]:
    return judge_file(name, sys.stdin.buffer, version=version)


def _sentence(verdict: Verdict) -> str:
    place = f"{verdict.file}:{verdict.line}"
    codes = ", ".join(verdict.codes)
    if not verdict.path:
        return _("%(place)s: invalid: %(codes)s", place=place, codes=codes)
    return _("%(place)s: invalid at %(path)s: %(codes)s", place=place, path=verdict.path, codes=codes)


def _report(counts: dict[bool, int], seconds: float) -> None:
    total = counts[True] + counts[False]
    rate = total / seconds if seconds else 0.0
    said = ngettext(
        "%(num)s statement: %(valid)s valid, %(invalid)s invalid; %(seconds)s s, %(rate)s per second",
        "%(num)s statements: %(valid)s valid, %(invalid)s invalid; %(seconds)s s, %(rate)s per second",
        total,
        valid=counts[True],
        invalid=counts[False],
        seconds=format(seconds, ".2f"),
        rate=format(rate, ",.0f"),
    )
    click.echo(said, err=True)
