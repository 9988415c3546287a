"""CSV files as people really write them: every bad row is named by its line, and no bad row costs a good one."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.connectors import load
from plugin.connectors.base import Context, Http, Page, Slice, Source
from plugin.connectors.csv_folder import encodings
from plugin.domain import BadgeRecord, LearningRecord, Money, PayRangeRecord, PayRecord, PersonRecord, Stream
from plugin.errors import AdvisorError, ConfigError, RetryLater
from plugin.manifest import manifest_of
from plugin.testing.driver import Inbox, context

CSV = load("csv_folder")
SOURCE = cast("Source", CSV)
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PEOPLE = "person_id,name,email,manager_id,hired_on\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "imports").mkdir()
    return tmp_path / "imports"


def ctx_of(folder: Path, **values: object) -> Context:
    settings = {"folder": "imports", **values}
    return context(
        manifest_of("csv_folder"), settings, cast("Http", None), clock=lambda: NOW, files=folder.parent
    )  # type: ignore[arg-type]


def run(
    folder: Path, stream: Stream = Stream.PEOPLE, **values: object
) -> tuple[dict[str, object], dict[str, str]]:
    """Records by key, and reject codes by place."""
    inbox, ctx = Inbox(), ctx_of(folder, **values)
    inbox.run(CSV, ctx, stream)
    records, skipped = inbox.records(CSV, ctx, stream)
    assert skipped == {}
    return dict(records), {place: code for (_, place), code in inbox.rejects.items()}


def test_person_has_all_columns(folder: Path) -> None:
    (folder / "people.csv").write_text(
        "person_id,name,email,employee_number,manager_id,job_title,job_family,level,org_unit,country,hired_on,left_on,fte\n"
        "7,Ada Example,Ada@Example.com|ada@example.org,E7,1,Engineer,Engineering,L2,Lab,DE,2020-01-31,,0.8\n"
    )
    records, rejects = run(folder)
    assert rejects == {}
    assert records["7"] == PersonRecord(
        source_id="7",
        display_name="Ada Example",
        emails=("Ada@Example.com", "ada@example.org"),
        employee_number="E7",
        manager_source_id="1",
        job_title="Engineer",
        job_family="Engineering",
        level="L2",
        org_unit="Lab",
        country="DE",
        hired_on=date(2020, 1, 31),
        fte=Decimal("0.8"),
    )


def test_pay_range_learning_and_badge(folder: Path) -> None:
    (folder / "pay.csv").write_text("person_id;effective_on;annual;currency\n7;2026-01-01;51000,50;EUR\n")
    (folder / "pay_ranges.csv").write_text(
        "job_family,level,country,effective_on,minimum,midpoint,maximum,currency\nEng,L2,DE,2026-01-01,40000,50000,60000,EUR\n"
    )
    (folder / "learning.csv").write_text(
        "email,activity_id,title,outcome,occurred_at,hours,score_percent\n"
        "ada@example.com,https://lms.example.com/c/1,Statistics,Passed,2026-10-01 14:00,6.5,80\n"
    )
    (folder / "badges.csv").write_text(
        "badge_id,email,badge_class_id,badge_name,issuer_id,issued_on,expires_on,revoked,credential,tags\n"
        'b1,ada@example.com,https://b.example.org/1,Statistics,https://b.example.org,2026-10-02,2028-10-02,no,"{""a"": 1}",x|y\n'
    )
    pay = run(folder, Stream.PAY)[0]["7|2026-01-01"]
    assert pay == PayRecord("7|2026-01-01", "7", date(2026, 1, 1), Money(Decimal("51000.50"), "EUR"))
    pay_range = next(iter(run(folder, Stream.PAY_RANGES)[0].values()))
    assert cast("PayRangeRecord", pay_range).midpoint == Money(Decimal(50000), "EUR")
    learned = cast(
        "LearningRecord", next(iter(run(folder, Stream.LEARNING, time_zone="Europe/Berlin")[0].values()))
    )
    assert learned.occurred_at == datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
    assert (learned.hours, learned.score_scaled) == (Decimal("6.5"), Decimal("0.8"))
    badge = cast("BadgeRecord", run(folder, Stream.BADGES)[0]["b1"])
    assert (badge.credential, badge.tags, badge.revoked) == ('{"a": 1}', ("x", "y"), False)


BAD_ROWS = [
    ("2,,b@example.com,,", "missing"),
    (",Ben,b@example.com,,", "missing"),
    ("2,Ben,,,,more", "columns"),
    ('2,"Ben,,,', "quotes"),
    ('2,"Ben"x,,,', "quotes"),
    ('2,=HYPERLINK("http://evil.example"),,,', "formula"),
    ("2,＝1+1,,,", "formula"),
    ("2,Be\x00n,,,", "control_sign"),
    ("2,Be\tn,,,", "control_sign"),
    ("1,Ada Again,,,", "twice"),
    ("2," + "x" * 3000 + ",,,", "too_long"),
    ("2," + "x" * 200_000 + ",,,", "too_long"),
]


@pytest.mark.parametrize(("line", "code"), BAD_ROWS, ids=lambda value: str(value)[:24])
def test_row_without_a_usable_key_is_named_by_its_line_and_the_others_arrive(
    folder: Path, line: str, code: str
) -> None:
    text = PEOPLE + "1,Ada,a@example.com,,2020-01-01\n" + line + "\n3,Cleo,c@example.com,1,2021-01-01\n"
    (folder / "people.csv").write_text(text, encoding="utf-8")
    records, rejects = run(folder)
    assert rejects == {"people.csv line 3": code}
    assert set(records) == {"1", "3"}


BAD_CELLS = [
    ("2,Ben,b.example.com,,", "email", "email"),
    ("2,Ben,,,31.13.2020", "hired_on", "date"),
    ("2,Ben,,,1885-01-01", "hired_on", "date"),
    ("2,Ben,,,2021-02-29", "hired_on", "date"),
    ("2,Ben,,2,", "manager_id", "own_manager"),
]


@pytest.mark.parametrize(("line", "column", "code"), BAD_CELLS, ids=lambda value: str(value)[:24])
def test_cell_that_is_not_needed_costs_only_itself(folder: Path, line: str, column: str, code: str) -> None:
    text = PEOPLE + "1,Ada,a@example.com,,2020-01-01\n" + line + "\n3,Cleo,c@example.com,1,2021-01-01\n"
    (folder / "people.csv").write_text(text, encoding="utf-8")
    records, rejects = run(folder)
    assert rejects == {f"people.csv line 3 {column}": code}
    assert records["2"] == PersonRecord("2", "Ben")


@pytest.mark.parametrize("line", ["2,Ben,,", "2,Ben", "2,Ben,,,,", "2,@Ben,,,", "2,-Ben,,,", "2,+Ben,,,"])
def test_missing_cells_at_the_end_are_empty_and_signs_before_a_text_are_data(folder: Path, line: str) -> None:
    (folder / "people.csv").write_text(PEOPLE + line + "\n")
    records, rejects = run(folder)
    assert rejects == {}
    assert records["2"] == PersonRecord("2", line.split(",")[1])


@pytest.mark.parametrize(
    ("annual", "code"),
    [
        ("51,000", "number"),
        ("51.0000,00", "number"),
        ("1e5", "number"),
        ("NaN", "number"),
        ("-1", "range"),
        ("", "missing"),
    ],
)
def test_amount_that_could_mean_two_things_is_refused(folder: Path, annual: str, code: str) -> None:
    (folder / "pay.csv").write_text(f'person_id;effective_on;annual;currency\n7;2026-01-01;"{annual}";EUR\n')
    assert run(folder, Stream.PAY)[1] == {"pay.csv line 2": code}


def test_reject_never_quotes_the_cell(folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE + "1,Ada,not-an-address-canary,,\n")
    changes = [change for page in pages(folder) for change in page.changes]
    assert "canary" not in repr(changes)


def pages(folder: Path, cursor: str | None = None, **values: object) -> list[Page]:
    return list(SOURCE.read(ctx_of(folder, **values), Stream.PEOPLE, Slice("people.csv", cursor)))


@pytest.mark.parametrize(
    ("encode", "name"),
    [
        (lambda text: text.encode(), "utf-8"),
        (lambda text: codecs.BOM_UTF8 + text.encode(), "utf-8-sig"),
        (lambda text: text.encode("utf-16"), "utf-16"),
        (lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"), "utf-16"),
        (lambda text: text.encode("cp1252"), "cp1252"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encoding_delimiter_and_line_ends_are_found(
    folder: Path, encode: Callable[[str], bytes], name: str, delimiter: str, ending: str
) -> None:
    text = (PEOPLE + "1,Zoë Müller,z@example.com,,2020-01-01\n").replace(",", delimiter).replace("\n", ending)
    (folder / "people.csv").write_bytes(encode(text))
    declared = name if name == "cp1252" else "auto"
    records, rejects = run(folder, encoding=declared)
    assert rejects == {}
    assert cast("PersonRecord", records["1"]).display_name == "Zoë Müller"
    probes = {probe.code: probe.detail for probe in CSV.check(ctx_of(folder, encoding=declared))}
    assert probes["people"].startswith(encodings.LABELS[name])


def test_sign_that_does_not_fit_the_declared_encoding_costs_its_row_only(folder: Path) -> None:
    (folder / "people.csv").write_bytes(PEOPLE.encode() + "1,Zoë,,,\n".encode("cp1252") + b"2,Ben,,,\n")
    records, rejects = run(folder, encoding="utf-8")
    assert rejects == {"people.csv line 2": "encoding"}
    assert set(records) == {"2"}


def test_quoted_line_break_belongs_to_its_cell(folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE + '1,"Ada, the ""first""",,,\n2,"Ben\nSample",,,\n3,Cleo,,,\n')
    records, rejects = run(folder)
    assert rejects == {}
    assert [cast("PersonRecord", one).display_name for one in records.values()] == [
        'Ada, the "first"',
        "Ben\nSample",
        "Cleo",
    ]


