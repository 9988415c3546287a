"""What a file would change against today, before anything is applied: new, changed, unchanged, no longer listed, and jumps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from plugin.connectors.csv_folder.preview import Line, Look
from plugin.domain import FileEffect, JsonObject, Stream, Thresholds
from plugin.services.core import Core
from plugin.services.people import plausibility
from plugin.store.sources import connections, on_record

JUMP = 3  # times or a third: working time that moves so far is shown before anything is applied; pay has HR's own rule
_JUMPS = {Stream.PAY: "annual", Stream.PEOPLE: "fte"}


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
    """Of one kind of record. ``today`` counts records on record; ``columns`` says how many records change in which column."""

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
    by_line: dict[int, FileEffect] = field(default_factory=dict)

    @property
    def usable(self) -> int:
        return self.new + self.changed + self.unchanged

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
    """One per kind of record in the file, compared with what this connection has on record."""
    found: list[Effects] = []
    thresholds = plausibility.rules(core).thresholds
    with core.database.reading() as tx:
        complete = bool(connections.get(tx, connection_id).settings.get("complete"))
        for stream in seen.streams:
            keys = [read.key for line in seen.lines if (read := line.reads[stream]).key is not None]
            known = on_record.raws(tx, connection_id, stream.value, keys)
            live = on_record.keys(tx, connection_id, stream.value)
            pays = on_record.all_raws(tx, connection_id, stream.value) if stream is Stream.PAY else {}
            effects = Effects(stream, len(live), thresholds, withdraws=complete)
            effects.gone = 0 if seen.is_cut else len(live - set(keys))
            last = _last_pay(pays)
            for line in seen.lines:
                _count(effects, line, seen.readers[stream].kept(line.reads[stream]), known, last)
            found.append(effects)
    return found


def _count(
    effects: Effects,
    line: Line,
    kept: Sequence[str],
    known: Mapping[str, JsonObject],
    last: Mapping[str, JsonObject],
) -> None:
    read, number = line.reads[effects.stream], line.row.line
    if read.refused is not None:
        effects.rejected += 1
        effects.by_line[number] = FileEffect.REJECTED
        return
    if read.key is None:
        effects.repeated += 1
        effects.by_line[number] = FileEffect.REPEATED
        return
    old = known.get(read.key)
    new = {**{name: old[name] for name in kept if old and name in old}, **read.cells}
    if old is None:
        effects.new += 1
        effects.by_line[number] = FileEffect.NEW
    elif old == new:
        effects.unchanged += 1
        effects.by_line[number] = FileEffect.UNCHANGED
    else:
        effects.changed += 1
        effects.by_line[number] = FileEffect.CHANGED
        effects.columns.update(name for name in {*old, *new} if old.get(name) != new.get(name))
    _jump(effects, number, read.key, new, old or last.get(str(new.get("person_id"))))


def _jump(effects: Effects, line: int, key: str, new: JsonObject, old: JsonObject | None) -> None:
    column = _JUMPS.get(effects.stream)
    if column is None or old is None or old.get("currency") != new.get("currency"):
        return
    before, after = _figure(old.get(column, "1")), _figure(new.get(column, "1"))
    if not before:
        return
    is_held = effects.stream is Stream.PAY and effects.thresholds.is_jump(after, before)
    is_far = effects.stream is Stream.PEOPLE and not Decimal(1) / JUMP < after / before < JUMP
    if is_held or is_far:
        effects.jumps.append(Jump(line, key, column, before, after, is_held))


def _figure(text: object) -> Decimal:
    try:
        return Decimal(str(text))
    except ArithmeticError:
        return Decimal(0)


def _last_pay(raws: Mapping[str, JsonObject]) -> dict[str, JsonObject]:
    """By the id that pay files name people by."""
    ordered = sorted(raws.values(), key=lambda one: str(one.get("effective_on")))
    return {str(one.get("person_id")): one for one in ordered}
