"""An installation with something on every page, in two sizes, and the address of every page in it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

import pyotp
import sqlalchemy as sa
from flask import Flask

from plugin.advisor.model.tables import TrainOptions
from plugin.domain import Clock, Role
from plugin.services.core import SYSTEM, Core
from plugin.services.decision import deciding, handing_in
from plugin.services.decision.deciding import Choice
from plugin.services.model import fairness_review, training
from plugin.services.operation import task_requests
from plugin.services.people import account_setup, api_tokens, second_factor, sessions, signing_in
from plugin.store import tables
from plugin.store.cycle import cycles
from plugin.store.database import Tx, insert
from plugin.web import auth
from tests.growth import copied, more_reports
from tests.services.past_raises import history, with_sexes
from tests.small_company import PASSWORD, Company, fill, open_cycle, policy
from tests.web import admin_world, catalogue_world

OPERATOR = "olaf@example.com"
WHO = {  # by role: who looks
    Role.MANAGER: "rosa@example.com",
    Role.HR_ADMIN: "hana@example.com",
    Role.ANALYST: "anil@example.com",
    Role.OPERATOR: OPERATOR,
}
CODED = "coded@example.com"  # signs in with a code of an app after the password
LOOKERS = {  # at pages without a role that ask themselves how far a sign-in is
    "second_factor.ask": CODED,
    "second_factor.show": WHO[Role.HR_ADMIN],
}
LISTS = (  # what is copied for the larger size, beside people: each stands on some page
    tables.connection,
    tables.run,
    tables.call_log,
    tables.rejected_row,
    tables.inbound_event,
    tables.inbox,
    tables.webhook_endpoint,
    tables.outbox,
    tables.delivery_attempt,
    tables.account,
    tables.api_token,
    tables.issuer,
    tables.catalogue_entry,
    tables.skill,
    tables.policy,
    tables.model,
    tables.fairness_report,
    tables.task,
    tables.objection,
)
OF_CYCLE = (tables.participant, tables.decision, tables.pool)
FIRST: dict[str, int | str] = {
    "run_id": 1,
    "delivery_id": 1,
    "award_id": 3,
    "account_id": 1,
    "policy_id": 1,
    "slug": "frappe_hr",
    "filename": "app.css",
}
NEWEST = {"report_id": tables.fairness_report, "task_id": tables.task}
CALL = {
    "method": "GET",
    "path": "/records",
    "status": 200,
    "milliseconds": 40,
    "request_bytes": 0,
    "response_bytes": 900,
}
PLATFORM = {
    "X-Experience-API-Version": "1.0.3",
    "Authorization": "Basic " + base64.b64encode(f"platform:{admin_world.SECRET * 2}".encode()).decode(),
}


@dataclass(frozen=True)
class Page:
    """Somebody's look at an address; ``email`` empty = a machine, with ``headers``."""

    endpoint: str
    address: str
    email: str
    headers: Mapping[str, str]

    @property
    def name(self) -> str:
        return f"{self.endpoint} {self.email.partition('@')[0]}".strip()


@dataclass(frozen=True)
class Whole:
    """Ids of what was made, by the name that addresses give them; headers with which machines call."""

    ids: dict[str, int | str]
    api: dict[str, str]
    platform: dict[str, str]
    statement: str


def build(app: Flask, core: Core, clock: Clock, times: int) -> Whole:
    """``times`` as many people in each team, rows in each list, and cycles."""
    admin = admin_world.build(core, clock, days=2, accounts=False)
    company = fill(core)
    account_setup.add_account(
        core, SYSTEM, email=OPERATOR, display_name="Olaf", password=PASSWORD, roles=[Role.OPERATOR]
    )
    with core.database.transaction() as tx:
        for boss in ("Dana Lead", "Omar Lead"):
            more_reports(tx, company, boss, times)
    cycle_id = open_cycle(core, company)
    catalogue = catalogue_world.extend(core, company, cycle_id)
    model_id = _analysts_work(core, company, cycle_id)
    _decide(core, company, cycle_id)
    _with_a_second_factor(core)
    token = api_tokens.make(core, SYSTEM, account_id=_program(core), name="test").reveal()
    statement = _pushed(app, admin.hook_tokens[3])
    with core.database.transaction() as tx:
        insert(tx, tables.call_log, connection_id=admin.files, run_id=1, **CALL, at=clock())
        cycles.add_objection(tx, cycle_id, company["Ada Example"], "The rating is old.", "dana", clock())
        ids = {name: _newest(tx, table) for name, table in NEWEST.items()}
        _more_rows(tx, times)
    ids |= {
        "connection_id": admin.files,
        "endpoint_id": admin.endpoint,
        "cycle_id": cycle_id,
        "manager_id": company["Dana Lead"],
        "person_id": company["Ada Example"],
        "entry_id": catalogue.decided,
        "skill_id": catalogue.skill,
        "model_id": model_id,
        "token": admin.dropped,
        "own_id": admin.own,
    }
    return Whole(
        {**FIRST, **ids, "hook_token": admin.hook_tokens[3]},
        {"Authorization": f"Bearer {token}"},
        PLATFORM,
        statement,
    )


def _newest(tx: Tx, table: sa.Table) -> int:
    found = tx.execute(sa.select(sa.func.max(table.c.id))).scalar_one()
    assert found, f"nothing in {table.name}: what does not stand there does not grow"
    return int(found)


