"""Badges over real HTTP: verified with their issuer, counted only when trusted, noticed when taken back, never lost when undecided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from plugin.badges.reading.documents import Document, Documents
from plugin.errors import InvalidInput
from plugin.services.core import SYSTEM, Core
from plugin.services.delivery import backlog
from plugin.services.evidence import (
    badge_checks,
    badge_documents,
    catalogue_files,
    meanings,
    skill_ledger,
    skill_lists,
)
from plugin.services.sources import connection_setup, run_requests, sync
from plugin.store import tables
from plugin.store.evidence.badges import Award
from plugin.store.payroll import exports
from plugin.testing.fake_badge_issuer import FakeBadgeIssuer
from plugin.testing.serving import serve
from tests.small_company import Company, draft_cycle


@pytest.fixture
def open_core(any_core: Core) -> Core:
    return replace(any_core, settings=replace(any_core.settings, badge_networks=("127.0.0.0/8",)))


@pytest.fixture
def issuer() -> FakeBadgeIssuer:
    fake = FakeBadgeIssuer()
    fake.badge(
        "sql",
        "SQL Practitioner",
        tags=("kind:skill", "programme:certification", "level:expert", "strategic"),
        skill="SQL",
    )
    for key, email in (
        ("1", "ada@example.com"),
        ("2", "somebody.else@example.com"),
        ("3", "ada@example.com"),
    ):
        fake.award(key, "sql", email, issued_on="2026-05-01T00:00:00Z")
    return fake


@pytest.fixture
def base_url(issuer: FakeBadgeIssuer) -> Iterator[str]:
    with serve(issuer.app) as served:
        yield served.base_url


@pytest.fixture
def awards(open_core: Core, base_url: str) -> Core:
    folder = Path(open_core.settings.files_root) / "hr"
    folder.mkdir(parents=True)
    (folder / "people.csv").write_text("person_id,name,email\nE1,Ada Example,ada@example.com\n")
    header = "badge_id,email,badge_class_id,badge_name,issuer_id,issuer_name,issued_on,credential\n"
    row = "{n},ada@example.com,{u}/badges/sql,SQL,{u}/issuer,Somebody,2026-05-01,{c}\n"
    urls = [f"{base_url}/assertions/{n}" for n in (1, 2)] + [""]
    (folder / "badges.csv").write_text(
        header + "".join(row.format(n=n, u=base_url, c=c) for n, c in enumerate(urls, 1))
    )
    connection_id = connection_setup.add(
        open_core, SYSTEM, connector="csv_folder", name="Files", settings={"folder": "hr"}
    )
    run_requests.request_run(open_core, SYSTEM, connection_id)
    ended = sync.perform_next(open_core)
    assert ended is not None
    assert ended.state == "succeeded", ended
    return open_core


def checked(core: Core) -> list[Award]:
    while badge_checks.check_due(core):
        pass
    return badge_checks.page(core)


def test_verdicts_say_what_was_found(awards: Core) -> None:
    mine, others, bare = checked(awards)
    assert (mine.verdict, mine.trust) == ("valid", "unknown")
    assert others.verdict == "invalid"  # a badge of somebody else
    assert (bare.verdict, bare.codes) == ("undetermined", ["no_credential"])
    assert all(step["message"] for step in mine.steps)


def test_unknown_issuer_waits_and_is_trusted_by_a_person(awards: Core, base_url: str) -> None:
    checked(awards)
    (waiting,) = badge_checks.issuers(awards, trust="unknown")
    assert (waiting.kind, waiting.value) == ("issuer", f"{base_url}/issuer")
    assert badge_checks.decide_issuer(awards, SYSTEM, waiting.id, "trusted") >= 1
    assert checked(awards)[0].trust == "trusted"
    badge_checks.decide_issuer(awards, SYSTEM, waiting.id, "blocked")
    assert checked(awards)[0].trust == "blocked"


def test_badge_taken_back_is_noticed_at_the_next_check(awards: Core, issuer: FakeBadgeIssuer, clock) -> None:
    assert checked(awards)[0].verdict == "valid"
    issuer.revoke("1")
    clock.advance(days=8)
    assert checked(awards)[0].verdict == "invalid"


def test_unreachable_issuer_leaves_it_undetermined_and_is_asked_again(
    awards: Core, issuer: FakeBadgeIssuer, clock
) -> None:
    kept = dict(issuer.awards)
    issuer.badges, badges = {}, issuer.badges
    first = checked(awards)[0]
    assert first.verdict != "valid"
    issuer.badges, issuer.awards = badges, kept
    clock.advance(days=31)
    assert checked(awards)[0].verdict == "valid"


def test_private_addresses_are_not_fetched_without_the_operators_word(awards: Core) -> None:
    closed = replace(awards, settings=replace(awards.settings, badge_networks=()))
    mine = checked(closed)[0]
    assert (mine.verdict, mine.codes) == ("undetermined", ["fetch_refused"])


def test_rules_propose_and_a_person_decides(awards: Core) -> None:
    imported = catalogue_files.import_skills(
        awards,
        SYSTEM,
        "url,name,synonyms\nhttps://example.org/skills/sql,SQL,Structured Query Language\nbad,Bad,\n",
        framework="company",
    )
    assert (imported.rows, [bad.line for bad in imported.bad]) == (1, [3])
    checked(awards)
    meanings.propose(awards)
    (shown,) = meanings.page(awards)
    entry = shown.entry
    assert (entry.kind, entry.programme, entry.level, entry.strategic, entry.state) == (
        "skill",
        "certification",
        "expert",
        True,
        "proposed",
    )
    assert [skill.name for skill in shown.skills] == ["SQL"]
    assert shown.holders == 3
    assert meanings.decide_many(awards, SYSTEM, [entry.id]) == 1
    assert meanings.page(awards)[0].entry.state == "decided"


def test_catalogue_goes_out_and_comes_in_as_csv(awards: Core) -> None:
    checked(awards)
    meanings.propose(awards)
    meanings.decide_many(awards, SYSTEM, [meanings.page(awards)[0].entry.id], meanings.Same(strategic=False))
    text = catalogue_files.export_entries(awards).replace("certification", "specialization")
    assert catalogue_files.import_entries(awards, SYSTEM, text) == catalogue_files.Imported(1, ())
    assert meanings.page(awards)[0].entry.programme == "specialization"
    unknown = "badge_class_id,kind,programme\nnowhere,skill,certification\n"
    assert catalogue_files.import_entries(awards, SYSTEM, unknown).bad[0].line == 2


def test_strategic_flag_needs_an_owner(awards: Core) -> None:
    checked(awards)
    entry = meanings.page(awards)[0].entry
    with pytest.raises(InvalidInput) as caught:
        meanings.decide(
            awards,
            SYSTEM,
            entry.id,
            entry.version,
            meanings.Meaning("skill", "certification", strategic=True),
        )
    assert "strategic_owner" in caught.value.fields


def test_scarcity_is_dated_measured_and_sourced(awards: Core) -> None:
    catalogue_files.import_skills(
        awards, SYSTEM, "url,name\nhttps://example.org/skills/sql,SQL\n", framework="company"
    )
    rows = "skill,measured_on,source,time_to_hire_days,open_jobs\nSQL,2026-10-31,Own hiring,62.5,14\nSQL,2027-10-31,Own hiring,1,1\nCooking,2026-10-31,x,1,\n"
    done = catalogue_files.import_scarcity(awards, SYSTEM, rows)
    assert (done.rows, [bad.line for bad in done.bad]) == (1, [3, 4])
    (figure,) = skill_lists.scarcities(awards)
    assert (figure.skill_name, figure.measured_on, str(figure.time_to_hire_days)) == (
        "SQL",
        date(2026, 10, 31),
        "62.5",
    )


def test_a_batch_fetches_each_class_once_and_each_assertion_every_time(
    awards: Core, base_url: str, clock
) -> None:
    asked: Counter[str] = Counter()

    class Counting:
        def __init__(self, inner: Documents) -> None:
            self.inner = inner

        def fetch(self, url: str) -> Document:
            asked[url.removeprefix(base_url)] += 1
            return self.inner.fetch(url)

    with badge_documents.opened(awards.settings.badge_networks) as source:
        badge_checks.check_due(awards, found_in=Counting(source))
        assert asked == {"/assertions/1": 1, "/assertions/2": 1, "/badges/sql": 1, "/issuer": 1}
        clock.advance(days=31)
        badge_checks.check_due(awards, found_in=Counting(source))
    assert (asked["/badges/sql"], asked["/assertions/1"]) == (2, 2)  # the next batch looks again


def test_a_rewarded_badge_that_is_taken_back_opens_a_review_at_once(
    awards: Core, issuer: FakeBadgeIssuer, clock
) -> None:
    award = checked(awards)[0]
    cycle_id = draft_cycle(awards, Company({}, *[SYSTEM] * 5))
    with awards.database.transaction() as tx:
        exports.add_rewards(tx, cycle_id, date(2026, 11, 1), [(award.id, Decimal("0.4"))])
    clock.advance(days=8)
    checked(awards)
    assert skill_ledger.reviews(awards) == []
    issuer.revoke("1")
    clock.advance(days=8)
    checked(awards)
    (review,) = skill_ledger.reviews(awards)
    assert (review.line.award_id, review.reason) == (award.id, "revoked")


def skill_wishes(core: Core) -> list[object]:
    return [one.payload["values"] for one in backlog.page(core, kind="write")]


def test_decided_meaning_sends_the_skill_of_proven_badges_to_the_suite(awards: Core, base_url: str) -> None:
    text = "url,name\nhttps://example.org/skills/sql,SQL\n"
    catalogue_files.import_skills(awards, SYSTEM, text, framework="company")
    settings = {
        "base_url": "https://hr.example.com",
        "api_key": "k",
        "api_secret": "s",
        "company": "Example Works",
    }
    suite = connection_setup.add(awards, SYSTEM, connector="frappe_hr", name="Suite", settings=settings)
    connection_setup.set_schedule(awards, SYSTEM, suite, 1, every_minutes=None, sinks=["skills"])
    with awards.database.transaction() as tx:
        tx.execute(tables.person.update().values(connection_id=suite))
    badge_checks.add_issuer(awards, SYSTEM, kind="origin", value=base_url, name="Academy")
    checked(awards)
    meanings.propose(awards)
    assert skill_wishes(awards) == []  # a proposal says nothing to the suite
    for _ in range(2):  # deciding the same again is no second wish
        entry = meanings.page(awards)[0].entry
        meanings.decide_many(awards, SYSTEM, [entry.id])
    assert skill_wishes(awards) == [{"skill": "SQL", "proficiency": "1", "evaluated_on": "2026-05-01"}]
