"""The statement receiver as a platform sees it, over HTTP."""

from __future__ import annotations

import base64
import json
import threading
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.domain import PersonRecord
from plugin.services.core import SYSTEM, Core
from plugin.services.sources import applying, connection_setup, run_requests
from plugin.store.people import persons
from plugin.store.sources import intake
from plugin.webhooks import credentials

SECRET = "a-client-secret-of-the-tests-0123456789"
VERSION = {"X-Experience-API-Version": "1.0.3"}
ADL = "http://adlnet.gov/expapi/verbs/"
ADA = {"objectType": "Agent", "mbox": "mailto:ada@example.com"}


def statement(verb: str = "completed", **parts: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "actor": ADA,
        "verb": {"id": ADL + verb},
        "object": {
            "objectType": "Activity",
            "id": "https://courses.example.com/python",
            "definition": {"name": {"en": "Python"}},
        },
        "timestamp": "2026-11-20T10:00:00Z",
        **parts,
    }


def voiding(target: str) -> dict[str, Any]:
    return statement("voided", object={"objectType": "StatementRef", "id": target})


class Platform:
    """A learning platform that was given an address and credentials."""

    def __init__(self, core: Core, web: FlaskClient, **settings: Any) -> None:
        self.core, self.web = core, web
        values = {"client_id": "platform", "client_secret": SECRET, **settings}
        self.connection_id = connection_setup.add(
            core, SYSTEM, connector="xapi_receiver", name=f"Platform {uuid4()}", settings=values
        )
        self.base = f"/xapi/{connection_setup.shown(core, self.connection_id).connection.hook_token}"
        self.auth = basic("platform", SECRET)

    def post(self, body: Any, **headers: str) -> TestResponse:
        return self.web.post(
            self.base + "/statements", json=body, headers={**VERSION, **self.auth, **headers}
        )

    def put(self, body: Any, name: str) -> TestResponse:
        address = f"{self.base}/statements?statementId={name}"
        return self.web.put(address, json=body, headers={**VERSION, **self.auth})

    def get(self, name: str, key: str = "statementId") -> TestResponse:
        address = f"{self.base}/statements?{key}={name}"
        return self.web.get(address, headers={**VERSION, **self.auth})

    def token(self, **form: str) -> TestResponse:
        return self.web.post(self.base + "/oauth/token", data=form)

    def inbox(self) -> dict[str, str]:
        """Remote key to kind of what is stored."""
        with self.core.database.reading() as tx:
            items = intake.pending(tx, connection_id=self.connection_id, stream="learning", limit=1000)
            return {item.remote_key: item.kind for item in items}


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture
def platform(core: Core, web: FlaskClient) -> Platform:
    return Platform(core, web)


@pytest.fixture
def any_platform(any_core: Core, any_web: FlaskClient) -> Platform:
    return Platform(any_core, any_web)


def test_about_needs_no_credentials_and_no_version(platform: Platform) -> None:
    answer = platform.web.get(platform.base + "/about")
    assert answer.status_code == 200
    assert "1.0.3" in answer.json["version"]


def test_posted_statement_is_stored_once_however_often_it_comes(any_platform: Platform) -> None:
    one = statement()
    for _ in range(3):
        answer = any_platform.post(one)
        assert (answer.status_code, answer.json) == (200, [one["id"]])
    assert any_platform.inbox() == {one["id"]: "upsert"}


def test_put_statement_is_stored_once(platform: Platform) -> None:
    one = statement()
    assert platform.put(one, one["id"]).status_code == 204
    assert platform.put(one, one["id"].upper()).status_code == 204
    assert platform.inbox() == {one["id"]: "upsert"}


def test_put_gives_the_id_of_the_address_to_a_statement_without_one(platform: Platform) -> None:
    one = statement()
    name = one.pop("id")
    assert platform.put(one, name).status_code == 204
    assert platform.inbox() == {name: "upsert"}


def test_put_under_another_id_is_refused(platform: Platform) -> None:
    answer = platform.put(statement(), str(uuid4()))
    assert (answer.status_code, answer.json["code"]) == (400, "id_differs")


def test_batch_gives_the_ids_in_its_order(any_platform: Platform) -> None:
    batch = [statement() for _ in range(5)]
    answer = any_platform.post(batch)
    assert answer.json == [one["id"] for one in batch]
    assert len(any_platform.inbox()) == 5


