"""A hand-made company of obviously invented people, small enough to check every figure by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import product

import sqlalchemy as sa

from plugin.advisor.policy.matrix import Band, Cell, Criterion, Matrix
from plugin.advisor.policy.pay_policy import Eligibility, Policy
from plugin.domain import Role
from plugin.services.core import SYSTEM, Actor, Core
from plugin.services.cycle import life, recommending
from plugin.services.cycle.life import NewCycle
from plugin.services.decision import judging
from plugin.services.model import training
from plugin.services.payroll import send
from plugin.services.payroll.checks import Line
from plugin.services.people import account_setup, passwords
from plugin.store import tables
from plugin.store.cycle import cycles, recommendations
from plugin.store.database import Tx, insert
from plugin.store.decision import decisions
from plugin.store.people import accounts

PASSWORD = "only-for-tests-0000"
MADE_AT = datetime(2026, 11, 1, tzinfo=UTC)
SNAPSHOT_ON = date(2026, 11, 20)


def policy(name: str = "Test policy", hired_by: date = date(2026, 9, 30)) -> Policy:
    """Rating times compa-ratio; defaults from 0 to 5 points."""
    ratings = (
        Band("Unrated", missing=True),
        Band("Below", None, Decimal(2)),
        Band("Partly meets", Decimal(2), Decimal(3)),
        Band("Meets", Decimal(3), Decimal(4)),
        Band("Exceeds", Decimal(4), Decimal(5)),
        Band("Outstanding", Decimal(5), None),
    )
    places = (
        Band("no range", missing=True),
        Band("low", None, Decimal("0.95")),
        Band("middle", Decimal("0.95"), Decimal("1.05")),
        Band("high", Decimal("1.05"), None),
    )
    base = {"Unrated": 2, "Below": 0, "Partly meets": 1, "Meets": 3, "Exceeds": 4, "Outstanding": 5}
    shift = {"no range": Decimal(0), "low": Decimal("0.5"), "middle": Decimal(0), "high": Decimal("-0.5")}
    cells = []
    for rating, place in product(ratings, places):
        middle = max(Decimal(base[rating.label]) + shift[place.label], Decimal(0))
        steps = [middle - Decimal("1.5"), middle - Decimal("0.7"), middle]
        low = [max(step, Decimal(0)) for step in steps]
        cells.append(
            Cell((rating.label, place.label), *low, middle + Decimal("0.7"), middle + Decimal("1.5"))
        )
    matrix = Matrix((Criterion("rating", ratings), Criterion("compa_ratio", places)), tuple(cells))
    return Policy(name, matrix, eligibility=Eligibility(hired_by=hired_by))


@dataclass(frozen=True)
class Company:
    """Ids of the people by name, and the accounts' e-mail addresses."""

    people: dict[str, int]
    chief: Actor
    dana: Actor
    omar: Actor
    hr: Actor
    analyst: Actor

    def __getitem__(self, name: str) -> int:
        return self.people[name]


TEAM = (  # name, level, pay, rating, hired, last change of pay
    ("Ada Example", "E2", 56_000, 4, date(2021, 3, 1), date(2025, 4, 1)),
    ("Ben Sample", "E2", 62_500, 3, date(2020, 5, 1), date(2025, 4, 1)),
    ("Cleo Instance", "E3", 79_000, 5, date(2018, 9, 1), date(2025, 4, 1)),
    ("Dev Placeholder", "E2", 67_000, 3, date(2019, 1, 15), date(2026, 4, 1)),
    ("Eve Specimen", "E2", 51_500, 2, date(2022, 6, 1), date(2025, 4, 1)),
    ("Finn Pattern", "E3", 70_400, 4, date(2017, 2, 1), date(2024, 4, 1)),
    ("Gia Mockup", "E2", 59_800, None, date(2023, 2, 1), date(2025, 4, 1)),
    ("Hugo Recent", "E2", 55_000, None, date(2026, 10, 15), None),
)
BADGES = (  # class, name, kind, level, strategic, skill
    ("https://badges.example.org/k8s", "Kubernetes Administrator", "skill", "advanced", True, "Kubernetes"),
    ("https://badges.example.org/pds", "Python Data Science", "skill", "intermediate", False, "Data science"),
    (
        "https://badges.example.org/cse",
        "Cloud Security Essentials",
        "knowledge",
        "foundational",
        False,
        "Cloud security",
    ),
)
AWARDS = (  # person, class, issued
    ("Ada Example", 0, date(2026, 9, 14)),
    ("Ada Example", 1, date(2026, 6, 2)),
    ("Ben Sample", 2, date(2026, 2, 20)),
    ("Finn Pattern", 0, date(2026, 5, 5)),
    ("Cleo Instance", 1, date(2024, 1, 10)),  # before the last raise: already counted then
)


