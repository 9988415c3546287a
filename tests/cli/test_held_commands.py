"""The rules of plausibility in the shell: shown, taken out, changed and taken in with a reason, and audited."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from plugin.cli import main
from plugin.services.core import Core
from plugin.services.people import plausibility
from plugin.store import tables
from plugin.store.database import insert
from plugin.store.operation import audits
from tests.small_company import fill

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(core: Core, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, standard output and standard error of a command over the core's database."""
    monkeypatch.setenv("ADVISOR_DATABASE_URL", core.settings.database_url)
    monkeypatch.setenv("ADVISOR_SECRET_KEY", core.settings.secret_key)
    monkeypatch.setenv("ADVISOR_VAULT_KEYS", ",".join(core.settings.vault_keys))

    def ran(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["held", *arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return ran


def test_the_rules_go_out_to_a_file_and_come_back_with_a_reason(core: Core, run: Run, tmp_path: Path) -> None:
    code, out, _ = run("rules", "--json")
    assert (code, Decimal(json.loads(out)["pay_factor"])) == (0, 3)
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(json.loads(out) | {"pay_factor": 4, "also_paid_in": ["CH:EUR"]}))
    assert run("change-rules", "pay_factor=4")[0] == 2  # no reason
    code, out, err = run("import-rules", str(file), "--reason", "As in the group")
    assert (code, err) == (0, ""), out
    found = plausibility.rules(core).thresholds
    assert (found.pay_factor, found.also_paid_in, found.compa_high) == (4, ("CH:EUR",), 2)
    code, out, _ = run("rules")
    assert "Pay that is 4 times the last pay or more" in out
    assert "As in the group" in out
    with core.database.reading() as tx:
        (entry,) = audits.page(tx, action="plausibility.change", limit=5)
    assert entry.detail["reason"] == "As in the group"
    assert entry.detail["changed"] == {"pay_factor": ["3", "4"], "also_paid_in": [[], ["CH:EUR"]]}


def test_a_changed_threshold_judges_at_once(core: Core, run: Run) -> None:
    company = fill(core)
    with core.database.transaction() as tx:
        values = {"effective_on": date(2026, 11, 2), "annual": Decimal(100_000), "currency": "EUR"}
        insert(tx, tables.pay, person_id=company["Ada Example"], **values)
        plausibility.judge(tx, core)
    code, out, _ = run("change-rules", "compa_high=1.5", "headcount_free=20", "--reason", "Tighter")
    assert (code, out) == (0, "Rules saved. 1 more value is held.\n")
    assert [one.name for one in plausibility.page(core)] == ["Ada Example"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("pay_facto=4", "This rule does not exist"),
        ("pay_factor", "Enter name and value"),
        ("pay_factor=", "Enter a number"),
        ("pay_factor=much", "pay_factor"),
        ("pay_factor=0.5", "Enter a factor above 1"),
        ("also_paid_in=Euro", "country and currency codes"),
        ("pay_factor=3", "no rule was changed"),
    ],
)
def test_what_is_no_threshold_is_refused_and_nothing_changes(
    core: Core, run: Run, change: str, said: str
) -> None:
    code, _, err = run("change-rules", change, "--reason", "Try")
    assert code == 2
    assert said in err
    assert plausibility.rules(core).number == 0


@pytest.mark.parametrize(
    "text", ["[]", "{}", "not json", '{"pay_factor": true}', '{"pay_factor": null}', '"4"']
)
def test_what_is_no_file_of_thresholds_is_refused(core: Core, run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.json"
    file.write_text(text)
    assert run("import-rules", str(file), "--reason", "Try")[0] == 2
    assert plausibility.rules(core).number == 0
