"""The worksheet as a file for a spreadsheet, in which nothing that somebody typed can become a formula."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from plugin.domain import Role
from plugin.services.decision import deciding, worksheet
from plugin.services.decision.worksheet import Row
from plugin.web import auth
from plugin.web.csv_files import download
from plugin.web.manager.blueprint import blueprint
from plugin.web.manager.words import rating_words, status_words
from plugin.web.security import core

CSV_COLUMNS = (
    "Employee",
    "Job title",
    "Level",
    "Currency",
    "Pay",
    "Compa-ratio",
    "Rating",
    "New skills",
    "Suggested %",
    "Suggested from %",
    "Suggested to %",
    "Suggested, paid once",
    "Policy alone %",
    "Your raise %",
    "Your raise amount",
    "Your raise, paid once",
    "New pay",
    "Status",
    "Reason",
    "Note",
)


def _csv_row(row: Row) -> list[object]:
    found, decision = row.advice, row.decision
    if found is None:
        return [row.name, row.job_title, *[""] * (len(CSV_COLUMNS) - 2)]
    frozen, made = found.row, found.recommendation
    shown = row.is_revealed and found.is_eligible
    return [
        row.name,
        row.job_title,
        frozen.level,
        frozen.annual.currency,
        frozen.paid.rounded().amount,
        "" if frozen.compa_ratio is None else f"{frozen.compa_ratio:.2f}",
        rating_words(frozen),
        "; ".join(piece.name for piece in row.skills),
        made.percent if shown else "",
        made.low if shown else "",
        made.high if shown else "",
        (made.lump_sum.amount or "") if shown else "",
        made.guideline.default if shown else "",
        row.percent,
        None if row.raised_by is None else row.raised_by.amount,
        None if row.paid_once is None else row.paid_once.amount,
        None if row.new_pay is None else row.new_pay.rounded().amount,
        status_words(row),
        deciding.REASONS.get(decision.reason_code or "", "") if decision else "",
        decision.note if decision else "",
    ]


@blueprint.get("/team/<int:cycle_id>/<int:manager_id>/export.csv")
@auth.requires(Role.MANAGER, Role.HR_ADMIN)
def export(cycle_id: int, manager_id: int) -> ResponseReturnValue:
    sheet = worksheet.load(core(), auth.actor(), cycle_id, manager_id)
    name = f"raises-{sheet.cycle.id}-{sheet.manager_id}.csv"
    return download(name, CSV_COLUMNS, (_csv_row(row) for row in sheet.rows))
