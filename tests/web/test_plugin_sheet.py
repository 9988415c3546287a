"""What an HR suite is told about us (manifests/plugin.json) is what the application really has."""

from __future__ import annotations

import re

from plugin.app import create_app
from plugin.domain import Role
from plugin.manifest import plugin_sheet
from plugin.services.core import Core
from plugin.services.delivery.events import EVENT_TYPES


def test_addresses_of_the_sheet_exist(core: Core) -> None:
    rules = {re.sub(r"<[^>]*>", "{}", str(rule)) for rule in create_app(core).url_map.iter_rules()}
    for name, address in plugin_sheet()["urls"].items():
        assert re.sub(r"\{[^}]*\}", "{}", address) in rules, name


def test_events_and_roles_of_the_sheet_are_ours() -> None:
    sheet = plugin_sheet()
    assert set(sheet["webhooks"]["events"]) == set(EVENT_TYPES)
    assert {one["role"] for one in sheet["roles"]} == {role.value for role in Role} - {"scim"}
