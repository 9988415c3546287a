"""A large file is read by the worker: asked once, shown as a small one is, and nothing of it stays longer than the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from plugin import texts
from plugin.connectors.csv_folder.preview import Look
from plugin.domain import TaskState
from plugin.errors import ConfigError
from plugin.services.core import SYSTEM, Core
from plugin.services.operation import steps, task_requests
from plugin.services.operation.task_requests import Waiting
from plugin.services.operation.worker import Means
from plugin.services.sources import (
    connection_setup,
    dropped_files,
    file_effects,
    file_reading,
    sources_topic,
    sync,
)
from plugin.services.sources.dropped_files import Dropped
from plugin.services.sources.file_preview import Preview
from plugin.store import tables
from plugin.store.operation import tasks
from tests.conftest import FrozenClock

HEAD = "Pers.Nr.;Name;Beschäftigungsgrad;Jahresgehalt;Whg;gültig ab\n"
TEXT = HEAD + (
    "1;Ada Lovelorn;1;54.200,00;EUR;01.04.2026\n"
    "2;Ben;0,8;76.200,00;EUR;31.02.2026\n"
    "1,04E+05;Eve;1;1,00;EUR;01.04.2027\n"
    "4;Dan;viel;48.600,00;EUR;01.04.2027\n"
)


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_reading, "AT_ONCE", 1)


def dropped(core: Core, text: str | bytes = TEXT) -> tuple[int, Dropped]:
    made = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    data = text.encode() if isinstance(text, str) else text
    return made, dropped_files.drop(core, SYSTEM, made, "people.csv", data)


def seen(core: Core, connection_id: int, kept: Dropped) -> Preview:
    found = file_reading.of(core, SYSTEM, connection_id, kept)
    assert isinstance(found, Preview)
    return found


def asked(core: Core) -> list[tasks.Task]:
    return task_requests.newest(core, file_reading.KIND)


def stored_anywhere(core: Core, word: str) -> list[str]:
    """Tables and files that hold the word."""
    found = [
        str(path)
        for path in Path(core.settings.data_dir).rglob("*")
        if path.is_file() and word in path.read_text("utf-8", "replace")
    ]
    with core.database.reading() as tx:
        for table in tables.metadata.sorted_tables:
            rows = tx.execute(sa.select(table)).all()
            found += [table.name] if word in repr(rows) else []
    return found


def test_the_worker_shows_what_would_be_shown_at_once(
    any_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, kept = dropped(any_core)
    for _tab in range(2):
        assert isinstance(file_reading.of(any_core, SYSTEM, made, kept), Waiting)
    assert len(asked(any_core)) == 1
    assert task_requests.perform_next(any_core)
    found = seen(any_core, made, kept)
    assert found.at == any_core.clock()
    monkeypatch.setattr(file_reading, "AT_ONCE", 10_000)
    assert replace(found, at=None) == seen(any_core, made, kept)
    assert len(found.bad) > 0
    assert len(found.cells) > 0
    assert len(asked(any_core)) == 1


def test_messages_are_kept_for_readers_of_any_language(core: Core) -> None:
    made, kept = dropped(core)
    file_reading.of(core, SYSTEM, made, kept)
    task_requests.perform_next(core)
    english = [one.message for one in seen(core, made, kept).bad]
    with texts.reading("de"):
        german = [one.message for one in seen(core, made, kept).bad]
    assert len(english) == len(german)
    assert not set(english) & set(german)


def test_an_answer_reads_the_file_again(any_core: Core) -> None:
    made, kept = dropped(any_core)
    file_reading.of(any_core, SYSTEM, made, kept)
    task_requests.perform_next(any_core)
    kept = dropped_files.answer(any_core, made, kept.token, {"columns": {"Jahresgehalt": "-"}})
    assert isinstance(file_reading.of(any_core, SYSTEM, made, kept), Waiting)
    task_requests.perform_next(any_core)
    assert [one.stream.value for one in seen(any_core, made, kept).kinds] == ["people"]
    assert len(asked(any_core)) == 2


def test_what_is_read_while_somebody_answers_is_not_shown(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, kept = dropped(core)
    file_reading.of(core, SYSTEM, made, kept)
    answered_amid(monkeypatch, lambda: dropped_files.answer(core, made, kept.token, {"locale": "de"}))
    task_requests.perform_next(core)
    kept = dropped_files.get(core, made, kept.token)
    assert dropped_files.kept_preview(core, made, kept) is None
    file_reading.of(core, SYSTEM, made, kept)
    monkeypatch.undo()
    monkeypatch.setattr(file_reading, "AT_ONCE", 1)
    task_requests.perform_next(core)
    assert seen(core, made, kept).kinds


def answered_amid(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Somebody acts while rows are compared."""
    compare = file_effects.of

    def of(core: Core, connection_id: int, seen: Look) -> list[file_effects.Effects]:
        act()
        return compare(core, connection_id, seen)

    monkeypatch.setattr(file_effects, "of", of)


