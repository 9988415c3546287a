"""Webhook endpoints as an admin sets them up: who gets which events, with which secret."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from secrets import token_bytes
from urllib.parse import urlsplit
from uuid import uuid4

from plugin import http_client
from plugin.domain import EndpointState, JsonObject, OutboxKind
from plugin.errors import ConfigError, Conflict, InvalidInput, Unfit
from plugin.services.core import Actor, Core
from plugin.services.delivery.events import EVENT_TYPES
from plugin.store.database import Tx
from plugin.store.delivery import endpoints, outbox, outgoing
from plugin.store.delivery.endpoints import Endpoint
from plugin.store.delivery.outgoing import Message
from plugin.store.operation import audits
from plugin.texts import _
from plugin.vault import Secret

TEST_EVENT = "endpoint.test"
TEST_WORDS = "If you can read this and the signature is valid, the endpoint works."  # machine text
OVERLAP = timedelta(hours=24)
"""How long the old secret signs along after a rotation."""


@dataclass(frozen=True)
class Wish:
    """What an admin enters. ``event_types`` empty: all. ``networks``: private networks that the address may lie in."""

    name: str
    url: str
    event_types: tuple[str, ...] = ()
    networks: tuple[str, ...] = field(default=())


def add(core: Core, actor: Actor, wish: Wish) -> tuple[int, Secret]:
    """The new endpoint's id and its secret, which is shown this once. InvalidInput names each wrong field."""
    _check(core, wish)
    now, secret = core.clock(), _new_secret()
    with core.database.transaction() as tx:
        _need_free_name(tx, wish.name)
        added = endpoints.add(
            tx,
            now,
            name=wish.name.strip(),
            url=wish.url,
            secret_ciphertext=core.vault.seal(secret),
            event_types=wish.event_types,
            allowed_networks=wish.networks,
        )
        audits.append(tx, now, actor.name, "endpoint.add", f"endpoint:{added}", {"name": wish.name.strip()})
    return added, secret


def change(core: Core, actor: Actor, endpoint_id: int, wish: Wish) -> Secret | None:
    """New name, address or events. The secret stays, but for another address: what is signed for one receiver must not be
    signed for the next, so a new secret takes its place, which is shown this once. InvalidInput as in ``add``, NotFound."""
    _check(core, wish)
    with core.database.transaction() as tx:
        _need_free_name(tx, wish.name, but=endpoint_id)
        secret = _new_secret() if endpoints.get(tx, endpoint_id).url != wish.url else None
        if secret is not None:
            endpoints.change(
                tx,
                endpoint_id,
                secret_ciphertext=core.vault.seal(secret),
                old_secret_ciphertext=None,
                old_secret_until=None,
            )
        endpoints.change(
            tx,
            endpoint_id,
            name=wish.name.strip(),
            url=wish.url,
            event_types=list(wish.event_types),
            allowed_networks=list(wish.networks),
        )
        detail: JsonObject = {"new_secret": secret is not None}
        audits.append(tx, core.clock(), actor.name, "endpoint.change", f"endpoint:{endpoint_id}", detail)
    return secret


def rotate_secret(core: Core, actor: Actor, endpoint_id: int, *, overlap: timedelta = OVERLAP) -> Secret:
    """A new secret, shown this once. Until ``overlap`` has passed deliveries carry a signature of the old one too."""
    now, secret = core.clock(), _new_secret()
    with core.database.transaction() as tx:
        old = endpoints.secrets(tx, endpoint_id).current
        endpoints.change(
            tx,
            endpoint_id,
            secret_ciphertext=core.vault.seal(secret),
            old_secret_ciphertext=old,
            old_secret_until=now + overlap,
        )
        audits.append(tx, now, actor.name, "endpoint.rotate_secret", f"endpoint:{endpoint_id}")
    return secret


def set_state(core: Core, actor: Actor, endpoint_id: int, state: EndpointState | None) -> None:
    """``active`` (also out of ``disabled``) or ``paused``. What is queued for it waits and goes out when it is active again."""
    if state not in (EndpointState.ACTIVE, EndpointState.PAUSED):
        raise InvalidInput(_("unknown state"), fields={"state": _("must be active or paused")})
    with core.database.transaction() as tx:
        endpoints.change(
            tx,
            endpoint_id,
            state=state,
            disabled_reason=None,
            first_failure_at=None,
            last_failure_at=None,
        )
        audits.append(tx, core.clock(), actor.name, f"endpoint.{state}", f"endpoint:{endpoint_id}")


