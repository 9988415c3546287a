"""What a run that could not use everything says of it: how much, and the commonest reason."""

from __future__ import annotations

from collections.abc import Mapping

from plugin.store.operation.leased_work import Reason
from plugin.store.sources.runs import Commonest
from plugin.texts import N_, _, joined, ngettext, without_stop

CODE = "partial"
REMEDY = N_("Correct them at the source; the next run reads them again.")
UNUSED = ("rejected", "cells", "unusable")


def is_partial(counts: Mapping[str, int]) -> bool:
    return any(counts.get(name) for name in UNUSED)


def reason(counts: Mapping[str, int], most: Commonest | None) -> Reason:
    """Rows and records are counted together: to a person both are lines of the source."""
    rows, cells = counts.get("rejected", 0) + counts.get("unusable", 0), counts.get("cells", 0)
    said = [
        *([_rows(rows, counts.get("read", 0))] if rows else []),
        *([_cells(cells)] if cells else []),
        *([_most(most, rows + cells)] if most and most.message else []),
    ]
    return Reason(CODE, joined(" ", *said), _(REMEDY))


def _rows(rows: int, read: int) -> str:
    return ngettext(
        "%(num)s of %(read)s rows could not be used.",
        "%(num)s of %(read)s rows could not be used.",
        rows,
        read=max(read, rows),
    )


def _cells(cells: int) -> str:
    return ngettext(
        "%(num)s cell could not be read; the rest of its row is used.",
        "%(num)s cells could not be read; the rest of their rows is used.",
        cells,
    )


def _most(most: Commonest, number: int) -> str:
    said = without_stop(most.message)
    if number == 1:
        return _("Reason: %(reason)s.", reason=said)
    return ngettext(
        "Most common reason (%(num)s time): %(reason)s.",
        "Most common reason (%(num)s times): %(reason)s.",
        most.number,
        reason=said,
    )
