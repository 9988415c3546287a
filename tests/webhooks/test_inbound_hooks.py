"""POST /hooks/<token>, with a connector of a third party that leaves verification to us, and with a vendor's own dialect."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from plugin import connectors, manifest
from plugin.manifest import catalogue
from plugin.services.core import SYSTEM, Core
from plugin.services.delivery import signing
from plugin.services.operation.rate_limit import Buckets
from plugin.services.sources import connection_setup, inbound_events, run_requests
from plugin.vault import Secret
from plugin.webhooks import inbound

SECRET = Secret("whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode())
BODY = json.dumps({"type": "course.completed", "data": {"id": 7}}).encode()
CODE = """
from plugin.connectors.base import Hint
from plugin.domain import Stream

class Connector:
    def hints(self, ctx, event):
        return [Hint(Stream.LEARNING)]

CONNECTOR = Connector()
"""


@pytest.fixture(scope="module")
def third_party(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An installed package that brings a connector with the dialect ``standard``."""
    folder = tmp_path_factory.mktemp("site")
    package, info = folder / "acme_learning", folder / "acme_learning-1.0.dist-info"
    package.mkdir()
    info.mkdir()
    (package / "__init__.py").write_text("")
    (package / "code.py").write_text(CODE)
    declared = json.loads((Path(__file__).parents[2] / "manifests/connectors/xapi_receiver.json").read_text())
    declared |= {
        "slug": "acme_learning",
        "title": "Acme Learning",
        "webhook": {"dialect": "standard"},
        "settings": [{"name": "webhook_secret", "label": "Webhook secret", "type": "secret"}],
    }
    (package / "acme_learning.json").write_text(json.dumps(declared))
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-learning\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[raise_advisor.connectors]\nacme_learning = acme_learning.code\n")
    sys.path.insert(0, str(folder))
    _forget()
    yield
    sys.path.remove(str(folder))
    _forget()


def _forget() -> None:
    catalogue.in_language.cache_clear()
    connectors.load.cache_clear()


class Sender:
    """A vendor that was given our hook address."""

    def __init__(self, core: Core, web: FlaskClient, *, secret: Secret | None = SECRET) -> None:
        self.core, self.web = core, web
        values = {"webhook_secret": secret.reveal()} if secret else {}
        self.connection_id = connection_setup.add(
            core, SYSTEM, connector="acme_learning", name="Acme", settings=values
        )
        self.token = connection_setup.shown(core, self.connection_id).connection.hook_token

    def send(
        self, body: bytes = BODY, message_id: str = "msg_1", *, token: str = "", **changed: str
    ) -> TestResponse:
        headers = signing.sign([SECRET], message_id, self.core.clock(), body)
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        return self.post(body, headers, token)

    def post(self, body: bytes, headers: dict[str, str], token: str = "") -> TestResponse:
        return self.web.post(f"/hooks/{token or self.token}", data=body, headers=headers)

    def stored(self) -> list[str]:
        return [event.message_id for event in inbound_events.page(self.core)]


@pytest.fixture
def sender(third_party: None, core: Core, web: FlaskClient) -> Sender:
    return Sender(core, web)


@pytest.fixture
def any_sender(third_party: None, any_core: Core, any_web: FlaskClient) -> Sender:
    return Sender(any_core, any_web)


def test_signed_webhook_is_stored_once_and_a_worker_asks_for_the_run(any_sender: Sender) -> None:
    assert any_sender.send().status_code == 202
    assert any_sender.send().status_code == 200
    assert any_sender.stored() == ["msg_1"]
    assert run_requests.page(any_sender.core) == [], "the request itself does no work"
    assert inbound_events.handle_next(any_sender.core)
    (run,) = run_requests.page(any_sender.core)
    assert run.streams == ["learning"]


def test_sender_with_the_standard_package_is_understood(sender: Sender) -> None:
    now = sender.core.clock()
    signature = standardwebhooks.Webhook(SECRET.reveal()).sign("msg_2", now, BODY.decode())
    headers = {
        "Webhook-Id": "msg_2",
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": signature,
    }
    assert sender.post(BODY, headers).status_code == 202


def test_signature_is_checked_over_the_raw_bytes(sender: Sender) -> None:
    body = b'{ "type" : "x",\n "n": 1.0 }'
    assert sender.send(body).status_code == 202
    headers = signing.sign([SECRET], "msg_3", sender.core.clock(), body)
    assert sender.post(json.dumps(json.loads(body)).encode(), headers).status_code == 401


def test_wrong_signature_and_unknown_address_get_the_same_answer(sender: Sender) -> None:
    wrong = sender.send(webhook_signature="v1,AAAA")
    unknown = sender.send(token="no-such-token")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.data == unknown.data
    assert dict(wrong.headers) == dict(unknown.headers)
    assert sender.stored() == []


def test_thousand_unsigned_posts_store_nothing(sender: Sender) -> None:
    for _ in range(1000):
        assert sender.post(BODY, {}).status_code == 401
    assert sender.stored() == []


