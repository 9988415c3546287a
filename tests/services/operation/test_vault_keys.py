"""Keys can be rotated without losing a secret, and a dump of the database shows none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from plugin.errors import ConfigError, Tampered
from plugin.services.core import SYSTEM, Core
from plugin.services.delivery import endpoint_setup
from plugin.services.operation import doctoring
from plugin.services.sources import connection_opening, connection_setup
from plugin.vault import Secret, Vault

CANARY = "canary-987654321"


@pytest.fixture
def filled(any_core: Core) -> Core:
    settings = {"endpoint": "https://lrs.example.com/xAPI", "username": "u", "password": CANARY}
    connection_setup.add(any_core, SYSTEM, connector="xapi_lrs", name="LRS", settings=settings)
    endpoint_setup.add(any_core, SYSTEM, endpoint_setup.Wish("Payroll", "https://pay.example.com/in"))
    return any_core


def test_rotation_keeps_every_secret(filled: Core) -> None:
    new = Vault.new_key()
    both = replace(filled, vault=Vault([new, *filled.settings.vault_keys]))
    assert doctoring.rotate(both, SYSTEM) == 2
    only_new = replace(filled, vault=Vault([new]))
    assert doctoring.unreadable(only_new) == (0, 2)
    assert doctoring.unreadable(filled) == (2, 2)
    assert connection_opening.opened(only_new, 1)[1].settings["password"] == CANARY


def test_dump_shows_no_secret(filled: Core) -> None:
    with filled.database.reading() as tx:
        tables = sa.inspect(filled.database.engine).get_table_names()
        dump = "\n".join(
            str(row) for table in tables for row in tx.execute(sa.text(f'SELECT * FROM "{table}"'))
        )
    assert CANARY not in dump
    assert "whsec_" not in dump


def test_foreign_key_is_tampered_not_a_crash(filled: Core) -> None:
    with pytest.raises(Tampered):
        connection_opening.opened(replace(filled, vault=Vault([Vault.new_key()])), 1)


def test_secret_never_shows_itself(tmp_path: Path) -> None:
    secret = Secret(CANARY)
    assert CANARY not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError):
        __import__("pickle").dumps(secret)


def test_missing_and_malformed_keys_are_named() -> None:
    for keys in ([], ["short"]):
        with pytest.raises(ConfigError, match="ADVISOR_VAULT_KEYS"):
            Vault(keys)
