"""What a raise does to the payslip, as the HR suite itself reckons it: for HR only, before and after the raise is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from plugin.connectors.base import Previewer
from plugin.connectors.writing import Desired
from plugin.domain import JsonObject, OutboxKind, PayKind, Sink
from plugin.errors import AdvisorError, NotFound
from plugin.services.core import Core
from plugin.services.payroll import checks
from plugin.services.payroll.checks import Line
from plugin.services.sources import connection_opening
from plugin.store.cycle import cycles
from plugin.store.cycle.cycles import Cycle
from plugin.store.decision import decisions
from plugin.store.delivery import outbox
from plugin.store.payroll import exports
from plugin.store.people import persons
from plugin.texts import _, retold


@dataclass(frozen=True)
class Payslips:
    """``line`` is None where there is no approved raise. ``before`` and ``after`` as connectors give them (base.Previewer), None where there is none; ``problem``: why there is no
    payslip of today."""

    cycle: Cycle
    name: str
    line: Line | None
    before: JsonObject | None
    after: JsonObject | None
    problem: str = ""


def of_person(core: Core, cycle_id: int, person_id: int) -> Payslips:
    """NotFound for an unknown person. Asks the HR suite, unless the raise has arrived."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        decision = decisions.of_people(tx, cycle_id, [person_id]).get(person_id)
        who = persons.by_ids(tx, [person_id]).get(person_id)
        if who is None:
            raise NotFound(_("the employee doesn't exist"))
        is_approved = decision is not None and decision.state in exports.SENT_FROM
        entries = checks.of_decisions(tx, core, found, [decision]) if decision and is_approved else []
        if not entries:
            none = _("this employee has no approved raise in the cycle")
            return Payslips(found, who.display_name, None, None, None, none)
        subject = exports.subject(who.source_id, found.effective_on)
        seen = outbox.newest_seen(tx, OutboxKind.WRITE, person_id, subject)
    line = entries[0].line
    if seen is not None:
        return Payslips(
            found, who.display_name, line, _part(seen, "payslip_before"), _part(seen, "payslip_after")
        )
    values = entries[0].wanted.get(PayKind.PAY)
    if values is None or who.connection_id is None:
        return Payslips(
            found, who.display_name, line, None, None, _("this raise changes no base pay in an HR suite")
        )
    try:
        connector, ctx = connection_opening.opened(core, who.connection_id)
        if not hasattr(connector, "preview"):
            return Payslips(
                found, who.display_name, line, None, None, _("this HR suite can't preview payslips")
            )
        wish = Desired(Sink.RAISES, subject, who.source_id, values)
        preview = _said(cast("Previewer", connector).preview(ctx, wish))
        return Payslips(found, who.display_name, line, preview, None)
    except AdvisorError as error:
        return Payslips(found, who.display_name, line, None, None, str(error))


def _part(seen: JsonObject, name: str) -> JsonObject | None:
    found = seen.get(name)
    return _said(found) if isinstance(found, dict) else None


def _said(slip: JsonObject) -> JsonObject:
    """Why there is none, in the reader's language."""
    return {name: retold(one) if name == "problem" else one for name, one in slip.items()}  # type: ignore[arg-type]
