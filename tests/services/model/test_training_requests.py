"""Long work asked for on a page is done once, by a worker, with its progress, its result or its reason."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin import jobs
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.http_client import Client
from plugin.services.core import Actor, Core
from plugin.services.model import training
from plugin.services.operation import steps, task_requests, topics
from plugin.store.operation import leased_work, tasks
from tests.services.past_raises import history
from tests.small_company import fill, open_cycle, policy

ANALYST = Actor("analyst@example.com")


def _ask(core: Core) -> int:
    policy_id = training.add_policy(core, ANALYST, policy())
    return task_requests.request(core, ANALYST, "train", f"policy:{policy_id}", {"policy_id": policy_id})


def test_a_worker_trains_and_leaves_the_model_as_result(core: Core) -> None:
    history(core, people=60)
    task_id = _ask(core)
    with Client() as client:
        jobs.worker(core, client).drain()
    done = task_requests.waiting(core, task_id).task
    assert done.state == "done", done.message
    assert done.result is not None
    card = training.card(core, int(str(done.result["model_id"])))
    assert card.trained_by == "analyst@example.com"
    assert steps.words(done.progress) == "measuring fairness on the held-out year"


def test_the_same_work_is_queued_once(core: Core) -> None:
    assert _ask(core) == _ask(core)
    assert len(task_requests.newest(core, "train")) == 1


def test_what_is_missing_is_said_and_kept(core: Core) -> None:
    task_id = _ask(core)
    assert task_requests.perform_next(core)
    ended = task_requests.waiting(core, task_id).task
    assert (ended.state, ended.message) == (
        "failed",
        "Past raises of 0 years are not enough to train and test a model.",
    )
    assert ended.remedy
    assert not task_requests.perform_next(core)
    assert _ask(core) != task_id


def test_what_breaks_is_not_told_in_detail_and_reaches_the_log(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> dict[str, object]:
        raise ZeroDivisionError("Ada Example earns 0")

    monkeypatch.setattr(topics, "kinds", lambda: {"train": broken})
    task_id = _ask(core)
    with pytest.raises(ZeroDivisionError):
        task_requests.perform_next(core)
    ended = task_requests.waiting(core, task_id).task
    assert (ended.state, ended.code) == ("failed", "unexpected")
    assert "Ada" not in f"{ended.message} {ended.remedy}"


def test_work_of_a_lost_worker_is_taken_over_and_at_last_given_up(core: Core) -> None:
    task_id = _ask(core)
    for attempt in range(tasks.QUEUE.most_losses):
        with core.database.transaction() as tx:
            held = tasks.claim(tx, core.clock())
        assert held is not None, attempt
        core.clock.advance(minutes=6)  # type: ignore[attr-defined]
        assert task_requests.free_stuck(core) == 1
        with pytest.raises(Conflict), core.database.transaction() as tx:
            leased_work.end(tx, core.clock(), held.lease, "done", result={})
    ended = task_requests.waiting(core, task_id).task
    assert (ended.state, ended.code) == ("failed", "worker_lost")
    assert "log of the worker" in str(ended.remedy)


def test_progress_keeps_the_lease(core: Core) -> None:
    _ask(core)
    with core.database.transaction() as tx:
        held = tasks.claim(tx, core.clock())
    assert held is not None
    core.clock.advance(seconds=tasks.QUEUE.lease.total_seconds() * 0.8)  # type: ignore[attr-defined]
    with core.database.transaction() as tx:
        tasks.say(tx, core.clock(), held.lease, "half done")
    core.clock.advance(seconds=tasks.QUEUE.lease.total_seconds() * 0.8)  # type: ignore[attr-defined]
    assert task_requests.free_stuck(core) == 0
    assert task_requests.waiting(core, held.row.id).task.progress == "half done"


def test_results_are_deleted_after_thirty_days(core: Core) -> None:
    task_id = _ask(core)
    task_requests.perform_next(core)
    core.clock.advance(days=31)  # type: ignore[attr-defined]
    topics.prune(core)
    with pytest.raises(NotFound):
        task_requests.waiting(core, task_id)


def test_unknown_work_is_refused(core: Core) -> None:
    with pytest.raises(InvalidInput):
        task_requests.request(core, ANALYST, "delete_everything", "x", {})


def test_two_databases_hand_out_each_task_once(any_core: Core) -> None:
    _ask(any_core)
    with any_core.database.transaction() as tx:
        first = tasks.claim(tx, any_core.clock())
        second = tasks.claim(tx, any_core.clock())
    assert first is not None
    assert second is None


def test_a_figure_replays_and_the_next_money_is_worked_out(core: Core) -> None:
    company = fill(core)
    cycle_id = open_cycle(core, company)
    ada = company["Ada Example"]
    subject = f"cycle:{cycle_id}"
    asked = [
        task_requests.request(
            core, ANALYST, "replay", subject, {"cycle_id": cycle_id, "person_id": ada, "on": None}
        ),
        task_requests.request(core, ANALYST, "next_money", subject, {"cycle_id": cycle_id}),
        task_requests.request(core, ANALYST, "dry_run", subject, {"cycle_id": cycle_id}),
    ]
    while task_requests.perform_next(core):
        pass
    replay, money, dry = (task_requests.waiting(core, one).task for one in asked)
    assert replay.result is not None
    assert replay.result["matches"] is True
    assert replay.result["stored"] == replay.result["computed"]
    assert money.result is not None
    assert money.result["amount"] == "1000"
    assert (dry.state, dry.message) == ("failed", "no past cycle yet")


def test_a_tight_budget_says_whom_the_next_money_would_reach(core: Core) -> None:
    company = fill(core)
    cycle_id = open_cycle(core, company, budget_percent=Decimal("2.5"))
    task_id = task_requests.request(core, ANALYST, "next_money", f"cycle:{cycle_id}", {"cycle_id": cycle_id})
    task_requests.perform_next(core)
    result = task_requests.waiting(core, task_id).task.result
    assert result is not None
    gains = result["gains"]
    assert isinstance(gains, list)
    assert gains
    assert {one["person_id"] for one in gains if isinstance(one, dict)} <= set(company.people.values())
    reached = sum(Decimal(str(one["money"])) for one in gains if isinstance(one, dict))
    assert 0 < reached <= 1000
