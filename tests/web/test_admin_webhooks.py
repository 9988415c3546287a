"""Endpoints, deliveries and writes on the pages: secrets shown once, dead letters sent again, content for the HR admin alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from plugin.domain import OutboxKind
from plugin.services.core import Core
from plugin.services.delivery import backlog, endpoint_setup
from plugin.store.delivery import endpoints
from tests.web.admin_world import HR, World
from tests.web.conftest import Visitor


@pytest.fixture
def hana(app: Flask, world: World) -> Visitor:
    someone = Visitor(app.test_client())
    assert someone.sign_in(HR, "long enough word").status_code == 303
    someone.get("/admin")
    return someone


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_endpoint_is_added_and_its_secret_shown_once(hana: Visitor, core: Core) -> None:
    data = {"name": "New", "url": "https://new.example.com/hook", "event_types": "badge.verified"}
    answer = hana.post("/admin/webhooks/add", data)
    secret = re.search(r'id="secret"[^>]*value="(whsec_[^"]+)"', text_of(answer))
    assert answer.status_code == 200
    assert secret is not None
    assert "no-store" in answer.headers["Cache-Control"]
    added = endpoint_setup.page(core)[-1]
    assert added.event_types == ("badge.verified",)
    assert secret[1] not in text_of(hana.get(f"/admin/webhooks/{added.id}"))


def test_wrong_endpoint_is_told_beside_its_fields(hana: Visitor) -> None:
    answer = hana.post("/admin/webhooks/add", {"name": "", "url": "http://x.example", "all_events": "1", "networks": "10.0.0.0/8"})  # fmt: skip
    text = text_of(answer)
    assert answer.status_code == 422
    assert 'id="name-error">Must have 1 to 200 characters' in text
    assert 'id="networks-error">10.0.0.0/8 must be inside ADVISOR_ALLOWED_NETWORKS' in text


def test_no_event_ticked_is_not_taken_for_all_of_them(hana: Visitor, core: Core) -> None:
    answer = hana.post("/admin/webhooks/add", {"name": "None", "url": "https://none.example.com"})
    assert answer.status_code == 422
    assert "None" not in [one.name for one in endpoint_setup.page(core)]


def test_edit_keeps_the_secret_and_changes_the_rest(hana: Visitor, core: Core, world: World) -> None:
    before = endpoint_setup.get(core, world.endpoint)
    data = {"name": "Intranet 2", "url": before.url, "all_events": "1"}
    with core.database.reading() as tx:
        secret = endpoints.secrets(tx, world.endpoint)
    assert hana.post(f"/admin/webhooks/{world.endpoint}/edit", data).status_code == 303
    assert endpoint_setup.get(core, world.endpoint).name == "Intranet 2"
    with core.database.reading() as tx:
        assert endpoints.secrets(tx, world.endpoint) == secret


def test_another_address_gets_a_secret_of_its_own(hana: Visitor, core: Core, world: World) -> None:
    data = {"name": "Intranet", "url": "https://elsewhere.example.com/in", "all_events": "1"}
    page = text_of(hana.post(f"/admin/webhooks/{world.endpoint}/edit", data))
    assert "whsec_" in page
    assert "The address changed, so the old secret is no longer used." in page


def test_new_secret_is_shown_once_and_the_old_signs_along(hana: Visitor, core: Core, world: World) -> None:
    text = text_of(hana.post(f"/admin/webhooks/{world.endpoint}/secret"))
    assert "whsec_" in text
    assert "The old secret remains valid until 22 November 2026, 09:00" in text
    page = text_of(hana.get(f"/admin/webhooks/{world.endpoint}"))
    assert "whsec_" not in page
    assert "The old secret remains valid" in page


def test_test_event_leads_to_its_delivery(hana: Visitor, world: World) -> None:
    answer = hana.post(f"/admin/webhooks/{world.endpoint}/test")
    page = text_of(hana.get(answer.headers["Location"]))
    assert "Test message" in page
    assert "No attempt yet." in page


def test_switched_off_endpoint_says_why_and_goes_on(hana: Visitor, core: Core, world: World) -> None:
    page = text_of(hana.get(f"/admin/webhooks/{world.broken_endpoint}"))
    assert "410 gone" in page.lower()
    refused = hana.post(f"/admin/webhooks/{world.broken_endpoint}/test")
    assert "Resume the endpoint" in text_of(hana.get(refused.headers["Location"]))
    hana.post(f"/admin/webhooks/{world.broken_endpoint}/state", {"state": "active"})
    assert endpoint_setup.get(core, world.broken_endpoint).state == "active"


def test_pause_is_kept(hana: Visitor, core: Core, world: World) -> None:
    hana.post(f"/admin/webhooks/{world.endpoint}/state", {"state": "paused"})
    assert endpoint_setup.get(core, world.endpoint).state == "paused"


def test_removal_is_confirmed_first(hana: Visitor, core: Core, world: World) -> None:
    page = text_of(hana.get(f"/admin/webhooks/{world.endpoint}/remove"))
    assert "Its queued deliveries and its secret are deleted" in page
    assert hana.post(f"/admin/webhooks/{world.endpoint}/remove").status_code == 303
    assert [one.id for one in endpoint_setup.page(core)] == [world.broken_endpoint]


def test_filters_show_only_what_was_asked(hana: Visitor) -> None:
    dead = text_of(hana.get("/admin/deliveries?state=dead"))
    assert dead.count('<tr role="row"><th scope="row"') == 1
    assert "Send all again" in dead
    writes = text_of(hana.get("/admin/deliveries?kind=write&state=dead"))
    assert writes.count('<tr role="row"><th scope="row"') == 2


def test_filter_by_endpoint(hana: Visitor, world: World) -> None:
    page = text_of(hana.get(f"/admin/deliveries?target={world.broken_endpoint}"))
    assert page.count('<tr role="row"><th scope="row"') == 1


def test_delivery_shows_content_and_attempts(hana: Visitor, core: Core) -> None:
    entry = backlog.page(core, state="dead")[0]
    page = text_of(hana.get(f"/admin/deliveries/{entry.id}"))
    assert "&#34;type&#34;: &#34;endpoint.test&#34;" in page
    assert re.search(r'class="status bad">410', page)


def test_one_dead_letter_is_sent_again(hana: Visitor, core: Core) -> None:
    entry = backlog.page(core, state="dead")[0]
    assert hana.post(f"/admin/deliveries/{entry.id}/replay").status_code == 303
    assert backlog.detail(core, entry.id).entry.state == "due"


def test_what_waits_cannot_be_sent_again_and_says_so(hana: Visitor, core: Core) -> None:
    entry = backlog.page(core, state="due")[0]
    hana.post(f"/admin/deliveries/{entry.id}/replay")
    assert "can’t be sent again" in text_of(hana.get(f"/admin/deliveries/{entry.id}"))


def test_all_dead_writes_are_sent_again(hana: Visitor, core: Core) -> None:
    hana.post("/admin/deliveries/replay", {"kind": "write"})
    assert backlog.page(core, kind=OutboxKind.WRITE, state="dead") == []
    assert "2 deliveries queued again." in text_of(hana.get("/admin/deliveries?kind=write"))


@pytest.mark.parametrize("target", ["", "x", "0", "9" * 30])
def test_a_target_that_is_none_does_not_mean_all(hana: Visitor, core: Core, target: str) -> None:
    answer = hana.post("/admin/deliveries/replay", {"kind": "write", "target": target})
    assert answer.status_code == 404
    assert len(backlog.page(core, kind=OutboxKind.WRITE, state="dead")) == 2


def test_failed_inbound_webhook_is_handled_again(hana: Visitor, core: Core, world: World) -> None:
    from plugin.services.sources import inbound_events

    _fail(core, world.suite)
    event = inbound_events.page(core, connection_id=world.suite, state="failed")[0]
    assert "Failed incoming webhooks" in text_of(hana.get("/admin"))
    back = f"/admin/connections/{world.suite}/webhook"
    assert "made up" in text_of(hana.get(back)).lower()
    answer = hana.post(f"/admin/inbound/{event.id}/replay", {"back": back})
    assert answer.headers["Location"].endswith(back)
    (again,) = [one for one in inbound_events.page(core, connection_id=world.suite) if one.id == event.id]
    assert again.state == "pending"


def _fail(core: Core, connection_id: int) -> None:
    from plugin.store.operation import leased_work
    from plugin.store.operation.leased_work import Reason
    from plugin.store.sources import inbound

    now = core.clock()
    with core.database.transaction() as tx:
        batch = inbound.claim(tx, now)
        assert batch is not None
        leased_work.set_aside(tx, now, batch.lease, Reason("made_up", "made up: for this test"))


def test_return_address_of_another_site_is_not_followed(hana: Visitor, core: Core) -> None:
    answer = hana.post("/admin/issuers/2", {"trust": "blocked", "back": "//evil.example/x"})
    assert answer.headers["Location"] == "/"


def test_held_writes_go_on(hana: Visitor, core: Core, world: World) -> None:
    from plugin.store.delivery import holds
    from plugin.store.delivery.holds import Hold

    now = core.clock()
    with core.database.transaction() as tx:
        holds.hold(tx, Hold(OutboxKind.WRITE, world.suite, None, "auth", "the key is refused", now))
    page = text_of(hana.get(f"/admin/connections/{world.suite}"))
    assert "Writes on hold" in page
    assert "The key is refused." in page
    assert "Writes on hold" in text_of(hana.get("/admin"))
    hana.post(f"/admin/connections/{world.suite}/release")
    assert "Writes on hold" not in text_of(hana.get(f"/admin/connections/{world.suite}"))
