"""From the inbox to what we know about people: map, match, store. A person is matched, never created, by learning data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from plugin.connectors.base import Context, Source
from plugin.domain import InboxKind, InboxState, PayRangeRecord, PersonRecord, Record, Stream
from plugin.errors import InvalidInput, NothingToTake, SkipRecord
from plugin.services.core import Core
from plugin.services.delivery import events
from plugin.services.people import plausibility
from plugin.services.sources import attributing, connection_opening, withdrawing
from plugin.services.sources.attributing import Found, Search
from plugin.store.database import Tx
from plugin.store.people import persons, reporting_lines
from plugin.store.people.identities import Name
from plugin.store.people.reporting_lines import Concerned, Unlinked
from plugin.store.sources import intake, record_names, records
from plugin.store.sources.intake import Item, Mark
from plugin.store.sources.record_names import AMBIGUOUS, OUTSIDE, SHARED, UNKNOWN
from plugin.texts import _

BATCH = 500
Step: TypeAlias = Callable[[Tx], None]


def apply_everything(core: Core, *, step: Step = lambda _: None) -> dict[str, int]:
    """Applies what is pending on any connection, e.g. after a name changed hands; counts as in ``apply_pending``."""
    with core.database.transaction() as tx:
        waiting = intake.connections_with_pending(tx)
    totals = {"applied": 0, "waiting": 0, "unusable": 0}
    for connection_id in waiting:
        counts = apply_pending(core, connection_id, step=step)
        totals = {name: totals[name] + number for name, number in counts.items()}
    return totals


def apply_pending(core: Core, connection_id: int, *, step: Step = lambda _: None) -> dict[str, int]:
    """Applies one connection's pending rows, people first; counts of rows applied, waiting for a person, and unusable.

    ``step`` is called in the transaction of each batch: a holder of a lease extends it there, or raises and nothing is kept.
    """
    connector, ctx = connection_opening.opened(core, connection_id)
    totals = {"applied": 0, "waiting": 0, "unusable": 0}
    released = 0
    _name_old_records(core, connection_id, connector, ctx, step)  # type: ignore[arg-type]
    people: set[int] = set()
    names: set[Name] = set()
    for stream in Stream:
        while True:
            with core.database.transaction() as tx:
                items = intake.pending(tx, connection_id=connection_id, stream=stream.value, limit=BATCH)
                if not items:
                    break
                batch = _Batch(core, tx, connection_id, stream)
                ids = [item.id for item in items]
                about = plausibility.in_ranges_of(tx, stream, ids)
                marks = batch.apply(connector, ctx, items)  # type: ignore[arg-type]
                released += batch.released
                people |= batch.people
                names |= batch.names
                about |= {mark.person_id for mark in marks if mark.person_id is not None}
                plausibility.mark(tx, core, stream, about, ids)
                step(tx)
            totals["applied"] += sum(mark.state == InboxState.APPLIED for mark in marks)
            totals["waiting"] += sum(mark.state == InboxState.WAITING for mark in marks)
            totals["unusable"] += sum(mark.state == InboxState.REJECTED for mark in marks)
            if len(items) < BATCH:
                break
    if people:
        with core.database.transaction() as tx:
            reporting_lines.relink(tx, core.clock().date(), Concerned(people, names))
    plausibility.judge_waiting(core)
    if released:
        again = apply_everything(core, step=step)
        totals = {name: totals[name] + again[name] for name in totals}
    return totals


def link_managers(core: Core) -> int:
    """Of everybody, since a name may have passed to somebody else with the day; how many links changed."""
    with core.database.transaction() as tx:
        return reporting_lines.relink(tx, core.clock().date())


def unlinked_managers(core: Core, *, limit: int) -> list[Unlinked]:
    """Employees whose suite names a manager who is not used: unknown, themself, or in a circle."""
    with core.database.reading() as tx:
        return reporting_lines.unlinked(tx, core.clock().date(), limit=limit)


def _name_old_records(core: Core, connection_id: int, connector: Source, ctx: Context, step: Step) -> None:
    """Records that were applied before names were kept learn theirs, and stay with whom they are until a name changes hands."""
    after = 0
    while True:
        with core.database.transaction() as tx:
            items = record_names.unnamed(tx, connection_id, after=after, limit=BATCH)
            if not items:
                return
            rules = attributing.rules_of(tx, connection_id)
            named = {}
            for item in items:
                with suppress(SkipRecord, InvalidInput):
                    record = connector.map(ctx, Stream(item.stream), item.raw)
                    names = attributing.names_in(record, connection_id)
                    named[item.id] = (
                        attributing.day_of(record),
                        attributing.searched(names, connection_id, rules),
                    )
            record_names.put(tx, named)
            step(tx)
        after = items[-1].id


@dataclass(frozen=True)
class _Mapped:
    item: Item
    record: Record


class _Batch:
    """Up to BATCH pending rows of one stream, in one transaction."""

    def __init__(self, core: Core, tx: Tx, connection_id: int, stream: Stream) -> None:
        self.tx, self.connection_id, self.stream = tx, connection_id, stream
        self.now = core.clock()
        self.people: set[int] = set()  # whose links to managers may change, and names that changed hands
        self.names: set[Name] = set()
        self.released = 0  # records that are to be applied again, because a name changed hands

    def apply(self, connector: Source, ctx: Context, items: Sequence[Item]) -> list[Mark]:
        retracted = [item for item in items if item.kind == InboxKind.RETRACT]
        mapped, marks = self._map(connector, ctx, [item for item in items if item.kind != InboxKind.RETRACT])
        marks += self._retract(retracted)
        marks += self._put_people(mapped) if self.stream is Stream.PEOPLE else self._put_records(mapped)
        return marks

    def _map(
        self, connector: Source, ctx: Context, items: Sequence[Item]
    ) -> tuple[list[_Mapped], list[Mark]]:
        """One bad record never stops the next: it is set aside with its code."""
        mapped: list[_Mapped] = []
        bad: list[Mark] = []
        for item in items:
            try:
                mapped.append(_Mapped(item, connector.map(ctx, self.stream, item.raw)))
            except (SkipRecord, InvalidInput) as error:
                state = InboxState.IGNORED if isinstance(error, NothingToTake) else InboxState.REJECTED
                bad.append(Mark(item.id, state, code=error.code, message=str(error)))
        intake.mark(self.tx, self.now, bad)
        return mapped, bad

    def _retract(self, items: Sequence[Item]) -> list[Mark]:
        if self.stream is Stream.PEOPLE:
            keys = [item.remote_key for item in items]
            left = persons.leave(self.tx, self.connection_id, keys, self.now.date())
            self.names |= left
            self.people |= {item.person_id for item in items if item.person_id}
            self.released += attributing.reconsider(self.tx, self.now, left)
        else:
            withdrawing.withdraw(self.tx, self.now, self.stream, items)
            places = {(item.person_id, item.day) for item in items if item.person_id and item.day}
            uncovered = records.uncovered(self.tx, self.stream, places)
            self.released += record_names.release(self.tx, uncovered)
        marks = [Mark(item.id, InboxState.APPLIED, item.person_id) for item in items]
        intake.mark(self.tx, self.now, marks)
        return marks

    def _put_people(self, mapped: Sequence[_Mapped]) -> list[Mark]:
        fits: list[tuple[Item, PersonRecord]] = []
        marks: list[Mark] = []
        for one in mapped:
            assert isinstance(one.record, PersonRecord)
            problem = persons.misfit(one.record, self.now)
            if problem:
                marks.append(Mark(one.item.id, InboxState.REJECTED, code="misfit", message=problem))
            else:
                fits.append((one.item, one.record))
        people = [record for _other, record in fits]
        ids, touched = persons.put(self.tx, self.now, self.connection_id, people)
        self.people.update(ids.values())
        self.names |= touched
        marks += [Mark(item.id, InboxState.APPLIED, ids[record.source_id]) for item, record in fits]
        intake.mark(self.tx, self.now, marks)
        self.released += attributing.reconsider(self.tx, self.now, touched)
        return marks

    def _put_records(self, mapped: Sequence[_Mapped]) -> list[Mark]:
        rules = attributing.rules_of(self.tx, self.connection_id)
        searches = {
            one.item.id: Search(
                self.connection_id,
                attributing.day_of(one.record),
                attributing.searched(
                    attributing.names_in(one.record, self.connection_id), self.connection_id, rules
                ),
            )
            for one in mapped
        }
        found = attributing.resolve(self.tx, searches)
        record_names.put(self.tx, {item: (one.day, one.names) for item, one in searches.items()})
        self._take_from_others(mapped, found)
        marks: list[Mark] = []
        placed: list[records.Placed] = []
        for one in mapped:
            answer = found[one.item.id]
            if isinstance(one.record, PayRangeRecord) or answer.person_id is not None:
                marks.append(self._place(one, answer.person_id, placed))
            else:
                marks.append(_without_person(one.item, answer))
        records.put(self.tx, self.now, self.stream, placed)
        intake.mark(self.tx, self.now, marks)
        waiting = {mark.item_id for mark in marks if mark.state == InboxState.WAITING}
        asked = {item: one.asked for item, one in found.items() if item in waiting and one.asked is not None}
        record_names.ask(self.tx, asked)
        events.recorded(self.tx, self.now, self.stream, placed)
        return marks

    def _take_from_others(self, mapped: Sequence[_Mapped], found: Mapping[int, Found]) -> None:
        """A revised record may name somebody else than before."""
        moved = [
            one.item
            for one in mapped
            if one.item.person_id is not None and found[one.item.id].person_id != one.item.person_id
        ]
        withdrawing.withdraw(self.tx, self.now, self.stream, moved, is_moved=True)

    def _place(self, one: _Mapped, owner: int | None, placed: list[records.Placed]) -> Mark:
        new = records.Placed(one.item.id, owner or 0, one.record)
        problem = records.misfit(new, self.stream, self.now)
        if problem:
            return Mark(one.item.id, InboxState.REJECTED, owner, code="misfit", message=problem)
        placed.append(new)
        return Mark(one.item.id, InboxState.APPLIED, owner)


def _without_person(item: Item, found: Found) -> Mark:
    """HR hears why; what its word made nobody's is set aside."""
    said = {
        AMBIGUOUS: _(
            "the record's identifiers belong to %(owners)s different employees", owners=len(found.candidates)
        ),
        SHARED: _("HR has decided that the record belongs to no one")
        if found.candidates
        else _("the identifier is shared by several people"),
        OUTSIDE: _("no employee held this identifier on the record's day"),
        UNKNOWN: _("no employee has this identifier yet"),
    }
    code = found.code or UNKNOWN
    state = InboxState.REJECTED if code == SHARED else InboxState.WAITING
    return Mark(item.id, state, code=code, message=said[code])