def test_known_id_with_other_content_is_a_conflict_and_changes_nothing(any_platform: Platform) -> None:
    one = statement()
    any_platform.post(one)
    other = statement()
    answer = any_platform.post([other, {**one, "verb": {"id": ADL + "failed"}}])
    assert (answer.status_code, answer.json["code"]) == (409, "statement_conflict")
    assert any_platform.inbox() == {one["id"]: "upsert"}
    assert any_platform.get(one["id"]).json["verb"]["id"] == ADL + "completed"


def test_known_id_at_another_time_is_a_conflict(platform: Platform) -> None:
    one = statement()
    platform.post(one)
    assert platform.post({**one, "timestamp": "2026-11-20T11:00:00Z"}).status_code == 409
    assert platform.post({**one, "timestamp": "2026-11-20T11:00:00+01:00"}).status_code == 200


def test_one_bad_statement_refuses_the_whole_batch_and_names_the_place(platform: Platform) -> None:
    bad = statement()
    bad["actor"] = {"objectType": "Agent", "mbox": "ada@example.com"}
    answer = platform.post([statement(), bad])
    assert answer.status_code == 400
    assert answer.json["message"].startswith("[1].actor.mbox: ")
    assert "ada@example.com" not in answer.text
    assert platform.inbox() == {}


def test_id_that_stands_twice_in_a_batch_is_refused(platform: Platform) -> None:
    one = statement()
    answer = platform.post([one, {**one, "id": one["id"].upper()}])
    assert (answer.status_code, answer.json["code"]) == (400, "id_twice")
    assert platform.inbox() == {}


def test_statement_without_id_gets_one_that_a_retry_gets_again(platform: Platform) -> None:
    one = statement()
    del one["id"]
    first, second = platform.post(one), platform.post(one)
    assert first.json == second.json
    assert len(platform.inbox()) == 1


def test_statement_without_id_and_time_is_each_time_a_new_one(platform: Platform) -> None:
    one = statement()
    del one["id"], one["timestamp"]
    assert platform.post(one).json != platform.post(one).json


def test_voided_statement_is_taken_back(any_platform: Platform) -> None:
    one = statement()
    any_platform.post(one)
    assert any_platform.post(voiding(one["id"].upper())).status_code == 200
    assert any_platform.inbox() == {one["id"]: "retract"}
    assert any_platform.get(one["id"]).status_code == 404
    assert any_platform.get(one["id"], "voidedStatementId").json["id"] == one["id"]


def test_voiding_that_comes_first_still_takes_back(any_platform: Platform) -> None:
    one = statement()
    any_platform.post(voiding(one["id"]))
    assert any_platform.post(one).status_code == 200
    assert any_platform.inbox() == {one["id"]: "retract"}


def test_voiding_in_the_same_batch_takes_back(platform: Platform) -> None:
    one = statement()
    platform.post([voiding(one["id"]), one])
    assert platform.inbox() == {one["id"]: "retract"}


def test_voided_statement_does_not_come_back_when_it_is_sent_again(platform: Platform) -> None:
    one = statement()
    for body in (one, voiding(one["id"]), one):
        assert platform.post(body).status_code == 200
    assert platform.inbox() == {one["id"]: "retract"}


def test_voiding_statement_cannot_be_voided(platform: Platform) -> None:
    first = voiding(str(uuid4()))
    platform.post(first)
    assert platform.post(voiding(first["id"])).status_code == 400


def test_platform_cannot_void_what_another_one_sent(core: Core, web: FlaskClient) -> None:
    one, two = Platform(core, web), Platform(core, web)
    sent = statement()
    one.post(sent)
    assert two.post(voiding(sent["id"])).status_code == 200
    assert one.inbox() == {sent["id"]: "upsert"}


def test_sender_cannot_choose_authority_and_stored(platform: Platform) -> None:
    forged = {"objectType": "Agent", "mbox": "mailto:boss@example.com"}
    one = statement(authority=forged, stored="2001-01-01T00:00:00Z")
    platform.post(one)
    stored = platform.get(one["id"]).json
    assert stored["authority"]["account"]["name"] == f"connection:{platform.connection_id}"
    assert stored["stored"] == "2026-11-21T09:00:00.000Z"


