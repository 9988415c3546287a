"""Files from a real SFTP server: only from the server with the pinned key, whole or not at all, and gone again when they were read."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import asyncssh
import paramiko
import pytest

from plugin.connectors import load
from plugin.connectors.base import Context, Http
from plugin.connectors.csv_folder import sftp
from plugin.domain import PersonRecord, RunState, Stream
from plugin.errors import AdvisorError, AuthError, ConfigError, InvalidInput, RetryLater
from plugin.manifest import load_settings, manifest_of
from plugin.services.core import SYSTEM, Core
from plugin.services.sources import connection_setup, run_requests, sync
from plugin.store import tables
from plugin.testing.driver import Inbox
from tests.connectors.sftp_server import PASSWORD, USER, Server, serving

CSV = load("csv_folder")
PEOPLE = "person_id,name,email\nP1,Ada,ada@example.com\nP2,Ben,n/a\n"
OTHERS = "person_id,name\nP7,Cleo\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "srv").mkdir()
    with serving(tmp_path / "srv") as running:
        yield running


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own"


def ctx(server: Server, own: Path, **changed: Any) -> Context:
    settings = load_settings(manifest_of("csv_folder"), server.settings(**changed))
    return Context(settings, cast("Http", None), lambda: None, None, own)  # type: ignore[arg-type, return-value]


def read(
    server: Server, own: Path, inbox: Inbox | None = None, stream: Stream = Stream.PEOPLE, **changed: Any
) -> dict[str, str]:
    """Names by id of what one run gives."""
    here = inbox or Inbox()
    made = ctx(server, own, **changed)
    here.run(CSV, made, stream)
    found, _skipped = here.records(CSV, made, stream)
    return {key: one.display_name for key, one in found.items() if isinstance(one, PersonRecord)}


def refused(server: Server, own: Path, **changed: Any) -> AdvisorError:
    with pytest.raises(AdvisorError) as caught:
        read(server, own, **changed)
    assert leftovers(own) == []
    assert PASSWORD not in str(caught.value) + caught.value.remedy
    return caught.value


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# --- what is read -----------------------------------------------------------------------------------------------------


def test_a_file_is_read_as_from_a_folder_and_its_copy_is_gone(server: Server, own: Path) -> None:
    server.put("people.csv", PEOPLE)
    inbox = Inbox()
    assert read(server, own, inbox) == {"P1": "Ada", "P2": "Ben"}
    assert inbox.rejects == {(Stream.PEOPLE, "people.csv line 3 email"): "email"}
    assert leftovers(own) == []


@pytest.mark.parametrize("directory", ["export/hr", "/export/hr", "./export/../export/hr"])
def test_the_directory_of_the_settings_is_read(server: Server, own: Path, directory: str) -> None:
    server.put("people.csv", OTHERS)
    server.put("export/hr/people.csv", PEOPLE)
    assert set(read(server, own, directory=directory)) == {"P1", "P2"}


@pytest.mark.parametrize(
    "name", ["people_2026-11-30.csv", "People-20261130.CSV", "people 2026.csv", "people.20261130T0815.csv"]
)
def test_of_several_files_the_newest_is_read(server: Server, own: Path, name: str) -> None:
    server.put("people.csv", OTHERS, at=1_770_000_000)
    server.put(name, PEOPLE, at=1_780_000_000)
    server.put("people_2019.csv", OTHERS, at=1_760_000_000)
    assert set(read(server, own)) == {"P1", "P2"}
    assert server.reads == [name]


@pytest.mark.parametrize(
    "name",
    [
        "people.csv.part",
        "people_new.csv.tmp",
        ".people.csv",
        "people.csv~",
        "people.csv.filepart",
        "people.pdf",
        "people",
        "old_people.csv",
    ],
)
def test_what_is_unfinished_or_another_file_is_not_taken(server: Server, own: Path, name: str) -> None:
    server.put(name, OTHERS, at=1_790_000_000)
    assert read(server, own) == {}
    server.put("people.csv", PEOPLE)
    assert set(read(server, own)) == {"P1", "P2"}


def test_a_pattern_names_files_and_kinds_are_not_mixed_up(server: Server, own: Path) -> None:
    server.put("Staff_A.csv", OTHERS, at=1_770_000_000)
    server.put("STAFF_B.csv", PEOPLE, at=1_780_000_000)
    server.put("pay_ranges.csv", "job_family,level\n")
    assert set(read(server, own, names={"people": "Staff_*.csv"})) == {"P1", "P2"}
    inbox = Inbox()
    inbox.run(CSV, ctx(server, own), Stream.PAY)
    assert inbox.cursors == {}
    assert refused(server, own, names={"peple": "x*.csv"}).code == "names"


def test_an_unchanged_file_is_not_fetched_again_and_a_changed_one_is(server: Server, own: Path) -> None:
    inbox = Inbox()
    server.put("people.csv", PEOPLE, at=1_780_000_000)
    for _turn in range(3):
        read(server, own, inbox)
    assert server.reads == ["people.csv"]
    server.put("people.csv", OTHERS, at=1_780_000_100)
    assert set(read(server, own, inbox)) == {"P1", "P2", "P7"}
    server.put("people_2.csv", PEOPLE.replace("Ada", "Eve"), at=1_780_000_200)
    assert read(server, own, inbox)["P1"] == "Eve"
    assert server.reads == ["people.csv", "people.csv", "people_2.csv"]


def test_a_run_that_is_cut_off_goes_on_where_it_stopped(server: Server, own: Path) -> None:
    server.put("people.csv", "person_id,name\n" + "".join(f"P{n},Person {n}\n" for n in range(2_500)))
    inbox = Inbox()
    inbox.run(CSV, ctx(server, own), Stream.PEOPLE, stop_after=1)
    assert len(inbox.raws) == 1_000
    arrivals = inbox.arrivals
    assert len(read(server, own, inbox)) == 2_500
    assert (arrivals, inbox.arrivals) == (1_000, 2_500)


def test_a_complete_listing_is_read_each_time(server: Server, own: Path) -> None:
    server.put("people.csv", "person_id,name\nP1,Ada\n")
    inbox = Inbox()
    for _turn in range(2):
        read(server, own, inbox, complete=True)
    assert server.reads == ["people.csv", "people.csv"]


def test_a_workbook_is_read_too(server: Server, own: Path, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["person_id", "name"], ["P1", "Ada"]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "people.xlsx")
    server.put("people.xlsx", (tmp_path / "people.xlsx").read_bytes())
    assert read(server, own) == {"P1": "Ada"}


# --- whose server, and as whom ----------------------------------------------------------------------------------------


def test_another_host_key_stops_before_anything_is_sent(server: Server, own: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    found = refused(server, own, host_key=other)
    assert (found.code, type(found)) == ("host_key", ConfigError)
    assert "Nothing was sent" in found.remedy
    assert server.sign_ins == []


@pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256"])
def test_a_server_without_the_kind_of_key_is_another_server(server: Server, own: Path, kind: str) -> None:
    other = asyncssh.generate_private_key(kind).export_public_key().decode()
    assert refused(server, own, host_key=other).code == "host_key"
    assert server.sign_ins == []


@pytest.mark.parametrize(
    "kind", ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"]
)
def test_every_usual_kind_of_host_key_is_checked(tmp_path: Path, own: Path, kind: str) -> None:
    with serving(tmp_path, kind=kind) as running:
        running.put("people.csv", PEOPLE)
        assert set(read(running, own, host_key=f"sftp.example.com {running.host_key} comment")) == {
            "P1",
            "P2",
        }


def test_a_server_that_changes_its_key_is_refused_from_then_on(tmp_path: Path, own: Path) -> None:
    with serving(tmp_path) as first:
        first.put("people.csv", PEOPLE)
        assert read(first, own)
        pinned = first.host_key
    with serving(tmp_path) as second:
        assert refused(second, own, host_key=pinned).code == "host_key"


@pytest.mark.parametrize(
    "line",
    [
        "SHA256:x/9Ohkpzxg3B3h0p8g7e0d4Zc5m7z7J8d0e4a1b2c3d",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA==",
        "yes",
    ],
)
def test_what_is_no_public_key_is_refused_before_connecting(server: Server, own: Path, line: str) -> None:
    found = refused(server, own, host_key=line)
    assert (found.code, "not its fingerprint" in found.remedy) == ("host_key", True)


@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"username": "root"}])
def test_a_refused_sign_in_is_a_persons_work(server: Server, own: Path, wrong: dict[str, str]) -> None:
    assert type(refused(server, own, **wrong)) is AuthError


def test_no_agent_and_no_file_of_the_account_is_used(
    server: Server, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even asked: the agent's socket would see a connection."""
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "known_hosts").write_text(f"127.0.0.1 {server.host_key}\n")
    agent = socket.socket(socket.AF_UNIX)
    agent.bind(str(tmp_path / "agent"))
    agent.listen()
    agent.settimeout(0.2)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    assert refused(server, own, host_key=other).code == "host_key"
    assert type(refused(server, own, password="guess")) is AuthError
    with pytest.raises(TimeoutError):
        agent.accept()
    agent.close()


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"])
@pytest.mark.parametrize("form", ["openssh", "pkcs1-pem", "pkcs8-pem"])
def test_a_private_key_signs_in(tmp_path: Path, own: Path, kind: str, form: str) -> None:
    if (kind, form) == ("ssh-ed25519", "pkcs1-pem"):
        form = "openssh"
    mine = asyncssh.generate_private_key(kind)
    text = mine.export_private_key(form).decode()
    with serving(tmp_path, public_key=mine.convert_to_public()) as running:
        running.put("people.csv", PEOPLE)
        assert read(running, own, private_key=text.replace("\n", "\r\n"), password=None)
        other = asyncssh.generate_private_key(kind).export_private_key(form).decode()
        assert type(refused(running, own, private_key=other, password=None)) is AuthError


