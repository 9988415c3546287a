"""A program that calls the API: with a token by the test client, and over the wire through the HTTP server that people install."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from waitress import wasyncore

from plugin.app import web_server
from plugin.domain import Role, Scope
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, api_tokens

Headers = dict[str, str]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def token_of(core: Core, role: Role, scopes: Collection[Scope] | None = None) -> Headers:
    """The headers of a program that acts for an account with the role."""
    account_id = account_setup.add_account(
        core,
        SYSTEM,
        email=f"{role.value}-{uuid4().hex}@example.com",
        display_name="",
        password="long enough word",
        roles=[role],
    )
    made = api_tokens.make(core, SYSTEM, account_id=account_id, name="test", scopes=scopes)
    return {"Authorization": f"Bearer {made.reveal()}"}


@pytest.fixture
def admin(core: Core) -> Headers:
    return token_of(core, Role.HR_ADMIN)


@contextmanager
def on_the_wire(core: Core) -> Iterator[str]:
    """The address of a running server over ``core``, as ``raise-advisor serve`` starts it."""
    server = web_server(core, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # in its own thread: also the connections that callers kept open
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join()
        server.task_dispatcher.shutdown()


@pytest.fixture
def wire() -> Callable[[Core], AbstractContextManager[str]]:
    return on_the_wire
