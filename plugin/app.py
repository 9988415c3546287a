"""Wires the web application: hardened Flask settings, and the blueprints of every package that has pages or endpoints."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from plugin import web, webhooks
from plugin.errors import ConfigError
from plugin.services.core import Core


def create_app(core: Core) -> Flask:
    """A Flask application over ``core``. ConfigError when no secret key is set."""
    settings = core.settings
    if not settings.secret_key:
        raise ConfigError("ADVISOR_SECRET_KEY is not set", remedy="make one: raise-advisor init --print-keys")
    app = Flask("plugin", static_folder=None, template_folder=None)
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
        PERMANENT_SESSION_LIFETIME=timedelta(hours=10),
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        PREFERRED_URL_SCHEME="https" if secure else "http",
    )
    web.register(app)
    webhooks.register(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
