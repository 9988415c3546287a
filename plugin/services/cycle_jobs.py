"""What the scheduler asks for on its own in running cycles."""

from __future__ import annotations

from plugin.services import cycles, tasks
from plugin.services.core import SYSTEM, Core
from plugin.services.cycle_changes import OPEN


def request_comparisons(core: Core) -> int:
    """Asks the worker to compare every open cycle with today's data; how many cycles are open."""
    waiting = [one for one in cycles.listed(core) if one.state in OPEN]
    for one in waiting:
        tasks.request(core, SYSTEM, "changes", f"cycle:{one.id}", {"cycle_id": one.id})
    return len(waiting)
