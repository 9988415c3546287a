"""A site of fixed documents to test against: what a badge issuer's web server is, as far as a verifier can see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, Response, request

from plugin.domain import JsonObject


@dataclass(frozen=True)
class Hosted:
    """One answer. ``body`` is an object (sent as JSON-LD) or the bytes of a picture (PNG)."""

    body: JsonObject | bytes
    status: int = 200


def site(documents: Mapping[str, Hosted]) -> Flask:
    """An application that answers these documents by path as they are when asked for, and 404 else."""
    app = Flask("hosted_documents")

    @app.get("/<path:_path>")
    def answer(_path: str) -> Response:
        found = documents.get(request.path)
        if found is None:
            return Response(status=404)
        if isinstance(found.body, bytes):
            return Response(found.body, found.status, content_type="image/png")
        return Response(json.dumps(found.body), found.status, content_type="application/ld+json")

    return app
