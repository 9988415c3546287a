"""POST /hooks/<token>: proves a webhook's origin from its raw bytes, stores it once and answers; a worker does the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import cast

from flask import Blueprint, Response, jsonify, request

from plugin import manifest
from plugin.connectors.base import Context, RawRequest, Receiver, Verified
from plugin.errors import AdvisorError, AuthError, NotFound
from plugin.services.core import Core
from plugin.services.delivery import signing
from plugin.services.operation.rate_limit import Buckets
from plugin.services.sources import connection_opening, inbound_events
from plugin.texts import _
from plugin.vault import Secret
from plugin.webhooks.answers import caller, capped_body, core, limited, speak_json

STANDARD = "standard"
"""Dialect of connectors that leave the verification to us: Standard Webhooks with the secret setting ``webhook_secret``."""
LRS = "xapi"
"""Dialect of receivers of statements: they are spoken to at /xapi/<token> and have no hook."""
_DECOY = Secret("no-such-token")
_BY_ADDRESS = Buckets(rate=50, burst=200)
_BY_TOKEN = Buckets(rate=50, burst=500)

blueprint = Blueprint("webhooks", __name__)
speak_json(blueprint)


@blueprint.post("/hooks/<string:hook_token>")
def receive(hook_token: str) -> tuple[Response, int] | Response:
    """202 stored, 200 known already, 401 not proven (whatever the reason), 413 too large, 429 too many."""
    slow_down = limited(_BY_ADDRESS, caller())
    if slow_down is not None:
        return slow_down
    body = capped_body()
    headers = {name.lower(): value for name, value in request.headers.items()}
    event, connection_id = _proven(core(), hook_token, RawRequest(headers, body, core().clock()))
    slow_down = limited(_BY_TOKEN, hook_token)
    if slow_down is not None:
        return slow_down
    is_new = inbound_events.store(core(), connection_id, event)
    return jsonify(status="stored" if is_new else "known"), 202 if is_new else 200


def _proven(core_: Core, hook_token: str, raw: RawRequest) -> tuple[Verified, int]:
    """The verified event and its connection. An unknown token costs the work of a wrong signature and looks the same."""
    try:
        source = inbound_events.source(core_, hook_token)
    except NotFound as error:
        core_.vault.open(core_.vault.seal(_DECOY))
        signing.verify([], raw.headers, raw.body, raw.received_at)
        raise AuthError(str(error)) from error
    try:
        return _verified(core_, source.id, source.connector, raw), source.id
    except AuthError:
        raise
    except AdvisorError as error:  # a secret that is missing or malformed is no business of the sender
        raise AuthError(str(error)) from error


def _verified(core_: Core, connection_id: int, slug: str, raw: RawRequest) -> Verified:
    declared = manifest.manifest_of(slug).webhook
    connector, ctx = connection_opening.opened(core_, connection_id)
    if declared is None or declared.dialect == LRS:
        raise AuthError(_("connector %(slug)s has no webhook", slug=slug))
    if declared.dialect == STANDARD:
        return _standard(ctx, raw, raw.received_at)
    verify: Callable[[Context, RawRequest], Verified] = cast("Receiver", connector).verify
    return verify(ctx, raw)


def _standard(ctx: Context, raw: RawRequest, now: datetime) -> Verified:
    secret = ctx.settings.get("webhook_secret")
    if not secret:
        raise AuthError(_("no webhook secret is set"))
    message_id = signing.verify([Secret(str(secret))], raw.headers, raw.body, now)
    try:
        return Verified(message_id, json.loads(raw.body))
    except (ValueError, RecursionError) as error:
        raise AuthError(_("the signed body is not JSON")) from error
