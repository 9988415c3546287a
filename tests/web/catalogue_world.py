"""Something for each page of the catalogue on top of the small company, with hostile text wherever a badge may speak."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from plugin.services.core import SYSTEM, Core
from plugin.services.evidence import catalogue_files, meanings, skill_ledger
from plugin.store import tables
from plugin.store.database import insert
from plugin.store.payroll import exports
from tests.small_company import BADGES, Company, draft_cycle

HOSTILE = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("https://evil.example")'
LURE = "javascript:alert(document.cookie)"
SKILLS = (
    "url,name,synonyms\n"
    "http://data.europa.eu/esco/skill/1,SQL,Structured Query Language|databases\n"
    "http://data.europa.eu/esco/skill/2,Negotiation,\n"
)
ATTRIBUTION = "This service uses the ESCO classification of the European Commission."


@dataclass(frozen=True)
class World:
    """``hostile`` and ``plain`` are proposed entries, ``review`` an open line of the ledger."""

    hostile: int
    plain: int
    decided: int
    skill: int
    review: int
    ada: int


def extend(core: Core, company: Company, cycle_id: int | None = None) -> World:
    """Two proposed badge classes, a list of skills, scarcity figures, two rewards and one open review."""
    catalogue_files.import_skills(core, SYSTEM, SKILLS, framework="ESCO", attribution=ATTRIBUTION)
    catalogue_files.import_scarcity(
        core,
        SYSTEM,
        "skill,measured_on,source,time_to_hire_days,offer_rejection_percent,new_hire_pay_ratio,open_jobs\n"
        "SQL,2026-10-31,Own hiring system,62.5,18,1.08,14\nSQL,2025-10-31,Own hiring system,50,,,9\n",
    )
    hostile, plain, decided = _entries(core)
    meanings.propose(core)
    cycle_id = cycle_id or draft_cycle(core, company)
    with core.database.transaction() as tx:
        ids = {row.source_id: row.id for row in tx.execute(sa.select(tables.badge_award))}
        paid = [(ids["award-0"], Decimal("0.5")), (ids["award-3"], Decimal("0.4"))]
        exports.add_rewards(tx, cycle_id, core.clock().date(), paid)
        gone = tables.badge_award.update().where(tables.badge_award.c.id == ids["award-0"])
        tx.execute(gone.values(state="revoked"))
        skill = tx.execute(sa.select(tables.skill.c.id).where(tables.skill.c.name == "SQL")).scalar_one()
    skill_ledger.open_reviews(core)
    (review,) = skill_ledger.reviews(core)
    return World(hostile, plain, decided, skill, review.line.id, company["Ada Example"])


def _entries(core: Core) -> tuple[int, int, int]:
    alignments = [
        {"name": HOSTILE, "url": LURE},
        {"name": "databases", "url": "https://data.europa.eu/esco/skill/1/"},
        {"name": "Juggling", "url": "https://www.onetonline.org/link/summary/1"},
    ]
    said = {
        "tags": [HOSTILE, "kind:skill", "programme:certification"],
        "achievement_type": HOSTILE,
        "level": FORMULA,
        "alignments": alignments,
    }
    with core.database.transaction() as tx:
        common = {"issuer_id": LURE, "strategic": False, "state": "proposed", "version": 1}
        hostile = insert(
            tx,
            tables.catalogue_entry,
            badge_class_id=f"{LURE}//catalogue",  # other worlds have a badge of that name too
            name=FORMULA + HOSTILE,
            issuer_name=HOSTILE,
            facts=said,
            **common,
        )
        plain = insert(
            tx,
            tables.catalogue_entry,
            badge_class_id="https://badges.example.org/plain",
            name="Plain badge",
            issuer_name="Example Academy",
            facts={"tags": []},
            **common,
        )
        decided = tx.execute(
            sa.select(tables.catalogue_entry.c.id).where(
                tables.catalogue_entry.c.badge_class_id == BADGES[0][0]
            )
        ).scalar_one()
    return hostile, plain, int(decided)