def test_a_preview_comes_though_its_first_worker_was_killed(any_core: Core, clock: FrozenClock) -> None:
    made, kept = dropped(any_core)
    file_reading.of(any_core, SYSTEM, made, kept)
    with any_core.database.transaction() as tx:
        assert tasks.claim(tx, any_core.clock()) is not None
    waiting = file_reading.of(any_core, SYSTEM, made, kept)
    assert isinstance(waiting, Waiting)
    assert waiting.task.state == TaskState.RUNNING
    clock.advance(minutes=5)
    assert task_requests.free_stuck(any_core) == 1
    assert task_requests.perform_next(any_core)
    assert seen(any_core, made, kept).read == 4
    assert len(asked(any_core)) == 1


@pytest.mark.parametrize("end", ["discard", "apply", "expire"])
def test_nothing_of_a_person_stays_of_a_preview_when_the_file_is_gone(
    any_core: Core, clock: FrozenClock, end: str
) -> None:
    made, kept = dropped(any_core)
    file_reading.of(any_core, SYSTEM, made, kept)
    task_requests.perform_next(any_core)
    assert any(place.endswith("preview.json") for place in stored_anywhere(any_core, "Lovelorn"))
    if end == "apply":
        dropped_files.apply(any_core, SYSTEM, made, kept.token)
        sync.perform_next(any_core)
        found = stored_anywhere(any_core, "Lovelorn")
        assert not any("/" in place or place in ("task", "audit_entry") for place in found)
        return
    if end == "discard":
        dropped_files.discard(any_core, made, kept.token)
    else:
        clock.advance(minutes=31)
        dropped_files.prune(any_core)
    assert stored_anywhere(any_core, "Lovelorn") == []


def test_a_file_that_is_discarded_while_it_is_read_leaves_nothing(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, kept = dropped(core)
    file_reading.of(core, SYSTEM, made, kept)
    answered_amid(monkeypatch, lambda: dropped_files.discard(core, made, kept.token))
    task_requests.perform_next(core)
    assert [one.state for one in asked(core)] == [TaskState.FAILED]
    assert stored_anywhere(core, "Lovelorn") == []


def test_why_a_file_cant_be_opened_is_kept_with_it_alone(core: Core) -> None:
    made, kept = dropped(core, "Name;Wójcik;Wójcik\n1;2;3\n".encode())
    file_reading.of(core, SYSTEM, made, kept)
    task_requests.perform_next(core)
    with pytest.raises(ConfigError, match="twice") as raised, texts.reading("en"):
        file_reading.of(core, SYSTEM, made, kept)
    assert raised.value.remedy
    with pytest.raises(ConfigError, match="zweimal"), texts.reading("de"):
        file_reading.of(core, SYSTEM, made, kept)
    assert [place for place in stored_anywhere(core, "jcik") if "/" not in place] == []


def test_a_page_that_asks_hears_how_many_rows_are_read(core: Core) -> None:
    text = "person_id;name\n" + "".join(f"{one};Ada\n" for one in range(2500))
    made, kept = dropped(core, text)
    file_reading.of(core, SYSTEM, made, kept)
    heard: list[str] = []
    file_reading.perform(core, SYSTEM, asked(core)[0].arguments, heard.append)
    assert "1,000 of 2,500 rows read" in map(steps.words, heard)
    assert steps.words(heard[-1]).startswith("2,500 rows read")


def test_a_preview_does_not_wait_behind_other_long_work(core: Core) -> None:
    with core.database.transaction() as tx:
        tasks.request(tx, "train", "", {}, core.clock(), "anil")
    made, kept = dropped(core)
    file_reading.of(core, SYSTEM, made, kept)
    assert sources_topic.TOPIC.lanes is not None
    lanes = sources_topic.TOPIC.lanes(Means(core, None, 4))  # type: ignore[arg-type]
    assert next(one for one in lanes if one.name == "previews").perform_next()
    assert seen(core, made, kept).read == 4
    assert [one.state for one in task_requests.newest(core, "train")] == [TaskState.QUEUED]


@pytest.mark.parametrize(("rows", "is_large"), [(500, False), (10_000, True)])
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_what_is_read_at_once_is_small(
    core: Core, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rows: int, suffix: str, *, is_large: bool
) -> None:
    """A workbook is packed: what counts is what there is to read in it."""
    monkeypatch.undo()
    lines = [["person_id", "name"], *([str(100_000 + one), f"Person No {one}"] for one in range(rows))]
    path = tmp_path / f"people.{suffix}"
    if suffix == "csv":
        path.write_text("\n".join(";".join(line) for line in lines))
    else:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for line in lines:
            sheet.append(line)
        book.save(path)
    made = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    kept = dropped_files.drop(core, SYSTEM, made, path.name, path.read_bytes())
    assert file_reading.is_large(core, made, kept) == is_large
