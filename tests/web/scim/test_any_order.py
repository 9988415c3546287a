"""Whatever order an identity provider and an operator act in, a model of a few lines says what stands at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugin.domain import Role
from plugin.errors import NotAllowed
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, provisioning, sessions
from plugin.services.people.sessions import Browser
from plugin.store.people import accounts
from tests.web.scim.conftest import ENTERPRISE, USER, Provider

NAMES = ("Raise Advisor manager", "Raise Advisor HR admin", "Team")
GIVES = {NAMES[0]: {"manager"}, NAMES[1]: {"hr_admin"}, NAMES[2]: set[str]()}
NUMBERS = count(1)
MAX_STEPS = 14


@dataclass
class Member:
    """What should be true of an account; ``session`` is one that began when it was last opened."""

    key: str
    active: bool = True
    own: set[str] = field(default_factory=set)
    boss: int | None = None
    session: str | None = None


@dataclass
class Model:
    core: Core
    provider: Provider
    run: int
    people: dict[int, Member] = field(default_factory=dict)
    groups: dict[int, tuple[str, str, set[int]]] = field(default_factory=dict)  # key, name, members
    ended: list[str] = field(default_factory=list)  # keys of sessions that must not come back

    def name(self, who: int) -> str:
        return f"p{who}.run{self.run}@example.com"

    def _session(self, one: Member) -> str:
        with self.core.database.transaction() as tx:
            account = accounts.get(tx, provisioning.number_of(one.key))
            return sessions.begin(tx, self.core.clock(), account, Browser()).reveal()

    def _close(self, one: Member) -> None:
        if one.session is not None:
            self.ended.append(one.session)
        one.active, one.session = False, None

    def _open(self, one: Member) -> None:
        if not one.active:
            one.active, one.session = True, self._session(one)

    def join(self, who: int, other: int) -> None:
        if who in self.people:
            body = {"schemas": [USER], "userName": self.name(who).upper()}
            assert self.provider.call("POST", "/Users", body).status_code == 409
            return
        one = self.people[who] = Member(self.provider.join(self.name(who))["id"])
        one.session = self._session(one)

    def _patch(self, who: int, *operations: dict[str, object]) -> Member | None:
        one = self.people.get(who)
        if one is not None:
            self.provider.patch(f"/Users/{one.key}", *operations)
        return one

    def leave(self, who: int, other: int) -> None:
        value = False if other % 2 else "False"
        if one := self._patch(who, {"op": "Replace", "path": "active", "value": value}):
            self._close(one)

    def back(self, who: int, other: int) -> None:
        if one := self._patch(who, {"op": "replace", "value": {"active": "true", "nickName": "x"}}):
            self._open(one)

    def unsaid(self, who: int, other: int) -> None:
        if one := self._patch(who, {"op": "remove", "path": "active"}):
            self._close(one)

    def put(self, who: int, other: int) -> None:
        if one := self.people.get(who):
            body = {"schemas": [USER], "userName": self.name(who), "displayName": f"D{other}"}
            self.provider.call("PUT", f"/Users/{one.key}", body)
            one.boss = None

    def delete(self, who: int, other: int) -> None:
        if one := self.people.pop(who, None):
            assert self.provider.call("DELETE", f"/Users/{one.key}").status_code == 204
            self._close(one)
            for _key, _name, members in self.groups.values():
                members.discard(who)
            for each in self.people.values():
                each.boss = None if each.boss == who else each.boss

    def boss(self, who: int, other: int) -> None:
        key = self.people[other].key if other in self.people else "nobody"
        one = self._patch(who, {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": key})
        if one and other in self.people and other != who:
            one.boss = other

    def group(self, who: int, other: int) -> None:
        if other not in self.groups:
            members = {who} & set(self.people)
            made = self.provider.group(NAMES[who % 3], *(self.people[one].key for one in members))
            self.groups[other] = made["id"], NAMES[who % 3], members

    def enter(self, who: int, other: int) -> None:
        if other in self.groups:
            key = self.people[who].key if who in self.people else "u999999"
            self.provider.patch(
                f"/Groups/{self.groups[other][0]}",
                {"op": "Add", "path": "members", "value": [{"value": key}]},
            )
            self.groups[other][2].update({who} & set(self.people))

    def go(self, who: int, other: int) -> None:
        if other in self.groups and who in self.people:
            key = self.people[who].key
            plain = {"op": "Remove", "path": f'members[value eq "{key}"]'}
            entra = {"op": "Remove", "path": "members", "value": [{"value": key}]}
            self.provider.patch(f"/Groups/{self.groups[other][0]}", plain if (who + other) % 2 else entra)
            self.groups[other][2].discard(who)

    def rename(self, who: int, other: int) -> None:
        if other in self.groups:
            key, _name, members = self.groups[other]
            wish = {"op": "replace", "path": "displayName", "value": NAMES[who % 3]}
            self.provider.patch(f"/Groups/{key}", wish)
            self.groups[other] = key, NAMES[who % 3], members

    def dissolve(self, who: int, other: int) -> None:
        if other in self.groups:
            assert self.provider.call("DELETE", f"/Groups/{self.groups.pop(other)[0]}").status_code == 204

    def local_role(self, who: int, other: int) -> None:
        if one := self.people.get(who):
            role = (Role.ANALYST, Role.MANAGER)[other % 2]
            account_setup.set_roles(self.core, SYSTEM, provisioning.number_of(one.key), [role])
            one.own = {role.value}

    def local_close(self, who: int, other: int) -> None:
        if one := self.people.get(who):
            account_setup.set_active(self.core, SYSTEM, provisioning.number_of(one.key), active=False)
            self._close(one)

    def check(self) -> None:
        for who, one in self.people.items():
            found = self.provider.get(f"/Users/{one.key}")
            inside = {key for key, _name, members in self.groups.values() if who in members}
            assert {each["value"] for each in found.get("groups", [])} == inside
            boss = found.get(ENTERPRISE, {}).get("manager", {}).get("value")
            assert boss == (self.people[one.boss].key if one.boss is not None else None)
            assert found.get("active", False) == one.active
            with self.core.database.reading() as tx:
                stored = accounts.get(tx, provisioning.number_of(one.key))
            by_groups = [GIVES[name] for _key, name, members in self.groups.values() if who in members]
            assert {role.value for role in stored.roles} == one.own.union(*by_groups)
            if one.session is not None:
                sessions.resume(self.core, one.session)
        for session in self.ended:
            try:
                sessions.resume(self.core, session)
            except NotAllowed:
                continue
            raise AssertionError("an ended session is alive")
        for key, name, members in self.groups.values():
            found = self.provider.get(f"/Groups/{key}")
            assert found["displayName"] == name
            keys = {self.people[who].key for who in members}
            assert {each["value"] for each in found.get("members", [])} == keys


STEPS: dict[str, Callable[[Model, int, int], None]] = {
    name: getattr(Model, name)
    for name in (
        [
            "join",
            "leave",
            "back",
            "unsaid",
            "put",
            "delete",
            "boss",
            "group",
            "enter",
            "go",
            "rename",
            "dissolve",
            "local_role",
            "local_close",
        ]
    )
}
STEP = st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 2), st.integers(0, 2))


@settings(max_examples=12)
@given(steps=st.lists(STEP, max_size=MAX_STEPS))
@example(steps=[("join", 0, 0), ("join", 1, 0), ("boss", 0, 1), ("delete", 1, 0), ("join", 1, 0)])
@example(steps=[("join", 0, 0), ("group", 0, 0), ("leave", 0, 1), ("rename", 2, 0), ("back", 0, 0)])
@example(steps=[("join", 0, 0), ("unsaid", 0, 0), ("put", 0, 0), ("back", 0, 0), ("local_close", 0, 0)])
def test_the_end_is_what_the_model_says(
    core: Core, provider: Provider, steps: list[tuple[str, int, int]]
) -> None:
    model = Model(core, provider, next(NUMBERS))
    for who in (0, 1):
        model.join(who, 0)
    for name, who, other in steps:
        STEPS[name](model, who, other)
    model.check()
