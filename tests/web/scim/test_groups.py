"""Groups of an identity provider give roles, and take them away."""

from __future__ import annotations

import pytest

from plugin.domain import Role
from plugin.errors import InvalidInput
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, provisioning, role_groups
from tests.web.scim.conftest import Document, Provider


def roles_of(core: Core, document: Document) -> set[str]:
    found = account_setup.page(core, after=provisioning.number_of(document["id"]) - 1, limit=1)[0]
    return {role.value for role in found.roles}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Raise Advisor HR admin", Role.HR_ADMIN),
        ("raise-advisor-manager", Role.MANAGER),
        ("RAISE_ADVISOR_OPERATOR", Role.OPERATOR),
        ("Operator", None),
        ("raise advisor scim", None),
        ("Raise Advisor managers", None),
    ],
)
def test_only_our_own_names_say_a_role(name: str, role: Role | None) -> None:
    assert role_groups.role_of(name, None) == role
    assert role_groups.role_of(name, Role.ANALYST) == Role.ANALYST


def test_members_have_the_role_while_they_are_in(core: Core, provider: Provider) -> None:
    ada, bob = provider.join("ada@example.com"), provider.join("bob@example.com")
    account_setup.set_roles(core, SYSTEM, provisioning.number_of(bob["id"]), [Role.ANALYST])
    group = provider.group("Raise Advisor manager", ada["id"])
    assert roles_of(core, ada) == {"manager"}
    address = f"/Groups/{group['id']}"
    provider.patch(address, {"op": "Add", "path": "members", "value": [{"value": bob["id"]}]})
    assert roles_of(core, bob) == {"analyst", "manager"}
    assert provider.get(f"/Users/{bob['id']}")["groups"][0]["display"] == "Raise Advisor manager"
    provider.patch(address, {"op": "Remove", "path": f'members[value eq "{ada["id"]}"]'})
    assert roles_of(core, ada) == set()
    provider.patch(address, {"op": "Remove", "path": "members", "value": [{"value": bob["id"]}]})
    assert roles_of(core, bob) == {"analyst"}
    assert "members" not in provider.get(address)


def test_a_group_that_is_renamed_or_deleted_takes_its_role_along(core: Core, provider: Provider) -> None:
    ada = provider.join("ada@example.com")
    group = provider.group("Raise Advisor manager", ada["id"])
    address = f"/Groups/{group['id']}"
    provider.patch(address, {"op": "replace", "value": {"id": group["id"], "displayName": "Team"}})
    assert roles_of(core, ada) == set()
    number = provisioning.number_of(group["id"], "g")
    role_groups.set_role(core, SYSTEM, number, Role.HR_ADMIN)
    assert roles_of(core, ada) == {"hr_admin"}
    with pytest.raises(InvalidInput):
        role_groups.set_role(core, SYSTEM, number, Role.SCIM)
    assert [(one[0].display_name, one[1], one[2]) for one in role_groups.groups(core)] == [
        ("Team", Role.HR_ADMIN, 1)
    ]
    assert provider.call("DELETE", address).status_code == 204
    assert roles_of(core, ada) == set()
    again = provider.group("Team")
    assert again["id"] != group["id"]


def test_an_unknown_member_keeps_nobody_in(core: Core, provider: Provider) -> None:
    ada, bob = provider.join("ada@example.com"), provider.join("bob@example.com")
    group = provider.group("Raise Advisor manager", ada["id"])
    body = {
        **group,
        "members": [{"value": "u999"}, {"value": group["id"], "type": "Group"}, {"value": bob["id"]}],
    }
    put = provider.call("PUT", f"/Groups/{group['id']}", body).get_json(force=True)
    assert [one["value"] for one in put["members"]] == [bob["id"]]
    assert (roles_of(core, ada), roles_of(core, bob)) == (set(), {"manager"})
    assert [one.kind.value for one in provisioning.findings(core)] == ["member_unknown"]


def test_groups_are_found_by_name_and_member(core: Core, provider: Provider) -> None:
    ada, bob = provider.join("ada@example.com"), provider.join("bob@example.com")
    provider.group("One", ada["id"])
    provider.group("Two", ada["id"], bob["id"])
    for query, expected in {
        'displayName eq "one"': {"One"},
        f'members[value eq "{ada["id"]}"]': {"One", "Two"},
        f'members.value eq "{bob["id"]}"': {"Two"},
        f'members eq "{bob["id"]}" and displayName sw "T"': {"Two"},
        f'members[value eq "{ada["id"]}"] and members[value eq "{bob["id"]}"]': {"Two"},
        f'not (members[value eq "{bob["id"]}"])': {"One"},
    }.items():
        assert set(provider.found(query, "Groups")) == expected, query
    light = provider.get("/Groups?excludedAttributes=members")
    assert "members" not in str(light["Resources"])
    old = light["Resources"][1]["meta"]["version"]
    provider.call("DELETE", f"/Users/{bob['id']}")
    after = provider.get(f"/Groups/{light['Resources'][1]['id']}")
    assert (len(after["members"]), after["meta"]["version"] != old) == (1, True)