def test_line_numbers_hold_after_joined_and_blank_lines(folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE + '1,"Ada\nExample",,,\n\n2,Ben,,,nonsense\n')
    assert run(folder)[1] == {"people.csv line 5 hired_on": "date"}


def test_unclosed_quote_does_not_swallow_what_follows(folder: Path) -> None:
    rows = "".join(f"{number},Person {number},,,\n" for number in range(2, 100))
    (folder / "people.csv").write_text(PEOPLE + '1,"Ada,,,\n' + rows)
    records, rejects = run(folder)
    assert rejects == {"people.csv line 2": "quotes"}
    assert len(records) == 98


def test_unchanged_file_is_not_read_again_and_a_changed_one_is(folder: Path) -> None:
    path = folder / "people.csv"
    path.write_text(PEOPLE + "1,Ada,,,\n")
    cursor = pages(folder)[-1].cursor
    assert pages(folder, cursor) == []
    path.write_text(PEOPLE + "1,Ada Example,,,\n")
    assert len(pages(folder, cursor)) == 1


def test_run_that_is_cut_off_goes_on_at_its_line(folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE + "".join(f"{n},Person {n},,,\n" for n in range(2500)))
    inbox, ctx = Inbox(), ctx_of(folder)
    inbox.run(CSV, ctx, Stream.PEOPLE, stop_after=1)
    assert len(inbox.raws) == 1000
    inbox.run(CSV, ctx, Stream.PEOPLE)
    assert len(inbox.raws) == inbox.arrivals == 2500