def test_a_key_under_a_passphrase_needs_it(tmp_path: Path, own: Path) -> None:
    mine = asyncssh.generate_private_key("ssh-ed25519")
    text = mine.export_private_key("openssh", passphrase="open sesame", rounds=50).decode()
    with serving(tmp_path, public_key=mine.convert_to_public()) as running:
        running.put("people.csv", PEOPLE)
        assert read(running, own, private_key=text, passphrase="open sesame", password=None)
        assert "passphrase" in refused(running, own, private_key=text, password=None).remedy
        for wrong in ({"passphrase": "guess"}, {"private_key": "-----BEGIN nothing-----"}):
            given = {"private_key": text, "password": None, **wrong}
            assert refused(running, own, **given).code == "private_key"
        assert running.sign_ins == [USER]


class _Both(paramiko.ServerInterface):
    """An account that needs its key and then its password."""

    def __init__(self, key: bytes) -> None:
        self.key = key

    def get_allowed_auths(self, _username: str) -> str:
        return "publickey,password"

    def check_auth_publickey(self, _username: str, key: Any) -> int:
        return paramiko.AUTH_PARTIALLY_SUCCESSFUL if key.asbytes() == self.key else paramiko.AUTH_FAILED

    def check_auth_password(self, _username: str, password: str) -> int:
        return paramiko.AUTH_SUCCESSFUL if password == PASSWORD else paramiko.AUTH_FAILED

    def check_channel_request(self, _kind: str, _number: int) -> int:
        return paramiko.OPEN_SUCCEEDED


