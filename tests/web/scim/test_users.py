"""An identity provider's users are our accounts: joiners, leavers, and whom they belong to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.domain import PersonRecord, Role
from plugin.errors import InvalidInput, NotAllowed
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, api_tokens, provisioning, sessions, signing_in
from plugin.store.operation import audits
from plugin.store.people import accounts, persons
from plugin.store.sources import connections
from tests.conftest import FrozenClock
from tests.web.scim.conftest import ENTERPRISE, USER, Document, Provider

ADA = "ada@example.com"
WORD = "a long enough word"


def id_of(document: Document) -> int:
    return provisioning.number_of(document["id"])


def account_of(core: Core, document: Document) -> accounts.Account:
    with core.database.reading() as tx:
        return accounts.get(tx, id_of(document))


def manager_of(document: Document) -> str | None:
    found = document.get(ENTERPRISE, {}).get("manager")
    return found["value"] if found else None


def kinds(core: Core) -> list[str]:
    return [one.kind.value for one in provisioning.findings(core)]


def test_only_a_token_of_the_role_opens_the_door(core: Core, provider: Provider) -> None:
    without = provider.client.get("/scim/v2/Users")
    assert (without.status_code, without.mimetype) == (401, "application/scim+json")
    assert without.headers["WWW-Authenticate"].startswith("Bearer")
    assert without.get_json(force=True)["status"] == "401"
    wrong = Provider(provider.client, "ra_wrong").call("GET", "/Users")
    assert wrong.status_code == 401
    other = account_setup.add_account(
        core, SYSTEM, email="hr@example.com", display_name="", password=WORD, roles=[Role.HR_ADMIN]
    )
    token = api_tokens.make(core, SYSTEM, account_id=other, name="nightly").reveal()
    refused = Provider(provider.client, token).call("GET", "/Users")
    assert refused.status_code == 403
    assert refused.get_json(force=True)["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert provider.client.get("/scim/v2/ServiceProviderConfig").status_code == 200
    mine = {"Authorization": f"Bearer {provider.token}"}
    assert provider.client.get("/api/v1/people", headers=mine).status_code == 403


def test_the_role_stands_alone(core: Core) -> None:
    roles = [Role.SCIM, Role.HR_ADMIN]
    with pytest.raises(InvalidInput, match="combined"):
        account_setup.add_account(
            core, SYSTEM, email="x@example.com", display_name="", password=WORD, roles=roles
        )


def test_a_joiner_has_an_account_without_password_and_role(core: Core, provider: Provider) -> None:
    made = provider.join(ADA, name={"givenName": "Ada", "familyName": "Example"}, externalId="x-1")
    found = account_of(core, made)
    assert (found.email, found.display_name, found.roles, found.active) == (ADA, "Ada Example", set(), True)
    assert made["meta"]["location"].endswith(f"/scim/v2/Users/{made['id']}")
    with pytest.raises(NotAllowed):
        signing_in.with_password(core, ADA, "")
    again = provider.call("POST", "/Users", {"schemas": [USER], "userName": ADA.upper()})
    assert (again.status_code, again.get_json(force=True)["scimType"]) == (409, "uniqueness")


def test_a_password_and_attributes_without_use_are_not_kept(core: Core, provider: Provider) -> None:
    made = provider.join(ADA, password="secret-canary-1", title="Engineer", phoneNumbers=[{"value": "1"}])
    assert "canary" not in str(made)
    assert not {"title", "phoneNumbers", "password"} & set(provider.get(f"/Users/{made['id']}"))
    with core.database.reading() as tx:
        assert accounts.by_email(tx, ADA) == (account_of(core, made), None)


@pytest.mark.parametrize("value", [False, "False", "false", [{"value": "False"}]])
@pytest.mark.parametrize("path", [True, False])
def test_a_leaver_is_out_at_once(core: Core, provider: Provider, value: object, path: bool) -> None:
    made = provider.join(ADA)
    account_setup.set_password(core, SYSTEM, id_of(made), WORD)
    key = signing_in.with_password(core, ADA, WORD).key.reveal()
    account_setup.set_roles(core, SYSTEM, id_of(made), [Role.MANAGER])
    token = api_tokens.make(core, SYSTEM, account_id=id_of(made), name="own").reveal()
    operation = (
        {"op": "Replace", "path": "active", "value": value}
        if path
        else {"op": "replace", "value": {"active": value}}
    )
    provider.patch(f"/Users/{made['id']}", operation)
    assert provider.get(f"/Users/{made['id']}")["active"] is False
    with pytest.raises(NotAllowed):
        sessions.resume(core, key)
    with pytest.raises(NotAllowed):
        api_tokens.caller_of(core, token)
    provider.patch(f"/Users/{made['id']}", {"op": "replace", "value": {"active": "True"}})
    with pytest.raises(NotAllowed):  # an old session does not come back
        sessions.resume(core, key)
    with pytest.raises(NotAllowed):  # nor does an old token
        api_tokens.caller_of(core, token)
    with core.database.reading() as tx:
        actions = [one.action for one in audits.page(tx, subject=f"account:{id_of(made)}")]
    assert {"account.add", "account.close", "account.open"} <= set(actions)


def test_a_deleted_account_is_gone_and_its_name_is_free(core: Core, provider: Provider) -> None:
    made = provider.join(ADA)
    account_setup.set_password(core, SYSTEM, id_of(made), WORD)
    key = signing_in.with_password(core, ADA, WORD).key.reveal()
    assert provider.call("DELETE", f"/Users/{made['id']}").status_code == 204
    assert provider.call("GET", f"/Users/{made['id']}").status_code == 404
    assert provider.call("DELETE", f"/Users/{made['id']}").status_code == 404
    with pytest.raises(NotAllowed):
        sessions.resume(core, key)
    other = provider.join(ADA)
    assert other["id"] != made["id"]
    with pytest.raises(NotAllowed):
        signing_in.with_password(core, ADA, WORD)
    assert ADA in [one.email for one in account_setup.page(core)]
    assert id_of(made) not in [one.id for one in account_setup.page(core)]


def test_an_account_made_here_is_found_and_its_provider_unseen(core: Core, provider: Provider) -> None:
    account_setup.add_account(
        core, SYSTEM, email="hr@example.com", display_name="Hana", password=WORD, roles=[Role.HR_ADMIN]
    )
    assert provider.found('userName eq "HR@example.com"') == ["hr@example.com"]
    assert provider.found('userName co "entra"') == []


@pytest.mark.parametrize(
    "bad",
    ["nobody", "u999", {"displayName": "Max"}, {"value": "u999"}, {"value": {"a": 1}}, 17, [1, 2], "self"],
)
def test_a_bad_manager_is_refused_alone(core: Core, provider: Provider, bad: object) -> None:
    boss = provider.join("max@example.com")
    made = provider.join(ADA, **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    assert manager_of(made) == boss["id"]
    bad = made["id"] if bad == "self" else bad
    provider.patch(
        f"/Users/{made['id']}",
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": bad},
        {"op": "Replace", "path": "displayName", "value": "Ada Neu"},
    )
    found = provider.get(f"/Users/{made['id']}")
    assert (found["displayName"], manager_of(found)) == ("Ada Neu", boss["id"])
    assert kinds(core) == ["manager_refused"]
    body = {
        "schemas": [USER],
        "userName": "new@example.com",
        ENTERPRISE: {"manager": bad, "department": "R&D"},
    }
    joined = provider.call("POST", "/Users", body).get_json(force=True)
    if bad != made["id"]:
        assert joined[ENTERPRISE] == {"department": "R&D"}
    other = provider.join("eve@example.com")
    good = {"op": "replace", "value": {f"{ENTERPRISE}:manager": other["id"]}}
    provider.patch(f"/Users/{made['id']}", good)
    assert [one.subject for one in provisioning.findings(core)] == (
        [f"account:{id_of(joined)}"] if bad != made["id"] else []
    )


@pytest.mark.parametrize("nobody", [None, "", {"value": ""}, {"value": None}])
def test_no_manager_is_none(core: Core, provider: Provider, nobody: object) -> None:
    boss = provider.join("max@example.com")
    made = provider.join(ADA, **{ENTERPRISE: {"manager": boss["id"]}})  # a bare id is one
    assert manager_of(made) == boss["id"]
    provider.patch(
        f"/Users/{made['id']}", {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": nobody}
    )
    assert manager_of(provider.get(f"/Users/{made['id']}")) is None
    plain = provider.join("eve@example.com", **{ENTERPRISE: {"manager": nobody, "employeeNumber": "7"}})
    assert plain[ENTERPRISE] == {"employeeNumber": "7"}
    assert kinds(core) == []


def test_what_entra_and_okta_send(provider: Provider) -> None:
    made = provider.join(ADA, emails=[{"value": ADA, "type": "work", "primary": True}])
    address = f"/Users/{made['id']}"
    provider.patch(
        address,
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "ada.new@example.com"},
        {"op": "Add", "path": "name.givenName", "value": "Ada"},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "R&D"},
        {"op": "Add", "path": 'addresses[type eq "work"].country', "value": "DE"},
    )
    provider.patch(
        address,
        {
            "op": "REPLACE",
            "value": {
                "name.familyName": "Example",
                'emails[type eq "home"].value': "ada@example.org",
                f"{ENTERPRISE}:employeeNumber": "E1",
                "displayName": "Ada Example",
                "active": "True",
            },
        },
    )
    found = provider.get(address)
    assert found["name"] == {"givenName": "Ada", "familyName": "Example"}
    assert {one["type"]: one["value"] for one in found["emails"]} == {
        "work": "ada.new@example.com",
        "home": "ada@example.org",
    }
    assert found[ENTERPRISE] == {"department": "R&D", "employeeNumber": "E1"}
    assert (found["displayName"], found["active"]) == ("Ada Example", True)


def test_put_without_active_opens_no_closed_account(provider: Provider) -> None:
    made = provider.join(ADA, active=False)
    assert made["active"] is False
    body = {"schemas": [USER], "userName": ADA, "displayName": "Ada"}
    put = provider.call("PUT", f"/Users/{made['id']}", body).get_json(force=True)
    assert (put["active"], put["displayName"]) == (False, "Ada")
    back = provider.call("PUT", f"/Users/{made['id']}", {**body, "active": "True"}).get_json(force=True)
    assert back["active"] is True


def test_an_old_version_is_refused(provider: Provider, core: Core) -> None:
    made = provider.join(ADA)
    address, old = f"/Users/{made['id']}", made["meta"]["version"]
    assert provider.call("GET", address, If_None_Match=old).status_code == 304
    provider.patch(address, {"op": "replace", "path": "displayName", "value": "A"}, If_Match=old)
    refused = provider.call("PUT", address, {"schemas": [USER], "userName": ADA}, If_Match=old)
    assert refused.status_code == 412
    assert provider.call("DELETE", address, If_Match=old).status_code == 412
    new = provider.call("GET", address).headers["ETag"]
    account_setup.set_active(core, SYSTEM, id_of(made), active=False)  # seen too
    assert provider.call("GET", address).headers["ETag"] != new
    group = provider.group("Raise Advisor manager", made["id"])
    assert group["members"][0]["value"] == made["id"]


def test_filters(provider: Provider, clock: FrozenClock) -> None:
    provider.join(ADA, externalId="X-1", emails=[{"value": ADA, "type": "work"}], displayName="Ada")
    clock.advance(hours=1)
    later = clock.moment.isoformat()
    provider.join("bob@example.com", externalId="X-2", active=False)
    clock.advance(hours=1)
    provider.join("eve@example.com", displayName="Eve Ärger")
    everybody = {ADA, "bob@example.com", "eve@example.com"}
    for query, expected in {
        'userName eq "ADA@example.com"': {ADA},
        f'{USER}:userName eq "ada@example.com"': {ADA},
        'externalId eq "X-2"': {"bob@example.com"},
        'externalId eq "x-2"': set(),
        "active eq true": {ADA, "eve@example.com"},
        "active eq false": {"bob@example.com"},
        f'meta.lastModified gt "{later}"': {"eve@example.com"},
        f'meta.lastModified ge "{later}" and active eq false': {"bob@example.com"},
        'emails[type eq "work" and value co "ada"]': {ADA},
        'emails.value eq "ada@example.com"': {ADA},
        "externalId pr": {ADA, "bob@example.com"},
        "not (externalId pr)": {"eve@example.com"},
        'userName sw "B" or displayName co "ärger"': {"bob@example.com", "eve@example.com"},
        'userName ne "ada@example.com"': everybody - {ADA},
        'userName ew ".com" and not (active eq false)': {ADA, "eve@example.com"},
        'userName eq "a\\u0000b"': set(),
        'id eq "u0"': set(),
    }.items():
        assert set(provider.found(query)) == expected, query


@pytest.mark.parametrize(
    "query", ["userName", "userName eq", 'wages eq "1"', "active gt true", "(((", 'userName xx "a"']
)
def test_a_bad_filter_is_named(provider: Provider, query: str) -> None:
    headers = {"Authorization": f"Bearer {provider.token}"}
    answer = provider.client.get("/scim/v2/Users", query_string={"filter": query}, headers=headers)
    assert (answer.status_code, answer.get_json(force=True)["scimType"]) == (400, "invalidFilter")


def test_a_tower_of_brackets_is_refused(provider: Provider) -> None:
    headers = {"Authorization": f"Bearer {provider.token}"}
    query = "not (" * 5000 + "active eq true" + ")" * 5000
    wish = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": query}
    assert provider.call("POST", "/Users/.search", wish).status_code == 400
    sent = f'{{"schemas": ["{USER}"], "userName": {"[" * 5000}1{"]" * 5000}}}'
    headers |= {"Content-Type": "application/json"}
    assert provider.client.post("/scim/v2/Users", data=sent, headers=headers).status_code == 400


def test_pages_and_order(provider: Provider) -> None:
    for name in ("c", "a", "b", "e", "d"):
        provider.join(f"{name}@example.com")
    page = provider.get("/Users?startIndex=2&count=2")
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (5, 2, 2)
    assert [one["userName"][0] for one in page["Resources"]] == ["a", "b"]
    ordered = provider.get("/Users?sortBy=userName&sortOrder=descending&count=3&attributes=userName")
    assert [one["userName"][0] for one in ordered["Resources"]] == ["e", "d", "c"]
    assert set(ordered["Resources"][0]) <= {"schemas", "id", "userName", "meta"}
    assert "emails" not in str(provider.get("/Users?excludedAttributes=emails"))
    assert provider.get("/Users?count=0")["totalResults"] == 5
    assert provider.get("/Users?startIndex=99")["totalResults"] == 5


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"schemas": [USER]}, "invalidValue"),
        ({"schemas": [USER], "userName": ""}, "invalidValue"),
        ({"schemas": [USER], "userName": "a\x00b"}, "invalidValue"),
        ({"schemas": [USER], "userName": "a" * 400}, "invalidValue"),
        ({"schemas": [USER], "userName": ADA, "externalId": "a" * 300}, "invalidValue"),
        ({"schemas": [USER], "userName": ADA, "active": "perhaps"}, "invalidValue"),
        ([1, 2], "invalid"),
    ],
)
def test_a_bad_user_is_refused_in_its_shape(provider: Provider, body: object, kind: str) -> None:
    answer = provider.call("POST", "/Users", body)
    assert answer.status_code == 400
    assert answer.get_json(force=True)["scimType"].startswith(kind)
    assert answer.mimetype == "application/scim+json"


def test_a_body_that_is_too_large_is_refused_in_its_shape(provider: Provider, core: Core) -> None:
    answer = provider.call("POST", "/Users", {"userName": "a" * (core.settings.max_body_bytes + 1)})
    assert (answer.status_code, answer.get_json(force=True)["status"]) == (413, "413")
    assert provider.call("POST", "/Nothing", {}).status_code == 404
    assert provider.call("DELETE", "/Users").status_code == 405
    mine = {"Authorization": f"Bearer {provider.token}"}
    assert provider.client.post("/scim/v2/Bulk", json={}, headers=mine).status_code == 501


@pytest.fixture
def person_id(core: Core) -> int:
    """Ada, whom the HR suite knows by two names."""
    record = PersonRecord(
        source_id="E1",
        display_name="Ada Example",
        emails=(ADA,),
        employee_number="1001",
        fte=Decimal(1),
    )
    with core.database.transaction() as tx:
        home = connections.add(
            tx, core.clock(), connector="csv", name="suite", settings={}, hook_token="hook"
        )
        return persons.put(tx, core.clock(), home, [record])[0]["E1"]


@pytest.mark.parametrize(
    "names",
    [
        {"userName": ADA},
        {"userName": "x9", "externalId": "1001"},
        {"userName": "x9", "emails": [{"value": "ADA@example.com"}]},
    ],
)
def test_an_account_belongs_to_the_person_whom_its_names_mean(
    core: Core, provider: Provider, person_id: int, names: Document
) -> None:
    made = provider.join(
        **{"user_name": names["userName"], **{k: v for k, v in names.items() if k != "userName"}}
    )
    assert account_of(core, made).person_id == person_id
    provider.patch(
        f"/Users/{made['id']}", {"op": "replace", "path": "userName", "value": "renamed@example.com"}
    )
    assert account_of(core, made).person_id == person_id  # a link stays
    assert kinds(core) == []


def test_doubt_about_the_person_is_for_people_to_settle(
    core: Core, provider: Provider, person_id: int
) -> None:
    first = provider.join(ADA)
    second = provider.join("ada.two@example.com", externalId="1001")
    assert (account_of(core, first).person_id, account_of(core, second).person_id) == (person_id, None)
    assert kinds(core) == ["person_unclear"]
    provider.call("DELETE", f"/Users/{second['id']}")
    assert kinds(core) == []


def test_no_pay_leaves(core: Core, provider: Provider, person_id: int) -> None:
    provider.join(ADA)
    schemas = str(provider.get("/Schemas")).lower()
    assert not [
        word for word in ("salary", "wage", "compa", "rating", "raise", "person_id") if word in schemas
    ]


def test_every_change_is_in_the_trail(core: Core, provider: Provider) -> None:
    made = provider.join(ADA)
    provider.patch(f"/Users/{made['id']}", {"op": "replace", "path": "displayName", "value": "A"})
    provider.patch(f"/Users/{made['id']}", {"op": "replace", "path": "displayName", "value": "A"})
    provider.call("DELETE", f"/Users/{made['id']}")
    with core.database.reading() as tx:
        entries = audits.page(tx, subject=f"account:{id_of(made)}")
    assert [(one.action, one.actor) for one in reversed(entries)] == [
        ("account.add", "entra@example.com"),
        ("account.change", "entra@example.com"),
        ("account.delete", "entra@example.com"),
    ]
    assert entries[1].detail == {"attributes": ["displayName"]}
