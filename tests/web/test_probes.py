"""Probes and metrics: alive, ready, and counts in Prometheus' text format without anything about people."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.app import create_app
from plugin.services.core import Core
from plugin.store.database import Database
from plugin.web.probes import Metric, exposition
from tests.web.admin_world import NAMES, World

LINE = re.compile(r'^[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\.)*"(?:,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})? [0-9]+$')


def test_alive_and_ready(core: Core) -> None:
    client = create_app(core).test_client()
    assert client.get("/healthz").get_data(as_text=True) == "ok\n"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_data(as_text=True)) == (200, "ready\n")
    assert ready.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in ready.headers


def test_a_database_of_another_release_is_not_ready(core: Core, tmp_path: Any) -> None:
    empty = Database(f"sqlite:///{tmp_path}/empty.sqlite3")
    client = create_app(replace(core, database=empty)).test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_data(as_text=True)) == (503, "migrate\n")
    assert client.get("/healthz").status_code == 200
    empty.close()


def test_metrics_count_without_naming_anybody(core: Core, world: World) -> None:
    answer = create_app(core).test_client().get("/metrics")
    text = answer.get_data(as_text=True)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'raise_advisor_outbox_rows{kind="write",state="dead"} 2' in text
    assert 'raise_advisor_badges{verdict="valid",trust="trusted"} 1' in text
    assert "raise_advisor_unmatched_records 7" in text
    assert 'raise_advisor_processes{kind="worker"} 1' in text
    for _, name, mail, *_ in NAMES:
        assert name not in text
        assert mail not in text


def test_every_line_is_of_the_text_format(core: Core, world: World) -> None:
    text = create_app(core).test_client().get("/metrics").get_data(as_text=True)
    assert text.endswith("\n")
    for line in text.splitlines():
        assert line.startswith(("# HELP raise_advisor_", "# TYPE raise_advisor_")) or LINE.match(line), line
    names = re.findall(r"^# TYPE (\S+) gauge$", text, re.MULTILINE)
    assert len(names) == len(set(names)) > 10


@pytest.mark.parametrize(
    "sent", ["", "Bearer", "Bearer wrong", "Basic the-token", "Bearer the-token-and-more", "Bearer \xe4"]
)
def test_metrics_need_the_token_when_one_is_set(core: Core, sent: str) -> None:
    guarded = replace(core, settings=replace(core.settings, metrics_token="the-token"))
    client = create_app(guarded).test_client()
    answer = client.get("/metrics", headers={"Authorization": sent} if sent else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert client.get("/metrics", headers={"Authorization": "Bearer the-token"}).status_code == 200


@given(st.text(), st.integers(0, 2**53))
def test_any_label_stays_one_line(value: str, number: int) -> None:
    text = exposition([Metric("x", "y", [({"label": value.replace("\r", "")}, float(number))])])
    assert len([line for line in text.split("\n") if line]) == 3
    assert text.rstrip("\n").endswith(f" {number}")
