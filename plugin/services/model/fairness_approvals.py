"""Signs a stored fairness report: a second person when all gates passed, else two people with reasons."""

from __future__ import annotations

from plugin.advisor.fairness.report import check_verdict
from plugin.domain import FairnessVerdict
from plugin.errors import Conflict, NotAllowed
from plugin.services import reasons
from plugin.services.core import Actor, Core
from plugin.store.database import Tx
from plugin.store.model import fairness_reports
from plugin.store.model.fairness_reports import StoredReport
from plugin.store.operation import audits
from plugin.texts import _


def sign(tx: Tx, core: Core, actor: Actor, found: StoredReport, note: str) -> int:
    """Adds the actor's approval to a report of a cycle or a model; how many more people are needed.

    NotAllowed for whoever made a report that needs one approval, Conflict for a second approval by the same person.
    """
    asks = None if found.verdict == FairnessVerdict.PASS.value else _("Enter why this is acceptable.")
    text = reasons.read(note, "note", _("Note"), asks)
    if actor.name == found.made_by and found.approvals_needed < 2:
        raise NotAllowed(
            _("You can't approve a report you created."),
            code="four_eyes",
            remedy=_("Ask another person to approve it."),
        )
    if actor.name in found.approvers:
        raise Conflict(
            _("You have already approved this report."), remedy=_("Ask another person to approve it.")
        )
    now = core.clock()
    approvals = [*found.approvals, {"by": actor.name, "at": now.isoformat(), "note": text}]
    fairness_reports.set_approvals(tx, found, approvals)
    subject = f"fairness_report:{found.id}"
    audits.append(tx, now, actor.name, "fairness.approve", subject, {"note": text})
    approvers = [*found.approvers, actor.name]
    missing = found.approvals_needed - len(approvers)
    if missing <= 0:
        check_verdict(FairnessVerdict(found.verdict), found.approvals_needed, approvers, text)
    return max(missing, 0)