def test_statement_that_is_no_outcome_is_acknowledged_and_not_kept(platform: Platform) -> None:
    seen = statement("experienced")
    assert platform.post(seen).json == [seen["id"]]
    assert platform.inbox() == {}
    assert platform.post({**seen, "actor": {"mbox": "mailto:ben@example.com"}}).status_code == 409


def test_every_statement_is_kept_when_the_admin_says_so(core: Core, web: FlaskClient) -> None:
    platform = Platform(core, web, keep="all")
    seen = statement("experienced")
    platform.post(seen)
    assert platform.get(seen["id"]).status_code == 200


def test_pushed_statement_reaches_the_persons_record_through_a_run(any_platform: Platform) -> None:
    core = any_platform.core
    with core.database.transaction() as tx:
        ada = PersonRecord("e1", "Ada Example", emails=("ada@example.com",))
        persons.put(tx, core.clock(), any_platform.connection_id, [ada])
    one = statement(result={"duration": "PT2H"})
    any_platform.post(one)
    (run,) = run_requests.page(core, connection_id=any_platform.connection_id)
    assert run.trigger == "webhook"
    counts = applying.apply_pending(core, any_platform.connection_id)
    assert counts["applied"] == 1
    any_platform.post(voiding(one["id"]))
    assert applying.apply_pending(core, any_platform.connection_id)["applied"] == 1


def test_id_too_long_for_the_store_is_set_aside_and_the_next_record_is_applied(
    any_platform: Platform,
) -> None:
    core = any_platform.core
    with core.database.transaction() as tx:
        ada = PersonRecord("e1", "Ada Example", emails=("ada@example.com",))
        persons.put(tx, core.clock(), any_platform.connection_id, [ada])
    long = statement(object={"id": "https://courses.example.com/" + "a" * 1000})
    assert any_platform.post([long, statement()]).status_code == 200
    counts = applying.apply_pending(core, any_platform.connection_id)
    assert (counts["applied"], counts["unusable"]) == (1, 1)


# --- cmi5 -----------------------------------------------------------------------------------------------------------

CMI5 = {
    "registration": "0d5c1a51-26f3-4d3a-8c6e-0d9a3a6c1a11",
    "extensions": {"https://w3id.org/xapi/cmi5/context/extensions/sessionid": "s1"},
    "contextActivities": {
        "grouping": [{"id": "https://lms.example.com/course/1/unit/1"}],
        "category": [
            {"id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"},
            {"id": "https://w3id.org/xapi/cmi5/context/categories/moveon"},
        ],
    },
}
ACCOUNT = {"objectType": "Agent", "account": {"homePage": "https://lms.example.com", "name": "ada"}}


def test_cmi5_completed_without_duration_is_refused(platform: Platform) -> None:
    one = statement(actor=ACCOUNT, context=CMI5, result={"completion": True})
    answer = platform.post(one)
    assert answer.status_code == 400
    assert answer.json["message"].startswith("result.duration")
    good = statement(actor=ACCOUNT, context=CMI5, result={"completion": True, "duration": "PT1H"})
    assert platform.post(good).status_code == 200, platform.post(good).text


def test_admin_may_let_cmi5_mistakes_pass(core: Core, web: FlaskClient) -> None:
    platform = Platform(core, web, strict_cmi5=False)
    assert (
        platform.post(statement(actor=ACCOUNT, context=CMI5, result={"completion": True})).status_code == 200
    )


# --- callers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        basic("platform", "wrong"),
        basic("someone", SECRET),
        basic("nobody", "nobody"),
        {"Authorization": "Basic ???"},
        {"Authorization": "Basic " + base64.b64encode(b"no-colon").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:x").decode()},
        {"Authorization": "Bearer x.y"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer größe.größe"},
        {"Authorization": "Digest username=platform"},
    ],
)
def test_wrong_credentials_look_like_an_unknown_address(platform: Platform, headers: dict[str, str]) -> None:
    answer = platform.post(statement(), **headers)
    elsewhere = platform.web.post(
        "/xapi/no-such-token/statements", json=statement(), headers={**VERSION, **headers}
    )
    assert (answer.status_code, answer.data) == (401, elsewhere.data)
    assert elsewhere.status_code == 401
    assert "Basic" in answer.headers["WWW-Authenticate"]
    assert platform.inbox() == {}


