"""Puts a simulated company of any size straight into the store, and a model that was trained on a small one of the same kind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from plugin.demo.company import Company, simulate_company
from plugin.demo.company_evidence import CLASSES
from plugin.demo.company_policy import demo_policy
from plugin.demo.company_skills import ATTRIBUTION, FRAMEWORK, scarcity_csv, skills_csv
from plugin.demo.company_truth import CompanySettings
from plugin.errors import GiveUp
from plugin.services.core import Actor, Core, open_core
from plugin.services.decision import judging
from plugin.services.evidence import catalogue_files
from plugin.services.model import training
from plugin.settings import Settings
from plugin.store import tables
from plugin.store.cycle import cycles, recommendations
from plugin.store.database import Tx, analyze, insert
from plugin.store.model import model_versions
from plugin.store.model.model_versions import Fresh
from plugin.vault import Vault

AS_OF = date(2026, 9, 30)
NOW = datetime(2026, 9, 30, 9, tzinfo=UTC)
SETTER, SECOND = Actor("benchmark:set-up"), Actor("benchmark:second-person")
BATCH = 20_000
ISSUER = "Sample Skills Academy (simulated)"


def firm_settings(cycles: int) -> CompanySettings:
    """About one badge for every third person since the last raise, ``cycles`` years of past raises."""
    return CompanySettings(as_of=AS_OF, cycles=cycles, learning_years=1, badges_per_year=0.45)


def core_of(url: str) -> Core:
    """A core over the database, brought to this release; its clock stands still."""
    settings = Settings(
        database_url=url,
        secret_key="a-secret-key-of-the-benchmark-only-0000",
        vault_keys=(Vault.new_key(),),
        public_url="http://127.0.0.1:8080",
        company_name="Example Firm (simulated)",
    )
    return replace(open_core(settings, migrate_first=True), clock=lambda: NOW)


def fill(core: Core, people: int, cycles: int = 2, seed: int = 7) -> int:
    """Stores the company; the number of rows."""
    company = simulate_company(seed, people, settings=firm_settings(cycles))
    catalogue_files.import_skills(core, SETTER, skills_csv(), framework=FRAMEWORK, attribution=ATTRIBUTION)
    catalogue_files.import_scarcity(core, SETTER, scarcity_csv(AS_OF))
    entries = _catalogue(core)
    return sum(_put(core, table, rows) for table, rows in _rows(company, entries))


def _put(core: Core, table: sa.Table, rows: Iterable[dict[str, Any]]) -> int:
    total, left = 0, iter(rows)
    while part := list(islice(left, BATCH)):
        with core.database.transaction() as tx:
            tx.execute(table.insert(), part)
        total += len(part)
    return total


def _rows(company: Company, entries: list[int]) -> Iterator[tuple[sa.Table, Iterable[dict[str, Any]]]]:
    """Person number i of the simulation has id i + 1."""
    yield tables.person, _people(company)
    yield (
        tables.pay,
        (
            {
                "person_id": _id(one.person_source_id),
                "effective_on": one.effective_on,
                "annual": one.annual.amount,
                "currency": one.annual.currency,
            }
            for one in company.pay
        ),
    )
    yield (
        tables.pay_range,
        (
            {
                "job_family": one.job_family,
                "level": one.level,
                "country": one.country,
                "effective_on": one.effective_on,
                "minimum": one.minimum.amount,
                "midpoint": one.midpoint.amount,
                "maximum": one.maximum.amount,
                "currency": one.midpoint.currency,
            }
            for one in company.pay_ranges
        ),
    )
    yield (
        tables.rating,
        (
            {
                "person_id": _id(one.person_source_id),
                "period_ended_on": one.period_ended_on,
                "score": one.score,
                "label": one.label,
            }
            for one in company.ratings
        ),
    )
    yield (
        tables.past_raise,
        (
            {
                "person_id": _id(one.person_source_id),
                "effective_on": one.effective_on,
                "percent": one.percent,
            }
            for one in company.raises
        ),
    )
    yield tables.badge_award, _awards(company, entries)
    yield tables.learning, _learning(company)
    yield (
        tables.protected_attribute,
        (
            {"person_id": _id(one.person_source_id), "name": name, "value": value}
            for one in company.protected
            for name, value in (("sex", one.sex), ("birth_year", str(one.birth_year)))
        ),
    )


def _id(source_id: str) -> int:
    return int(source_id[1:])


def _people(company: Company) -> Iterator[dict[str, Any]]:
    copied = ("source_id", "display_name", "employee_number", "manager_source_id", "job_title", "job_family")
    copied += ("level", "org_unit", "country", "hired_on", "left_on", "fte")
    for one in company.people:
        lead = one.manager_source_id
        values = {name: getattr(one, name) for name in copied}
        yield values | {"manager_id": _id(lead) if lead else None, "updated_at": NOW}


def _catalogue(core: Core) -> list[int]:
    """Ids in the order of CLASSES, decided, with their skills."""
    found = []
    with core.database.transaction() as tx:
        known = {row.name: row.id for row in tx.execute(sa.select(tables.skill.c.name, tables.skill.c.id))}
        for one in CLASSES:
            entry = insert(
                tx,
                tables.catalogue_entry,
                badge_class_id=f"https://badges.example.org/badges/{one.slug}",
                name=one.name,
                issuer_id="https://badges.example.org/issuer",
                issuer_name=ISSUER,
                facts={},
                kind=one.kind,
                programme=one.programme,
                level=one.level,
                strategic=one.is_strategic,
                state="decided",
            )
            for name in one.skills:
                insert(tx, tables.catalogue_skill, catalogue_entry_id=entry, skill_id=known[name])
            found.append(entry)
    return found


def _awards(company: Company, entries: list[int]) -> Iterator[dict[str, Any]]:
    badges = company.badges
    for i, (person, which, issued, expires, revoked) in enumerate(
        zip(
            badges.person.tolist(),
            badges.badge_class.tolist(),
            badges.issued_on.tolist(),
            badges.expires_on.tolist(),
            badges.is_revoked.tolist(),
            strict=True,
        )
    ):
        yield {
            "person_id": person + 1,
            "catalogue_entry_id": entries[which],
            "source_id": f"https://badges.example.org/assertions/{i}",
            "issued_on": issued,
            "expires_on": expires,
            "state": "revoked" if revoked else "active",
            "verdict": "valid",
            "trust": "trusted",
            "codes": [],
            "steps": [],
        }


def _learning(company: Company) -> Iterator[dict[str, Any]]:
    """The year's hours of a person as one record of the learning system."""
    hours = np.bincount(company.courses.person, company.courses.hours, len(company.workforce))
    moment = datetime(AS_OF.year, AS_OF.month, 1, tzinfo=UTC) - timedelta(days=30)
    for row in np.flatnonzero(hours).tolist():
        yield {
            "person_id": row + 1,
            "inbox_id": row + 1,
            "source_id": f"hours-{row}",
            "activity_id": "https://learn.example.org/year",
            "title": "Learning of the year",
            "outcome": "completed",
            "occurred_at": moment,
            "hours": Decimal(round(hours[row] * 4)) / 4,
        }