def test_a_server_that_asks_for_key_and_password_gets_both(tmp_path: Path, own: Path) -> None:
    mine, host = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
    text = tmp_path / "key"
    mine.write_private_key_file(str(text))
    (tmp_path / "people.csv").write_text(PEOPLE)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _connection in range(2):
            transport = paramiko.Transport(listening.accept()[0])
            transport.add_server_key(host)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer)
            transport.start_server(server=_Both(mine.asbytes()))

    threading.Thread(target=serve, daemon=True).start()
    fake = Server(tmp_path, f"{host.get_name()} {host.get_base64()}", listening.getsockname()[1])
    given = {"private_key": text.read_text(), "names": {"people": "nothing"}}
    assert type(refused(fake, own, **given, password=None)) is AuthError
    error = refused(fake, own, **given)  # signed in: this server has no files at all
    assert error.code not in ("auth", "host_key")
    listening.close()


# --- whole or not at all ----------------------------------------------------------------------------------------------

LONG = "person_id,name\n" + "".join(f"P{n},Person number {n}\n" for n in range(15_000))


def once(change: Callable[[], object]) -> Callable[[str, int], None]:
    """Runs when the second piece of the file is asked for, once."""
    done: list[bool] = []

    def on_read(_name: str, offset: int) -> None:
        if offset and not done:
            done.append(True)
            change()

    return on_read


@pytest.mark.parametrize("what", ["replaced", "overwritten", "grown", "cut", "gone"])
def test_a_file_that_changes_while_it_is_read_is_never_used(server: Server, own: Path, what: str) -> None:
    path = server.put("people.csv", LONG)

    def replaced() -> None:
        server.put("new", LONG.replace("number", "nummer"), at=1_780_000_500).replace(path)

    def overwritten() -> None:
        path.write_text(LONG.replace("number", "nummer"))

    def grown() -> None:
        with path.open("a") as end:
            end.write("P99999,One more\n")

    changes: dict[str, Callable[[], object]] = {
        "replaced": replaced,
        "overwritten": overwritten,
        "grown": grown,
        "cut": lambda: os.truncate(path, 200_000),
        "gone": path.unlink,
    }
    server.on_read = once(changes[what])
    found = refused(server, own)
    assert (type(found), found.code) == (RetryLater, "changing")
    if what != "gone":
        assert len(read(server, own)) > 5_000


