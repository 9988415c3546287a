"""Downloads as CSV that a spreadsheet cannot take for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from plugin.services.spreadsheets import cell


def download(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """With a byte order mark, so that spreadsheets read it as UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response("\ufeff" + file.getvalue(), mimetype="text/csv", headers=headers)
