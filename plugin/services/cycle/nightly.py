"""What the scheduler asks for on its own in running cycles."""

from __future__ import annotations

from plugin.services.core import SYSTEM, Core
from plugin.services.cycle import life
from plugin.services.cycle.change_desk import OPEN
from plugin.services.operation import task_requests


def request_comparisons(core: Core) -> int:
    """Asks the worker to compare every open cycle with today's data; how many cycles are open."""
    waiting = [one for one in life.listed(core) if one.state in OPEN]
    for one in waiting:
        task_requests.request(core, SYSTEM, "changes", f"cycle:{one.id}", {"cycle_id": one.id})
    return len(waiting)