@pytest.mark.parametrize(("rows", "complete"), [("1,Ada,,,\n", True), ("1,Ada,,,\n2,,,,\n", False)])
def test_snapshot_is_complete_only_without_a_refused_row(folder: Path, rows: str, complete: bool) -> None:
    (folder / "people.csv").write_text(PEOPLE + rows)
    assert pages(folder, complete=True)[-1].snapshot_complete is complete
    assert pages(folder)[-1].snapshot_complete is False


def test_complete_file_is_listed_again_to_confirm_what_is_missing(folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE + "1,Ada,,,\n")
    cursor = pages(folder, complete=True)[-1].cursor
    assert [page.snapshot_complete for page in pages(folder, cursor, complete=True)] == [True]


def test_file_that_is_still_written_is_left_alone(folder: Path) -> None:
    (folder / "people.csv.part").write_text(PEOPLE)
    (folder / ".people.csv").write_text(PEOPLE)
    assert list(SOURCE.slices(ctx_of(folder), Stream.PEOPLE, {})) == []


def test_file_that_changes_while_it_is_read_ends_the_run(folder: Path) -> None:
    path = folder / "people.csv"
    path.write_text(PEOPLE + "".join(f"{n},Person {n},,,\n" for n in range(1500)))
    reading = SOURCE.read(ctx_of(folder), Stream.PEOPLE, Slice("people.csv", None))
    next(reading)
    with path.open("a") as stream:
        stream.write("x,Late,,,\n")
    with pytest.raises(RetryLater) as caught:
        list(reading)
    assert caught.value.code == "changing"


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "header"), ("number,shoe size\n1,40\n", "header"), ("person_id,name,name\n1,a,b\n", "header")],
)
def test_header_that_cannot_be_used_says_what_is_missing(folder: Path, text: str, code: str) -> None:
    (folder / "people.csv").write_text(text)
    with pytest.raises(ConfigError) as caught:
        pages(folder)
    assert caught.value.code == code


