"""The command line: instant help, an example in each, stable exit codes, one line per error."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click
import pytest
import sqlalchemy as sa

from plugin.cli import COMMANDS, main
from plugin.domain import AccountFinding
from plugin.services.core import Actor, Core
from plugin.services.cycle import life
from plugin.services.model import training
from plugin.store.people import account_findings
from plugin.store.tables import audit, person, protected_attribute
from tests.services.past_raises import history
from tests.small_company import draft_cycle, fill, open_cycle, policy


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> object:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(core: Core, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process over the core's database."""
    settings = core.settings
    monkeypatch.setenv("ADVISOR_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("ADVISOR_SECRET_KEY", settings.secret_key)
    monkeypatch.setenv("ADVISOR_VAULT_KEYS", ",".join(settings.vault_keys))
    monkeypatch.setenv("ADVISOR_ALLOWED_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("ADVISOR_FILES_ROOT", settings.files_root)
    monkeypatch.setenv("ADVISOR_PUBLIC_URL", "https://advisor.example.com")

    def ran(*arguments: str) -> Ran:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return ran


def test_help_names_every_command_and_loads_nothing_else() -> None:
    """What makes it quick: of our own three modules, of others only click."""
    program = (
        "import sys\nfrom plugin.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "own = {n for n in sys.modules if n.startswith('plugin.')}\n"
        "others = {n.split('.')[0] for n, m in sys.modules.items() if 'site-packages' in (getattr(m, '__file__', '') or '')}\n"
        "print(sorted(own), sorted(n for n in others if not n.startswith('_')), len(sys.modules) < 200, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ran.stderr.strip() == "['plugin.cli', 'plugin.errors', 'plugin.texts'] ['click'] True"
    assert all(name in ran.stdout for name in COMMANDS)


def _all_commands() -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, (module, _) in COMMANDS.items():
        command = getattr(import_module(module), name)
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {verb}", one) for verb, one in command.commands.items()]
    return found


def test_help_is_in_the_installations_language(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_LANGUAGE", "de")
    assert "Eine Ausnahme entfernen." in run("budget", "--help").out
    assert "Grenze für Anpassungen" in run("budget", "options", "--help").out
    monkeypatch.delenv("ADVISOR_LANGUAGE")
    assert "Remove an exception." in run("budget", "--help").out


@pytest.mark.parametrize(("name", "command"), _all_commands(), ids=[name for name, _ in _all_commands()])
def test_every_command_shows_an_example(name: str, command: click.Command) -> None:
    assert f"raise-advisor {name}" in (command.help or "")


def test_unknown_setting_is_an_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_SECRET_KYE", "x")
    ran = run("db", "status")
    assert ran.code == 2
    assert "ADVISOR_SECRET_KYE" in ran.err
    assert "ADVISOR_SECRET_KEY" in ran.err
    assert "Traceback" not in ran.err


def test_secret_can_come_from_a_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, core: Core
) -> None:
    file = tmp_path / "keys"
    file.write_text(core.settings.vault_keys[0] + "\n")
    monkeypatch.delenv("ADVISOR_VAULT_KEYS")
    assert run("audit", "verify").code == 2
    monkeypatch.setenv("ADVISOR_VAULT_KEYS_FILE", str(file))
    assert run("audit", "verify").code == 0


def test_doctor_is_well_and_masks_secrets(run: Run, core: Core) -> None:
    assert run("doctor").code == 0
    shown = run("doctor", "--print-config", "--json")
    assert core.settings.secret_key not in shown.out
    assert core.settings.vault_keys[0] not in shown.out


def test_a_warning_is_no_failure(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new installation without a public address is as documented: a script may go on."""
    monkeypatch.delenv("ADVISOR_PUBLIC_URL")
    ran = run("doctor", "--json")
    assert {one["code"] for one in ran.json if one["state"] == "warning"} == {"public_url"}
    assert ran.code == 0


def test_a_table_keeps_times_whole_and_says_findings_in_sentences(
    run: Run, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with core.database.transaction() as tx:
        for kind in AccountFinding:
            account_findings.put(
                tx, core.clock(), "account:1", kind, "u17, a-name-that-is-rather-long-at-that"
            )
    shown = run("scim", "findings").out
    assert shown.count(f"{core.clock():%Y-%m-%d %H:%M} UTC") == 2 * len(AccountFinding)
    assert not any(kind.value in shown for kind in AccountFinding)
    assert [one["kind"] for one in run("scim", "findings", "--json").json] == [
        kind.value for kind in AccountFinding
    ]


def test_doctor_names_what_is_broken(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ADVISOR_DATABASE_URL", f"sqlite:///{tmp_path / 'new.sqlite3'}")
    ran = run("doctor", "--json")
    assert ran.code == 2
    found = {one["code"]: one for one in ran.json}
    assert found["database"]["state"] == "failed"
    assert "db upgrade" in found["database"]["remedy"]


def test_changed_audit_trail_is_found(run: Run, core: Core) -> None:
    assert (
        run(
            "account",
            "add",
            "--email",
            "a@example.com",
            "--role",
            "analyst",
            "--password",
            "long enough word",
        ).code
        == 0
    )
    assert run("audit", "verify").code == 0
    with core.database.transaction() as tx:
        tx.execute(sa.update(audit).values(actor="somebody else"))
    ran = run("audit", "verify", "--json")
    assert ran.code == 1
    assert ran.json["first_break"] == 1


def test_connection_from_file_to_matched_records(run: Run, core: Core, tmp_path: Path) -> None:
    folder = Path(core.settings.files_root) / "hr"
    folder.mkdir(parents=True)
    (folder / "people.csv").write_text("person_id,name,email\nE1,Ada Example,ada@example.com\n")
    settings = tmp_path / "settings.json"
    settings.write_text('{"folder": "hr"}')
    assert (
        run(
            "connector", "add", "csv_folder", "--name", "Files", "--settings", str(settings), "--dry-run"
        ).code
        == 0
    )
    assert run("connector", "list", "--json").json == []
    added = str(
        run("connector", "add", "csv_folder", "--name", "Files", "--settings", str(settings), "--json").json[
            "id"
        ]
    )
    assert run("connector", "test", added).code == 0
    (folder / "learning.csv").write_text(
        "record_id,email,activity_id,title,outcome,occurred_at,hours\nR1,old@example.com,https://l.example.org/1,T,completed,2026-01-01T00:00:00Z,1\n"
        "R2,ada@example.com,https://l.example.org/1,T,completed,never,1\n"
    )
    assert run("connector", "test", added).code == 1  # the row that cannot be read is named before any run
    done = run("connector", "sync", added, "--json")
    assert (done.code, done.json["state"]) == (0, "partial")
    (bad,) = run("connector", "rejected", added, "--json").json
    assert "occurred_at" in bad["reason"]
    (unknown,) = run("connector", "unmatched", "--json").json
    assert run("connector", "link", unknown["kind"], unknown["value"], "1", "--json").json == [
        {"applied": 1, "waiting": 0, "unusable": 0}
    ]
    assert run("connector", "unmatched", "--json").json == []
    assert run("connector", "history", added, "--json").json[0]["new"] == 2


def test_wrong_settings_end_with_their_field(run: Run, tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text('{"folder": "../etc"}')
    ran = run("connector", "add", "csv_folder", "--name", "Files", "--settings", str(settings))
    assert ran.code == 2
    assert "folder:" in ran.err


def test_unknown_connection_is_one_line_and_code_one(run: Run) -> None:
    ran = run("connector", "test", "99")
    assert ran.code == 1
    assert ran.err.startswith("Error: connection 99 doesn't exist")


def test_accounts_are_listed_with_the_numbers_that_the_company_knows(run: Run, core: Core) -> None:
    company = fill(core)
    with core.database.transaction() as tx:
        mine = person.c.id == company["Dana Lead"]
        tx.execute(person.update().where(mine).values(employee_number="00014"))
    listed = run("account", "list", "--json").json
    assert isinstance(listed, list)
    by_email = {one["email"]: (one["person"], one["suite_id"]) for one in listed}
    assert by_email["dana@example.com"] == ("00014", f"P-{company['Dana Lead']:03}")
    assert by_email["omar@example.com"] == (None, f"P-{company['Omar Lead']:03}")
    assert by_email["anil@example.com"] == (None, None)
    assert "00014" in run("account", "list").out


def test_erasing_a_person_leaves_no_name(run: Run, core: Core, tmp_path: Path) -> None:
    folder = Path(core.settings.files_root) / "hr"
    folder.mkdir(parents=True)
    (folder / "people.csv").write_text("person_id,name,email\nE1,Ada Canary,ada@example.com\n")
    (folder / "pay.csv").write_text("person_id,effective_on,annual,currency\nE1,2026-01-01,987654,EUR\n")
    settings = tmp_path / "settings.json"
    settings.write_text('{"folder": "hr"}')
    run("connector", "add", "csv_folder", "--name", "Files", "--settings", str(settings))
    run("connector", "sync", "1")
    assert {one["table"] for one in run("person", "erase", "1", "--dry-run", "--json").json} >= {
        "person",
        "pay",
        "inbox",
    }
    assert run("person", "erase", "1", "--yes").code == 0
    dump = "\n".join(
        str(row) for table in sa.inspect(core.database.engine).get_table_names() for row in _rows(core, table)
    )
    assert "Canary" not in dump
    assert "987654" not in dump
    assert "ada@example.com" not in dump


def _rows(core: Core, table: str) -> list[sa.Row[str]]:
    with core.database.reading() as tx:
        return list(tx.execute(sa.text(f'SELECT * FROM "{table}"')))


def test_a_policy_is_fitted_and_a_dry_run_of_it_stores_nothing(run: Run, core: Core) -> None:
    cycle_id = draft_cycle(core, fill(core))
    command = ("model", "fit-policy", "1", "--cycle", str(cycle_id))
    shown = run(*command, "--target", "3.2", "--dry-run")
    assert shown.code == 0, shown.err
    assert "Nothing was stored." in shown.out
    assert "Range minimums, skills and the model come on top." in " ".join(shown.out.split())
    made = run(*command, "--target", "3.2", "--json").json
    assert isinstance(made, dict)
    assert (made["policy_id"], made["policy"]["name"]) == (2, "Test policy, fitted to 3.2 %")
    assert run(*command, "--target", "9").code == 2
    assert "Enter a percentage" in run(*command, "--target", "lots").err


def test_a_repair_without_protected_attributes_ends_with_what_to_do(run: Run, core: Core) -> None:
    history(core, people=40)
    with core.database.transaction() as tx:
        tx.execute(protected_attribute.delete())
    policy_id = training.add_policy(core, Actor("analyst@example.com"), policy())
    ended = run("model", "train", "--policy", str(policy_id), "--repair", "sex")
    assert ended.code == 2
    assert "Import the attribute" in " ".join(ended.err.split())


def test_the_money_of_a_cycle_is_set_in_the_shell(run: Run, core: Core, tmp_path: Path) -> None:
    company = fill(core)
    cycle_id = open_cycle(core, company)
    file = tmp_path / "pools.csv"
    file.write_text("code,parent,funding,funding_percent,prefill_percent\nFirm,,60000,,\n*,Firm,,,3.0\n")
    assert "2 pools would be set" in run("budget", "pools", str(cycle_id), str(file), "--dry-run").out
    assert json.loads(run("budget", "show", str(cycle_id), "--json").out)["plan"]["pools"] == []
    assert run("budget", "pools", str(cycle_id), str(file)).code == 0
    assert run("budget", "options", str(cycle_id), "--minimum-pool", "90000").code == 0
    rule = ("--by", "level", "--value", "E2", "--at-least", "1000")
    assert run("budget", "side-rule", str(cycle_id), *rule).code == 0
    ruling = ("--kind", "market", "--percent", "1.5", "--note", "Below market")
    assert run("budget", "set-exception", str(cycle_id), "Ada Example", *ruling).code == 0
    assert run("budget", "set-exception", str(cycle_id), "Nobody", *ruling).code == 2
    assert "older than the last change" in run("budget", "show", str(cycle_id)).out
    assert run("recommend", "run", str(cycle_id)).code == 0
    shown = json.loads(run("budget", "show", str(cycle_id), "--json").out)
    assert [(one["pool"], one["below"], float(one["funding"])) for one in shown["pools"]] == [
        ("Firm", "", 60_000),
        ("*", "Firm", 60_000),
    ]
    explained = run("explain", str(company["Ada Example"]), "--cycle", str(cycle_id)).out
    assert "Market or equity adjustment" in explained
    assert "Managers decide between" in explained
    (one,) = json.loads(run("budget", "exceptions", str(cycle_id), "--json").out)
    assert run("budget", "lift", str(cycle_id), str(one["id"])).code == 0
    assert run("budget", "exceptions", str(cycle_id)).out.strip() == "No exceptions yet."


def test_rates_of_a_cycle_are_given_in_the_shell(run: Run, core: Core) -> None:
    company = fill(core)
    policy_id = training.add_policy(core, company.hr, policy())
    days = ("--snapshot-on", "2026-11-20", "--effective-on", "2027-04-01", "--due-on", "2026-12-12")
    made = ("cycle", "create", "--name", "Merit", "--policy", str(policy_id), *days, "--budget-percent", "3")
    assert run(*made, "--rate", "USD").code == 2
    cycle_id = json.loads(run(*made, "--rate", "usd=0.92", "--model", "0", "--json").out)["id"]
    assert life.get(core, cycle_id).rates == {"USD": "0.92"}


@pytest.mark.parametrize("number", ["1" * 23, "\u00b2"])
@pytest.mark.parametrize("command", ["person show", "connector sync", "replay 1"])
def test_a_number_that_no_row_has_is_a_usage_error(run: Run, command: str, number: str) -> None:
    ran = run(*command.split(), number)
    assert ran.code == 2
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("text", ["#\u00b2", "#" + "1" * 23])
def test_nobody_is_found_by_what_is_no_number(run: Run, text: str) -> None:
    ran = run("person", "find", text)
    assert ran.code in (0, 1)
    assert "Traceback" not in ran.err