def lend_model(core: Core, people: int = 1500) -> tuple[int, int]:
    """(policy id, model id): a model trained on a small company of the same kind, approved. GiveUp when it was refused."""
    with tempfile.TemporaryDirectory() as folder:
        small = core_of(f"sqlite:///{Path(folder) / 'small.sqlite3'}")
        fill(small, people, cycles=5, seed=11)
        report = training.train(small, SETTER, training.add_policy(small, SETTER, demo_policy()))
        if not report.approvable or report.model_id is None:
            raise GiveUp(f"the model was refused: {report.sentence}")
        with small.database.reading() as tx:
            content, digest = model_versions.artefact(tx, report.model_id)
            card = model_versions.get(tx, report.model_id).card
        small.database.close()
    policy_id = training.add_policy(core, SETTER, demo_policy())
    with core.database.transaction() as tx:
        model_id = model_versions.add(tx, Fresh(content, digest, card, "checked"), NOW, SETTER.name)
        _approve(tx, model_id)
    return policy_id, model_id


def _approve(tx: Tx, model_id: int) -> None:
    note = "simulated data"
    model_versions.move(
        tx,
        model_id,
        expected="checked",
        to="approved",
        approved_by=SECOND.name,
        approved_at=NOW,
        note=note,
    )


def decide(core: Core, cycle_id: int, share: float = 0.9) -> int:
    """Decisions for a share of those who take part: most as recommended, submitted; how many."""
    current = tables.recommendation
    with core.database.reading() as tx:
        recommended = [one for one in recommendations.outlines(tx, cycle_id) if one.status != "ineligible"]
        amounts = dict(
            tx.execute(
                sa.select(current.c.person_id, current.c.planned_amount).where(current.c.cycle_id == cycle_id)
            ).all()
        )
        rules = judging.terms_of(tx, cycles.get(tx, cycle_id)).approvals
    values = (
        {
            "cycle_id": cycle_id,
            "person_id": one.person_id,
            "percent": (percent := one.planned_percent + (Decimal(1) if one.person_id % 5 == 0 else 0)),
            "amount": (amount := amounts[one.person_id]),
            "currency": "EUR",
            **vars(judging.judge(one, rules, percent, amount)),
            "state": "submitted",
            "version": 1,
            "decided_by": SETTER.name,
            "decided_at": NOW,
        }
        for one in recommended[: int(len(recommended) * share)]
    )
    decided = _put(core, tables.decision, values)
    with core.database.transaction() as tx:  # what a server does by itself while managers decide
        analyze(tx, tables.decision)
    return decided


