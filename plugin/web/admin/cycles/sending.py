"""What a cycle's page shows of raises that go to payroll: one page of them, and numbers of all."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.domain import CycleState
from plugin.services.core import Core
from plugin.services.operation import task_requests, topics
from plugin.services.payroll import listing
from plugin.services.payroll.checks import Line
from plugin.services.payroll.listing import Tally
from plugin.store.cycle.cycles import Cycle
from plugin.store.operation.tasks import Task
from plugin.web.admin.cycles.parts import Part

STATES = (CycleState.APPROVED, CycleState.EXPORTED, CycleState.CLOSED)


@dataclass(frozen=True)
class Sending:
    """``checked`` is the worker's last look at all of them: what is held back is known from it, and of the page's own lines."""

    part: Part[Line]
    tally: Tally
    checked: Task | None

    @property
    def sentence(self) -> str:
        return topics.sentence(self.checked.kind, self.checked.result) if self.checked else ""


def of_cycle(core: Core, found: Cycle) -> Sending | None:
    """None while nothing can be sent. The page is read alone: to look at everybody's recommendation is the worker's."""
    if found.state not in STATES:
        return None
    tally = listing.tally(core, found.id)

    def read(limit: int, offset: int) -> list[Line]:
        return listing.page(core, found.id, limit=limit, offset=offset)

    subject = f"cycle:{found.id}"
    looks = [task_requests.last_done(core, kind, subject) for kind in ("check_raises", "export")]
    newest = max((one for one in looks if one is not None), key=lambda one: one.id, default=None)
    return Sending(Part.read(tally.total, read, "raises"), tally, newest)
