"""How far a raise may go and from where HR approves it, as the policy of a cycle says."""

from __future__ import annotations

from plugin.advisor import codec
from plugin.advisor.policy import ApprovalRules
from plugin.store import guidance
from plugin.store.cycles import Cycle
from plugin.store.database import Tx


def of_cycle(tx: Tx, found: Cycle) -> ApprovalRules:
    """Read from the stored policy without its matrix: it is asked for at every decision."""
    entered = guidance.get_policy(tx, found.policy_id).document.get("approvals", {})
    return codec.from_json(ApprovalRules, entered)