def approve_all(core: Core, cycle_id: int) -> int:
    """Every decision is approved, and the cycle with them; how many. A connection takes raises from now on."""
    with core.database.transaction() as tx:
        mine = tables.decision.c.cycle_id == cycle_id
        approved = {"state": "approved", "approved_by": SECOND.name, "approved_at": NOW}
        done = tx.execute(tables.decision.update().where(mine).values(**approved)).rowcount
        tx.execute(tables.cycle.update().where(tables.cycle.c.id == cycle_id).values(state="approved"))
        values = {"connector": "frappe_hr", "name": "HR suite", "settings": {}, "sinks": ["raises"]}
        times = {"created_at": NOW, "updated_at": NOW}
        insert(tx, tables.connection, **values, state="active", hook_token="token", version=1, **times)
    return done


def answer(core: Core, part: int) -> int:
    """The HR suite takes every so many-th of the queued writes; how many."""
    with core.database.transaction() as tx:
        due = (tables.outbox.c.state == "due") & (tables.outbox.c.id % part == 0)
        return tx.execute(tables.outbox.update().where(due).values(state="done", done_at=NOW)).rowcount


def change_ranges(core: Core, job_families: int = 1) -> int:
    """New pay ranges for some job families, 1% up; how many."""
    at, day = tables.pay_range, NOW.date() - timedelta(days=2)
    job = (at.c.job_family, at.c.level, at.c.country, at.c.currency)
    ends = (at.c.minimum, at.c.midpoint, at.c.maximum)
    with core.database.transaction() as tx:
        families = sorted(tx.execute(sa.select(at.c.job_family).distinct()).scalars())[:job_families]
        query = sa.select(*job, *ends).where(at.c.job_family.in_(families)).order_by(at.c.effective_on)
        newest = {(row.job_family, row.level, row.country): row for row in tx.execute(query)}
        moved = [
            {**row._mapping, **{end.name: row._mapping[end.name] * Decimal("1.01") for end in ends}}  # noqa: SLF001
            for row in newest.values()
        ]
        tx.execute(at.insert(), [{**row, "effective_on": day} for row in moved])
    return len(moved)


def change_some(core: Core, every: int = 300) -> int:
    """Pay of every so many-th person changes after the snapshot; how many."""
    query = sa.select(tables.pay.c.person_id, sa.func.max(tables.pay.c.effective_on)).group_by(
        tables.pay.c.person_id
    )
    with core.database.reading() as tx:
        who = [row[0] for row in tx.execute(query) if row[0] % every == 0]
    day = NOW.date() - timedelta(days=2)
    rows = (
        {"person_id": one, "effective_on": day, "annual": Decimal(77_000), "currency": "EUR"} for one in who
    )
    return _put(core, tables.pay, rows)