def test_connection_of_another_connector_receives_no_statements(core: Core, web: FlaskClient) -> None:
    values = {"endpoint": "https://lrs.example.com/xapi", "username": "platform", "password": SECRET}
    other = connection_setup.add(core, SYSTEM, connector="xapi_lrs", name="Pulled", settings=values)
    hook = connection_setup.shown(core, other).connection.hook_token
    headers = {**VERSION, **basic("platform", SECRET)}
    assert web.post(f"/xapi/{hook}/statements", json=statement(), headers=headers).status_code == 401


def test_token_for_credentials_in_the_form_lets_statements_in(platform: Platform) -> None:
    answer = platform.token(
        grant_type="client_credentials", client_id="platform", client_secret=SECRET, scope="xapi:write"
    )
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.json["token_type"], answer.json["scope"]) == ("Bearer", "xapi:write")
    bearer = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert platform.post(statement(), **bearer).status_code == 200


def test_token_for_basic_credentials_is_given_too(platform: Platform) -> None:
    answer = platform.web.post(
        platform.base + "/oauth/token", data={"grant_type": "client_credentials"}, headers=platform.auth
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "someone"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"scope": "xapi:write everything"}, 400, "invalid_scope"),
        ({"scope": " "}, 400, "invalid_scope"),
    ],
)
def test_wrong_token_request_is_answered_as_the_rfc_says(
    platform: Platform, form: dict[str, str], status: int, error: str
) -> None:
    right = {"grant_type": "client_credentials", "client_id": "platform", "client_secret": SECRET}
    answer = platform.token(**{**right, **form})
    assert (answer.status_code, answer.json["error"]) == (status, error)
    assert "access_token" not in answer.json


