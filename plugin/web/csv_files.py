"""Downloads as CSV that a spreadsheet cannot take for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from flask import Response

from plugin.services.spreadsheets import cell
from plugin.texts import locale, reading

PIECE = 1 << 16  # characters that are sent at a time


def stream(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """As ``download``, written while ``rows`` are read: for as many as a firm has. They must need nothing of the request but the
    reader's language."""
    file = io.StringIO()
    writer = csv.writer(file)
    language = locale()

    def lines() -> Iterator[str]:
        writer.writerow(columns)
        for row in _read_in(language, rows):
            writer.writerow([cell(value) for value in row])
            if file.tell() > PIECE:
                yield _emptied(file)
        yield _emptied(file)

    return Response(chain(["\ufeff"], lines()), mimetype="text/csv", headers=_headers(name))


def _read_in(language: str, rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    """The request is over when they are read, so each is read for its reader."""
    left = iter(rows)
    while True:
        with reading(language):
            row = next(left, None)
        if row is None:
            return
        yield row


def _emptied(file: io.StringIO) -> str:
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text


def _headers(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }


def download(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """With a byte order mark, so that spreadsheets read it as UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return Response("\ufeff" + file.getvalue(), mimetype="text/csv", headers=_headers(name))