def test_connection_without_a_secret_accepts_nothing(third_party: None, core: Core, web: FlaskClient) -> None:
    assert Sender(core, web, secret=None).send().status_code == 401


def test_connection_with_a_malformed_secret_accepts_nothing_and_says_nothing(
    third_party: None, core: Core, web: FlaskClient
) -> None:
    answer = Sender(core, web, secret=Secret("hunter2")).send()
    assert answer.status_code == 401
    assert b"secret" not in answer.data


@pytest.mark.parametrize("drift", [-301, 301])
def test_replay_outside_the_tolerance_is_refused(sender: Sender, drift: int) -> None:
    headers = signing.sign([SECRET], "msg_1", sender.core.clock() + timedelta(seconds=drift), BODY)
    assert sender.post(BODY, headers).status_code == 401


@pytest.mark.parametrize("body", [b"", b"nonsense", b"\xff", b"[" * 100_000])
def test_signed_body_that_is_no_json_is_refused(sender: Sender, body: bytes) -> None:
    assert sender.send(body).status_code == 401


@pytest.mark.parametrize("body", [b'{"a": NaN}', b'{"a": "\\ud800"}'])
def test_signed_body_that_cannot_be_stored_is_refused(sender: Sender, body: bytes) -> None:
    assert sender.send(body).status_code == 400
    assert sender.stored() == []


def test_too_large_a_body_is_refused_before_it_is_hashed(sender: Sender) -> None:
    limit = sender.core.settings.max_body_bytes
    assert sender.send(b"{" + b" " * limit).status_code == 413
    assert sender.send(b'"' + b"a" * (limit - 2) + b'"').status_code == 202


def test_body_without_a_length_is_capped_too(sender: Sender) -> None:
    import io

    limit = sender.core.settings.max_body_bytes
    taken = 0

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            nonlocal taken
            taken += len(buffer)
            buffer[:] = b"a" * len(buffer)
            return len(buffer)

    environ = EnvironBuilder(path=f"/hooks/{sender.token}", method="POST").get_environ()
    environ |= {"wsgi.input": Endless(), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    environ.pop("CONTENT_LENGTH", None)
    _, status, _ = run_wsgi_app(sender.web.application, environ)
    assert status.startswith("413")
    assert taken < 2 * limit


def test_sender_that_sends_too_much_is_asked_to_wait(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "_BY_ADDRESS", Buckets(rate=0.5, burst=2, monotonic=lambda: 0.0))
    answers = [sender.send(message_id=f"m{n}") for n in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[2].headers["Retry-After"] == "2"


def test_other_methods_are_not_allowed(sender: Sender) -> None:
    assert sender.web.get(f"/hooks/{sender.token}").status_code == 405


def test_receiver_of_statements_has_no_hook(core: Core, web: FlaskClient) -> None:
    values = {"client_id": "platform", "client_secret": "x" * 32}
    connection_id = connection_setup.add(core, SYSTEM, connector="xapi_receiver", name="P", settings=values)
    token = connection_setup.shown(core, connection_id).connection.hook_token
    assert web.post(f"/hooks/{token}", data=b"{}").status_code == 401


def test_vendor_with_a_dialect_of_its_own_is_verified_by_its_connector(core: Core, web: FlaskClient) -> None:
    declared = manifest.manifest_of("frappe_hr")
    assert declared.webhook is not None
    values: dict[str, Any] = {
        one.name: one.example or "anything" for one in declared.settings if one.required
    }
    values |= {"webhook_secret": "shared-secret"}
    connection_id = connection_setup.add(core, SYSTEM, connector="frappe_hr", name="HR", settings=values)
    token = connection_setup.shown(core, connection_id).connection.hook_token
    body = json.dumps({"doctype": "Employee", "name": "E1", "modified": "2026-11-20 10:00:00"}).encode()
    digest = base64.b64encode(hmac.digest(b"shared-secret", body, hashlib.sha256)).decode()
    signed, forged = {"X-Frappe-Webhook-Signature": digest}, {"X-Frappe-Webhook-Signature": digest[::-1]}
    assert web.post(f"/hooks/{token}", data=body, headers=forged).status_code == 401
    assert web.post(f"/hooks/{token}", data=body, headers=signed).status_code == 202
    assert web.post(f"/hooks/{token}", data=body, headers=signed).status_code == 200


@given(
    st.dictionaries(
        st.sampled_from([signing.ID, signing.TIMESTAMP, signing.SIGNATURE, "Content-Type"]),
        st.text(st.characters(max_codepoint=255, exclude_categories=("Cc",)), max_size=80),
    ),
    st.binary(max_size=60),
)
@settings(max_examples=60)
def test_random_request_is_refused_as_401_and_never_breaks(
    sender: Sender, headers: dict[str, str], body: bytes
) -> None:
    answer = sender.post(body, headers)
    assert answer.status_code == 401
