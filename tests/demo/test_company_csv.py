"""The files of the demo company are those that the csv_folder connector reads, row for row."""

import csv
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from plugin.connectors.csv_folder.cells import Cells
from plugin.connectors.csv_folder.records import FILES
from plugin.demo.company import simulate_company
from plugin.demo.company_csv import to_csv_folder, write_protected
from plugin.domain import Stream
from plugin.errors import SkipRecord


@pytest.fixture(scope="module")
def company():
    return simulate_company(2, 120)


@pytest.fixture(scope="module")
def folder(company, tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "files"
    to_csv_folder(company, path)
    return path


def read(folder, stream):
    """Records and refusals of one file, by the connector's own rules."""
    kind, records, refused = FILES[stream], [], []
    with (folder / f"{stream.value}.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert set(row) <= set(kind.columns)
            try:
                records.append(kind.make(Cells(row), kind.key_of(row), ZoneInfo("UTC")))
            except SkipRecord as error:
                refused.append(error)
    return records, refused


@pytest.mark.parametrize("stream", [Stream.PAY, Stream.PAY_RANGES, Stream.RATINGS, Stream.RAISES])
def test_connector_reads_back_every_record_under_its_own_key(company, folder, stream):
    records, refused = read(folder, stream)
    assert not refused
    assert [replace(r, source_id="") for r in records] == [
        replace(r, source_id="") for r in getattr(company, stream.value)
    ]
    assert len({r.source_id for r in records}) == len(records)


def test_connector_reads_back_every_person(company, folder):
    assert read(folder, Stream.PEOPLE) == (company.people, [])


def test_connector_reads_back_every_badge(company, folder):
    assert read(folder, Stream.BADGES) == (company.badge_records(), [])


def test_one_learning_row_names_nobody_and_is_refused(company, folder):
    records, refused = read(folder, Stream.LEARNING)
    assert len(refused) == 1
    assert [r.source_id for r in records] == [r.source_id for r in company.learning[:-1]]
    assert sum((r.hours for r in records), 0) == sum(r.hours for r in company.learning[:-1])


def test_protected_attributes_are_in_no_file_of_the_folder(company, folder, tmp_path):
    for path in folder.iterdir():
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        assert not {"sex", "gender", "birth_year"} & set(header)
    write_protected(company, tmp_path / "protected.csv")
    lines = (tmp_path / "protected.csv").read_text().splitlines()
    assert lines[0] == "person_id,sex,birth_year"
    assert len(lines) == len(company.people) + 1
