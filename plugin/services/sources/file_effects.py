"""What a file would change against today, before anything is applied: new, changed, unchanged, no longer listed, and jumps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from plugin.connectors.csv_folder.preview import Look
from plugin.connectors.csv_folder.reading import Read
from plugin.domain import FileEffect, JsonObject, PayRecord, PersonRecord, Record, Stream, Thresholds
from plugin.errors import InvalidInput, SkipRecord
from plugin.services.core import Core
from plugin.services.people import plausibility
from plugin.services.sources import file_people
from plugin.services.sources.file_people import Coming
from plugin.store.database import Tx
from plugin.store.sources import connections, on_record
from plugin.store.sources.on_record import Paid
from plugin.store.sources.records import Placed

JUMP = 3  # times or a third: working time that moves so far is shown before anything is applied; pay has HR's own rule


@dataclass(frozen=True)
class Jump:
    """A figure that moves very far: ``old`` on record, ``new`` in the file. ``is_held``: once applied, it is not used before HR
    releases it."""

    line: int
    key: str
    column: str
    old: Decimal
    new: Decimal
    is_held: bool


@dataclass
class Effects:
    """Of one kind of record. ``today`` counts what this connection has on record, and what others have of which the file speaks;
    ``columns`` says how many records change in which column, ``waiting`` by line why nobody gets it (``file_people.WHY``), and
    ``twins`` how many new people have a number or address of an employee of another connection."""

    stream: Stream
    today: int
    thresholds: Thresholds
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    repeated: int = 0
    gone: int = 0
    withdraws: bool = False
    columns: Counter[str] = field(default_factory=Counter)
    jumps: list[Jump] = field(default_factory=list)
    waiting: dict[int, str] = field(default_factory=dict)
    twins: int = 0
    by_line: dict[int, FileEffect] = field(default_factory=dict)

    @property
    def usable(self) -> int:
        return self.new + self.changed + self.unchanged

    @property
    def reasons(self) -> Counter[str]:
        """How many rows wait, by why."""
        return Counter(self.waiting.values())

    @property
    def held(self) -> int:
        """Figures that HR must release before they are used."""
        return sum(one.is_held for one in self.jumps)

    @property
    def is_headcount_held(self) -> bool:
        """Whether so many people come at once that HR must release the headcount."""
        is_people = self.stream is Stream.PEOPLE and self.today > 0
        return is_people and self.thresholds.is_headcount_change(self.today + self.new, self.today)

    @property
    def afterwards(self) -> int:
        return self.today + self.new - (self.gone if self.withdraws else 0)


def of(core: Core, connection_id: int, seen: Look) -> list[Effects]:
    """One per kind of record in the file, compared with what this connection has on record, and with what any other one says of
    the same people and days."""
    thresholds = plausibility.rules(core).thresholds
    with core.database.reading() as tx:
        withdraws = bool(connections.get(tx, connection_id).settings.get("complete"))
        found: list[Effects] = []
        arriving = Coming(frozenset(), frozenset())
        for stream in sorted(seen.streams, key=list(Stream).index):
            compared = _Comparison(
                tx, connection_id, seen, Effects(stream, 0, thresholds, withdraws=withdraws)
            )
            if stream is Stream.PEOPLE:
                arriving = compared.count_twins()
            else:
                compared.find_people(arriving)
            compared.count()
            found.append(compared.effects)
    return sorted(found, key=lambda one: seen.streams.index(one.stream))


class _Comparison:
    """The rows of one kind of record against what is on record."""

    def __init__(self, tx: Tx, connection_id: int, seen: Look, effects: Effects) -> None:
        self.tx, self.connection_id, self.seen, self.effects = tx, connection_id, seen, effects
        self.stream, self.reader = effects.stream, seen.readers[effects.stream]
        reads = [(line.row.line, line.reads[self.stream]) for line in seen.lines]
        self.lines = {read.key: number for number, read in reads if read.key is not None}
        self.known = on_record.raws(tx, connection_id, self.stream.value, list(self.lines))
        self.raws = {read.key: self._whole(read) for _number, read in reads if read.key is not None}
        self.made = {key: made for key, raw in self.raws.items() if (made := self._made(key, raw))}
        self.elsewhere: dict[str, set[str]] = {}
        self.pays: dict[int, list[Paid]] = {}
        live = on_record.keys(tx, connection_id, self.stream.value)
        effects.today = len(live)
        effects.gone = 0 if seen.is_cut else len(live - set(self.lines))

    def _whole(self, read: Read) -> JsonObject:
        """A row with what is on record of it where it says nothing."""
        old = self.known.get(read.key or "") or {}
        return {**{name: old[name] for name in self.reader.kept(read) if name in old}, **read.cells}

    def _made(self, key: str, raw: JsonObject) -> Record | None:
        try:
            return self.reader.record(key, raw)
        except (SkipRecord, InvalidInput):
            return None

    def count_twins(self) -> Coming:
        people = {key: one for key, one in self.made.items() if isinstance(one, PersonRecord)}
        arriving, self.effects.twins = file_people.coming(self.tx, self.connection_id, people)
        return arriving

    def find_people(self, arriving: Coming) -> None:
        items = on_record.ids(self.tx, self.connection_id, self.stream.value, list(self.made))
        named = file_people.of(self.tx, self.connection_id, self.made, items, arriving)
        self.effects.waiting = {self.lines[key]: why for key, why in named.waiting.items()}
        self.people = named.people
        fresh = [key for key in self.made if key not in self.known]
        placed = [
            Placed(number, named.people.get(key, 0), self.made[key])
            for number, key in enumerate(fresh)
            if key in named.people or self.stream is Stream.PAY_RANGES
        ]
        differing = on_record.differences(self.tx, self.stream, placed)
        self.elsewhere = {fresh[number]: columns for number, columns in differing.items()}
        self.effects.today += len(self.elsewhere)
        if self.stream is Stream.PAY:
            self.pays = on_record.pays(self.tx, set(named.people.values()))

    def count(self) -> None:
        for line in self.seen.lines:
            read, number = line.reads[self.stream], line.row.line
            if read.refused is not None:
                self.effects.rejected += 1
                self.effects.by_line[number] = FileEffect.REJECTED
            elif read.key is None:
                self.effects.repeated += 1
                self.effects.by_line[number] = FileEffect.REPEATED
            else:
                self._count(number, read.key)

    def _count(self, line: int, key: str) -> None:
        old, new, effects = self.known.get(key), self.raws[key], self.effects
        if old is None and key not in self.elsewhere:
            effects.new += 1
            effects.by_line[line] = FileEffect.NEW
        elif columns := self._columns(key, old, new):
            effects.changed += 1
            effects.by_line[line] = FileEffect.CHANGED
            effects.columns.update(columns)
        else:
            effects.unchanged += 1
            effects.by_line[line] = FileEffect.UNCHANGED
        if self.stream is Stream.PAY:
            self._pay_jump(line, key)
        elif self.stream is Stream.PEOPLE and old is not None:
            before, after = _figure(old.get("fte", "1")), _figure(new.get("fte", "1"))
            if before and not Decimal(1) / JUMP < after / before < JUMP:
                effects.jumps.append(Jump(line, key, "fte", before, after, is_held=False))

    def _columns(self, key: str, old: JsonObject | None, new: JsonObject) -> set[str]:
        if old is None:
            return self.elsewhere[key]
        return {name for name in {*old, *new} if old.get(name) != new.get(name)}

    def _pay_jump(self, line: int, key: str) -> None:
        """Against what the person earns on that day by any source, or the pay before it."""
        record = self.made.get(key)
        if not isinstance(record, PayRecord):
            return
        earlier = [
            one
            for one in self.pays.get(self.people.get(key, 0), ())
            if one.effective_on <= record.effective_on and one.currency == record.annual.currency
        ]
        before = earlier[-1].annual if earlier else Decimal(0)
        if before and self.effects.thresholds.is_jump(record.annual.amount, before):
            self.effects.jumps.append(Jump(line, key, "annual", before, record.annual.amount, is_held=True))


def _figure(text: object) -> Decimal:
    try:
        return Decimal(str(text))
    except ArithmeticError:
        return Decimal(0)
