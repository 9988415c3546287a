"""What this room gives the worker and the scheduler."""

from __future__ import annotations

from datetime import time

from plugin.services.evidence import skill_ledger
from plugin.services.operation.schedule import Daily, Job
from plugin.services.operation.topics import Topic

TOPIC = Topic(jobs=(Job("open_skill_reviews", Daily(time(4, 10)), skill_ledger.open_reviews),))