def fill(core: Core) -> Company:
    """People, pay, ranges, ratings, badges, learning and accounts."""
    with core.database.transaction() as tx:
        people = _people(tx)
        _ranges(tx)
        _badges(tx, people)
    made = {}
    for name, address, roles in (
        ("Rosa Chief", "rosa@example.com", {Role.MANAGER}),
        ("Dana Lead", "dana@example.com", {Role.MANAGER}),
        ("Omar Lead", "omar@example.com", {Role.MANAGER}),
        ("Hana Desk", "hana@example.com", {Role.HR_ADMIN}),
        ("Anil Figures", "anil@example.com", {Role.ANALYST}),
    ):
        with core.database.transaction() as tx:
            account_id = accounts.add(tx, MADE_AT, address, name, _password_hash(), frozenset(roles))
        if name in people:
            account_setup.link_person(core, SYSTEM, account_id, people[name])
        words = frozenset(role.value for role in roles)
        made[name] = Actor(address, words, account_id, people.get(name))
    return Company(
        people, *(made[n] for n in ("Rosa Chief", "Dana Lead", "Omar Lead", "Hana Desk", "Anil Figures"))
    )


@cache
def _password_hash() -> str:
    """Once for all tests: the hash is slow on purpose."""
    return passwords._hasher().hash(PASSWORD)


def _people(tx: Tx) -> dict[str, int]:
    people: dict[str, int] = {}

    def add(
        name: str,
        boss: str | None,
        level: str,
        amount: int,
        rating: int | None,
        dates: tuple[date, date | None],
    ) -> None:
        hired, changed = dates
        number = len(people) + 1
        people[name] = insert(
            tx,
            tables.person,
            source_id=f"P-{number:03}",
            display_name=name,
            manager_id=people[boss] if boss else None,
            job_title="Software Engineer" if boss not in (None, "Rosa Chief") else "Manager",
            job_family="Engineering",
            level=level,
            org_unit="Platform",
            country="IE",
            hired_on=hired,
            fte=Decimal("0.8") if name == "Ben Sample" else Decimal(1),
            updated_at=MADE_AT,
        )
        pays = (
            [(changed or hired, amount)] if changed is None else [(hired, amount - 2000), (changed, amount)]
        )
        for day, pay in pays:
            insert(
                tx, tables.pay, person_id=people[name], effective_on=day, annual=Decimal(pay), currency="EUR"
            )
        if rating is not None:
            for day, score in ((date(2025, 12, 31), Decimal(3)), (date(2026, 6, 30), Decimal(rating))):
                insert(tx, tables.rating, person_id=people[name], period_ended_on=day, score=score)

    add("Rosa Chief", None, "M3", 150_000, 4, (date(2010, 1, 1), date(2025, 4, 1)))
    add("Dana Lead", "Rosa Chief", "M1", 95_000, 4, (date(2015, 1, 1), date(2025, 4, 1)))
    add("Omar Lead", "Rosa Chief", "M1", 92_000, 3, (date(2015, 1, 1), date(2025, 4, 1)))
    for name, level, pay, rating, hired, changed in TEAM:
        add(name, "Dana Lead", level, pay, rating, (hired, changed))
    for i in range(12):
        add(
            f"Sample Person {i + 1:02}",
            "Omar Lead",
            "E2" if i % 3 else "E3",
            54_000 + 1_450 * i,
            2 + i % 4,
            (date(2019, 1, 1), date(2025, 4, 1)),
        )
    return people


def _ranges(tx: Tx) -> None:
    for level, low, middle, high in (
        ("E2", 50_000, 62_000, 74_000),
        ("E3", 62_000, 77_000, 92_000),
        ("M1", 80_000, 100_000, 120_000),
    ):
        insert(
            tx,
            tables.pay_range,
            job_family="Engineering",
            level=level,
            country="IE",
            effective_on=date(2024, 1, 1),
            minimum=Decimal(low),
            midpoint=Decimal(middle),
            maximum=Decimal(high),
            currency="EUR",
        )