def test_token_request_as_json_is_refused(platform: Platform) -> None:
    answer = platform.web.post(platform.base + "/oauth/token", json={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def bearer(platform: Platform, scope: str = "xapi:all") -> dict[str, str]:
    answer = platform.token(
        grant_type="client_credentials", client_id="platform", client_secret=SECRET, scope=scope
    )
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def test_token_ends_after_an_hour(platform: Platform) -> None:
    headers = bearer(platform)
    platform.core.clock.advance(seconds=3599)  # type: ignore[attr-defined]
    assert platform.post(statement(), **headers).status_code == 200
    platform.core.clock.advance(seconds=1)  # type: ignore[attr-defined]
    assert platform.post(statement(), **headers).status_code == 401


def test_read_token_does_not_write_and_write_token_does_not_read(platform: Platform) -> None:
    one = statement()
    platform.post(one)
    answer = platform.post(statement(), **bearer(platform, "xapi:read"))
    assert (answer.status_code, answer.json["code"]) == (403, "insufficient_scope")
    address = f"{platform.base}/statements?statementId={one['id']}"
    headers = {**VERSION, **bearer(platform, "xapi:write")}
    assert platform.web.get(address, headers=headers).status_code == 403


def test_token_is_good_at_its_own_address_only(core: Core, web: FlaskClient) -> None:
    one, two = Platform(core, web), Platform(core, web)
    assert two.post(statement(), **bearer(one)).status_code == 401


def test_new_secret_ends_the_old_tokens(platform: Platform) -> None:
    headers = bearer(platform)
    shown = connection_setup.shown(platform.core, platform.connection_id).connection
    settings = {"client_id": "platform", "client_secret": "another-secret-of-the-tests-9876543210"}
    connection_setup.change(
        platform.core, SYSTEM, shown.id, shown.version, name=shown.name, settings=settings
    )
    assert platform.post(statement(), **headers).status_code == 401


def test_changed_token_is_refused_at_every_place(platform: Platform) -> None:
    token = bearer(platform)["Authorization"].removeprefix("Bearer ")
    for place in range(0, len(token), 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert platform.post(statement(), Authorization=f"Bearer {changed}").status_code == 401


def test_only_the_hash_of_a_secret_need_be_stored(core: Core, web: FlaskClient) -> None:
    shown, stored = credentials.new_client_secret()
    assert shown.reveal() not in stored
    platform = Platform(core, web, client_secret=stored)
    assert platform.post(statement(), **basic("platform", shown.reveal())).status_code == 200
    assert platform.post(statement(), **basic("platform", stored)).status_code == 401


# --- the wire -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["", "0.95", "1.1", "3.0.0", "1.0.3\u00e9", "latest"])
def test_missing_or_unknown_version_is_refused(platform: Platform, version: str) -> None:
    answer = platform.post(statement(), **{"X-Experience-API-Version": version})
    assert answer.status_code == 400
    assert "X-Experience-API-Version" in answer.json["message"]


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1.0.3", "2.0.0"])
def test_known_version_is_taken_and_named_in_the_answer(platform: Platform, version: str) -> None:
    answer = platform.post(statement(), **{"X-Experience-API-Version": version})
    assert answer.status_code == 200
    assert answer.headers["X-Experience-API-Version"] == ("2.0.0" if version[0] == "2" else "1.0.3")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nonsense", b"\xff\xfe", b'"text"', b"null", b'{"id":1,"id":2}', b"[" * 200 + b"]" * 200],
)
def test_body_that_is_no_statement_is_refused(platform: Platform, body: bytes) -> None:
    headers = {**VERSION, **platform.auth, "Content-Type": "application/json"}
    assert platform.web.post(platform.base + "/statements", data=body, headers=headers).status_code == 400


def test_attachments_are_refused_plainly(platform: Platform) -> None:
    headers = {**VERSION, **platform.auth, "Content-Type": "multipart/mixed; boundary=b"}
    answer = platform.web.post(platform.base + "/statements", data=b"--b--", headers=headers)
    assert answer.status_code == 400
    assert "attachments" in answer.json["message"]


def test_too_large_a_body_is_refused_unread(platform: Platform) -> None:
    limit = platform.core.settings.max_body_bytes
    headers = {**VERSION, **platform.auth, "Content-Type": "application/json"}
    answer = platform.web.post(platform.base + "/statements", data=b" " * (limit + 1), headers=headers)
    assert answer.status_code == 413
    token = platform.web.post(platform.base + "/oauth/token", data={"client_id": "x" * (limit + 1)})
    assert token.status_code == 413


def test_too_many_statements_in_a_batch_are_refused(platform: Platform) -> None:
    one = {key: value for key, value in statement().items() if key != "object"}
    batch = [{**one, "object": {"id": "urn:x:1"}} for _ in range(1001)]
    for item in batch:
        del item["id"]
    answer = platform.post(batch)
    assert answer.status_code == 400
    assert "1000" in answer.json["message"]


@pytest.mark.parametrize(
    "query",
    ["", "?statementId=x", "?verb=http://a", "?statementId=", "?agent=%7B%7D", "?since=2026-01-01T00:00:00Z"],
)
def test_queries_are_not_answered(platform: Platform, query: str) -> None:
    headers = {**VERSION, **platform.auth}
    assert platform.web.get(platform.base + "/statements" + query, headers=headers).status_code == 400


def test_unknown_statement_is_not_found(platform: Platform) -> None:
    assert platform.get(str(uuid4())).status_code == 404


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_other_methods_say_what_is_allowed(platform: Platform, method: str) -> None:
    answer = platform.web.open(platform.base + "/statements", method=method)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_stored_text_comes_back_as_it_was(platform: Platform) -> None:
    one = statement(result={"response": "Grüße 🎓", "score": {"scaled": 0.1}})
    platform.post(one)
    stored = platform.get(one["id"]).json
    assert stored["result"] == one["result"]
    assert json.loads(platform.get(one["id"]).data)["actor"] == ADA


def test_text_that_a_database_cannot_hold_is_no_fault_of_ours(any_platform: Platform) -> None:
    for result in ({"response": "a\x00b"}, {"extensions": {"urn:x\x00": 1}}):
        assert any_platform.post(statement(result=result)).status_code == 400
    assert any_platform.post(statement(result={"response": "a\\u0000b"})).status_code == 200


def test_same_statement_from_many_threads_is_stored_once(any_core: Core, any_web: FlaskClient) -> None:
    platform = Platform(any_core, any_web)
    batch = [statement() for _ in range(4)]
    orders = [batch, batch[::-1], batch[2:] + batch[:2], batch]
    answers: list[int] = []
    app = any_web.application

    def send(order: list[dict[str, Any]]) -> None:
        client = app.test_client()
        headers = {**VERSION, **platform.auth}
        answers.append(client.post(platform.base + "/statements", json=order, headers=headers).status_code)

    threads = [threading.Thread(target=send, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert len(platform.inbox()) == 4
