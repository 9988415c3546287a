"""Every page of the admin and the operator: who may open it, that hostile text stays text, and that no secret is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from plugin.domain import Role
from plugin.services.core import Core
from plugin.web import auth
from plugin.web.admin import nav
from plugin.web.admin.nav import SECTIONS, Section, add_section
from plugin.web.admin.phrases import web_address
from tests.web.admin_world import HOSTILE, HR, LURE, MANAGER, OPERATOR, SECRET, World
from tests.web.conftest import Visitor


def visitor_of(app: Flask, email: str) -> Visitor:
    someone = Visitor(app.test_client())
    assert someone.sign_in(email, "long enough word").status_code == 303
    return someone


TEXTS = {"slug": "csv_folder", "token": "unknown"}  # parts of an address that are no number


def pages_of(app: Flask, world: World) -> list[tuple[str, str, frozenset[Role]]]:
    return list(_pages(app, world))  # all of it first: requests inside of its context would share one g


def _pages(app: Flask, world: World) -> Iterator[tuple[str, str, frozenset[Role]]]:
    """(endpoint, address, roles) of every GET page of the blueprint, with ids that exist."""
    ids = {
        "connection_id": world.files,
        "run_id": 1,
        "endpoint_id": world.endpoint,
        "delivery_id": 1,
        "award_id": 3,
        "account_id": 1,
        "slug": "frappe_hr",
    }
    dropped = {"connection_id": world.own, "token": world.dropped}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint.startswith("admin.") and "GET" in (rule.methods or set()):
                access = auth.access_of(app, rule.endpoint)
                assert isinstance(access, frozenset)
                known = {**ids, **dropped} if "token" in rule.arguments else ids
                address = rule.build({name: known[name] for name in rule.arguments})
                assert address is not None
                yield rule.endpoint, address[1], access


def owner(roles: frozenset[Role]) -> str:
    return HR if Role.HR_ADMIN in roles else OPERATOR


def test_every_view_names_roles_and_only_admin_and_operator_may(app: Flask) -> None:
    endpoints = [one for one in app.view_functions if one.startswith("admin.")]
    assert len(endpoints) > 50
    shared = {
        f"admin.{name}"
        for name in ("accounts", "account", "account_findings", "end_sessions", "end_one_session")
    }
    for endpoint in endpoints:
        access = auth.access_of(app, endpoint)
        if endpoint in shared:  # whoever of the two learns of a stolen session ends it
            assert access == frozenset({Role.HR_ADMIN, Role.OPERATOR}), endpoint
        else:
            assert access in (frozenset({Role.HR_ADMIN}), frozenset({Role.OPERATOR})), endpoint


def test_manager_and_analyst_are_refused_on_every_page(app: Flask, world: World) -> None:
    for email in (MANAGER, "anna@example.com"):
        someone = visitor_of(app, email)
        for _, address, _ in pages_of(app, world):
            assert someone.get(address).status_code == 403, address


def test_operator_sees_no_page_of_the_hr_admin_and_the_reverse(app: Flask, world: World) -> None:
    hr, operator = visitor_of(app, HR), visitor_of(app, OPERATOR)
    for _, address, roles in pages_of(app, world):
        if roles == frozenset({Role.HR_ADMIN, Role.OPERATOR}):  # accounts, whose sessions either of them ends
            assert hr.get(address).status_code == operator.get(address).status_code == 200, address
            continue
        other = operator if Role.HR_ADMIN in roles else hr
        assert other.get(address).status_code == 403, address


def test_post_without_the_forms_token_is_refused(app: Flask, world: World) -> None:
    clients = {email: visitor_of(app, email).client for email in (HR, OPERATOR)}
    seen = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("admin.") and "POST" in (rule.methods or set()):
            access = auth.access_of(app, rule.endpoint)
            assert isinstance(access, frozenset)
            with app.test_request_context():
                address = rule.build({name: TEXTS.get(name, 1) for name in rule.arguments})
            assert address is not None
            answer = clients[owner(access)].post(address[1], data={"name": "x"})
            assert answer.status_code == 400, rule
            seen += 1
    assert seen > 25


def test_every_page_opens_and_shows_outside_text_as_text(app: Flask, world: World) -> None:
    visitors = {email: visitor_of(app, email) for email in (HR, OPERATOR)}
    shown = 0
    for _, address, roles in pages_of(app, world):
        answer = visitors[owner(roles)].get(address)
        text = answer.get_data(as_text=True)
        assert answer.status_code in (200, 303), address
        assert HOSTILE not in text, address
        assert "<img src=x" not in text, address
        assert not re.search(r'(href|src|action)="\s*javascript:', text, re.IGNORECASE), address
        shown += text.count("&lt;script&gt;alert(1)")
    assert shown > 10  # the canaries really were on the pages


def test_a_badge_with_a_hostile_address_is_shown_without_a_link(app: Flask, world: World) -> None:
    text = visitor_of(app, HR).get("/admin/badges/4").get_data(as_text=True)
    assert LURE in text
    assert f'href="{LURE}"' not in text
    assert 'rel="noreferrer noopener nofollow"' in visitor_of(app, HR).get("/admin/badges/1").get_data(
        as_text=True
    )


def test_no_secret_stands_on_any_page(app: Flask, world: World, core: Core) -> None:
    visitors = {email: visitor_of(app, email) for email in (HR, OPERATOR)}
    addresses = [(address, roles) for _, address, roles in pages_of(app, world)]
    for name in ("settings", "webhook", "schedule", "test", "timeline", "runs"):
        for connection in (world.failing, world.suite, world.receiver):
            addresses += [(f"/admin/connections/{connection}/{name}", frozenset({Role.HR_ADMIN}))]
    for address, roles in addresses:
        text = visitors[owner(roles)].get(address).get_data(as_text=True)
        assert SECRET not in text, address
        assert core.settings.secret_key not in text, address
        assert core.settings.vault_keys[0] not in text, address
        assert "whsec_" not in text, address
        for token in world.hook_tokens:
            assert token not in text, address


def test_ids_that_cannot_be_are_not_found(app: Flask, world: World) -> None:
    hr = visitor_of(app, HR)
    for number in ("0", "999", "9007199254740993", "9" * 40, "-1", "x"):
        for place in ("connections", "webhooks", "deliveries", "badges"):
            assert hr.get(f"/admin/{place}/{number}").status_code == 404, (place, number)
    assert hr.get("/admin/connections/1/runs/999").status_code == 404
    assert hr.get("/admin/connections/2/runs/1").status_code == 404  # a run of another connection


@pytest.mark.parametrize("text", ["-1", "x", "9" * 30, "1.5", "%ff", ""])
def test_nonsense_in_the_address_shows_a_page(app: Flask, world: World, text: str) -> None:
    hr, operator = visitor_of(app, HR), visitor_of(app, OPERATOR)
    for address in (
        f"/admin?after={text}",
        f"/admin/connections?after={text}",
        f"/admin/deliveries?kind={text}&state={text}&target={text}&before={text}",
        f"/admin/badges?verdict={text}&trust={text}&person={text}&after={text}",
        f"/admin/issuers?trust={text}&after={text}",
        f"/admin/connections/1/runs/1?rows_before={text}&calls_before={text}",
        f"/admin/people-to-match?after={text}",
        f"/admin/set-aside?after={text}",
    ):
        assert hr.get(address).status_code == 200, address
    assert operator.get(f"/admin/audit?before={text}&subject={text}").status_code == 200


def test_nul_is_refused_before_it_meets_the_database(app: Flask, world: World) -> None:
    hr = visitor_of(app, HR)
    assert hr.get("/admin/people-to-match?after=a%00b").status_code == 422
    hr.get("/admin")
    assert hr.post("/admin/webhooks/add", {"name": "a\0b", "url": "https://x.example.com"}).status_code == 422


def test_empty_installation_tells_the_next_step_everywhere(app: Flask, core: Core) -> None:
    from plugin.services.core import SYSTEM
    from plugin.services.people import account_setup

    roles = [Role.HR_ADMIN, Role.OPERATOR]
    account_setup.add_account(
        core, SYSTEM, email=HR, display_name="", password="long enough word", roles=roles
    )
    someone = visitor_of(app, HR)
    for address in (
        "/admin",
        "/admin/connections",
        "/admin/people-to-match",
        "/admin/set-aside",
        "/admin/webhooks",
        "/admin/deliveries",
        "/admin/deliveries?kind=write",
        "/admin/deliveries?state=dead",
        "/admin/badges",
        "/admin/badges?verdict=invalid",
        "/admin/issuers",
        "/admin/issuers?trust=unknown",
        "/admin/inbound-failed",
        "/admin/tokens",
    ):
        text = someone.get(address).get_data(as_text=True)
        empty = re.search(r'<p class="empty">(.+?)</p>', text, re.DOTALL)
        assert empty is not None, address
        assert "<a href=" in empty[1], address


def test_overview_links_each_pile_to_its_list(app: Flask, world: World) -> None:
    hr = visitor_of(app, HR)
    text = hr.get("/admin").get_data(as_text=True)
    cards = re.findall(
        r'<span class="num">([\d,]+)</span> <span class="task-t">([^<]+)</span>.*?<a href="([^"]+)"',
        text,
        re.DOTALL,
    )
    assert {title for _, title, _ in cards} == {
        "Failed HR suite writes",
        "Failed webhook deliveries",
        "Unmatched records",
        "Rejected records",
        "Badge issuers to decide",
        "Badges with an unclear result",
    }
    for _, _, address in cards:
        assert hr.get(address.replace("&amp;", "&")).status_code == 200


def test_sections_of_other_areas_find_their_place_once() -> None:
    extra = Section("analyst.nothing", "Catalogue", "catalogue")
    try:
        add_section(extra, after="badges")
        add_section(extra, after="badges")
        keys = [one.key for one in SECTIONS if one.area == nav.HR]
        assert keys.index("catalogue") == keys.index("badges") + 1
        assert keys.count("catalogue") == 1
    finally:
        SECTIONS.remove(extra)


@pytest.mark.parametrize(
    "text",
    [LURE, "JavaScript:x", "data:text/html,x", "//evil.example", "https://a@b.example", "https:// x", "https://x\\y", "https://[", "https://a\nb", "ftp://a.example", "", None, "vbscript:x", "https://a.example:99999"],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(text: str | None) -> None:
    assert web_address(text) is None


def test_a_web_address_becomes_a_link() -> None:
    assert web_address("https://badges.example.org/a?b=c#d") == "https://badges.example.org/a?b=c#d"


ODD = (
    "",
    "0",
    "-1",
    "1",
    "999",
    "9" * 30,
    "x" * 5000,
    "\u202e\U0001f600",
    "1e9",
    "on",
    "trusted",
    "paused",
    "; DROP",
)


@pytest.mark.parametrize("odd", ODD)
def test_odd_forms_never_break_anything(app: Flask, world: World, odd: str) -> None:
    """Whatever a form holds, the answer is a page with a reason: never a fault of ours."""
    visitors = {email: visitor_of(app, email) for email in (HR, OPERATOR)}
    names = ("name", "value", "kind", "person_id", "version", "state", "trust", "url", "networks", "every_minutes", "sinks",
             "item", "target", "award", "email", "password", "roles", "days", "account_id", "s-folder", "s-max_megabytes", "back")  # fmt: skip
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("admin.") or "POST" not in (rule.methods or set()):
            continue
        if rule.endpoint in ("admin.end_sessions", "admin.examine_connections"):
            continue
        access = auth.access_of(app, rule.endpoint)
        assert isinstance(access, frozenset)
        with app.test_request_context():
            address = rule.build({name: TEXTS.get(name, 1) for name in rule.arguments})
        assert address is not None
        visitor = visitors[owner(access)]
        visitor.get("/admin" if owner(access) == HR else "/admin/accounts")
        answer = visitor.post(address[1], dict.fromkeys(names, odd))
        assert answer.status_code < 500, (rule.endpoint, odd)
