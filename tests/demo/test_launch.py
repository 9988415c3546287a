"""The demo, small: records come in over HTTP, badges are verified, a cycle is open, and the pages are served."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from plugin.app import create_app
from plugin.demo import launch
from plugin.domain import Role
from plugin.errors import ConfigError
from plugin.services.cycle import life
from plugin.services.evidence import badge_checks
from plugin.services.operation import auditing
from plugin.services.people import signing_in
from plugin.services.sources import matching
from plugin.store import tables

SIZE, SEED = 60, 7


def count(demo: launch.Demo, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    with demo.core.database.reading() as tx:
        return tx.execute(sa.select(sa.func.count()).select_from(table).where(*conditions)).scalar_one()


def test_records_of_every_stream_came_in(demo: launch.Demo) -> None:
    for table in (
        tables.person,
        tables.pay,
        tables.pay_range,
        tables.rating,
        tables.past_raise,
        tables.learning,
        tables.badge_award,
    ):
        assert count(demo, table) > 0, table.name


def test_everybody_has_a_range_and_most_a_recommendation(demo: launch.Demo) -> None:
    assert life.get(demo.core, demo.cycle_id).state == "open"
    assert count(demo, tables.participant) == 60
    assert count(demo, tables.recommendation, tables.recommendation.c.percent.is_not(None)) > 30


def test_badges_are_proven_and_bad_ones_found(demo: launch.Demo) -> None:
    verdicts = badge_checks.counts(demo.core)
    assert verdicts["valid"] > 100
    assert verdicts["invalid"] > 0
    assert "unchecked" not in verdicts


def test_strangers_wait_and_nobody_was_made_for_them(demo: launch.Demo) -> None:
    names = {one.value for one in matching.unmatched(demo.core, limit=500)}
    assert "contractor@example.org" in names
    assert count(demo, tables.person, tables.person.c.display_name.contains("contractor")) == 0


def test_all_three_sign_in_and_the_manager_sees_the_team(demo: launch.Demo) -> None:
    seen = set()
    for one in demo.sign_ins:
        actor = signing_in.with_password(demo.core, one.email, launch.PASSWORD).actor
        seen |= actor.roles
    assert seen == {role.value for role in Role} - {"scim"}
    client = create_app(demo.core).test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"email": "manager@example.com", "password": launch.PASSWORD, "csrf_token": token}
    team = client.post("/sign-in", data=form, follow_redirects=True).get_data(as_text=True)
    assert "My team’s raises" in team
    assert "%" in team


def test_audit_chain_holds_over_the_whole_set_up(demo: launch.Demo) -> None:
    assert auditing.verify(demo.core).first_break is None


def test_protected_attributes_are_apart_from_everything_else(demo: launch.Demo) -> None:
    assert count(demo, tables.protected_attribute) > 0
    with demo.core.database.reading() as tx:
        packed = tx.execute(sa.select(tables.recommendation_document.c.document)).scalars().all()
    documents = [zlib.decompress(one).decode() for one in packed]
    assert len(documents) > 40
    assert all("birth_year" not in document and '"sex"' not in document for document in documents)


def test_a_database_that_is_in_use_is_left_alone(demo: launch.Demo, tmp_path: Path) -> None:
    url = demo.core.settings.database_url
    before = count(demo, tables.person)
    with (
        pytest.raises(ConfigError, match="holds data already"),
        launch.prepared(
            tmp_path, port=8080, size=50, today=datetime.now(UTC).date(), say=lambda _: None, database_url=url
        ),
    ):
        pass
    assert count(demo, tables.person) == before


@pytest.mark.slow
@pytest.mark.dates
def test_the_demo_command_sets_a_company_up() -> None:
    command = [sys.executable, "-c", "from plugin.cli import main; main()", "demo"]
    command += ["--set-up-only", "--json", "--size", "120"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert len(json.loads(ran.stdout)["sign_ins"]) == 3
