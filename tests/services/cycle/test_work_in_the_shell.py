"""Long work that the shell does is seen on the page of tasks like that which a page asked for."""

from __future__ import annotations

import pytest

from plugin.domain import TaskState
from plugin.errors import Conflict, NotFound
from plugin.services.core import SYSTEM, Core
from plugin.services.cycle import cycle_tasks
from plugin.services.operation import task_requests
from tests.small_company import draft_cycle, fill


def test_a_snapshot_leaves_a_task_with_its_result(any_core: Core) -> None:
    cycle_id = draft_cycle(any_core, fill(any_core))
    taken = cycle_tasks.snapshot_here(any_core, SYSTEM, cycle_id)
    (task,) = task_requests.newest(any_core, "snapshot", f"cycle:{cycle_id}")
    assert task.state == TaskState.DONE
    assert task.requested_by == SYSTEM.name
    assert task.result is not None
    assert (task.result["people"], task.result["hash"]) == (taken.people, taken.hash)
    made = cycle_tasks.recommend_here(any_core, SYSTEM, cycle_id, lambda _words: None)
    (task,) = task_requests.newest(any_core, "recommend", f"cycle:{cycle_id}")
    assert task.result is not None
    assert task.result["recommended"] == made.recommended
    assert task_requests.perform_next(any_core) is False


def test_work_that_is_refused_leaves_the_reason(any_core: Core) -> None:
    with pytest.raises(NotFound) as refused:
        cycle_tasks.snapshot_here(any_core, SYSTEM, 7)
    (task,) = task_requests.newest(any_core, "snapshot", "cycle:7")
    assert (task.state, task.message) == (TaskState.FAILED, str(refused.value))


def test_the_same_work_is_not_done_twice_at_a_time(any_core: Core) -> None:
    cycle_id = draft_cycle(any_core, fill(any_core))
    arguments = {"cycle_id": cycle_id}
    work = task_requests.Here(SYSTEM, "snapshot", f"cycle:{cycle_id}", arguments)

    def inner(_say: task_requests.Say) -> int:
        with pytest.raises(Conflict, match="in progress"):
            cycle_tasks.snapshot_here(any_core, SYSTEM, cycle_id)
        return 1

    assert task_requests.do_here(any_core, work, inner, lambda n: {"n": n}) == 1
