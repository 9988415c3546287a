"""Who may push statements: Basic with a client id and secret, or a short-lived token got for them (OAuth 2.0 client credentials).

Tokens are signed and not stored: they name the connection, the scope, their end, and a mark of the secret that they were
issued for, so that a new secret ends them all.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from plugin.errors import AuthError, ConfigError
from plugin.services.core import Core
from plugin.texts import _
from plugin.vault import Secret

LIFETIME_SECONDS = 3600
READ = frozenset({"xapi:read", "xapi:all", "statements/read", "all"})
WRITE = frozenset({"xapi:write", "xapi:all", "statements/write", "all"})
SCOPES = READ | WRITE
_HASHED = "sha256:"
_PURPOSE = b"raise-advisor xapi token v1"


@dataclass(frozen=True)
class Client:
    """What a connection's settings say about its one client; ``digest`` is SHA-256 of the secret, and all that is compared."""

    connection_id: int
    client_id: str
    digest: bytes

    @property
    def mark(self) -> str:
        return sha256(self.client_id.encode() + b"\0" + self.digest).hexdigest()[:16]


NOBODY = Client(0, "nobody", sha256(b"nobody").digest())
"""Stands in for the client of an unknown address, so that the same work is done."""


def new_client_secret() -> tuple[Secret, str]:
    """A secret to show once, and the text to store instead of it: only its hash, which is enough for 256 random bits."""
    shown = secrets.token_urlsafe(32)
    return Secret(shown), _HASHED + sha256(shown.encode()).hexdigest()


def client_of(connection_id: int, client_id: str, stored_secret: str) -> Client:
    """``stored_secret`` as the connection holds it: the secret itself, or ``sha256:`` and its hash. ConfigError when it is empty."""
    if not client_id or not stored_secret:
        raise ConfigError(
            _("the receiver needs a client ID and a secret"), remedy=_("enter both in its settings")
        )
    if stored_secret.startswith(_HASHED):
        try:
            digest = bytes.fromhex(stored_secret.removeprefix(_HASHED))
        except ValueError as error:
            raise ConfigError(_("the client secret's hash is malformed")) from error
    else:
        digest = sha256(stored_secret.encode()).digest()
    return Client(connection_id, client_id, digest)


def check_secret(client: Client, client_id: str, secret: str) -> None:
    """AuthError unless both fit."""
    same_id = hmac.compare_digest(client.client_id.encode(), client_id.encode("utf-8", "replace"))
    digest = sha256(secret.encode("utf-8", "replace")).digest()
    same_secret = hmac.compare_digest(client.digest, digest)
    if not (same_id and same_secret and client is not NOBODY):
        raise AuthError(_("the client ID or secret is incorrect"))


def basic(header: str) -> tuple[str, str]:
    """User and password of a Basic header; AuthError when it is none."""
    kind, _other, text = header.partition(" ")
    try:
        user, colon, password = b64decode(text.strip(), validate=True).decode().partition(":")
    except ValueError as error:
        raise AuthError(_("the Authorization header can't be read")) from error
    if kind.lower() != "basic" or not colon:
        raise AuthError(_("the Authorization header must be Basic"))
    return user, password


def issue(core: Core, client: Client, scopes: Iterable[str], now: datetime) -> str:
    """A token for LIFETIME_SECONDS."""
    told = {
        "connection": client.connection_id,
        "scope": " ".join(sorted(scopes)),
        "until": int(now.timestamp()) + LIFETIME_SECONDS,
        "mark": client.mark,
    }
    payload = urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=")
    return f"{payload.decode()}.{_seal(core.settings.secret_key, payload)}"


def scopes_of(core: Core, client: Client, token: str, now: datetime) -> frozenset[str]:
    """What a token allows at this client's connection; AuthError when it is forged, old, or another's."""
    payload, _other, seal = token.partition(".")
    raw = payload.encode("utf-8", "replace")
    keys = (core.settings.secret_key, *core.settings.secret_key_fallbacks)
    right = [hmac.compare_digest(_seal(key, raw).encode(), seal.encode("utf-8", "replace")) for key in keys]
    if not any(right):
        raise AuthError(_("the access token is not valid here"))
    told = json.loads(urlsafe_b64decode(raw + b"=" * (-len(raw) % 4)))
    if (told["connection"], told["mark"]) != (client.connection_id, client.mark):
        raise AuthError(_("the access token belongs to another client, or its secret was changed"))
    if now.timestamp() >= told["until"]:
        raise AuthError(_("the access token has expired"))
    return frozenset(str(told["scope"]).split())


def _seal(key: str, payload: bytes) -> str:
    if not key:
        raise ConfigError(
            _("ADVISOR_SECRET_KEY is not set"), remedy=_("create one: raise-advisor init --print-keys")
        )
    purpose = hmac.digest(key.encode(), _PURPOSE, "sha256")
    return urlsafe_b64encode(hmac.digest(purpose, payload, "sha256")).rstrip(b"=").decode()
