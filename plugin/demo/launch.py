"""Sets the demo up: a simulated company whose records come in over real HTTP, a trained model, an open raise cycle."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from plugin.advisor.policy.pay_policy import Eligibility
from plugin.demo.company import Company, simulate_company
from plugin.demo.company_policy import demo_policy
from plugin.demo.company_skills import ATTRIBUTION, FRAMEWORK, scarcity_csv, skills_csv
from plugin.demo.company_truth import DEFAULTS
from plugin.demo.vendors import COMPANY, KEY, WORD, Vendors, running
from plugin.domain import (
    CycleState,
    EntryState,
    IdentifierKind,
    IssuerKind,
    Json,
    PersonRecord,
    Role,
    RunState,
    Sink,
)
from plugin.errors import ConfigError, GiveUp
from plugin.services.core import Actor, Core, open_core
from plugin.services.cycle import life, recommending
from plugin.services.decision import explaining
from plugin.services.evidence import badge_checks, badge_documents, catalogue_files, meanings
from plugin.services.model import protected, training
from plugin.services.people import account_setup, persons
from plugin.services.sources import connection_setup, run_requests, sync
from plugin.settings import Settings
from plugin.store import migrate
from plugin.store.database import Database
from plugin.testing.fake_frappe_hr import LUMP_SUMS
from plugin.texts import _, counted
from plugin.vault import Vault

Say = Callable[[str], None]
LOOPBACK = "127.0.0.0/8"
PASSWORD = "kettle violin amber"  # noqa: S105 - of the demo's own database, shown to everybody who starts it
SETTER = Actor("demo:set-up", frozenset({Role.HR_ADMIN.value, Role.ANALYST.value}))
SECOND = Actor("demo:second-person", frozenset({Role.ANALYST.value}))
SETTLED_FOR = timedelta(days=180)  # in the company's truth, too, later hires get no raise yet
THIRD = Actor("demo:third-person", frozenset({Role.ANALYST.value}))  # asked when a fairness gate did not pass


@dataclass(frozen=True)
class SignIn:
    role: str
    email: str
    what_for: str


@dataclass(frozen=True)
class Demo:
    """A demo that is ready to be served. The vendors behind it run as long as the context of ``prepared`` is open."""

    core: Core
    vendors: Vendors
    sign_ins: tuple[SignIn, ...]
    cycle_id: int


def demo_settings(folder: Path, port: int, database_url: str | None = None) -> Settings:
    """Keys made for this one start; files lie in ``folder``, and so does the database unless another one is given."""
    return Settings(
        database_url=database_url or f"sqlite:///{folder / 'demo.sqlite3'}",
        secret_key=secrets.token_urlsafe(48),
        vault_keys=(Vault.new_key(),),
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        company_name=f"{COMPANY} (simulated)",
        allowed_networks=(LOOPBACK,),
        badge_networks=(LOOPBACK,),
        files_root=str(folder / "files"),
        data_dir=str(folder / "data"),
        demo=True,
    )


@contextmanager
def prepared(
    folder: Path,
    *,
    port: int,
    size: int = 700,
    seed: int = 7,
    today: date,
    say: Say,
    database_url: str | None = None,
) -> Iterator[Demo]:
    """Everything but the web server; vendors run until the block ends. GiveUp names the step that went wrong, ConfigError a database
    that is in use."""
    settings = demo_settings(folder, port, database_url)
    _need_unused(settings.database_url)
    say(_("simulating a company"))
    company = simulate_company(seed, size, settings=replace(DEFAULTS, as_of=today))
    core = open_core(settings, migrate_first=True)
    with running(company, folder / "files" / "hr") as vendors:
        try:
            made = _connect(core, vendors, say)
            _load_skills(core, today)
            _verify_badges(core, vendors, say)
            _store_protected(core, company)
            cycle_id = _guide(core, company, today, say)
            _switch_on(core, made)
            yield Demo(core, vendors, _sign_ins(core, company, cycle_id), cycle_id)
        finally:
            core.database.close()


def _need_unused(url: str) -> None:
    """Simulated people must not come among real ones."""
    database = Database(url)
    try:
        if migrate.is_in_use(database):
            raise ConfigError(
                _("the database holds data already, and the demo starts with an empty one"),
                code="in_use",
                remedy=_("choose another folder or create an empty database"),
            )
    finally:
        database.close()


def _connect(core: Core, vendors: Vendors, say: Say) -> dict[str, int]:
    """Adds the three connections and carries out their first runs; connection id by connector."""
    own: dict[str, Json] = {"networks": [LOOPBACK]}
    suite: dict[str, Json] = {
        "base_url": vendors.suite_url,
        "api_key": KEY,
        "api_secret": WORD,
        "company": COMPANY,
        **own,
    }
    suite |= {"country_from": "branch", "page_size": 1000, "lump_sum_component": LUMP_SUMS}
    store: dict[str, Json] = {
        "endpoint": vendors.store_url,
        "username": KEY,
        "password": WORD,
        "page_size": 500,
        **own,
    }
    wanted = (
        ("frappe_hr", "HR suite (Frappe HR, simulated)", suite),
        ("csv_folder", "Files: pay ranges, past raises, badges", {"folder": "hr"}),
        ("xapi_lrs", "Learning record store (simulated)", store),
    )
    made: dict[str, int] = {}
    for connector, name, settings in wanted:
        say(_("reading %(name)s", name=name))
        added = connection_setup.add(core, SETTER, connector=connector, name=name, settings=settings)
        ended = sync.perform_next(core, run_id=run_requests.request_run(core, SETTER, added))
        if ended is None or ended.state not in (RunState.SUCCEEDED, RunState.PARTIAL):
            raise GiveUp(
                _(
                    "The first run of %(name)s failed. %(cause)s",
                    name=name,
                    cause=ended.message if ended else "–",
                )
            )
        made[connector] = added
    return made


def _switch_on(core: Core, made: Mapping[str, int]) -> None:
    """Schedules, and writes into the suite: switched on after the first load, so that history stays where it is."""
    for connector, added in made.items():
        writes = (Sink.SKILLS, Sink.TRAINING, Sink.RAISES) if connector == "frappe_hr" else ()
        version = connection_setup.shown(core, added).connection.version
        sinks = [one.value for one in writes]
        connection_setup.set_schedule(core, SETTER, added, version, every_minutes=15, sinks=sinks)


def _load_skills(core: Core, today: date) -> None:
    """Before the rules look at the badges, so that their alignments are understood."""
    listed = {"framework": FRAMEWORK, "attribution": ATTRIBUTION}
    catalogue_files.import_skills(core, SETTER, skills_csv(), **listed)
    catalogue_files.import_scarcity(core, SETTER, scarcity_csv(today))


def _verify_badges(core: Core, vendors: Vendors, say: Say) -> None:
    """The academy is trusted from the start, so that its badges count; everything else about them is proven over HTTP."""
    badge_checks.add_issuer(
        core,
        SETTER,
        kind=IssuerKind.ORIGIN,
        value=vendors.issuer_url,
        name="Sample Skills Academy (simulated)",
    )
    done = 0
    with badge_documents.opened(core.settings.badge_networks) as source:
        while number := badge_checks.check_due(core, limit=200, found_in=source):
            done += number
            say(_("verifying badges over HTTP: %(number)s", number=counted(done)))
    while meanings.propose(core):
        pass
    after = 0
    while page := meanings.page(core, state=EntryState.PROPOSED, after=after):
        meanings.decide_many(core, SETTER, [one.entry.id for one in page])
        after = page[-1].entry.id


def _store_protected(core: Core, company: Company) -> None:
    """Sex and birth year, for the fairness reports only."""
    rows = {
        one.person_source_id: {"sex": one.sex, "birth_year": str(one.birth_year)} for one in company.protected
    }
    protected.put(core, SETTER, IdentifierKind.EMPLOYEE_NUMBER, rows)


def _guide(core: Core, company: Company, today: date, say: Say) -> int:
    say(_("training a model on the past raises"))
    settled = Eligibility(hired_by=company.next_cycle_on - SETTLED_FOR)
    policy_id = training.add_policy(core, SETTER, replace(demo_policy(), eligibility=settled))
    report = training.train(core, SETTER, policy_id)
    if report.approvable and report.model_id is not None:
        note = "Simulated data; beats policy, median and ridge on the held-out years."
        if training.approve(core, SECOND, report.model_id, note):
            training.approve(core, THIRD, report.model_id, note)
        training.use(core, SECOND, report.model_id)
    say(_("making recommendations"))
    effective = company.next_cycle_on
    cycle_id = life.create(
        core,
        SETTER,
        life.NewCycle(
            name=f"Merit cycle {effective.year} (simulated)",
            snapshot_on=today,
            effective_on=effective,
            due_on=today + timedelta(days=21),
            notice_on=today - timedelta(days=14),
            currency="EUR",
            budget_percent=Decimal("2.2"),
            policy_id=policy_id,
        ),
    )
    life.advance(core, SETTER, cycle_id, CycleState.NOTICE)
    recommending.take_snapshot(core, SETTER, cycle_id)
    life.advance(core, SETTER, cycle_id, CycleState.SHADOW)
    recommending.make_recommendations(core, SETTER, cycle_id)
    life.advance(core, SETTER, cycle_id, CycleState.OPEN)
    return cycle_id


def _sign_ins(core: Core, company: Company, cycle_id: int) -> tuple[SignIn, ...]:
    """One account a role; the manager leads the team of which most can be shown: recommendations that rest on new skills."""
    made = (
        SignIn(_("Manager"), "manager@example.com", _("decides raises for a team")),
        SignIn(_("HR admin"), "hr@example.com", _("connects systems, matches people, watches deliveries")),
        SignIn(_("Analyst"), "analyst@example.com", _("trains, checks and approves models")),
    )
    roles = ([Role.MANAGER], [Role.HR_ADMIN, Role.OPERATOR], [Role.ANALYST])
    lead = _telling_lead(core, company, cycle_id)
    names = (lead.display_name, "Hana Sample", "Ari Example")
    for one, held, name in zip(made, roles, names, strict=True):
        account = account_setup.add_account(
            core, SETTER, email=one.email, display_name=name, password=PASSWORD, roles=held
        )
        if held == [Role.MANAGER]:
            (person,) = persons.find(core, lead.source_id)
            account_setup.link_person(core, SETTER, account, person.id)
    return made


def _telling_lead(core: Core, company: Company, cycle_id: int) -> PersonRecord:
    _held, recommended = explaining.of_cycle(core, SETTER, cycle_id)
    shown = {name for name, one in recommended if one.percent is not None and one.row.new_evidence}
    by_lead = Counter(
        one.manager_source_id for one in company.people if one.left_on is None and one.display_name in shown
    )
    chosen = max(company.demo_managers, key=lambda lead: by_lead[lead])
    return next(one for one in company.people if one.source_id == chosen)