def _program(core: Core) -> int:
    """An account whose token opens every list of the API."""
    return account_setup.add_account(
        core, SYSTEM, email="program@example.com", display_name="", password=PASSWORD, roles=[*WHO]
    )


def _with_a_second_factor(core: Core) -> None:
    account_setup.add_account(
        core, SYSTEM, email=CODED, display_name="", password=PASSWORD, roles=[Role.HR_ADMIN]
    )
    who = sessions.resume(core, signing_in.with_password(core, CODED, PASSWORD).key.reveal())
    second_factor.begin(core, who.actor)
    offer = second_factor.offered(core, who.actor)
    assert offer is not None
    second_factor.confirm(core, who, pyotp.TOTP(offer.secret).at(core.clock()))


def _analysts_work(core: Core, company: Company, cycle_id: int) -> int:
    """Two models, a report, and a result of each kind of long work; the newer model's id."""
    with_sexes(core, company.people)
    history(core, people=40)
    chosen, quick = training.add_policy(core, SYSTEM, policy()), TrainOptions(bootstrap=20)
    made = training.train(core, SYSTEM, chosen, quick)
    assert made.model_id is not None
    fairness_review.of_cycle(core, company.analyst, cycle_id)
    pair = {"first": 0, "second": made.model_id, "cycle_id": cycle_id}
    for kind, subject, arguments in (
        ("dry_run", f"cycle:{cycle_id}", {"cycle_id": cycle_id}),
        ("next_money", f"cycle:{cycle_id}", {"cycle_id": cycle_id}),
        ("compare", f"models:0:{made.model_id}", pair),
    ):
        task_requests.request(core, company.analyst, kind, subject, {**arguments})
    while task_requests.perform_next(core):
        pass
    return made.model_id


def _decide(core: Core, company: Company, cycle_id: int) -> None:
    """Omar's team is handed in, Dana's is decided in part."""
    handing_in.accept_rest(core, company.omar, cycle_id, company["Omar Lead"])
    handing_in.submit(core, company.omar, cycle_id, company["Omar Lead"])
    for name in ("Ada Example", "Finn Pattern"):
        deciding.decide(core, company.dana, cycle_id, company[name], Choice(percent=Decimal("4.0")))


def _pushed(app: Flask, hook_token: str) -> str:
    """A statement that a platform sent; its id."""
    statement = {
        "id": str(uuid4()),
        "actor": {"objectType": "Agent", "mbox": "mailto:ada@example.com"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"objectType": "Activity", "id": "https://courses.example.com/python"},
        "timestamp": "2026-11-20T10:00:00Z",
    }
    address = f"/xapi/{hook_token}/statements"
    answer = app.test_client().post(address, json=statement, headers=PLATFORM)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return str(statement["id"])


def _more_rows(tx: Tx, times: int) -> None:
    """Copies belong to what the first ones belong to: one connection gets more runs, one person more badges."""
    ends = {table: _newest(tx, table) for table in (*LISTS, tables.badge_award, tables.reward, tables.cycle)}
    for number in range(1, times):
        for table in LISTS:
            copied(tx, table, number, where=table.c.id <= ends[table])
        awards = copied(
            tx, tables.badge_award, number, where=tables.badge_award.c.id <= ends[tables.badge_award]
        )
        of_awards = tables.reward.c.id <= ends[tables.reward]
        copied(tx, tables.reward, number, where=of_awards, moved={"badge_award": awards})
        made = copied(tx, tables.cycle, number, where=tables.cycle.c.id <= ends[tables.cycle])
        for table in OF_CYCLE:
            copied(tx, table, number, where=table.c.cycle_id.in_(made), moved={"cycle": made})


def pages(app: Flask, whole: Whole) -> list[Page]:
    """Every GET address of the application, as everybody who may look at it."""
    return list(_pages(app, whole))  # all of it first: requests inside of its context would share one g


def _pages(app: Flask, whole: Whole) -> Iterator[Page]:
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or set()) or rule.endpoint.startswith("scim"):
                continue  # an identity provider's answers are as long as what it asks for
            values = {name: whole.ids[name] for name in rule.arguments}
            if "token" in values:
                values["connection_id"] = whole.ids["own_id"]
            built = rule.build({**values, **_query(rule.endpoint, whole)})
            assert built is not None, rule
            access = auth.access_of(app, rule.endpoint)
            if isinstance(access, frozenset):
                for role in sorted(access & WHO.keys()):
                    yield Page(rule.endpoint, built[1], WHO[role], {})
            else:
                yield Page(
                    rule.endpoint, built[1], LOOKERS.get(rule.endpoint, ""), _machine(rule.endpoint, whole)
                )


def _query(endpoint: str, whole: Whole) -> dict[str, int | str]:
    """What an address asks for beside its ids."""
    if endpoint in ("analyst.compare", "analyst.compare_file"):
        return {"first": 0, "second": whole.ids["model_id"]}
    if endpoint == "manager.worksheet":
        return {"open": whole.ids["person_id"]}
    return {"statementId": whole.statement} if endpoint == "lrs.get" else {}


def _machine(endpoint: str, whole: Whole) -> dict[str, str]:
    if endpoint.startswith("api_"):
        return whole.api
    return whole.platform if endpoint == "lrs.get" else {}
