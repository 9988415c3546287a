"""What is written to Frappe HR: skills, training results, approved raises and what is paid once, each found again by its natural key.

Frappe knows no idempotency key. A draft left by a crash between insert and submit is found by ``lookup`` and submitted, never doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from plugin.connectors.base import Context
from plugin.connectors.frappe_hr import skills, trainings
from plugin.connectors.frappe_hr.documents import plan_submitted
from plugin.connectors.frappe_hr.raises import apply_raise, find_raise, plan_raise
from plugin.connectors.writing import (
    Action,
    Create,
    Desired,
    Done,
    Noop,
    Outcome,
    Patch,
    Refuse,
    Rejected,
    Remote,
    Withdraw,
)
from plugin.domain import Sink
from plugin.errors import AuthError
from plugin.texts import _


@dataclass(frozen=True)
class SinkVerbs:
    """The steps of one sink; without ``withdraw`` a person takes out what is withdrawn."""

    lookup: Callable[[Context, Desired], Remote | None]
    plan: Callable[[Context, Desired, Remote | None], Action]
    apply: Callable[[Context, Create | Patch, UUID], Done]
    withdraw: Callable[[Context, Withdraw, UUID], Done] | None = None

    def do(self, ctx: Context, action: Create | Patch | Withdraw, op_id: UUID) -> Outcome:
        if not isinstance(action, Withdraw):
            return self.apply(ctx, action, op_id)
        assert self.withdraw is not None
        try:
            return self.withdraw(ctx, action, op_id)
        except AuthError as error:  # the right to cancel is rarely given: then it is a task for HR
            return Rejected("by_hand", _("remove it from the HR suite manually: %(error)s", error=error))


def _plan_training(ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    if desired.is_withdrawn:
        return Noop(desired, "") if remote is None else Withdraw(desired, remote)
    return plan_submitted(ctx, desired, remote)


def _plan_raise(ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    if desired.is_withdrawn:
        return Refuse(
            desired, "by_hand", _("pay is never withdrawn automatically: correct it in the HR suite")
        )
    return plan_raise(ctx, desired, remote)


SINKS: Mapping[Sink, SinkVerbs] = {
    Sink.SKILLS: SinkVerbs(skills.find, skills.plan, skills.apply, skills.withdraw),
    Sink.TRAINING: SinkVerbs(trainings.find, _plan_training, trainings.apply, trainings.withdraw),
    Sink.RAISES: SinkVerbs(find_raise, _plan_raise, apply_raise),
}
