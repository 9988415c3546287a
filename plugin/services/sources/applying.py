"""From the inbox to what we know about people: map, match, store. A person is matched, never created, by learning data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from plugin.connectors.base import Context, Source
from plugin.domain import (
    BadgeRecord,
    Identifier,
    IdentifierKind,
    InboxKind,
    InboxState,
    LearningRecord,
    PayRangeRecord,
    PersonRecord,
    Record,
    Stream,
    identifier,
)
from plugin.errors import InvalidInput, SkipRecord
from plugin.services.core import Core
from plugin.services.delivery import events
from plugin.services.sources import connection_setup
from plugin.store.database import Tx
from plugin.store.people import persons
from plugin.store.sources import intake, records
from plugin.store.sources.intake import Item, Mark
from plugin.texts import _

BATCH = 500
Step: TypeAlias = Callable[[Tx], None]


def apply_everything(core: Core, *, step: Step = lambda _: None) -> dict[str, int]:
    """Applies what is pending on any connection, e.g. after a person was linked; counts as in ``apply_pending``."""
    with core.database.transaction() as tx:
        intake.release(tx)
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
    connector, ctx = connection_setup.opened(core, connection_id)
    totals = {"applied": 0, "waiting": 0, "unusable": 0}
    for stream in Stream:
        while True:
            with core.database.transaction() as tx:
                items = intake.pending(tx, connection_id=connection_id, stream=stream.value, limit=BATCH)
                marks = _Batch(core, tx, connection_id, stream).apply(connector, ctx, items)  # type: ignore[arg-type]
                step(tx)
            totals["applied"] += sum(mark.state == InboxState.APPLIED for mark in marks)
            totals["waiting"] += sum(mark.state == InboxState.WAITING for mark in marks)
            totals["unusable"] += sum(mark.state == InboxState.REJECTED for mark in marks)
            if len(items) < BATCH:
                break
    with core.database.transaction() as tx:
        persons.relink_managers(tx, connection_id)
        released = intake.release(tx)
    if released:
        again = apply_everything(core, step=step)
        totals = {name: totals[name] + again[name] for name in totals}
    return totals


@dataclass(frozen=True)
class _Mapped:
    item: Item
    record: Record


class _Batch:
    """Up to BATCH pending rows of one stream, in one transaction."""

    def __init__(self, core: Core, tx: Tx, connection_id: int, stream: Stream) -> None:
        self.tx, self.connection_id, self.stream = tx, connection_id, stream
        self.now = core.clock()

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
                bad.append(Mark(item.id, InboxState.REJECTED, code=error.code, message=str(error)))
        intake.mark(self.tx, self.now, bad)
        return mapped, bad

    def _retract(self, items: Sequence[Item]) -> list[Mark]:
        if self.stream is Stream.PEOPLE:
            persons.leave(self.tx, self.connection_id, [item.remote_key for item in items], self.now.date())
        else:
            records.withdraw(self.tx, self.stream, [item.id for item in items])
            for item in items:
                events.retracted(self.tx, self.now, self.stream, item)
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
        ids = persons.put(self.tx, self.now, self.connection_id, [record for _other, record in fits])
        marks += [Mark(item.id, InboxState.APPLIED, ids[record.source_id]) for item, record in fits]
        intake.mark(self.tx, self.now, marks)
        return marks

    def _put_records(self, mapped: Sequence[_Mapped]) -> list[Mark]:
        names = {one.item.id: names_in(one.record, self.connection_id) for one in mapped}
        known = persons.match(self.tx, {name for searched in names.values() for name in searched})
        marks: list[Mark] = []
        placed: list[records.Placed] = []
        for one in mapped:
            owners = {known[name] for name in names[one.item.id] if name in known}
            if isinstance(one.record, PayRangeRecord) or len(owners) == 1:
                marks.append(self._place(one, owners.pop() if owners else None, placed))
            else:
                marks.append(_unmatched(one.item, len(owners)))
        records.put(self.tx, self.now, self.stream, placed)
        intake.mark(self.tx, self.now, marks)
        for mark in marks:
            if mark.state == InboxState.WAITING:
                intake.wait_for(
                    self.tx, mark.item_id, ((name.kind.value, name.value) for name in names[mark.item_id])
                )
        events.recorded(self.tx, self.now, self.stream, placed)
        return marks

    def _place(self, one: _Mapped, owner: int | None, placed: list[records.Placed]) -> Mark:
        new = records.Placed(one.item.id, owner or 0, one.record)
        problem = records.misfit(new, self.stream, self.now)
        if problem:
            return Mark(one.item.id, InboxState.REJECTED, owner, code="misfit", message=problem)
        placed.append(new)
        return Mark(one.item.id, InboxState.APPLIED, owner)


def _unmatched(item: Item, owners: int) -> Mark:
    if owners:
        return Mark(
            item.id,
            InboxState.WAITING,
            code="identity_ambiguous",
            message=_("the record's identifiers belong to %(owners)s different employees", owners=owners),
        )
    return Mark(
        item.id,
        InboxState.WAITING,
        code="identity_unknown",
        message=_("no employee has this identifier yet"),
    )


def names_in(record: Record, connection_id: int) -> tuple[Identifier, ...]:
    """The names by which the record's person is searched; none for a record about no one."""
    match record:
        case LearningRecord():
            return record.learner
        case BadgeRecord():
            return record.recipient
        case PersonRecord() | PayRangeRecord():
            return ()
        case _:
            return _source_names(record.person_source_id, connection_id)


def _source_names(source_id: str, connection_id: int) -> tuple[Identifier, ...]:
    """A file may name a person by the suite's id, the employee number or the e-mail address."""
    if "@" in source_id:
        return (identifier(IdentifierKind.EMAIL, source_id),)
    return (
        persons.suite_identifier(connection_id, source_id),
        identifier(IdentifierKind.EMPLOYEE_NUMBER, source_id),
    )
