"""What a dropped file would change adds up, and nothing of it stays longer than it waits."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.connectors.csv_folder import preview
from plugin.connectors.csv_folder.files import how_from
from plugin.domain import InboxState, RunState, Stream
from plugin.errors import GiveUp, RetryLater
from plugin.manifest import load_settings, manifest_of
from plugin.services.core import SYSTEM, Core
from plugin.services.people import persons
from plugin.services.sources import (
    connection_setup,
    dropped_files,
    file_effects,
    file_people,
    merging,
    run_requests,
    sync,
)
from plugin.store.sources import intake
from tests.conftest import FrozenClock

HEAD = "Pers.Nr.;Name;Beschäftigungsgrad;Jahresgehalt;Whg;gültig ab\n"


def applied(core: Core, connection_id: int, text: str) -> None:
    kept = dropped_files.drop(core, SYSTEM, connection_id, "people.csv", text.encode())
    dropped_files.apply(core, SYSTEM, connection_id, kept.token)
    assert sync.perform_next(core) is not None


def effects_of(core: Core, connection_id: int, text: str) -> dict[Stream, file_effects.Effects]:
    kept = dropped_files.drop(core, SYSTEM, connection_id, "people.csv", text.encode())
    seen = dropped_files.look(core, connection_id, kept)
    found = {one.stream: one for one in file_effects.of(core, connection_id, seen)}
    for one in found.values():
        assert one.usable + one.rejected + one.repeated == len(seen.lines)
        assert one.usable == one.new + one.changed + one.unchanged
        assert one.today == one.changed + one.unchanged + one.gone
        assert one.afterwards == one.today + one.new
        assert set(one.waiting) <= set(one.by_line)
    return found


def test_what_is_shown_is_what_the_run_does(any_core: Core) -> None:
    made = connection_setup.add(any_core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    rows = [
        "1;Ada;1;54.200,00;EUR;01.04.2026",
        "2;Ben;0,8;76.200,00;EUR;01.04.2026",
        "3;Cleo;1;50.000,00;EUR;01.04.2026",
    ]
    applied(any_core, made, HEAD + "\n".join(rows))
    new = [
        rows[0],
        "2;Ben;0,1;228.600,00;EUR;01.04.2027",
        "4;Dan;1;48.600,00;EUR;01.04.2027",
        "1,04E+05;Eve;1;1,00;EUR;01.04.2027",
        "4;Dan;1;48.600,00;EUR;01.04.2027",
    ]
    found = effects_of(any_core, made, HEAD + "\n".join(new))
    people, pay = found[Stream.PEOPLE], found[Stream.PAY]
    assert (people.new, people.changed, people.unchanged, people.gone) == (1, 1, 1, 1)
    assert (people.rejected, people.repeated) == (1, 1)
    assert people.columns == {"fte": 1}
    assert (pay.new, pay.changed, pay.unchanged, pay.gone) == (2, 0, 1, 2)
    assert [(one.line, one.old, one.new) for one in pay.jumps] == [(3, Decimal(76200), Decimal(228600))]
    assert [(one.line, one.old, one.new) for one in people.jumps] == [(3, Decimal("0.8"), Decimal("0.1"))]
    applied(any_core, made, HEAD + "\n".join(new))
    again = effects_of(any_core, made, HEAD + "\n".join(new))
    assert [(one.new, one.changed) for one in again.values()] == [(0, 0), (0, 0)]


def test_a_column_that_the_file_does_not_have_is_no_change(core: Core) -> None:
    made = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    applied(core, made, "person_id;name;org_unit\n1;Ada;Sales\n2;Ben;Sales\n")
    people = effects_of(core, made, "person_id;name\n1;Ada\n2;Ben Sample\n")[Stream.PEOPLE]
    assert (people.unchanged, people.changed, dict(people.columns)) == (1, 1, {"name": 1})


PAY = "person_id;effective_on;annual;currency\n"


def waiting_in_inbox(core: Core, connection_id: int) -> list[str]:
    with core.database.reading() as tx:
        return [
            one.remote_key for one in intake.page(tx, state=InboxState.WAITING, connection_id=connection_id)
        ]


def test_rows_are_compared_with_what_another_connection_says_of_the_same_people(any_core: Core) -> None:
    """And what the preview says of people is what applying does with the rows."""
    people = connection_setup.add(any_core, SYSTEM, connector="csv_folder", name="People", settings={})
    applied(
        any_core,
        people,
        "person_id;name;employee_number;annual;currency;effective_on\n"
        "a;Ada;71;50000;EUR;2026-04-01\nb;Ben;72;60000;EUR;2026-04-01\n",
    )
    other = connection_setup.add(any_core, SYSTEM, connector="csv_folder", name="Pay", settings={})
    text = PAY + (
        "71;2026-04-01;50000;EUR\n"  # said already
        "72;2026-04-01;61000;EUR\n"  # said otherwise
        "72;2027-04-01;610000;EUR\n"  # ten times as much
        "73;2026-04-01;40000;EUR\n"
        "dan@example.test;2026-04-01;40000;EUR\n"
    )
    (pay,) = effects_of(any_core, other, text).values()
    assert (pay.new, pay.changed, pay.unchanged) == (3, 1, 1)
    assert pay.columns == {"annual": 1}
    assert pay.waiting == {5: file_people.NUMBERS, 6: file_people.ADDRESSES}
    assert [(one.line, one.old, one.new) for one in pay.jumps] == [(4, Decimal(60000), Decimal(610000))]
    applied(any_core, other, text)
    assert waiting_in_inbox(any_core, other) == ["73|2026-04-01", "dan@example.test|2026-04-01"]


def test_people_of_the_file_itself_are_somebody(any_core: Core) -> None:
    made = connection_setup.add(any_core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    text = HEAD + "1;Ada;1;54.200,00;EUR;01.04.2026\n"
    assert effects_of(any_core, made, text)[Stream.PAY].waiting == {}
    applied(any_core, made, text)
    assert waiting_in_inbox(any_core, made) == []


def test_new_people_whom_another_connection_knows_are_counted(any_core: Core) -> None:
    first = connection_setup.add(any_core, SYSTEM, connector="csv_folder", name="First", settings={})
    applied(any_core, first, "person_id;name;email\na;Ada;ada@example.test\n")
    other = connection_setup.add(any_core, SYSTEM, connector="csv_folder", name="Second", settings={})
    text = "person_id;name;email\n9;Ada;ADA@example.test\n8;Eve;eve@example.test\n"
    people = effects_of(any_core, other, text)[Stream.PEOPLE]
    assert (people.new, people.twins) == (2, 1)
    applied(any_core, other, text)
    assert len(merging.proposals(any_core)) == 1
    assert effects_of(any_core, other, text)[Stream.PEOPLE].twins == 0


def test_old_files_are_deleted_though_nobody_looks(core: Core, clock: FrozenClock) -> None:
    made = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    dropped_files.drop(core, SYSTEM, made, "people.csv", b"person_id,name\n1,Ada\n")
    assert dropped_files.prune(core) == 1
    clock.advance(minutes=30)
    assert dropped_files.prune(core) == 0
    assert [path for path in Path(core.settings.data_dir).rglob("*") if path.is_file()] == []


def test_files_of_a_removed_connection_are_deleted(core: Core) -> None:
    made = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    kept = dropped_files.drop(core, SYSTEM, made, "people.csv", b"person_id;name\n1;Ada\n")
    dropped_files.apply(core, SYSTEM, made, kept.token)
    assert [path.name for path in dropped_files.in_use(core, made)] == ["people.csv"]
    connection_setup.remove(core, SYSTEM, made)
    assert [path for path in Path(core.settings.data_dir).rglob("*") if path.is_file()] == []


def everywhere(core: Core) -> str:
    """All that any file below the data folder holds."""
    folder = Path(core.settings.data_dir)
    return "".join(path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["people.csv", "staff.txt"])
def test_an_erased_person_is_in_no_file_that_was_applied(any_core: Core, name: str) -> None:
    made = connection_setup.add(any_core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    kept = dropped_files.drop(any_core, SYSTEM, made, name, b"person_id;name\n1;Ada Lovelorn\n2;Ben\n")
    dropped_files.apply(any_core, SYSTEM, made, kept.token)
    assert "Lovelorn" in everywhere(any_core)
    sync.perform_next(any_core)
    (ada,) = persons.find(any_core, "Lovelorn")
    persons.erase(any_core, SYSTEM, ada.id)
    assert "Lovelorn" not in everywhere(any_core)
    assert persons.find(any_core, "Lovelorn") == []
    for _turn in range(2):  # nothing brings the person back
        run_requests.request_run(any_core, SYSTEM, made)
        ended = sync.perform_next(any_core)
        assert ended is not None
        assert ended.state == RunState.SUCCEEDED
    assert persons.find(any_core, "Lovelorn") == []


def test_a_file_stays_until_its_run_has_ended_and_no_longer(
    core: Core, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    kept = dropped_files.drop(core, SYSTEM, made, "people.csv", b"person_id;name\n1;Ada\n")
    dropped_files.apply(core, SYSTEM, made, kept.token)
    dropped_files.prune(core)
    assert len(dropped_files.in_use(core, made)) == 1
    with monkeypatch.context() as broken:
        broken.setattr(sync.applying, "apply_pending", _later)
        sync.perform_next(core)
    assert len(dropped_files.in_use(core, made)) == 1  # it is tried again
    clock.advance(hours=2)
    with monkeypatch.context() as broken:
        broken.setattr(sync.applying, "apply_pending", _failed)
        sync.perform_next(core)
    assert dropped_files.in_use(core, made) == []


def _later(*_given: object, **_named: object) -> None:
    raise RetryLater("not now")


def _failed(*_given: object, **_named: object) -> None:
    raise GiveUp("not at all")


@given(st.binary(max_size=300))
def test_any_bytes_give_a_look_or_our_own_error(tmp_path_factory: object, data: bytes) -> None:
    from plugin.errors import AdvisorError

    folder = tmp_path_factory.mktemp("f")  # type: ignore[attr-defined]
    path = folder / "data.csv"
    path.write_bytes(b"Pers.Nr.;Name\n" + data)
    try:
        seen = preview.look(path, "data.csv", how_from(load_settings(manifest_of("csv_folder"), {})))
    except AdvisorError:
        return
    assert all(set(line.reads) <= set(seen.streams) for line in seen.lines)
