"""What the HTTP server refuses before the application sees it (too large, no valid HTTP): the API's callers get problem details too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from plugin.web import problems
from plugin.web.problems import Problem


class _Refusal(ErrorTask):  # type: ignore[misc]  # waitress brings no types
    def execute(self) -> None:
        path = getattr(
            self.request, "path", "/api/"
        )  # nothing that could be read as a request: surely a program's
        if not path.startswith("/api/"):
            super().execute()
            return
        made = Problem(problems.kind_of_status(self.request.error.code)).response()
        body = made.get_data()
        self.status = made.status
        self.response_headers.extend(made.headers.to_wsgi_list())
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _Refusal


def answer_refusals(listening: Iterable[Any]) -> None:
    """``listening``: waitress's servers, one a socket."""
    for one in listening:
        one.channel_class = _Channel
