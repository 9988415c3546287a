"""The steps of a raise cycle as the benchmark of a whole firm runs them; each gives a count and a few words."""

from __future__ import annotations

import html
import importlib
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa
from flask.testing import FlaskClient

from benchmarks.firm_store import AS_OF, answer, approve_all, change_ranges, change_some, decide
from plugin.app import create_app
from plugin.domain import Role
from plugin.services.core import Actor, Core
from plugin.services.cycle import change_desk, cycle_monitoring, cycle_replay, life, recommending, settling
from plugin.services.decision import team_list, worksheet
from plugin.services.model import fairness_review
from plugin.services.payroll import listing, send
from plugin.services.people import account_setup
from plugin.store import tables

HR = Actor("benchmark:hr", frozenset({Role.HR_ADMIN.value, Role.ANALYST.value}))
Step = Callable[[Core], tuple[int, str]]


def load_libraries() -> None:
    """Imports that a running worker or web server has behind it."""
    for name in (
        "scipy.spatial",
        "xgboost",
        "plugin.advisor.recommendation.peers",
        "plugin.advisor.recommendation.whatif",
    ):
        importlib.import_module(name)


def _cycle(core: Core) -> int:
    return life.listed(core)[0].id


def snapshot(core: Core) -> tuple[int, str]:
    with core.database.reading() as tx:
        policy_id = tx.execute(sa.select(tables.policy.c.id)).scalar_one()
        model_id = tx.execute(sa.select(tables.model.c.id)).scalar_one()
    new = life.NewCycle(
        name="Merit cycle 2026 (simulated)",
        snapshot_on=AS_OF,
        effective_on=AS_OF + timedelta(days=32),
        due_on=AS_OF + timedelta(days=60),
        notice_on=AS_OF - timedelta(days=14),
        currency="EUR",
        budget_percent=Decimal("3.2"),
        policy_id=policy_id,
        model_id=model_id,
    )
    cycle_id = life.create(core, HR, new)
    taken = recommending.take_snapshot(core, HR, cycle_id)
    return taken.people, f"people frozen, {len(taken.left_out)} left out"


def recommend(core: Core) -> tuple[int, str]:
    cycle_id = _cycle(core)
    for state in ("notice", "shadow"):
        life.advance(core, HR, cycle_id, state)
    made = recommending.make_recommendations(core, HR, cycle_id)
    life.advance(core, HR, cycle_id, "open")
    words = (
        f"{made.recommended:,} recommended, {made.silent:,} silent, {made.not_eligible:,} not in the cycle"
    )
    return made.people, words


def decisions(core: Core) -> tuple[int, str]:
    return decide(core, _cycle(core)), "raises decided and submitted (set-up)"


