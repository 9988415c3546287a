"""The API judged by schemathesis, over the wire, with a token of each role: no server error, no answer outside of the published
document, no valid request refused and no invalid one accepted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
import requests

from plugin.domain import Role
from plugin.services.core import Core
from tests.web.api.conftest import token_of

ROOT = Path(__file__).parents[3]
Wire = Callable[[Core], AbstractContextManager[str]]


def judged(core: Core, wire: Wire, role: Role, *options: str) -> subprocess.CompletedProcess[str]:
    token = token_of(core, role)["Authorization"]
    with wire(core) as address:
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/api/openapi.json"),
            *("--header", f"Authorization: {token}", "--checks", "all", "--generation-deterministic"),
            *("--no-color", *options),
        ]
        hooks = {"SCHEMATHESIS_HOOKS": "tests.web.api.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
        found = {**os.environ, **hooks}
        return subprocess.run(command, cwd=ROOT, env=found, capture_output=True, text=True, check=False)


on = partial(pytest.mark.parametrize, "ground", indirect=True)  # each on its other database in make slow


@pytest.mark.usefixtures("world")
@on(argvalues=["postgresql"])
def test_all_that_an_hr_admin_can_ask(core: Core, wire: Wire) -> None:
    found = judged(core, wire, Role.HR_ADMIN, "--max-examples", "2", "--phases", "examples,coverage")
    assert found.returncode == 0, found.stdout[-6000:] + found.stderr[-2000:]


@pytest.mark.usefixtures("world")
@on(argvalues=["sqlite"])
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.HR_ADMIN])
def test_other_roles(core: Core, wire: Wire, role: Role) -> None:
    found = judged(core, wire, role, "--max-examples", "1", "--phases", "fuzzing")
    assert found.returncode == 0, found.stdout[-6000:] + found.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("role", Role)
def test_every_phase_at_length(core: Core, wire: Wire, role: Role) -> None:
    found = judged(core, wire, role, "--max-examples", "60")
    assert found.returncode == 0, found.stdout[-6000:] + found.stderr[-2000:]


@pytest.mark.usefixtures("world")
def test_a_settings_key_of_several_lines_is_taken(core: Core, wire: Wire) -> None:
    """The published rule is the very rule that is checked, for what settings ask of each other too."""
    headers = token_of(core, Role.HR_ADMIN)
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nc2FtcGxl\n-----END OPENSSH PRIVATE KEY-----\n"
    sftp = {"host": "sftp.example.com", "username": "advisor", "host_key": "ssh-ed25519 AAAAC3Nz", "port": 22}
    with wire(core) as address, requests.Session() as caller:
        for settings, status in (({**sftp, "private_key": key}, 201), (sftp, 422)):
            body = {"connector": "csv_folder", "name": f"Payroll {status}", "settings": settings}
            sent = caller.post(f"{address}/api/v1/connections", json=body, headers=headers, timeout=30)
            assert sent.status_code == status, sent.text
        document = caller.get(f"{address}/api/openapi.json", timeout=30).json()
    rules = document["components"]["schemas"]["CsvFolderSettings"]["allOf"]
    assert {"required": ["private_key"], "properties": {"private_key": {"not": {"type": "null"}}}} in [
        option for rule in rules for option in rule.get("anyOf", [])
    ]