@pytest.mark.parametrize("claimed", [20, 5_000_000])
def test_a_size_that_is_not_true_is_no_whole_file(server: Server, own: Path, claimed: int) -> None:
    server.put("people.csv", LONG)
    server.sizes["people.csv"] = claimed
    assert refused(server, own).code == "changing"


def test_a_huge_file_is_refused_before_it_is_read(server: Server, own: Path) -> None:
    path = server.put("people.csv", PEOPLE)
    os.truncate(path, 3 * 2**20)
    found = refused(server, own, max_megabytes=2)
    assert (found.code, server.reads) == ("too_large", [])


def test_a_server_that_sends_more_than_it_says_is_stopped(server: Server, own: Path) -> None:
    path = server.put("people.csv", PEOPLE)
    os.truncate(path, 40 * 2**20)
    server.sizes["people.csv"] = 100
    started = time.monotonic()
    assert refused(server, own, max_megabytes=1).code == "too_large"
    assert time.monotonic() - started < 20


STRANGE = [
    "../people.csv",
    "../../etc/passwd",
    "/etc/passwd",
    "a/people.csv",
    "..",
    "people\\..\\x.csv",
    "\x07people.csv",
    "-rf.csv",
    "~root.csv",
]


@pytest.mark.parametrize("name", STRANGE)
def test_a_name_that_leads_elsewhere_is_not_taken(
    server: Server, own: Path, tmp_path: Path, name: str
) -> None:
    server.strange = [name]
    server.put("people.csv", PEOPLE)
    before = {path for path in tmp_path.rglob("*") if own not in path.parents}
    assert set(read(server, own, names={"people": "*"})) == {"P1", "P2"}
    assert server.reads == ["people.csv"]
    assert {path for path in tmp_path.rglob("*") if own not in path.parents} - {own} == before - {own}


def test_links_and_directories_are_not_files(server: Server, own: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(OTHERS)
    (server.root / "people.csv").symlink_to(tmp_path / "secret.csv")
    (server.root / "people_2026.csv").mkdir()
    assert read(server, own) == {}


def test_a_name_that_is_not_utf8_is_told_with_its_remedy(server: Server, own: Path) -> None:
    (Path(os.fsdecode(os.fsencode(server.root) + b"/Geh\xe4lter.csv"))).write_text("x")
    server.put("people.csv", PEOPLE)
    assert refused(server, own).code == "names"


def test_a_directory_with_too_many_files_is_refused(
    server: Server, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "MOST_NAMES", 50)
    server.strange = [f"x{n}.csv" for n in range(60)]
    assert refused(server, own).code == "too_many"


@pytest.mark.parametrize("directory", ["nowhere", "people.csv"])
def test_a_directory_that_is_not_there_is_named(server: Server, own: Path, directory: str) -> None:
    server.put("people.csv", PEOPLE)
    found = refused(server, own, directory=directory)
    assert (found.code, directory in str(found)) == ("no_folder", True)


def test_a_missing_right_is_one(server: Server, own: Path) -> None:
    server.denied = True
    found = refused(server, own)
    assert (type(found), found.code) == (AuthError, "permission")


# --- waits that end ---------------------------------------------------------------------------------------------------


def test_a_server_that_says_nothing_is_tried_again_later(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "WAIT_SECONDS", 0.5)
    silent = socket.create_server(("127.0.0.1", 0))
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    started = time.monotonic()
    found = refused(Server(tmp_path, key, silent.getsockname()[1]), own)
    assert type(found) is RetryLater
    assert time.monotonic() - started < 8
    silent.close()


def test_a_server_that_stops_in_a_file_is_tried_again_later(
    server: Server, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "WAIT_SECONDS", 0.5)
    server.put("people.csv", LONG)
    server.on_read = once(lambda: time.sleep(3))
    assert type(refused(server, own)) is RetryLater


def test_a_drip_of_bytes_ends_with_the_session(
    server: Server, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "TOTAL_SECONDS", 0.3)
    server.put("people.csv", LONG)
    server.on_read = lambda _name, _offset: time.sleep(0.4)
    found = refused(server, own)
    assert (type(found), found.code) == (RetryLater, "timeout")


def test_nobody_there_is_tried_again_later(own: Path, tmp_path: Path) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    assert refused(Server(tmp_path, key, port), own).code == "unreachable"


@pytest.mark.parametrize("networks", [[], ["10.0.0.0/8"]])
def test_an_address_outside_the_allowed_networks_is_not_opened(
    server: Server, own: Path, networks: list[str]
) -> None:
    assert refused(server, own, networks=networks).code == "address_refused"
    assert server.sign_ins == []


def test_without_the_package_the_remedy_is_named(
    server: Server, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "paramiko", None)
    found = refused(server, own)
    assert (found.code, "raise-advisor[sftp]" in found.remedy) == ("no_sftp", True)


# --- settings, test and runs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"host_key": None}, {"host_key"}),
        ({"username": ""}, {"username"}),
        ({"password": None}, {"password", "private_key"}),
        ({"folder": "hr"}, {"folder"}),
        ({"port": 70_000}, {"port"}),
    ],
)
def test_what_a_server_needs_is_asked_for_field_by_field(changed: dict[str, Any], wrong: set[str]) -> None:
    given = Server(Path(), "ssh-ed25519 x", 22).settings(**changed)
    with pytest.raises(InvalidInput) as caught:
        load_settings(manifest_of("csv_folder"), given)
    assert set(caught.value.fields) == wrong


