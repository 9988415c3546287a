"""Approved raises to look at before and after they are sent: a page of them, all of them, and how many are in which state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from plugin.domain import JsonObject
from plugin.services.bulk import bulk
from plugin.services.core import Core
from plugin.services.operation.steps import Step, at
from plugin.services.payroll import checks
from plugin.services.payroll.checks import Entry, Line
from plugin.store.cycle import cycles
from plugin.store.decision import decisions
from plugin.store.payroll import exports
from plugin.store.payroll.exports import SENT_FROM

Say = Callable[[str], object]


@dataclass
class Tally:
    """How many raises are in which state. ``queued`` counts those on their way, ``new`` those of them that were queued just now.

    Those that are held back are in no state.
    """

    ready: int = 0
    new: int = 0
    queued: int = 0
    done: int = 0
    dead: int = 0
    no_change: int = 0
    held_back: int = 0
    by_hand: int = 0

    def add(self, line: Line) -> None:
        name = "held_back" if line.problem else line.state
        setattr(self, name, getattr(self, name) + 1)
        self.by_hand += bool(line.by_hand)

    @property
    def total(self) -> int:
        """All raises, whatever their state."""
        return self.held_back + self.ready + self.queued + self.done + self.dead + self.no_change

    def document(self) -> JsonObject:
        return {**vars(self)}


def lines(core: Core, cycle_id: int) -> Iterator[Line]:
    """What ``write_back.export`` would send, and what it would hold back and why, by person; read while it is asked for.

    NotFound, at once, when there is no such cycle. Nothing is written.
    """
    with core.database.reading() as tx:
        cycles.get(tx, cycle_id)
    return (entry.line for part in checks.parts(core, cycle_id) for entry in part)


def page(core: Core, cycle_id: int, *, limit: int, offset: int) -> list[Line]:
    """Some of ``lines``."""
    with core.database.reading() as tx:
        some = decisions.recommended(tx, cycle_id, SENT_FROM, limit=limit, offset=offset)
        found = cycles.get(tx, cycle_id)
        entries: list[Entry] = checks.of_decisions(tx, core, found, some)
    return [entry.line for entry in entries]


def tally(core: Core, cycle_id: int) -> Tally:
    """By what was queued and answered; what is held back is known to ``check`` only, and counts as ready here."""
    with core.database.reading() as tx:
        found, takes = cycles.get(tx, cycle_id), bool(checks.lump_sum_takers(tx))
        return Tally(**exports.tally(tx, cycle_id, found.effective_on, takes_lump_sums=takes))


@bulk()
def check(core: Core, cycle_id: int, *, say: Say = lambda _: None) -> Tally:
    """What an export would do, in numbers. Nothing is written."""
    counts = Tally()
    for line in lines(core, cycle_id):
        counts.add(line)
        if counts.total % checks.AT_ONCE == 0:
            say(at(Step.CHECKED_RAISES, counts.total))
    return counts
