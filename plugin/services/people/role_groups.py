"""Groups as an identity provider keeps them: each may stand for a role, which its members have while they are in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, cast

from plugin.domain import AccountFinding, Json, JsonObject, Role
from plugin.errors import InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.people import provisioning
from plugin.services.people.provisioning import USER_TYPE, Directory, number_of, tag, user_key
from plugin.store import fitting
from plugin.store.operation import audits
from plugin.store.people import account_findings, account_groups, provisioned
from plugin.store.people.account_groups import Group
from plugin.store.people.provisioned import Condition
from plugin.store.tables import account_group
from plugin.texts import _

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
GIVEN = tuple(role for role in Role if role is not Role.SCIM)  # roles that a group may stand for
GROUP_TYPE = "Group"  # machine text
PREFIX = "raise_advisor_"


def role_of(display_name: str, said: Role | None) -> Role | None:
    """What an operator said, else what the name says: "Raise Advisor HR admin" and ``raise-advisor-hr_admin`` are hr_admin.

    A group of any other name stands for no role: a firm's "Operators" may be people at machines.
    """
    if said is not None:
        return said
    plain = re.sub(r"[^a-z0-9]+", "_", display_name.casefold()).strip("_")
    return next((role for role in GIVEN if plain == f"{PREFIX}{role.value}"), None)


def get(directory: Directory, group_id: int, *, members: bool = True) -> JsonObject:
    """NotFound. Without ``members`` they are not read."""
    return _documents(directory, [account_groups.get(directory.tx, group_id)], members=members)[0]


def page(
    directory: Directory,
    conditions: Sequence[Condition],
    *,
    offset: int = 0,
    limit: int | None = None,
    members: bool = True,
) -> list[JsonObject]:
    rows = account_groups.page(directory.tx, conditions, offset=offset, limit=limit)
    return _documents(directory, rows, members=members)


def count(directory: Directory, conditions: Sequence[Condition]) -> int:
    return account_groups.count(directory.tx, conditions)


def _documents(directory: Directory, rows: Sequence[Group], *, members: bool) -> list[JsonObject]:
    inside = account_groups.members(directory.tx, [row.id for row in rows]) if members else {}
    return [_document(row, inside.get(row.id, [])) for row in rows]


def _document(row: Group, members: Sequence[int]) -> JsonObject:
    made: JsonObject = {
        "schemas": [GROUP],
        "id": f"g{row.id}",
        "displayName": row.display_name,
        "meta": {
            "resourceType": GROUP_TYPE,
            "created": row.created_at.isoformat(),
            "lastModified": row.changed_at.isoformat(),
            "version": tag(row.version),
        },
    }
    if row.external_id is not None:
        made["externalId"] = row.external_id
    if members:
        keys = [user_key(one) for one in members]
        made["members"] = [{"value": key, "$ref": f"Users/{key}", "type": USER_TYPE} for key in keys]
    return made


def add(directory: Directory, document: JsonObject) -> JsonObject:
    name, external_id = _columns(document)
    group_id = account_groups.add(directory.tx, directory.core.clock(), name, external_id)
    directory.note("account_group.add", f"account_group:{group_id}", {"name": name})
    _put_members(directory, group_id, document)
    return get(directory, group_id)


def change(directory: Directory, group_id: int, document: JsonObject, expected: str | None) -> JsonObject:
    """The whole new state. NotFound, Conflict (VERSION), InvalidInput."""
    before = account_groups.get(directory.tx, group_id)
    provisioning.check(before.version, expected)
    name, external_id = _columns(document)
    account_groups.change(directory.tx, directory.core.clock(), group_id, name, external_id)
    if (name, external_id) != (before.display_name, before.external_id):
        directory.note("account_group.change", f"account_group:{group_id}", {"name": name})
    _put_members(directory, group_id, document)
    if name != before.display_name:
        _settle_roles(
            directory, account_groups.members(directory.tx, [group_id]).get(group_id, []), touch=True
        )
    return get(directory, group_id)


def delete(directory: Directory, group_id: int, expected: str | None) -> None:
    """Its members lose its role at once."""
    before = account_groups.get(directory.tx, group_id)
    provisioning.check(before.version, expected)
    members = account_groups.members(directory.tx, [group_id]).get(group_id, [])
    account_groups.remove(directory.tx, group_id)
    account_findings.settle(directory.tx, f"account_group:{group_id}")
    directory.note("account_group.delete", f"account_group:{group_id}", {"name": before.display_name})
    _settle_roles(directory, members, touch=True)


def _columns(document: JsonObject) -> tuple[str, str | None]:
    name, external_id = str(document["displayName"]), cast("str | None", document.get("externalId"))
    values = {"display_name": name, "external_id": external_id}
    wrong = fitting.misfit(account_group, values) if name.strip() else _("is required")
    if wrong:
        said = _("the group can’t be stored: %(wrong)s", wrong=wrong)
        raise InvalidInput(said, fields={"displayName": wrong})
    return name, external_id


def _put_members(directory: Directory, group_id: int, document: JsonObject) -> None:
    """Members who are no account are not taken: one of them must not keep another in who has to go."""
    subject = f"account_group:{group_id}"
    sent = [str(one.get("value") or "") for one in cast("list[Any]", document.get("members") or [])]
    known = provisioned.visible(directory.tx, {number_of(one) for one in sent} - {0})
    unknown = [one for one in sent if number_of(one) not in known]
    if unknown:
        directory.found(subject, AccountFinding.MEMBER_UNKNOWN, ", ".join(unknown))
    else:
        account_findings.settle(directory.tx, subject, AccountFinding.MEMBER_UNKNOWN)
    before = set(account_groups.members(directory.tx, [group_id]).get(group_id, []))
    added, removed = known - before, before - known
    if not added and not removed:
        return
    account_groups.put_members(directory.tx, group_id, added, removed)
    detail: JsonObject = {"added": list[Json](sorted(added)), "removed": list[Json](sorted(removed))}
    directory.note("account_group.members", subject, detail)
    _settle_roles(directory, added | removed, touch=True)


def _settle_roles(directory: Directory, account_ids: Collection[int], *, touch: bool = False) -> None:
    """Says anew which roles the accounts have by their groups; ``touch`` those too whose roles stay."""
    tx, now = directory.tx, directory.core.clock()
    groups = provisioned.groups(tx, account_ids)
    alike: dict[frozenset[Role], list[int]] = {}
    details: dict[str, JsonObject] = {}
    for account_id, stored in sorted(provisioned.group_roles(tx, account_ids).items()):
        said = {role_of(name, role) for _id, name, role in groups.get(account_id, [])}
        roles = frozenset(role for role in said if role is not None)
        if roles != stored:
            words = [role.value for role in sorted(roles)]
            details[f"account:{account_id}"] = {"by_groups": list[Json](words)}
        if touch or roles != stored:
            alike.setdefault(roles, []).append(account_id)
    for roles, mine in alike.items():
        provisioned.change(tx, now, mine, {"group_roles": [role.value for role in sorted(roles)]})
    audits.append_many(tx, now, directory.actor.name, "account.roles", details)


def groups(core: Core, *, after: int = 0, limit: int = 50) -> list[tuple[Group, Role | None, int]]:
    """Each group with the role it stands for and its number of members, in the order of ids."""
    with core.database.reading() as tx:
        found = account_groups.page(tx, [("id", "gt", after)], limit=limit)
        inside = account_groups.members(tx, [one.id for one in found])
    return [(one, role_of(one.display_name, one.role), len(inside.get(one.id, []))) for one in found]


def set_role(core: Core, actor: Actor, group_id: int, role: Role | None) -> None:
    """Says which role a group stands for; None leaves it to the name. NotFound, InvalidInput for the role of machines."""
    if role is Role.SCIM:
        said = _("a group can’t stand for this role")
        raise InvalidInput(said, fields={"role": said})
    with provisioning.opened(core, actor, writing=True) as directory:
        account_groups.get(directory.tx, group_id)
        account_groups.set_role(directory.tx, core.clock(), group_id, role)
        detail: JsonObject = {"role": role.value if role else None}
        directory.note("account_group.role", f"account_group:{group_id}", detail)
        _settle_roles(directory, account_groups.members(directory.tx, [group_id]).get(group_id, []))