def _badges(tx: Tx, people: dict[str, int]) -> None:
    entries = []
    for url, name, kind, level, strategic, skill in BADGES:
        entry = insert(
            tx,
            tables.catalogue_entry,
            badge_class_id=url,
            name=name,
            issuer_id="https://badges.example.org",
            issuer_name="Example Academy",
            facts={},
            kind=kind,
            programme="certification",
            level=level,
            strategic=strategic,
            state="decided",
        )
        skill_id = insert(tx, tables.skill, name=skill, framework="company")
        insert(tx, tables.catalogue_skill, catalogue_entry_id=entry, skill_id=skill_id)
        entries.append(entry)
    for n, (name, which, day) in enumerate(AWARDS):
        insert(
            tx,
            tables.badge_award,
            person_id=people[name],
            catalogue_entry_id=entries[which],
            source_id=f"award-{n}",
            issued_on=day,
            state="active",
            verdict="valid",
            trust="trusted",
            codes=[],
            steps=[],
        )
    for n, name in enumerate(("Ada Example", "Ben Sample", "Finn Pattern")):
        insert(
            tx,
            tables.learning,
            person_id=people[name],
            inbox_id=1000 + n,
            source_id=f"l-{n}",
            activity_id="https://courses.example.org/1",
            title="A course",
            outcome="completed",
            occurred_at=datetime(2026, 5, 1, tzinfo=UTC),
            hours=Decimal("31.5"),
        )


def rename_badge(core: Core, name: str) -> None:
    """Gives the first badge class another name, e.g. a hostile one."""
    with core.database.transaction() as tx:
        tx.execute(
            tables.catalogue_entry.update()
            .where(tables.catalogue_entry.c.badge_class_id == BADGES[0][0])
            .values(name=name)
        )


def open_cycle(core: Core, company: Company, **changes: object) -> int:
    """A cycle in the state open, with recommendations for everybody."""
    cycle_id = draft_cycle(core, company, **changes)
    for state in ("notice", "shadow"):
        if state == "shadow":
            recommending.take_snapshot(core, company.hr, cycle_id)
        life.advance(core, company.hr, cycle_id, state)
    recommending.make_recommendations(core, company.hr, cycle_id)
    life.advance(core, company.hr, cycle_id, "open")
    return cycle_id


def draft_cycle(core: Core, company: Company, **changes: object) -> int:
    values: dict[str, object] = {
        "name": "Merit cycle 2027",
        "snapshot_on": SNAPSHOT_ON,
        "effective_on": date(2027, 4, 1),
        "due_on": date(2026, 12, 12),
        "notice_on": date(2026, 11, 10),
        "currency": "EUR",
        "budget_percent": Decimal("4.4"),
        "policy_id": training.add_policy(core, company.hr, policy()),
    }
    return life.create(core, company.hr, NewCycle(**(values | changes)))  # type: ignore[arg-type]


def put_decision(
    core: Core,
    tx: Tx,
    cycle_id: int,
    person_id: int,
    percent: Decimal,
    *,
    amount: Decimal = Decimal(1000),
    state: str = "decided",
) -> None:
    """A first decision as a manager's would be stored, whoever may make it."""
    found = cycles.get(tx, cycle_id)
    made = next(iter(recommendations.outlines(tx, cycle_id, [person_id])), None)  # None before they are made
    rules = judging.terms_of(tx, found).approvals
    said = decisions.UNDECIDED if made is None else judging.judge(made, rules, percent, amount)
    figures = {"percent": percent, "amount": amount, "currency": found.currency, **vars(said)}
    decided = {"state": state, "decided_by": "dana@example.com", "decided_at": core.clock()}
    decisions.save(tx, cycle_id, person_id, 0, **figures, **decided)


def count(core: Core, table: sa.Table) -> int:
    with core.database.reading() as tx:
        return tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def exported(core: Core, actor: Actor, cycle_id: int) -> list[Line]:
    """What became of each raise when all were sent."""
    lines: list[Line] = []
    send.export(core, actor, cycle_id, each=lines.append)
    return lines


def suite(core: Core, **settings: str) -> int:
    """The HR suite that everybody comes from, with its raises switched on."""
    with core.database.transaction() as tx:
        made: int = insert(
            tx,
            tables.connection,
            connector="frappe_hr",
            name="HR suite",
            settings=settings,
            sinks=["raises"],
            state="active",
            hook_token="token",
            version=1,
            created_at=MADE_AT,
            updated_at=MADE_AT,
        )
        tx.execute(tables.person.update().values(connection_id=made))
        return made
