"""The one view of /scim/v2. The library is imported with the first request: most installations start without it."""

from __future__ import annotations

from flask import Blueprint, Response

from plugin.web import auth

blueprint = Blueprint("scim", __name__, url_prefix="/scim/v2")
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@blueprint.route("/", defaults={"path": ""}, methods=METHODS)
@blueprint.route("/<path:path>", methods=METHODS)
@auth.own_check
def scim(path: str) -> Response:
    from plugin.web.scim import serving

    return serving.answer(path)
