"""What the policy of a cycle says about decisions: how far a raise may go, from where HR approves it, how money is rounded."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from plugin.advisor.policy.pay_policy import ApprovalRules
from plugin.advisor.recommendation import codec
from plugin.store.cycle import frozen_inputs
from plugin.store.cycle.cycles import Cycle
from plugin.store.database import Tx


@dataclass(frozen=True)
class Terms:
    """``money_unit``: amounts are rounded to it."""

    approvals: ApprovalRules
    money_unit: Decimal


def of_cycle(tx: Tx, found: Cycle) -> Terms:
    """Read from the stored policy without its matrix: it is asked for at every decision."""
    document = frozen_inputs.get_policy(tx, found.policy_id).document
    rules = codec.from_json(ApprovalRules, document.get("approvals", {}))
    return Terms(rules, Decimal(str(document.get("money_unit", "1"))))
