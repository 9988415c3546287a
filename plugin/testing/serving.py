"""Runs a Flask app on a free port of 127.0.0.1 in a thread, so that fakes are met over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from plugin.testing.faults import Faults


@dataclass(frozen=True)
class Served:
    """A running app; ``base_url`` has no slash at its end."""

    base_url: str


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's signature
        """Says nothing."""


@contextmanager
def serve(app: Flask, *, faults: Faults | None = None, port: int = 0) -> Iterator[Served]:
    """The app on 127.0.0.1 until the block ends, each request in a thread of its own. ``faults`` go before the app."""
    application = faults.around(app.wsgi_app) if faults else app.wsgi_app
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_port}")
    finally:
        if faults:
            faults.end()
        server.shutdown()
        server.server_close()
        thread.join(5)
