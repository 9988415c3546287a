"""A policy in the shell: shown as its page shows it, added from a file that is refused by field."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from plugin.advisor.policy import pay_policy
from plugin.advisor.policy.matrix import Band, Cell, Criterion, Matrix
from plugin.cli import main
from plugin.services.core import Core
from plugin.services.cycle import policy_words
from plugin.services.model import training
from tests.small_company import Company, draft_cycle, fill, policy

Run = Callable[..., tuple[int, str, str]]


@dataclass(frozen=True)
class Filled:
    company: Company
    policy_id: int


@pytest.fixture
def filled(core: Core) -> Filled:
    company = fill(core)
    return Filled(company, training.add_policy(core, company.hr, policy()))


@pytest.fixture
def run(core: Core, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, standard output and standard error of a command over the core's database."""
    monkeypatch.setenv("ADVISOR_DATABASE_URL", core.settings.database_url)
    monkeypatch.setenv("ADVISOR_SECRET_KEY", core.settings.secret_key)
    monkeypatch.setenv("ADVISOR_VAULT_KEYS", ",".join(core.settings.vault_keys))
    monkeypatch.setenv("COLUMNS", "160")

    def ran(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return ran


def test_the_shell_says_every_rule_and_every_cell_of_a_policy(core: Core, run: Run, filled: Filled) -> None:
    draft_cycle(core, filled.company, policy_id=filled.policy_id)
    code, out, _ = run("model", "show-policy", str(filled.policy_id))
    assert code == 0
    for part in ("Test policy (policy 1)", "hana@example.com", "Merit cycle 2027", policy().hash):
        assert part in out, part
    for section in policy_words.sections(policy()):
        for _, words in section.facts:
            assert words in out, words
    lines = [line.split() for line in out.splitlines()]
    (row,) = (i for i, words in enumerate(lines) if words[:1] == ["Exceeds"] and len(words) == 5)
    assert lines[row] == ["Exceeds", "4", "4.5", "4", "3.5"]
    assert " ".join(lines[row + 2]) == "2.5 to 5.5 3 to 6 2.5 to 5.5 2 to 5"


def test_a_matrix_of_three_criteria_is_a_list_in_the_shell(core: Core, run: Run, filled: Filled) -> None:
    level = Criterion("level", (Band("all", values=("*",)), Band("none", missing=True)))
    criteria = (*policy().matrix.criteria, level)
    keys = list(itertools.product(*([band.label for band in one.bands] for one in criteria)))
    cells = tuple(Cell(key, *(Decimal(n),) * 5) for n, key in enumerate(keys))
    wide = training.add_policy(
        core, filled.company.hr, replace(policy("Wide"), matrix=Matrix(criteria, cells))
    )
    _, out, _ = run("model", "show-policy", str(wide))
    assert ["Unrated", "low", "none", "3;", "3", "to", "3;", "3", "to", "3"] in [
        line.split() for line in out.splitlines()
    ]


def test_the_document_holds_the_policy_and_its_words(run: Run, filled: Filled) -> None:
    code, out, _ = run("model", "show-policy", str(filled.policy_id), "--json")
    document = json.loads(out)
    assert code == 0
    assert pay_policy.from_json(json.dumps(document["policy"]).encode()) == policy()
    assert document["words"]["Rounding and model"]["Model"].startswith(
        "Moves a recommendation by at most 1 point"
    )
    assert document["cycles"] == []


def test_a_policy_that_is_not_there_is_said_in_one_line(run: Run, filled: Filled) -> None:
    code, out, err = run("model", "show-policy", str(filled.policy_id + 1))
    assert (code, out) == (1, "")
    assert err.splitlines() == ["Error: the policy doesn't exist"]


def test_a_file_is_added_once_and_refused_by_field(run: Run, filled: Filled, tmp_path: Path) -> None:
    file = tmp_path / "merit.json"
    document = json.loads(pay_policy.to_json(policy("Other")))
    file.write_text(json.dumps(document))
    assert "(already stored)" not in run("model", "add-policy", str(file))[1]
    assert "(already stored)" in run("model", "add-policy", str(file))[1]
    document["matrix"]["cells"][0]["low"] = 1.5
    for content, said in (
        (json.dumps(document), "matrix.cells.0.low: must be a decimal"),
        ("{", "the file: must be JSON"),
    ):
        file.write_text(content)
        code, _, err = run("model", "add-policy", str(file))
        assert code == 2
        assert f"  {said}" in err
        assert "Traceback" not in err
