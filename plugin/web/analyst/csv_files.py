"""Downloads as CSV that a spreadsheet cannot take for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe(cell: object) -> str:
    """As text; with an apostrophe in front where a spreadsheet would begin to compute. A plain number stays a number."""
    text = "" if cell is None else str(cell)
    if text.startswith(FORMULA_STARTS) and not _is_number(text):
        return f"'{text}"
    return text


def _is_number(text: str) -> bool:
    return text[:1] in "+-" and text[1:].replace(".", "", 1).isdigit() and text.isascii()


def download(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """With a byte order mark, so that spreadsheets read it as UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response("\ufeff" + file.getvalue(), mimetype="text/csv", headers=headers)
