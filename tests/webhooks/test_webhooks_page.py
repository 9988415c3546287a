"""docs/reference/webhooks.md says what the code does."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.domain import utc_now
from plugin.services.delivery import retry_schedule, signing
from plugin.services.delivery.endpoint_setup import TEST_EVENT
from plugin.services.delivery.events import EVENT_TYPES
from plugin.vault import Secret

PAGE = (Path(__file__).parents[2] / "docs/reference/webhooks.md").read_text(encoding="utf-8")
UNITS = {"s": 1, "min": 60, "h": 3600}


def test_every_event_type_stands_on_the_page_and_no_other() -> None:
    named = set(re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", PAGE, re.MULTILINE))
    assert named == set(EVENT_TYPES) | {TEST_EVENT}


def test_retry_table_is_the_schedule() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| after the one before"))
    told = re.findall(r"(\d+) (s|min|h) ", row)
    assert tuple(int(number) * UNITS[unit] for number, unit in told) == retry_schedule.DELAYS_SECONDS


@pytest.mark.dates
def test_three_lines_of_the_page_verify_a_delivery() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    secret = Secret("whsec_" + "QUJD" * 11)
    body = b'{"type": "endpoint.test", "data": {}}'
    names = {"secret": secret.reveal(), "body": body, "headers": signing.sign([secret], "m", utc_now(), body)}
    exec(code, names)  # the page's own text
    assert names["event"] == {"type": "endpoint.test", "data": {}}


def test_delays_never_shrink_and_add_up_to_three_days() -> None:
    delays = retry_schedule.DELAYS_SECONDS
    assert list(delays) == sorted(delays)
    assert timedelta(seconds=sum(delays)) > timedelta(days=3)