def test_file_larger_than_its_cap_is_refused_before_it_is_read(folder: Path) -> None:
    with (folder / "people.csv").open("wb") as stream:
        stream.truncate(2 * 1024 * 1024)
    with pytest.raises(ConfigError) as caught:
        pages(folder, max_megabytes=1)
    assert caught.value.code == "too_large"


def test_link_out_of_the_files_root_is_refused(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (root / "imports").symlink_to(outside)
    with pytest.raises(ConfigError) as caught:
        list(SOURCE.slices(ctx_of(root / "imports"), Stream.PEOPLE, {}))
    assert caught.value.code == "outside"


def test_link_as_a_file_is_refused(folder: Path) -> None:
    (folder.parent / "secret.csv").write_text(PEOPLE)
    (folder / "people.csv").symlink_to(folder.parent / "secret.csv")
    with pytest.raises(ConfigError):
        pages(folder)


def test_check_names_columns_that_are_not_read_and_refused_rows(folder: Path) -> None:
    (folder / "people.csv").write_text("person_id,name,shoe_size\n1,Ada,40\n2,,41\n")
    probe = {one.code: one for one in CSV.check(ctx_of(folder))}["people"]
    assert probe.ok is False
    assert "shoe_size" in probe.detail
    assert "line 3" in probe.detail


def test_discover_tells_how_full_each_column_is(folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE + "1,Ada,a@example.com,,\n2,Ben,,,\n")
    found = {one.name: one.filled for one in CSV.discover(ctx_of(folder))}
    assert (found["name"], found["email"], found["manager_id"]) == (1.0, 0.5, 0.0)


@given(st.binary(max_size=400))
def test_any_bytes_after_the_header_give_changes_or_our_errors(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("f") / "imports"
    folder.mkdir()
    (folder / "people.csv").write_bytes(PEOPLE.encode() + data)
    try:
        found = pages(folder)
    except AdvisorError:
        return
    assert found[-1].cursor is not None


def _hidden(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) == "Cf"


NAMES = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)
    .map(str.strip)
    .filter(lambda name: name and name != "-" and not {"\ufffd", "\ufffc"} & set(name))
    .filter(lambda name: not _hidden(name[0]) and not _hidden(name[-1]))
)


@given(st.lists(NAMES, min_size=1, max_size=8))
def test_names_survive_the_round_trip_or_are_refused_as_formula(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    import csv

    folder = tmp_path_factory.mktemp("f") / "imports"
    folder.mkdir()
    with (folder / "people.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["person_id", "name"])
        writer.writerows(enumerate(names))
    records, rejects = run(folder, encoding="utf-8")
    assert set(rejects.values()) <= {"formula"}
    assert len(records) + len(rejects) == len(names)
    assert all(cast("PersonRecord", one).display_name == names[int(key)] for key, one in records.items())
