"""Files of the demo company and of the real wage panel go through connector, store and training as a customer's would."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.wagepan import export_wagepan
from plugin.demo.company import simulate_company
from plugin.demo.company_csv import to_csv_folder
from plugin.demo.company_policy import demo_policy
from plugin.demo.company_truth import CompanySettings
from plugin.errors import NotAllowed
from plugin.services.core import SYSTEM, Actor, Core
from plugin.services.model import training
from plugin.services.sources import connection_setup, run_requests, sync


def imported(core: Core, folder: str) -> run_requests.Run:
    connection = connection_setup.add(
        core, SYSTEM, connector="csv_folder", name="Files", settings={"folder": folder, "complete": False}
    )
    ended = sync.perform_next(core, run_id=run_requests.request_run(core, SYSTEM, connection))
    assert ended is not None
    return ended


def test_demo_company_is_imported_and_trained_on(core, clock):
    """Badges count only after verification, which needs the issuer's server: here the model sees none of them."""
    company = simulate_company(1, 120, settings=CompanySettings(as_of=clock().date(), cycles=4))
    to_csv_folder(company, Path(core.settings.files_root) / "demo")
    imported(core, "demo")
    policy_id = training.add_policy(core, SYSTEM, demo_policy())
    found = training.evaluate(core, policy_id)
    rated = sum(record.percent is not None for record in company.raises)
    assert 0.9 * rated < found.decisions <= rated
    assert len(found.years) == 4
    scores = {score.method: score for score in found.scores}
    assert scores["policy"].r2 > scores["mean"].r2


def trained_on_wagepan(core, *, ranges):
    core = replace(core, settings=replace(core.settings, currency="USD"))
    export_wagepan(Path(core.settings.files_root) / "wagepan", ranges=ranges)
    ended = imported(core, "wagepan")
    assert ended.state == "partial"  # 55 changes under -100 log points are refused with their lines
    found = training.train(core, SYSTEM, training.add_policy(core, SYSTEM, demo_policy()))
    assert found.decisions > 3500
    return core, found, {score.method: score for score in found.scores}


def test_model_of_the_real_wage_panel_is_refused(core):
    """545 people, 1980 to 1987: job, schooling and time say nothing about a raise, so nobody can approve the model."""
    core, found, scores = trained_on_wagepan(core, ranges=False)
    assert max(score.r2 for score in scores.values()) < 0.05
    assert not found.approvable
    with pytest.raises(NotAllowed) as refused:
        training.approve(core, Actor("bram"), found.model_id, "it looked nice")
    assert refused.value.code == "not_better"


@pytest.mark.slow
def test_invented_ranges_make_a_model_of_survey_noise_look_clever(core):
    """The warning beside the table: regression to the mean of a noisy wage is no knowledge about raises."""
    _, _, scores = trained_on_wagepan(core, ranges=True)
    assert scores["model"].r2 > 0.2
    assert scores["policy"].r2 < 0.05
