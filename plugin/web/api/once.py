"""The header Idempotency-Key of a POST: what was answered to a request under its key is answered again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from flask import Response, current_app, request
from webargs.flaskparser import abort
from werkzeug.exceptions import HTTPException

from plugin.errors import AdvisorError
from plugin.services.operation import idempotency
from plugin.services.operation.idempotency import Answer
from plugin.texts import _
from plugin.web import json_bodies
from plugin.web.security import core

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
PATTERN = r"[!-~]([ -~]{0,198}[!-~])?"  # a structured field's string, or its bare text
# what was refused before anything was carried out may be tried again under the same key
UNJUDGED = frozenset({400, 401, 403, 405, 406, 413, 415, 422, 429})


def once(account_id: int, view: Callable[[], Response]) -> Response:
    """``view``'s answer, or the one that it gave to this request before."""
    key = request.headers.get(HEADER)
    if key is None:
        return view()
    if re.fullmatch(PATTERN, key) is None:
        abort(422, messages={"headers": {HEADER: [_("must have 1 to 200 ASCII characters")]}})

    made: list[Response] = []

    def carry_out() -> Answer:
        try:
            answer = view()
        except (AdvisorError, HTTPException) as error:  # what the application makes of it is the answer
            answer = current_app.make_response(current_app.handle_user_exception(error))
        made.append(answer)
        is_kept = answer.status_code < 500 and answer.status_code not in UNJUDGED
        return Answer(
            answer.status_code, str(answer.mimetype), answer.get_data(as_text=True), is_kept=is_kept
        )

    found = idempotency.once(core(), account_id, key, _same(), carry_out)
    return made[0] if made else _replayed(found)


def _replayed(found: Answer) -> Response:
    answer = Response(found.body, found.status, mimetype=found.media_type)
    answer.headers[REPLAYED] = "true"
    return answer


def _same() -> bytes:
    """All that makes the request the same: the order of names in a JSON document and its blanks don't count."""
    try:
        body = json.dumps(json_bodies.read(request.get_data()), sort_keys=True).encode()
    except (ValueError, RecursionError):
        body = request.get_data()
    return b"\n".join((request.method.encode(), request.full_path.encode(), body))
