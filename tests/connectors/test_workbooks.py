"""Excel files: stored values and never formulas, numbers and days as the workbook keeps them, limits against what unpacks too large."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from plugin.connectors.base import Reject
from plugin.connectors.csv_folder import preview, workbook
from plugin.connectors.csv_folder.files import how_from
from plugin.domain import PayRecord, PersonRecord, RaiseRecord, Stream
from plugin.errors import ConfigError
from plugin.manifest import load_settings, manifest_of
from tests.reports.dropped import Dropped, dropped

__all__ = ["dropped"]
HOW = how_from(load_settings(manifest_of("csv_folder"), {}))


def save(dropped: Dropped, name: str, rows: list[list[Any]], formats: dict[str, str] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cell, shown_as in (formats or {}).items():
        sheet[cell].number_format = shown_as
    path = dropped.folder / name
    book.save(path)
    return path


def test_numbers_days_and_titles_are_read_as_the_workbook_keeps_them(dropped: Dropped) -> None:
    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "Cover"
    cover.append(["Larkfield, for HR only"])
    sheet = book.create_sheet("People")
    sheet.append(["Employees"])
    sheet.merge_cells("A1:E1")
    sheet.append([])
    sheet.append(["Personalnummer", "Name", "Eintritt", "Austritt", "Beschäftigungsgrad"])
    sheet.append(["00123", "Ada", datetime(2020, 1, 31), date(9999, 12, 31), 0.8])
    sheet.append([124, "Ben", "01.02.2021", None, 1])
    sheet["E4"].number_format = "0%"
    book.save(dropped.folder / "people.xlsx")
    found = dropped.read(Stream.PEOPLE)
    assert dropped.faults == {}
    assert found["00123"] == PersonRecord(
        "00123", "Ada", employee_number="00123", hired_on=date(2020, 1, 31), fte=Decimal("0.8")
    )
    ben = found["124"]
    assert isinstance(ben, PersonRecord)
    assert ben.hired_on == date(2021, 2, 1)


@pytest.mark.parametrize("locale", ["auto", "de", "en-US"])
def test_a_stored_number_means_one_thing_in_every_locale(dropped: Dropped, locale: str) -> None:
    head = ["person_id", "effective_on", "annual", "currency"]
    rows = [head, ["P1", date(2026, 1, 1), 52.125, "EUR"], ["P2", date(2026, 1, 1), 52000, "EUR"]]
    save(dropped, "pay.xlsx", rows)
    found = dropped.read(Stream.PAY, locale=locale).values()
    assert [one.annual.amount for one in found if isinstance(one, PayRecord)] == [Decimal("52.125"), 52_000]


def test_percent_formats_and_padded_numbers_are_read_as_they_are_shown(dropped: Dropped) -> None:
    rows = [
        ["person_id", "effective_on", "percent"],
        [123, date(2026, 1, 1), 0.035],
        [124, date(2026, 1, 1), 3.5],
    ]
    save(dropped, "raises.xlsx", rows, {"A2": "00000", "C2": "0.0%"})
    found = {
        one.person_source_id: one.percent
        for one in dropped.read(Stream.RAISES).values()
        if isinstance(one, RaiseRecord)
    }
    assert found == {"00123": Decimal("3.5"), "124": Decimal("3.5")}


def test_formulas_are_never_evaluated(dropped: Dropped) -> None:
    """A formula whose value is not stored costs its cell, or its row where the cell is needed."""
    save(
        dropped, "people.xlsx", [["person_id", "name", "fte"], ["P1", "Ada", "=0.5+0.3"], ["P2", "=A1&A2", 1]]
    )
    found = dropped.read(Stream.PEOPLE)
    assert set(found) == {"P1"}
    assert dropped.faults == {"2 fte": "formula", "3": "formula"}


def test_a_stored_value_of_a_formula_is_read(dropped: Dropped) -> None:
    path = save(dropped, "people.xlsx", [["person_id", "name", "fte"], ["P1", "Ada", "=0.5+0.3"]])
    rewrite(path, "xl/worksheets/sheet1.xml", "<v></v>", "<v>0.8</v>", "<v />", "<v>0.8</v>")
    (ada,) = dropped.read(Stream.PEOPLE).values()
    assert isinstance(ada, PersonRecord)
    assert ada.fte == Decimal("0.8")


def rewrite(path: Path, part: str, *changes: str) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    text = parts[part].decode()
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        text = text.replace(old, new)
    parts[part] = text.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def test_a_long_number_that_lost_its_digits_and_an_error_are_refused(dropped: Dropped) -> None:
    save(
        dropped,
        "people.xlsx",
        [["person_id", "name"], [12345678901234567890, "Ada"], ["#N/A", "Ben"], ["P3", "Cleo"]],
    )
    assert set(dropped.read(Stream.PEOPLE)) == {"P3"}
    assert dropped.faults == {"2": "spreadsheet_id", "3": "formula"}


def test_what_unpacks_too_large_is_refused_before_it_is_unpacked(
    dropped: Dropped, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(dropped, "people.xlsx", [["person_id", "name"], ["P1", "Ada"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/filler.xml", b"\0" * 20_000_000)
    refused(dropped, "too_large")
    save(dropped, "people.xlsx", [["person_id", "name"], ["P1", "Ada"]])
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 100)
    refused(dropped, "too_large")


@pytest.mark.parametrize("data", [b"\xd0\xcf\x11\xe0 old or protected", b"PK\x03\x04 not a workbook"])
def test_what_is_no_workbook_is_refused_with_the_remedy(dropped: Dropped, data: bytes) -> None:
    dropped.put("people.xlsx", data)
    assert ".xlsx" in refused(dropped, "no_file").remedy


def refused(dropped: Dropped, code: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        dropped.read(Stream.PEOPLE)
    assert caught.value.code == code
    return caught.value


def test_a_row_is_shown_as_wide_as_its_header_and_with_all_its_faults(dropped: Dropped) -> None:
    rows: list[list[Any]] = [["person_id", "effective_on", "annual", "currency"]]
    rows.append(["P1", 46000, "=1+1", "EUR", *[None] * 200])
    rows.append(["P2", date(2026, 1, 1), 50000, "EUR"])
    path = save(dropped, "pay.xlsx", rows, {"GZ1": "0.00"})
    seen = preview.look(path, path.name, HOW)
    assert [line.row.text.count(";") for line in seen.lines] == [3, 3]
    _cells, bad = seen.faults(Stream.PAY)
    assert sorted((one.column, one.lines) for one in bad) == [("annual", (2,)), ("effective_on", (2,))]
    (refused,) = seen.readers[Stream.PAY].change(seen.lines[0].reads[Stream.PAY])
    assert isinstance(refused, Reject)
    assert "effective_on is a number in the workbook" in refused.message
    assert "annual is a spreadsheet formula" in refused.message or "annual is a formula" in refused.message


def test_different_reasons_are_listed_apart(dropped: Dropped) -> None:
    amounts = ["61.000", "62.000", "abc", "61.000"]
    text = "person_id,effective_on,annual,currency\n" + "".join(
        f"P{n},2026-01-01,{amount},EUR\n" for n, amount in enumerate(amounts)
    )
    dropped.put("pay.csv", text)
    _cells, bad = preview.look(dropped.folder / "pay.csv", "pay.csv", HOW).faults(Stream.PAY)
    assert [(one.values, one.lines) for one in bad] == [
        (("61.000", "62.000"), (2, 3, 5)),
        (("abc",), (4,)),
    ]
    assert "61.000 could mean" in bad[0].message
    assert "could mean" not in bad[1].message