def test_a_test_of_the_connection_says_what_was_read(server: Server, own: Path) -> None:
    server.put("people_2026.csv", PEOPLE.replace(",", ";").replace("Ada", "Zoë"))
    server.put("pay.csv", b"person_id,effective_on,annual,currency\nP1,2026-01-01,5\xfe,EUR\n")
    probes = {one.code: one for one in CSV.check(ctx(server, own))}
    assert [one.ok for one in probes.values()] == [True, True, False, False]
    assert "UTF-8; separator: ;" in probes["people"].detail
    assert "line 3" in probes["people"].detail
    assert "is not UTF-8" in probes["pay"].detail
    assert leftovers(own) == []
    fields = CSV.discover(ctx(server, own, names={"pay": "none"}))
    assert {one.name: one.filled for one in fields if one.filled is not None}["email"] == 1


@pytest.mark.parametrize(("changed", "code"), [({"password": "guess"}, "server"), ({}, "files")])
def test_a_failed_test_has_a_remedy_and_no_secret(
    server: Server, own: Path, changed: dict[str, str], code: str
) -> None:
    probes = CSV.check(ctx(server, own, **changed))
    failed = [one for one in probes if one.ok is False]
    assert [one.code for one in failed] == [code]
    assert failed[0].remedy
    assert PASSWORD not in str(probes)


@pytest.fixture
def reading(core: Core, server: Server, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(connection_setup, "_check_networks", lambda *_others: None)
    return connection_setup.add(
        core, SYSTEM, connector="csv_folder", name="Payroll's server", settings=server.settings()
    )


def run(core: Core, connection_id: int) -> run_requests.Run:
    asked = run_requests.request_run(core, SYSTEM, connection_id)
    ended = sync.perform_next(core, run_id=asked)
    assert ended is not None
    return ended


def count(core: Core) -> int:
    with core.database.reading() as tx:
        return len(tx.execute(tables.person.select()).all())


def test_a_run_reads_the_server_and_a_broken_one_stores_nothing(
    core: Core, server: Server, reading: int
) -> None:
    path = server.put("people.csv", LONG)
    server.on_read = once(lambda: os.truncate(path, 200_000))
    broken = run(core, reading)
    assert (broken.state, broken.code, count(core)) == (RunState.QUEUED, "changing", 0)
    server.put("people.csv", PEOPLE)
    with core.database.transaction() as tx:
        tx.execute(tables.run.delete())
    good = run(core, reading)
    assert (good.state, count(core)) == (RunState.PARTIAL, 2)
    assert leftovers(Path(core.settings.data_dir)) == []


def test_secrets_lie_in_the_vault_and_nowhere_else(core: Core, server: Server, reading: int) -> None:
    server.put("people.csv", PEOPLE)
    run(core, reading)
    assert connection_setup.shown(core, reading).settings["password"] is True
    with core.database.reading() as tx:
        whole = "".join(str(tx.execute(table.select()).all()) for table in tables.metadata.sorted_tables)
    assert PASSWORD not in whole