def _timed(work: Callable[[], object], *, times: int = 3) -> str:
    """Each time in seconds, the first with cold caches of this process."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        took.append(f"{time.perf_counter() - started:.2f}")
    return f"{', '.join(took)} s"


def team_list_of_hr(core: Core) -> tuple[int, str]:
    cycle_id = _cycle(core)
    teams = team_list.teams_below(core, HR, cycle_id)
    return teams.total, f"teams; again {_timed(lambda: team_list.teams_below(core, HR, cycle_id))}"


def _manager(core: Core, depth: int) -> Actor:
    """Somebody ``depth`` levels below the head of the company who leads a team."""
    who = 1
    with core.database.reading() as tx:
        for _ in range(depth):
            query = sa.select(tables.participant.c.person_id).where(tables.participant.c.manager_id == who)
            who = tx.execute(query.order_by(tables.participant.c.person_id)).scalars().first() or who
    return Actor(f"benchmark:manager-{who}", frozenset({Role.MANAGER.value}), None, who)


def team_list_of_director(core: Core) -> tuple[int, str]:
    cycle_id, actor = _cycle(core), _manager(core, 1)
    teams = team_list.teams_below(core, actor, cycle_id)
    return teams.total, f"teams; again {_timed(lambda: team_list.teams_below(core, actor, cycle_id))}"


def _first_leads(core: Core) -> list[int]:
    """Managers whose reports lead nobody."""
    lead = tables.participant.alias()
    leads = sa.select(lead.c.manager_id).where(lead.c.manager_id.is_not(None))
    query = (
        sa.select(tables.participant.c.manager_id)
        .where(tables.participant.c.person_id.not_in(leads))
        .distinct()
        .order_by(tables.participant.c.manager_id)
    )
    with core.database.reading() as tx:
        return list(tx.execute(query.limit(50)).scalars())


def worksheets_of_managers(core: Core) -> tuple[int, str]:
    cycle_id, leads = _cycle(core), _first_leads(core)
    started, rows = time.perf_counter(), 0
    for who in leads:
        actor = Actor(f"benchmark:manager-{who}", frozenset({Role.MANAGER.value}), None, who)
        rows += len(worksheet.load(core, actor, cycle_id).rows)
    return rows, f"rows of {len(leads)} worksheets, {(time.perf_counter() - started) / len(leads):.3f} s each"


def worksheet_for_hr(core: Core) -> tuple[int, str]:
    cycle_id, lead = _cycle(core), _first_leads(core)[0]
    sheet = worksheet.load(core, HR, cycle_id, lead)
    return len(sheet.rows), f"rows; again {_timed(lambda: worksheet.load(core, HR, cycle_id, lead))}"


def overview(core: Core) -> tuple[int, str]:
    cycle_id = _cycle(core)
    found = cycle_monitoring.overview(core, cycle_id)
    return found.participants, f"people; again {_timed(lambda: cycle_monitoring.overview(core, cycle_id))}"


def what_is_missing(core: Core) -> tuple[int, str]:
    cycle_id = _cycle(core)
    return 1, f"next state; {_timed(lambda: life.missing_for_next(core, cycle_id))}"


def monitor(core: Core) -> tuple[int, str]:
    cycle_id = _cycle(core)
    found = cycle_monitoring.of_cycle(core, cycle_id)
    return found.counts.decided, f"decided; again {_timed(lambda: cycle_monitoring.of_cycle(core, cycle_id))}"


def pages(core: Core) -> tuple[int, str]:
    """As a browser of HR asks for them, the second time: pages are asked for again and again."""
    cycle_id, lead = _cycle(core), _first_leads(core)[0]
    client, took = _signed_in(core), []
    for address in (
        f"/cycles/{cycle_id}",
        "/approvals",
        f"/approvals/{cycle_id}/{lead}",
        f"/monitoring?cycle={cycle_id}",
    ):
        for _ in range(2):
            started = time.perf_counter()
            answer = client.get(address)
            seconds = time.perf_counter() - started
        took.append(f"{address} {seconds:.2f} s, {len(answer.data) / 1000:.0f} kB ({answer.status_code})")
    return len(took), "; ".join(took)


def _signed_in(core: Core, email: str = "hr@example.com") -> FlaskClient:
    """HR at a browser."""
    password = "only for this benchmark"
    account_setup.add_account(
        core,
        HR,
        email=email,
        display_name="Hana Sample",
        password=password,
        roles=[Role.HR_ADMIN, Role.ANALYST],
    )
    client = create_app(core).test_client()
    form = client.get("/sign-in").get_data(as_text=True)
    token = html.unescape(form.split('name="csrf_token" value="')[1].split('"')[0])
    client.post("/sign-in", data={"csrf_token": token, "email": email, "password": password})
    return client


def changes(core: Core) -> tuple[int, str]:
    changed = change_some(core)
    return change_desk.find_changes(core, HR, _cycle(core)), f"differences, {changed} were made"


def refresh_one(core: Core) -> tuple[int, str]:
    cycle_id = _cycle(core)
    one = change_desk.open_changes(core, cycle_id)[0]
    settled = settling.settle_change(core, HR, cycle_id, one.id, "refresh")
    return 1, f"person; the budget moves by {settled.budget_effect.amount}"


def refresh_a_kind(core: Core) -> tuple[int, str]:
    cycle_id, moved = _cycle(core), change_ranges(core)
    change_desk.find_changes(core, HR, cycle_id)
    found = next(one for one in change_desk.open_kinds(core, cycle_id) if one.kind == "pay_range_changed")
    started = time.perf_counter()
    done = settling.refresh_kind(core, HR, cycle_id, found.kind, up_to=found.newest)
    took = time.perf_counter() - started
    return (
        done.people,
        f"people of {moved} new pay ranges refreshed in {took:.2f} s; the rest finds the changes",
    )


def fairness_report(core: Core) -> tuple[int, str]:
    made = fairness_review.of_cycle(core, HR, _cycle(core))
    return made.people, f"people, {len(made.reports)} attributes"


def replay_one(core: Core) -> tuple[int, str]:
    done = cycle_replay.replay(core, _cycle(core), 7)
    return 1, f"person, the same bytes: {done.matches}"


def switch(core: Core) -> tuple[int, str]:
    cycle_id, started = _cycle(core), time.perf_counter()
    recommending.set_matrix_only(core, HR, cycle_id, on=True, reason="the benchmark tries the switch")
    at_once = time.perf_counter() - started
    made = recommending.make_recommendations(core, HR, cycle_id)
    return made.people, f"people, policy alone; the switch itself {at_once:.2f} s"


def approve(core: Core) -> tuple[int, str]:
    return approve_all(core, _cycle(core)), "raises approved (set-up)"


def check_raises(core: Core) -> tuple[int, str]:
    found = listing.check(core, _cycle(core))
    return found.total, f"raises, {found.ready:,} can be sent, {found.held_back:,} held back"


def export(core: Core) -> tuple[int, str]:
    sent = send.export(core, HR, _cycle(core))
    return sent.new, f"raises queued, {sent.held_back:,} held back, {sent.no_change:,} without a change"


def export_again(core: Core) -> tuple[int, str]:
    sent = send.export(core, HR, _cycle(core))
    return sent.new, f"raises newly queued, {sent.queued:,} were on their way"


def page_of_raises(core: Core) -> tuple[int, str]:
    cycle_id = _cycle(core)
    numbers = _timed(lambda: listing.tally(core, cycle_id))
    some = _timed(lambda: listing.page(core, cycle_id, limit=50, offset=20_000))
    client = _signed_in(core, "hr.sending@example.com")
    page = _timed(lambda: client.get(f"/cycles/{cycle_id}"))
    return 50, f"lines: {some}; all numbers: {numbers}; HR's page: {page}"


def collect_hundredth(core: Core) -> tuple[int, str]:
    answered = answer(core, 100)
    started = time.perf_counter()
    new = send.collect_due(core)
    first = time.perf_counter() - started
    return (
        new,
        f"of {answered:,} answers read in {first:.2f} s; again {_timed(lambda: send.collect_due(core))}",
    )


def collect_rest(core: Core) -> tuple[int, str]:
    answered = answer(core, 1)
    new = send.collect_due(core)
    return new, f"of {answered:,} answers; again {_timed(lambda: send.collect_due(core))}"


STEPS: Mapping[str, Step] = {
    "take the snapshot": snapshot,
    "make recommendations": recommend,
    "decide": decisions,
    "list of teams (HR)": team_list_of_hr,
    "list of teams (director)": team_list_of_director,
    "worksheets": worksheets_of_managers,
    "worksheet (HR)": worksheet_for_hr,
    "overview": overview,
    "what is missing": what_is_missing,
    "monitoring": monitor,
    "pages of HR": pages,
    "find changes": changes,
    "refresh one person": refresh_one,
    "refresh all of a kind": refresh_a_kind,
    "fairness report": fairness_report,
    "replay one person": replay_one,
    "switch to policy alone": switch,
    "approve all": approve,
    "check what would be sent": check_raises,
    "export": export,
    "export again": export_again,
    "page of raises": page_of_raises,
    "collect a hundredth": collect_hundredth,
    "collect the rest": collect_rest,
}
