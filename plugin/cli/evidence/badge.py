"""The ``raise-advisor badge`` commands: badges judged without the web application or a database."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import click

from plugin.badges import Documents, IndexDocuments
from plugin.badges.batch import Bench, Judged, exit_status, judge, moment
from plugin.badges.codes import BadgeProblem
from plugin.badges.steps import step_name
from plugin.domain import BadgeVerdict, said
from plugin.http_client import Client
from plugin.services.evidence import badge_documents
from plugin.texts import N_, _, ngettext


@click.group()
def badge() -> None:
    """Verify Open Badges and learner records. Example: raise-advisor badge verify badge.png"""


@badge.command()
@click.argument("sources", nargs=-1, required=True, metavar="FILE|URL|-...")  # machine text
@click.option(
    "--json", "as_json", is_flag=True, help=N_("Print one JSON object per line: file, verdict, codes, steps.")
)
@click.option(
    "--at", metavar="WHEN", help=N_("Verify as of this day (its end, UTC) or time with zone. Default: now.")
)
@click.option(
    "--documents",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("JSON file that maps URLs to local files; then no other address is fetched."),
)
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    help=N_("A verified email address of the person; repeat it for several."),
)
def verify(
    sources: tuple[str, ...],
    as_json: bool,
    at: str | None,
    documents: Path | None,
    recipients: tuple[str, ...],
) -> None:
    """Verify badges: JSON, signed token, baked PNG or SVG, by file, URL or standard input.

    Exit status: 0 all valid, 1 some invalid, 2 some undetermined and none invalid.

    Example: raise-advisor badge verify diploma.png --json --at 2026-11-21
    """
    now = _now(at)
    started = time.perf_counter()
    with Client() as client:
        found: Documents = IndexDocuments(documents) if documents else badge_documents.over(client)
        outcomes: Counter[BadgeVerdict] = Counter()
        for judged in judge(sources, Bench(found, now, recipients)):
            outcomes[judged.verdict.verdict] += 1
            click.echo(json.dumps(judged.as_json()) if as_json else _sentences(judged))
    _report(outcomes, time.perf_counter() - started)
    sys.exit(exit_status(outcomes))


def _now(at: str | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    try:
        return moment(at)
    except BadgeProblem as error:
        raise click.BadParameter(
            _("Enter a day (2026-11-21) or a time with zone (2026-11-21T12:00:00Z).")
        ) from error


def _sentences(judged: Judged) -> str:
    """A line for the verdict and one for each step; control characters of the badge cannot reach the terminal."""
    lines = [f"{judged.file}: {said(judged.verdict.verdict)}"]
    lines += [
        f"  {said(step.state)}, {step_name(step.name)}: {step.message}" for step in judged.verdict.steps
    ]
    return "\n".join("".join(char if char.isprintable() else "?" for char in line) for line in lines)


def _report(outcomes: Counter[BadgeVerdict], seconds: float) -> None:
    total = outcomes.total()
    counts = ", ".join(f"{said(one)}: {outcomes[one]}" for one in BadgeVerdict)
    rate = total / seconds if seconds else 0.0
    sentence = ngettext(
        "%(num)s badge: %(counts)s; %(seconds)s s, %(rate)s per second",
        "%(num)s badges: %(counts)s; %(seconds)s s, %(rate)s per second",
        total,
        counts=counts,
        seconds=format(seconds, ".2f"),
        rate=format(rate, ",.0f"),
    )
    click.echo(sentence, err=True)
