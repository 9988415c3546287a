"""The worksheet as a file for a spreadsheet, in which no text that was typed can become a formula."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from plugin.domain import Role
from plugin.figures.writing import CENT
from plugin.services.decision import deciding, worksheet
from plugin.services.decision.panel import Panel
from plugin.services.decision.sheet import Row
from plugin.texts import N_, _
from plugin.web import auth
from plugin.web.csv_files import download
from plugin.web.manager.blueprint import blueprint
from plugin.web.manager.words import status_words
from plugin.web.security import core

CSV_COLUMNS = (
    N_("Employee"),
    N_("Job title"),
    N_("Level"),
    N_("Currency"),
    N_("Pay"),
    N_("Compa-ratio"),
    N_("Rating"),
    N_("New skills"),
    N_("Recommended percent"),
    N_("Recommended low percent"),
    N_("Recommended high percent"),
    N_("Recommended lump sum"),
    N_("Guideline percent"),
    N_("Your raise percent"),
    N_("Your raise amount"),
    N_("Your lump sum"),
    N_("New pay"),
    N_("Status"),
    N_("Reason"),
    N_("Note"),
)


def csv_row(row: Row) -> list[object]:
    found, decision, panel = row.recommended, row.decision, row.panel
    if found is None or panel is None:
        return [row.name, row.job_title, *[""] * (len(CSV_COLUMNS) - 5), status_words(row), "", ""]
    frozen = found.row
    code = decision.reason_code if decision else None
    return [
        row.name,
        row.job_title,
        frozen.level,
        frozen.annual.currency,
        frozen.paid.rounded(CENT).amount,
        "" if frozen.compa_ratio is None else f"{frozen.compa_ratio:.2f}",
        panel.rating,
        "; ".join(chip.name for chip in panel.chips),
        *_recommended(row, panel),
        row.percent,
        None if row.raised_by is None else row.raised_by.amount,
        None if row.paid_once is None else row.paid_once.amount,
        None if row.new_pay is None else row.new_pay.rounded(CENT).amount,
        status_words(row),
        _(deciding.REASONS[code]) if code in deciding.REASONS else "",
        decision.note if decision else "",
    ]


def _recommended(row: Row, panel: Panel) -> list[object]:
    """Percent, its range, lump sum and guideline; nothing while they are hidden."""
    if not row.is_revealed or not row.is_eligible:
        return [""] * 5
    return [panel.percent, panel.low, panel.high, panel.lump_sum.amount or "", panel.policy]


@blueprint.get("/team/<record_id:cycle_id>/<record_id(least=0):manager_id>/export.csv")
@auth.requires(Role.MANAGER, Role.HR_ADMIN)
def export(cycle_id: int, manager_id: int) -> ResponseReturnValue:
    sheet = worksheet.load(core(), auth.actor(), cycle_id, manager_id)
    name = f"raises-{sheet.cycle.id}-{sheet.manager_id}.csv"
    return download(name, [_(column) for column in CSV_COLUMNS], (csv_row(row) for row in sheet.rows))
