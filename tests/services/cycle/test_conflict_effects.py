"""What a conflict's page says an answer does to pay is what comes when the answer is given and the person is refreshed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from plugin.advisor.recommendation.values import Recommendation
from plugin.domain import BadgeVerdict, ChangeChoice, IdentifierKind, IdentityAnswer, Trust, identifier
from plugin.services.core import Core
from plugin.services.cycle import change_desk, conflict_effects, settling
from plugin.services.cycle.conflict_effects import Choice, Effect
from plugin.services.decision import recommendation
from plugin.services.people import plausibility
from plugin.services.sources import conflicts
from plugin.services.sources.conflicts import Wish
from plugin.store import tables
from plugin.store.cycle import recommendations
from plugin.store.database import insert
from plugin.store.evidence import badges
from plugin.store.people import identities
from plugin.web.admin import conflict_words
from tests.reports.kit import Files
from tests.small_company import BADGES, Company, fill, open_cycle

DESK = "desk@example.com"
ADA, BEN, DEV = "Ada Example", "Ben Sample", "Dev Placeholder"
BADGE = "badge_class_id,badge_name,issuer_id,issued_on,email,credential\n"
KUBERNETES = f"{BADGES[0][0]},{BADGES[0][1]},https://badges.example.org,2026-09-10,{DESK},a-badge\n"
RATING = f"person_id,period_ended_on,score\n{DESK},2026-09-30,5\n"


@pytest.fixture
def company(any_core: Core) -> Company:
    return fill(any_core)


def share(core: Core, company: Company, *names: str) -> None:
    """One address of several people."""
    with core.database.transaction() as tx:
        for name in names:
            identities.add(
                tx, core.clock(), company[name], identifier(IdentifierKind.EMAIL, DESK), (None, None), "hr"
            )


def effects(core: Core, company: Company) -> conflict_effects.Effects:
    return conflict_effects.of(core, company.hr, conflicts.load(core, "email", DESK))


def effect(core: Core, company: Company, choice: Choice, name: str) -> Effect:
    (found,) = (one for one in effects(core, company).by_choice[choice] if one.person_id == company[name])
    return found


def standing(core: Core, cycle_id: int, who: int) -> Recommendation:
    with core.database.reading() as tx:
        return recommendation.without_others(recommendations.current(tx, cycle_id, [who])[who]).recommendation


def refresh(core: Core, company: Company, cycle_id: int, name: str) -> None:
    change_desk.put_on_desk(core, company.hr, cycle_id, company[name])
    change = next(one for one in change_desk.open_changes(core, cycle_id) if one.person_id == company[name])
    settling.settle_change(core, company.hr, cycle_id, change.id, ChangeChoice.REFRESH)


def verify_all(core: Core, who: int) -> None:
    with core.database.transaction() as tx:
        for one in badges.unchecked(tx, [who]):
            badges.judge(tx, one, verdict=BadgeVerdict.VALID, trust=Trust.TRUSTED)


@pytest.mark.parametrize("records", [{"badges": BADGE + KUBERNETES}, {"ratings": RATING}])
@pytest.mark.parametrize("name", [BEN, DEV])
def test_the_figure_is_what_comes(
    any_core: Core, company: Company, records: dict[str, str], name: str
) -> None:
    cycle_id = open_cycle(any_core, company)
    share(any_core, company, BEN, DEV)
    Files(any_core).read(**records)
    who, choice = company[name], (IdentityAnswer.ONE_PERSON, company[name])
    said, before = effect(any_core, company, choice, name), standing(any_core, cycle_id, who)
    conflicts.answer(any_core, company.hr, "email", DESK, Wish(*choice))
    verify_all(any_core, who)
    refresh(any_core, company, cycle_id, name)
    after = standing(any_core, cycle_id, who)
    assert after.percent != before.percent
    assert (said.before, said.after) == (before.percent, after.percent)
    assert before.amount is not None
    assert after.amount is not None
    assert said.yearly == after.amount - before.amount
    assert said.once == after.lump_sum - before.lump_sum
    assert said.is_conditional == ("badges" in records)
    assert not said.is_mixed


def test_the_page_stores_nothing(any_core: Core, company: Company) -> None:
    open_cycle(any_core, company)
    share(any_core, company, BEN, DEV)
    Files(any_core).read(badges=BADGE + KUBERNETES, ratings=RATING)
    kept = _everything(any_core)
    assert any(one.after for changes in effects(any_core, company).by_choice.values() for one in changes)
    assert _everything(any_core) == kept


def _everything(core: Core) -> list[list[sa.Row[tuple[object, ...]]]]:
    every = tables.metadata.sorted_tables
    with core.database.reading() as tx:
        return [list(tx.execute(sa.select(one).order_by(*one.primary_key)).all()) for one in every]


def test_each_answer_says_its_own_effect(any_core: Core, company: Company) -> None:
    open_cycle(any_core, company)
    share(any_core, company, ADA, BEN)
    Files(any_core).read(badges=BADGE + KUBERNETES)
    case, found = conflicts.load(any_core, "email", DESK), effects(any_core, company)
    said = conflict_words.sentences(case, found)
    mine = {choice: {one.person_id: one for one in changes} for choice, changes in found.by_choice.items()}
    ada, ben = company[ADA], company[BEN]
    assert mine[IdentityAnswer.ONE_PERSON, ben][ben].yearly
    assert mine[IdentityAnswer.ONE_PERSON, ben][ada].why_none == "no record counts for the recommendation"
    assert mine[IdentityAnswer.ONE_PERSON, ada][ada].why_none == "no record counts for a skill that is paid"
    assert said["shared"] == ["No effect on pay: no record counts for the recommendation."]
    assert f"{BEN}: the recommendation rises from " in " ".join(said[f"one_person:{ben}"])


def test_why_there_is_none(any_core: Core, company: Company) -> None:
    share(any_core, company, BEN, DEV)
    Files(any_core).read(badges=BADGE + KUBERNETES)
    assert effects(any_core, company).why_none == "No effect on pay: no cycle is open."
    open_cycle(any_core, company)
    with any_core.database.transaction() as tx:
        values = {"effective_on": date(2026, 11, 2), "annual": Decimal(4700), "currency": "EUR"}
        insert(tx, tables.pay, person_id=company[BEN], **values)
        plausibility.judge(tx, any_core)
    found = effect(any_core, company, (IdentityAnswer.ONE_PERSON, company[BEN]), BEN)
    assert found.why_none.startswith("held until HR has checked: ")
    other = effect(any_core, company, (IdentityAnswer.ONE_PERSON, company[DEV]), DEV)
    assert other.yearly


def test_what_else_has_changed_is_said(any_core: Core, company: Company) -> None:
    open_cycle(any_core, company)
    share(any_core, company, BEN, DEV)
    Files(any_core).read(badges=BADGE + KUBERNETES)
    with any_core.database.transaction() as tx:
        tx.execute(tables.person.update().where(tables.person.c.id == company[BEN]).values(org_unit="Tools"))
    assert effect(any_core, company, (IdentityAnswer.ONE_PERSON, company[BEN]), BEN).is_mixed
