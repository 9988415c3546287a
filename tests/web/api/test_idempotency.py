"""A POST that is sent again under its Idempotency-Key is answered as the first time, and carried out once."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from plugin.domain import Role
from plugin.services.core import SYSTEM, Core
from plugin.services.delivery import endpoint_setup
from plugin.services.operation import doctoring, idempotency
from plugin.services.sources import connection_setup
from plugin.store import tables
from plugin.web.api import once
from tests.conftest import app_over
from tests.web.api.conftest import Headers, token_of

KEY = {"Idempotency-Key": "3f1c7c1e-6c1b-4d0e-9a53-0d1f8d5f7b11"}
HOOK = {"name": "Portal", "url": "https://portal.example.com/hooks"}


def kept(core: Core) -> list[Any]:
    with core.database.reading() as tx:
        return list(tx.execute(sa.select(tables.idempotency_key.c.answer)).scalars())


def test_the_same_request_is_answered_as_the_first_time(
    client: FlaskClient, core: Core, admin: Headers
) -> None:
    first = client.post("/api/v1/endpoints", json=HOOK, headers=admin | KEY)
    assert first.status_code == 201
    assert "Idempotency-Replayed" not in first.headers
    reordered = json.dumps(dict(reversed(HOOK.items())), indent=2)
    second = client.post(
        "/api/v1/endpoints", data=reordered, headers=admin | KEY, content_type="application/json"
    )
    assert (second.status_code, second.get_json()) == (201, first.get_json())
    assert second.mimetype == first.mimetype
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(endpoint_setup.page(core)) == 1


def test_the_kept_answer_shows_no_secret_and_survives_a_rotation_of_keys(
    client: FlaskClient, core: Core, admin: Headers
) -> None:
    first = client.post("/api/v1/endpoints", json=HOOK, headers=admin | KEY).get_json()
    (stored,) = kept(core)
    assert first["secret"] not in stored
    assert "portal" not in stored
    doctoring.rotate(core, SYSTEM)
    assert kept(core) != [stored]
    assert client.post("/api/v1/endpoints", json=HOOK, headers=admin | KEY).get_json() == first


@pytest.mark.parametrize("path", ["/endpoints", "/endpoints?x=1", "/connections"])
def test_another_request_under_the_key_is_refused(client: FlaskClient, admin: Headers, path: str) -> None:
    client.post("/api/v1/endpoints", json=HOOK, headers=admin | KEY)
    body = HOOK | ({"name": "Other"} if path == "/endpoints" else {})
    answer = client.post(f"/api/v1{path}", json=body, headers=admin | KEY)
    assert answer.status_code == 422
    assert answer.get_json()["type"] == "urn:raise-advisor:problem:key_reused"


def test_a_request_that_is_at_work_is_not_carried_out_a_second_time(
    client: FlaskClient, core: Core, admin: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, answers = threading.Event(), threading.Event(), []
    real = connection_setup.add

    def slow(*args: Any, **named: Any) -> int:
        begun.set()
        assert go_on.wait(60)
        return real(*args, **named)

    monkeypatch.setattr(connection_setup, "add", slow)
    body = {"connector": "csv_folder", "name": "Files", "settings": {}}

    def first() -> None:
        own = app_over(core).test_client()
        answers.append(own.post("/api/v1/connections", json=body, headers=admin | KEY))

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(60)
    busy = client.post("/api/v1/connections", json=body, headers=admin | KEY)
    assert busy.status_code == 409
    assert busy.get_json()["type"] == "urn:raise-advisor:problem:busy"
    assert int(busy.headers["Retry-After"]) > 0
    go_on.set()
    thread.join()
    again = client.post("/api/v1/connections", json=body, headers=admin | KEY)
    assert (again.status_code, again.get_json()) == (201, answers[0].get_json())


def test_what_was_refused_before_anything_was_done_may_be_tried_again(
    client: FlaskClient, core: Core, admin: Headers
) -> None:
    wrong = client.post("/api/v1/endpoints", json={"name": "Portal"}, headers=admin | KEY)
    assert wrong.status_code == 422
    assert kept(core) == []
    assert client.post("/api/v1/endpoints", json=HOOK, headers=admin | KEY).status_code == 201


def test_a_refusal_by_what_is_stored_is_an_answer_like_any_other(
    client: FlaskClient, core: Core, admin: Headers
) -> None:
    made = client.post("/api/v1/endpoints", json=HOOK, headers=admin).get_json()
    taken = client.post("/api/v1/endpoints", json=HOOK, headers=admin | KEY)
    assert taken.status_code == 409
    endpoint_setup.remove(core, SYSTEM, made["id"])
    again = client.post("/api/v1/endpoints", json=HOOK, headers=admin | KEY)
    assert (again.status_code, again.get_json()) == (409, taken.get_json())
    assert again.mimetype == "application/problem+json"


def test_a_fault_of_ours_frees_the_key(
    client: FlaskClient, core: Core, admin: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(endpoint_setup, "add", broken)
        patch.setattr(client.application, "testing", False)
        assert client.post("/api/v1/endpoints", json=HOOK, headers=admin | KEY).status_code == 500
    assert kept(core) == []
    assert client.post("/api/v1/endpoints", json=HOOK, headers=admin | KEY).status_code == 201


def test_a_key_is_its_accounts_own_and_lasts_a_day(client: FlaskClient, core: Core, clock: Any) -> None:
    mine, other = token_of(core, Role.HR_ADMIN), token_of(core, Role.HR_ADMIN)
    assert client.post("/api/v1/endpoints", json=HOOK, headers=mine | KEY).status_code == 201
    assert client.post("/api/v1/endpoints", json=HOOK, headers=other | KEY).status_code == 409
    clock.advance(hours=23, minutes=59)
    assert client.post("/api/v1/endpoints", json=HOOK, headers=mine | KEY).status_code == 201
    clock.advance(minutes=1)
    assert client.post("/api/v1/endpoints", json=HOOK, headers=mine | KEY).status_code == 409
    assert len(kept(core)) == 2
    clock.advance(days=1)
    assert idempotency.prune(core) == 2
    assert kept(core) == []


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "schl\u00fcssel"])
def test_a_key_that_is_none_is_pointed_at(client: FlaskClient, admin: Headers, key: str) -> None:
    answer = client.post("/api/v1/endpoints", json=HOOK, headers=admin | {"Idempotency-Key": key})
    assert answer.status_code == 422
    assert [one["header"] for one in answer.get_json()["errors"]] == [once.HEADER]


def test_every_post_takes_a_key_and_nothing_else_does(client: FlaskClient) -> None:
    for path, operations in client.get("/api/openapi.json").get_json()["paths"].items():
        for method in {"get", "post", "put", "delete"} & set(operations):
            named = operations[method].get("parameters", [])
            taken = {"$ref": "#/components/parameters/IdempotencyKey"} in named
            assert taken == (method == "post"), (method, path)
