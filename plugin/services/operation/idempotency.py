"""A request that is sent again under its key is answered as the first time and not carried out again (IETF draft
*The Idempotency-Key HTTP Header Field*)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

from plugin.errors import Conflict, Unfit
from plugin.services.core import Core
from plugin.store.operation import idempotency_keys
from plugin.store.operation.idempotency_keys import Kept
from plugin.texts import _
from plugin.vault import Secret

KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Answer:
    """``is_kept`` False: it came before anything was carried out, so that the same request may be tried again."""

    status: int
    media_type: str
    body: str
    is_kept: bool = True


def once(core: Core, account_id: int, key: str, request: bytes, carry_out: Callable[[], Answer]) -> Answer:
    """What ``carry_out`` answers, or what it answered to the same request under this key before.

    ``request`` is all that makes it the same. Unfit (``key_reused``) for another one, Conflict (``busy``) while the first
    is at work or when it was cut off: then nobody knows whether it was carried out. An answer may hold a secret, so it is sealed.
    """
    now = core.clock()
    digest, key_hash = hashlib.sha256(request).hexdigest(), hashlib.sha256(key.encode()).hexdigest()
    with core.database.transaction() as tx:
        row_id, kept = idempotency_keys.begin(
            tx, now, now - KEPT, account_id=account_id, key_hash=key_hash, request_hash=digest
        )
    if kept is not None:
        return _again(core, kept, digest, key_hash)
    try:
        answer = carry_out()
    except BaseException:
        _release(core, row_id)
        raise
    if not answer.is_kept:
        _release(core, row_id)
        return answer
    sealed = core.vault.seal(Secret(json.dumps(asdict(answer))), to=key_hash)
    with core.database.transaction() as tx:
        idempotency_keys.finish(tx, row_id, sealed)
    return answer


def _again(core: Core, kept: Kept, digest: str, key_hash: str) -> Answer:
    if kept.request_hash != digest:
        raise Unfit(
            _("this key was sent with another request before"),
            code="key_reused",
            remedy=_("use another key for another request"),
        )
    if kept.answer is None:
        raise Conflict(
            _("a request with this key is at work, or was cut off"),
            code="busy",
            remedy=_("look whether it was carried out before you use another key"),
        )
    return Answer(**json.loads(core.vault.open(kept.answer, to=key_hash).reveal()))


def _release(core: Core, row_id: int) -> None:
    with core.database.transaction() as tx:
        idempotency_keys.release(tx, row_id)


def prune(core: Core) -> int:
    """Deletes what is older than a day; the number of keys."""
    with core.database.transaction() as tx:
        return idempotency_keys.prune(tx, core.clock() - KEPT)
