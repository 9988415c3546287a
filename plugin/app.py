"""Wires the web application: hardened Flask settings, and the blueprints of every package that has pages or endpoints."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from plugin import web, webhooks
from plugin.errors import ConfigError
from plugin.services.core import Core
from plugin.services.operation import topics
from plugin.texts import _


class Application(Flask):
    """Flask, but for what it logs: addresses of webhooks and receivers are secrets, so that the rule stands in their place."""

    def log_exception(self, exc_info: Any) -> None:
        rule = request.url_rule.rule if request.url_rule else "an unknown address"
        self.logger.error("Exception on %s [%s]", rule, request.method, exc_info=exc_info)


def create_app(core: Core) -> Flask:
    """A Flask application over ``core``. ConfigError when no secret key is set."""
    settings = core.settings
    if not settings.secret_key:
        raise ConfigError(
            _("ADVISOR_SECRET_KEY is not set"), remedy=_("create one: raise-advisor init --print-keys")
        )
    app = Application("plugin", static_folder=None, template_folder=None)
    app.extensions["core"] = core
    secure = settings.secure_cookies
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        MAX_FORM_MEMORY_SIZE=settings.max_body_bytes,
        SESSION_COOKIE_NAME="__Host-advisor" if secure else "advisor",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="None" if secure else "Lax",
        SESSION_COOKIE_PARTITIONED=secure,
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        PREFERRED_URL_SCHEME="https" if secure else "http",
    )
    topics.topics()  # imported at the start, so that no first request waits for them
    web.register(app)
    webhooks.register(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def web_server(core: Core, *, host: str | None = None, port: int | None = None) -> Any:
    """waitress's server over the application, bound and not yet running."""
    from waitress.server import create_server

    from plugin.web import wire

    settings = core.settings
    logging.getLogger("waitress").addFilter(_without_addresses)
    sockets: dict[int, Any] = {}
    server = create_server(
        create_app(core),
        map=sockets,
        host=host or settings.host,
        port=port if port is not None else settings.port,
        threads=8,
        ident="",
        max_request_body_size=settings.max_body_bytes,
        clear_untrusted_proxy_headers=True,
    )
    wire.answer_refusals(one for one in sockets.values() if hasattr(one, "channel_class"))
    return server


def _without_addresses(record: logging.LogRecord) -> bool:
    """The server names the address of a request that broke; those of webhooks are secrets."""
    if record.exc_info and record.args:
        record.msg, record.args = "Exception while serving a request", ()  # machine text
    return True


def serve_web(
    core: Core,
    *,
    host: str | None = None,
    port: int | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """The web part alone, by waitress; blocks until the process is told to stop. ``on_ready`` gets the address."""
    server = web_server(core, host=host, port=port)
    if on_ready is not None:
        on_ready(f"http://{server.effective_host}:{server.effective_port}")
    try:
        server.run()
    finally:
        server.close()
