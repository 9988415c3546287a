"""What this room gives the worker and the scheduler."""

from __future__ import annotations

from datetime import time

from plugin.services.evidence import badge_checks, badge_documents, skill_ledger
from plugin.services.operation.schedule import Daily, Job
from plugin.services.operation.topics import Topic
from plugin.services.operation.worker import Lane, Means


def _lanes(means: Means) -> tuple[Lane]:
    source = badge_documents.over(means.client, means.core.settings.badge_networks)
    return (
        Lane("badges", lambda: badge_checks.check_due(means.core, limit=20, found_in=source) > 0, limit=1),
    )


TOPIC = Topic(jobs=(Job("open_skill_reviews", Daily(time(4, 10)), skill_ledger.open_reviews),), lanes=_lanes)
