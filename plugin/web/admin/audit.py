"""The audit trail: who did what, with a filter, and the proof that nobody changed history."""

from __future__ import annotations

from flask import render_template, request

from plugin.services.operation import auditing
from plugin.web.admin import timeline
from plugin.web.admin.blueprint import blueprint, operator
from plugin.web.admin.listing import SIZE, cut, number
from plugin.web.security import core


@blueprint.get("/audit")
@operator
def audit() -> str:
    subject, action = request.args.get("subject", "").strip(), request.args.get("action", "").strip()
    before = number("before")
    entries = auditing.page(
        core(), subject=subject or None, action=action or None, before=before, limit=SIZE + 1
    )
    proof = auditing.verify(core()) if request.args.get("check") else None
    return render_template(
        "admin/audit.html",
        subject=subject,
        action=action,
        actions=sorted(timeline.ACTIONS),
        proof=proof,
        detail_words=timeline.detail_words,
        entries=cut(entries, lambda one: one.seq, started=bool(before)),
    )
