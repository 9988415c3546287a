"""How people are called on the analyst's pages: HR administrators see names, analysts numbers."""

from __future__ import annotations

from collections.abc import Sequence

from plugin.domain import Role
from plugin.services.cycle import cycle_monitoring
from plugin.texts import _
from plugin.web import auth
from plugin.web.security import core


def called(cycle_id: int, people: Sequence[int]) -> dict[int, str]:
    """The name of each participant, or "No. 00012" by the employee number; – for who left the cycle."""
    if auth.has_role(Role.HR_ADMIN):
        known = cycle_monitoring.names(core(), cycle_id, list(people))
    else:
        numbers = cycle_monitoring.numbers(core(), cycle_id, list(people))
        known = {who: _("No. %(id)s", id=number) for who, number in numbers.items()}
    return {who: known.get(who, "–") for who in people}
