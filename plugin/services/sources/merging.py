"""One person whom two connections know, or who has two records after a transfer or a new hiring: proposed, merged, undone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from plugin.domain import MergeState
from plugin.errors import Conflict, InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.people import plausibility
from plugin.services.sources import attributing
from plugin.services.sources.applying import apply_everything
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import merges, persons, reporting_lines
from plugin.store.people.identities import Name
from plugin.store.people.merges import Merge
from plugin.store.people.persons import Person
from plugin.store.people.reporting_lines import Concerned
from plugin.texts import _


@dataclass(frozen=True)
class Pair:
    """Two records that look like one person, the one to keep first: who is there now, and of two such the later hired."""

    kept: Person
    merged: Person
    shared: tuple[Name, ...]


def proposals(core: Core, *, limit: int = 50) -> list[Pair]:
    with core.database.reading() as tx:
        found = merges.proposals(tx)[:limit]
        people = persons.by_ids(tx, {who for one in found for who in (one.first_id, one.second_id)})
        running = merges.in_cycles(tx, people)
    pairs = []
    for one in found:
        first, second = sorted((people[one.first_id], people[one.second_id]), key=partial(_rank, running))
        pairs.append(Pair(first, second, one.shared))
    return pairs


def _rank(running: Collection[int], one: Person) -> tuple[bool, bool, int, int]:
    """The record to keep first: who takes part in a cycle stays there."""
    return (
        one.id not in running,
        one.left_on is not None,
        -(one.hired_on.toordinal() if one.hired_on else 0),
        one.id,
    )


def decided(core: Core, *, before: int | None = None, limit: int = 50) -> list[tuple[Merge, str, str]]:
    """Each decision with the names of the kept and of the merged record."""
    with core.database.reading() as tx:
        found = merges.page(tx, before=before, limit=limit)
        names = persons.display_names(tx, {who for one in found for who in (one.kept_id, one.merged_id)})
    return [(one, names.get(one.kept_id, ""), names.get(one.merged_id, "")) for one in found]


def merge(core: Core, actor: Actor, kept_id: int, merged_id: int) -> int:
    """Everything of the second record counts for the first; the decision's id. InvalidInput where they are one or merged already."""
    now = core.clock()
    with core.database.transaction() as tx:
        for who in (kept_id, merged_id):
            persons.get(tx, who)
        roots = merges.roots(tx, [kept_id, merged_id])
        if kept_id == merged_id or any(roots.values()) or merges.has_merged(tx, merged_id):
            raise InvalidInput(
                _("these records can't be merged"),
                fields={"merged_id": _("is merged already; undo that first")},
            )
        added = merges.add(tx, now, kept_id, merged_id, MergeState.MERGED, actor.name)
        _point(core, tx, merged_id, kept_id)
        plausibility.mark_changed_history(tx, core, {kept_id})
        detail = {"kept": kept_id, "merged": merged_id}
        audits.append(tx, now, actor.name, "person.merge", f"person:{kept_id}", {**detail})
    apply_everything(core)
    plausibility.judge_waiting(core)
    return added


def refuse(core: Core, actor: Actor, first_id: int, second_id: int) -> int:
    """They are two: no longer proposed."""
    now = core.clock()
    with core.database.transaction() as tx:
        for who in (first_id, second_id):
            persons.get(tx, who)
        added = merges.add(tx, now, first_id, second_id, MergeState.REFUSED, actor.name)
        audits.append(tx, now, actor.name, "person.not_same", f"person:{first_id}", {"other": second_id})
    return added


def undo(core: Core, actor: Actor, merge_id: int) -> None:
    """The records are two again, each with what its own names say."""
    now = core.clock()
    with core.database.transaction() as tx:
        found = merges.get(tx, merge_id)
        if found.state is MergeState.UNDONE:
            raise Conflict(_("this decision has already been undone"))
        merges.close(tx, merge_id)
        if found.state is MergeState.MERGED:
            _point(core, tx, found.merged_id, None)
            plausibility.mark_changed_history(tx, core, {found.kept_id, found.merged_id})
        audits.append(
            tx, now, actor.name, "person.merge_undo", f"person:{found.kept_id}", {"merge": merge_id}
        )
    apply_everything(core)
    plausibility.judge_waiting(core)


def _point(core: Core, tx: Tx, merged_id: int, kept_id: int | None) -> None:
    merges.point(tx, merged_id, kept_id)
    names = merges.names(tx, merged_id)
    reporting_lines.relink(tx, core.clock().date(), Concerned({merged_id, kept_id or merged_id}, names))
    attributing.reconsider(tx, core.clock(), names)
