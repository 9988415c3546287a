"""What schemathesis is told of this API; read by its command through SCHEMATHESIS_HOOKS."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import schemathesis

KEY = "Idempotency-Key"


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """A valid key is for one request only; the document's example would be sent with every one."""
    is_sound = case.meta is None or case.meta.generation.mode.is_positive
    if is_sound and KEY in (case.headers or {}):
        case.headers[KEY] = str(uuid4())
