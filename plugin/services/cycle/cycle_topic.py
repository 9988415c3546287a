"""What this room gives the worker and the scheduler."""

from __future__ import annotations

from datetime import time

from plugin.services.cycle import cycle_tasks, nightly, policy_fit_tasks, settling, task_words
from plugin.services.operation.schedule import Daily, Job
from plugin.services.operation.topics import Topic

TOPIC = Topic(
    kinds={
        "snapshot": cycle_tasks.snapshot,
        "left_out": cycle_tasks.left_out,
        "recommend": cycle_tasks.recommend,
        "changes": cycle_tasks.changes,
        "refresh": cycle_tasks.refresh,
        settling.REFRESH_KIND: cycle_tasks.refresh_kind,
        "dry_run": cycle_tasks.dry_run,
        "next_money": cycle_tasks.next_money,
        "replay": cycle_tasks.replay,
        policy_fit_tasks.KIND: policy_fit_tasks.preview,
    },
    words={
        "snapshot": task_words.snapshot,
        "recommend": task_words.recommend,
        "changes": task_words.changes,
        "refresh": task_words.refresh,
        settling.REFRESH_KIND: task_words.refresh,
        policy_fit_tasks.KIND: task_words.fitted,
    },
    jobs=(Job("compare_cycles", Daily(time(4, 40)), nightly.request_comparisons),),
)
