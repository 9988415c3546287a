"""What the states of a cycle are called, on pages and in messages."""

from __future__ import annotations

from plugin.domain import CycleState
from plugin.texts import N_

STATE_WORDS = {
    CycleState.DRAFT: N_("Draft"),
    CycleState.NOTICE: N_("Announced"),
    CycleState.SHADOW: N_("Trial run"),
    CycleState.OPEN: N_("Open"),
    CycleState.REVIEW: N_("In review"),
    CycleState.APPROVED: N_("Approved"),
    CycleState.EXPORTED: N_("Sent"),
    CycleState.CLOSED: N_("Closed"),
}
