"""How the columns of one file write figures and days, as a person declared it or as the file itself proves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugin.connectors.csv_folder.columns import ColumnKind
from plugin.figures import in_files
from plugin.figures.in_files import Evidence, Form
from plugin.figures.marks import COMMA, EITHER


@dataclass(frozen=True)
class Forms:
    """How the columns of one file are written, by our names."""

    by_column: Mapping[str, Form] = field(default_factory=dict)
    default: Form = in_files.UNKNOWN

    def of(self, column: str) -> Form:
        return self.by_column.get(column, self.default)


def forms_of(evidence: Mapping[str, Evidence], kinds: Mapping[str, ColumnKind], delimiter: str) -> Forms:
    """Each column's own evidence counts first, then the other columns', then the delimiter: a semicolon stands where the comma
    is the decimal mark, which is proof enough for amounts, whose thousands are usual."""
    whole = Evidence()
    for one in evidence.values():
        whole.add(one)
    found: dict[str, Form] = {}
    for column, seen in evidence.items():
        proven = bool(seen.point or seen.comma)
        figures = seen.figures if proven else whole.figures
        if not proven and figures is None and delimiter == ";" and kinds[column] is ColumnKind.AMOUNT:
            figures = COMMA
        order = seen.order if any(seen.orders.values()) else whole.order
        orders = (order,) if order else in_files.UNKNOWN.orders
        found[column] = Form(figures or EITHER, orders)
    return Forms(found)
