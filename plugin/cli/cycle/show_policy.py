"""raise-advisor model show-policy: what a pay policy says, as its page says it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import emit, emit_json, json_option, plain
from plugin.texts import _

if TYPE_CHECKING:
    from plugin.advisor.policy.matrix import Cell
    from plugin.domain import JsonObject
    from plugin.services.cycle.policy_list import Shown


@click.command("show-policy")
@click.argument("policy_id", type=RECORD_ID, metavar="POLICY")
@json_option
def show_policy(policy_id: int, as_json: bool) -> None:
    """Show the matrix and every rule of a policy in words; --json includes the policy itself. Example: raise-advisor model show-policy 1"""
    from plugin.services.cycle import policy_list

    found = policy_list.shown(opening.core(), policy_id)
    if as_json:
        emit_json(_document(found))
        return
    entry = found.entry
    used = ", ".join(cycle.name for cycle in found.cycles) or "–"
    click.echo(_("%(name)s (policy %(id)s)", name=entry.name, id=entry.id))
    click.echo(
        _(
            "Added: %(moment)s, by %(name)s. Used by: %(cycles)s",
            moment=plain(entry.added_at),
            name=entry.added_by or "–",
            cycles=used,
        )
    )
    click.echo(_("Hash: %(hash)s", hash=entry.hash) + "\n")
    _show_matrix(found)
    _show_words(found)


def _document(found: Shown) -> JsonObject:
    from plugin.advisor.policy import pay_policy
    from plugin.services.cycle import policy_words

    return {
        "id": found.entry.id,
        "name": found.entry.name,
        "hash": found.entry.hash,
        "added_at": found.entry.added_at,
        "added_by": found.entry.added_by,
        "cycles": [{"id": one.id, "name": one.name, "state": one.state} for one in found.cycles],
        "policy": json.loads(pay_policy.to_json(found.policy)),
        "words": {one.title: dict(one.facts) for one in policy_words.sections(found.policy)},
    }


def _show_matrix(found: Shown) -> None:
    from plugin.services.cycle import policy_words

    matrix = found.policy.matrix
    names = policy_words.criteria(matrix)
    click.echo(
        _(
            "Merit matrix, percent of pay by %(criteria)s: default, low to high, minimum to maximum",
            criteria=", ".join(names),
        )
    )
    laid = policy_words.grid(matrix)
    if laid is None:
        rows = [
            dict(zip((*names, _("Points of pay")), (*cell.bands, _points(cell, "; ")), strict=True))
            for cell in matrix.cells
        ]
    else:
        columns = (laid.row_title, *laid.columns)
        rows = [
            dict(zip(columns, (label, *(_points(cell, "\n") for cell in cells)), strict=True))
            for label, cells in laid.rows
        ]
    emit(rows, as_json=False)


def _points(cell: Cell, between: str) -> str:
    from plugin.services.cycle.policy_words import plain

    soft, hard = (
        _("%(low)s to %(high)s", low=plain(cell.low), high=plain(cell.high)),
        _("%(low)s to %(high)s", low=plain(cell.minimum), high=plain(cell.maximum)),
    )
    return between.join((plain(cell.default), soft, hard))


def _show_words(found: Shown) -> None:
    from plugin.services.cycle import policy_words

    for name, bands in policy_words.bands(found.policy.matrix):
        click.echo(f"\n{name}")
        for label, values in bands:
            click.echo(f"  {label}: {values}")
    for section in policy_words.sections(found.policy):
        click.echo(f"\n{section.title}")
        for what, words in section.facts:
            click.echo(f"  {what}: {words}")