def remove(core: Core, actor: Actor, endpoint_id: int) -> None:
    """Removes it; what was queued for it becomes dead."""
    now = core.clock()
    with core.database.transaction() as tx:
        gone = endpoints.get(tx, endpoint_id)
        outbox.abandon(
            tx,
            now,
            OutboxKind.WEBHOOK,
            endpoint_id,
            code="endpoint_removed",
            message=_("the endpoint was removed"),
        )
        endpoints.remove(tx, endpoint_id)
        audits.append(tx, now, actor.name, "endpoint.remove", f"endpoint:{endpoint_id}", {"name": gone.name})


def send_test(core: Core, actor: Actor, endpoint_id: int) -> int:
    """Queues an ``endpoint.test`` event for this endpoint alone; the outbox row's id. Conflict when it is not active."""
    now, op_id = core.clock(), str(uuid4())
    payload: JsonObject = {
        "type": TEST_EVENT,
        "timestamp": now.isoformat(),
        "data": {"message": TEST_WORDS},
    }
    with core.database.transaction() as tx:
        if endpoints.get(tx, endpoint_id).state != EndpointState.ACTIVE:
            raise Conflict(_("the endpoint is not active"), remedy=_("activate it first"))
        outgoing.enqueue(tx, now, [Message(OutboxKind.WEBHOOK, endpoint_id, op_id, TEST_EVENT, payload)])
        audits.append(tx, now, actor.name, "endpoint.test", f"endpoint:{endpoint_id}")
        return outbox.page(tx, kind=OutboxKind.WEBHOOK, target_id=endpoint_id, limit=1)[0].id


def get(core: Core, endpoint_id: int) -> Endpoint:
    with core.database.reading() as tx:
        return endpoints.get(tx, endpoint_id)


def page(core: Core, *, after: int = 0, limit: int = 50) -> list[Endpoint]:
    with core.database.reading() as tx:
        return endpoints.page(tx, after=after, limit=limit)


def _new_secret() -> Secret:
    return Secret("whsec_" + b64encode(token_bytes(32)).decode())


def _need_free_name(tx: Tx, name: str, *, but: int | None = None) -> None:
    if endpoints.is_name_taken(tx, name.strip(), but=but):
        raise Unfit(
            _("an endpoint named “%(strip)s” already exists", strip=name.strip()),
            code="taken",
            fields={"name": _("is already in use")},
        )


def _check(core: Core, wish: Wish) -> None:
    fields = _wrong_url(wish)
    if not 1 <= len(wish.name.strip()) <= 200:
        fields["name"] = _("must have 1 to 200 characters")
    unknown = set(wish.event_types) - set(EVENT_TYPES)
    if unknown:
        fields["event_types"] = f"unknown: {', '.join(sorted(unknown))}"
    if outside := _outside(wish.networks, core.settings.allowed_networks):
        fields["networks"] = _("%(outside)s must be inside ADVISOR_ALLOWED_NETWORKS", outside=outside)
    said = _("the endpoint can't be saved")
    if set(fields) == {"networks"}:
        raise Unfit(said, code="network", fields=fields)
    if fields:
        raise InvalidInput(said, fields=fields)


def _wrong_url(wish: Wish) -> dict[str, str]:
    """https everywhere; http only for an address inside a private network that is allowed, which the guard checks at each call."""
    try:
        http_client.check_url(wish.url)
    except ConfigError as error:
        return {"url": str(error)}
    if len(wish.url) > 2000:
        return {"url": _("must have at most 2000 characters")}
    if urlsplit(wish.url).scheme != "https" and not wish.networks:
        return {"url": _("must begin with https://")}
    return {}


def _outside(wanted: Sequence[str], allowed: Sequence[str]) -> str | None:
    """The first network that the operator does not allow, or that is none."""
    permitted = [ip_network(cidr) for cidr in allowed]
    for cidr in wanted:
        try:
            network = ip_network(cidr)
        except ValueError:
            return cidr
        if not any(one.version == network.version and network.subnet_of(one) for one in permitted):  # type: ignore[arg-type]
            return cidr
    return None
