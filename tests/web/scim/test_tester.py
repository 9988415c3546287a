"""The public compliance tester finds no failure in us, over HTTP."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server
from waitress.server import create_server

from plugin.services.core import Core
from tests.conftest import app_over
from tests.web.scim.conftest import Provider

GOOD = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE, Status.SKIPPED}


@pytest.fixture
def address(core: Core) -> Iterator[str]:
    server = create_server(app_over(core), host="127.0.0.1", port=0, threads=2)
    runner = threading.Thread(target=server.run, daemon=True)
    runner.start()
    yield f"http://127.0.0.1:{server.effective_port}/scim/v2"
    server.close()
    runner.join(5)


def test_scim2_tester_finds_no_failure(provider: Provider, address: str) -> None:
    headers = {"Authorization": f"Bearer {provider.token}"}
    with httpx2.Client(base_url=address, headers=headers) as http:
        results = check_server(SyncSCIMClient(http))
    bad = [
        (one.status.name, one.title, one.resource_type, one.reason)
        for one in results
        if one.status not in GOOD
    ]
    assert bad == []
    counted = Counter(one.status for one in results)
    assert counted[Status.SUCCESS] > 60
    assert counted[Status.SKIPPED] == 0
    print(counted)
