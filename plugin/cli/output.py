"""How every command speaks: data on standard output (a table, or one JSON document), progress and remarks on standard error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

import click

from plugin.cli.headings import heading
from plugin.domain import identifier_word, said
from plugin.texts import N_, _

F = TypeVar("F", bound=Callable[..., Any])
W = TypeVar("W", bound=str)
_WHOLE = (datetime, date, int, Decimal, type(None))  # never broken over lines


def json_option(command: F) -> F:
    """``--json``: one JSON document on standard output instead of a table."""
    return click.option(
        "--json", "as_json", is_flag=True, help=N_("Print one JSON document instead of a table.")
    )(command)


def dry_run_option(command: F) -> F:
    """``--dry-run``: say what would be done, do nothing."""
    return click.option("--dry-run", is_flag=True, help=N_("Show what would change without changing it."))(
        command
    )


class WordChoice(click.Choice[W]):
    """A choice of an enum's words, written as they are stored."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:  # noqa: ARG002
        return str(choice)


def plain(value: Any) -> Any:
    """The value in JSON's types: dataclasses as objects, times as ISO 8601, exact decimals as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def emit_json(value: Any) -> None:
    click.echo(json.dumps(plain(value), ensure_ascii=False, sort_keys=True))


def emit(rows: Sequence[dict[str, Any]], *, as_json: bool, empty: str = N_("No entries yet.")) -> None:
    """A list of rows with the same keys."""
    if as_json:
        emit_json(list(rows))
        return
    if not rows:
        click.echo(_(empty))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0]:
        is_whole = all(isinstance(row[name], _WHOLE) for row in rows)
        table.add_column(heading(name), overflow="fold", no_wrap=is_whole)
    for row in rows:
        table.add_row(*map(_cell, row.values()))
    Console(markup=False, highlight=False).print(table)


def _cell(value: Any) -> str:
    """A time to the minute, with its zone, and the word of a state: what a table shows is read, not computed with."""
    if isinstance(value, StrEnum):
        return said(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return "" if value is None else str(plain(value))


def listed(words: Iterable[StrEnum], *, as_json: bool) -> str:
    """Several in one cell."""
    return ", ".join(str(one) if as_json else said(one) for one in words)


def kind_cell(kind: str, *, as_json: bool) -> str:
    """A kind of identifier, with the code that the commands take."""
    return kind if as_json else f"{identifier_word(kind)} ({kind})"


def note(text: str) -> None:
    """A remark for the person at the terminal."""
    click.echo(text, err=True)


@contextmanager
def progress(label: str) -> Iterator[Callable[[str], None]]:
    """A spinner on standard error while something long runs; the function given sets what it says. Silent when no terminal."""
    from rich.console import Console

    from plugin.services.operation import steps

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text: click.echo(f"{label}: {steps.words(text)}", err=True)
        return
    with console.status(label) as status:
        yield lambda text: status.update(f"{label}: {steps.words(text)}")
