"""A Flask application with the machine endpoints alone, over the core of the test."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import webhooks
from plugin.services.core import Core
from plugin.services.operation.rate_limit import Buckets
from plugin.webhooks import inbound, lrs


def _app(core: Core) -> Flask:
    app = Flask("tests")
    app.extensions["core"] = core
    webhooks.register(app)
    return app


@pytest.fixture(autouse=True)
def fresh_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test uses up what another one needs."""
    for module, name in ((inbound, "_BY_ADDRESS"), (inbound, "_BY_TOKEN"), (lrs, "_BY_ADDRESS")):
        monkeypatch.setattr(module, name, Buckets(rate=10_000, burst=10_000))


@pytest.fixture
def web(core: Core) -> FlaskClient:
    return _app(core).test_client()


@pytest.fixture
def any_web(any_core: Core) -> FlaskClient:
    return _app(any_core).test_client()
