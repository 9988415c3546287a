"""How people are called on the analyst's pages: HR administrators see names, analysts numbers."""

from __future__ import annotations

from collections.abc import Sequence

from plugin.domain import Role
from plugin.services.cycle import cycle_monitoring
from plugin.texts import _
from plugin.web import auth
from plugin.web.security import core


def called(cycle_id: int, people: Sequence[int]) -> dict[int, str]:
    """The name of each participant, or "No. 12"."""
    is_named = auth.has_role(Role.HR_ADMIN)
    known = cycle_monitoring.names(core(), cycle_id, list(people)) if is_named else {}
    return {who: known.get(who, _("No. %(id)s", id=who)) for who in people}
