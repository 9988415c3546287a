"""Every list pages: following ``next`` from any size of page shows each row once, in the documented order, and then ends."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from plugin.domain import InboxState
from plugin.services.core import SYSTEM, Core
from plugin.services.delivery import endpoint_setup
from plugin.store import tables
from plugin.store.database import insert
from plugin.store.delivery import endpoints
from plugin.store.delivery.endpoints import Attempt
from tests.web.admin_world import World
from tests.web.api.conftest import Headers

UP, DOWN = False, True
OTHERS = {"/cycles", "/cycles/{cycle_id}/teams/{manager_id}/raises", "/models", "/audit"}  # test_reading.py
CALL = {
    "method": "GET",
    "path": "/x",
    "status": 200,
    "milliseconds": 1,
    "request_bytes": 0,
    "response_bytes": 9,
}


@pytest.fixture(autouse=True)
def _rows_in_every_list(core: Core, world: World) -> None:
    with core.database.transaction() as tx:
        for _ in range(3):
            insert(tx, tables.call_log, connection_id=world.failing, run_id=1, **CALL, at=core.clock())
        few = tables.inbox.c.id.in_(sa.select(tables.inbox.c.id).order_by(tables.inbox.c.id).limit(3))
        tx.execute(tables.inbox.update().where(few).values(state=InboxState.REJECTED, code="misfit"))


def lists(world: World) -> dict[str, tuple[str, bool]]:
    """Address -> the field of its order, and whether it falls."""
    files = f"/connections/{world.files}"
    return {
        "/connectors": ("slug", UP),
        "/connections": ("id", UP),
        f"{files}/runs": ("id", DOWN),
        f"{files}/rejections": ("id", DOWN),
        f"{files}/set-aside": ("id", UP),
        f"/connections/{world.failing}/calls": ("id", DOWN),
        "/people": ("id", UP),
        "/people?search=e": ("id", UP),
        "/unmatched": ("value", UP),
        "/endpoints": ("id", UP),
        "/deliveries": ("id", DOWN),
        "/deliveries?kind=write&state=dead": ("id", DOWN),
        f"/deliveries?target_id={world.endpoint}": ("id", DOWN),
    }


def followed(client: FlaskClient, admin: Headers, address: str, limit: int) -> list[dict[str, Any]]:
    """All rows, page by page."""
    found: list[dict[str, Any]] = []
    following: str | None = f"/api/v1{address}{'&' if '?' in address else '?'}limit={limit}"
    for _ in range(200):
        if following is None:
            return found
        answer = client.get(following, headers=admin)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        page = answer.get_json()
        assert len(page["items"]) == limit or page["next"] is None
        found, following = found + page["items"], page["next"]
    raise AssertionError("the pages never end")


def test_following_next_shows_each_row_once_in_its_order(
    client: FlaskClient, admin: Headers, world: World
) -> None:
    for address, (name, falling) in lists(world).items():
        whole = followed(client, admin, address, 500)
        assert len(whole) > 1, address
        assert followed(client, admin, address, 1) == whole, address
        assert followed(client, admin, address, len(whole)) == whole, (
            address
        )  # a full last page has no next one
        keys = [row[name] for row in whole]
        assert keys == sorted(set(keys), reverse=falling), address


def test_every_list_of_the_document_is_walked_here(client: FlaskClient, world: World) -> None:
    document = client.get("/api/openapi.json").get_json()
    paged = {
        path
        for path, operations in document["paths"].items()
        if any(one["name"] == "limit" for one in operations.get("get", {}).get("parameters", []))
    }
    arrays = {
        name for name, schema in document["components"]["schemas"].items() if schema.get("type") == "array"
    }
    walked = {address.partition("?")[0] for address in lists(world)}
    plain = {
        path.removeprefix("/api/v1").replace(
            "{connection_id}", str(world.failing if path.endswith("/calls") else world.files)
        )
        for path in paged
    }
    assert plain - walked == {"/deliveries/{delivery_id}/attempts", *OTHERS}
    assert not arrays


def test_the_attempts_of_a_delivery_page_too(
    client: FlaskClient, core: Core, admin: Headers, world: World
) -> None:
    sent = endpoint_setup.send_test(core, SYSTEM, world.endpoint)
    with core.database.transaction() as tx:
        for _ in range(3):
            endpoints.add_attempt(tx, sent, Attempt(core.clock(), 500, 3, "http_500", None))
    address = f"/deliveries/{sent}/attempts"
    whole = followed(client, admin, address, 500)
    assert [one["id"] for one in whole] == sorted({one["id"] for one in whole})
    assert len(whole) == 3
    assert followed(client, admin, address, 2) == whole
    assert client.get("/api/v1/deliveries/999/attempts", headers=admin).status_code == 404


def test_rows_that_come_while_pages_are_read_are_neither_missed_nor_shown_twice(
    client: FlaskClient, admin: Headers, world: World
) -> None:
    before = followed(client, admin, "/endpoints", 500)
    first = client.get("/api/v1/endpoints?limit=1", headers=admin).get_json()
    gone = first["items"][0]["id"]
    assert client.delete(f"/api/v1/endpoints/{gone}", headers=admin).status_code == 204
    rest = client.get(first["next"], headers=admin).get_json()["items"]
    assert [one["id"] for one in rest] == [one["id"] for one in before[1:2]]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/connections", "after"),
        ("/deliveries", "before"),
        ("/deliveries", "target_id"),
        ("/people", "after"),
    ],
)
def test_a_cursor_of_another_kind_is_pointed_at(
    client: FlaskClient, admin: Headers, path: str, name: str
) -> None:
    for wrong in ("-1", "x", "1.5", "9" * 30, "٥", "1_0", ""):
        answer = client.get(f"/api/v1{path}", query_string={name: wrong}, headers=admin)
        assert answer.status_code == 422, wrong
        assert [one["parameter"] for one in answer.get_json()["errors"]] == [name]
