"""Names that match no employee, and the people to choose from."""

from __future__ import annotations

from typing import Any

from plugin.services.people import persons
from plugin.services.sources import matching
from plugin.web.api import schemas
from plugin.web.api.caller import Blueprint, Resource
from plugin.web.security import core

blueprint = Blueprint("api_people", __name__, description="Matching records to people")
Data = dict[str, Any]


@blueprint.route("/unmatched")
class Unmatched(Resource):
    @blueprint.arguments(schemas.UnmatchedQuery, location="query")
    @blueprint.response(200, schemas.Unmatched(many=True))
    def get(self, query: Data) -> list[Any]:
        """Unknown names and how many records wait for each; ``after`` is ``kind value`` of the last one seen."""
        return matching.unmatched(core(), **query)

    @blueprint.arguments(schemas.Link)
    @blueprint.response(200, schemas.Applied)
    def post(self, data: Data) -> dict[str, int]:
        """Says whose name it is, and applies what waited for it."""
        return matching.link(core(), self.actor, **data)


@blueprint.route("/people")
class People(Resource):
    @blueprint.arguments(schemas.PeopleQuery, location="query")
    @blueprint.response(200, schemas.Person(many=True))
    def get(self, query: Data) -> list[Any]:
        """People whose name or employee number holds ``search``."""
        return persons.candidates(core(), query["search"], limit=query["limit"])
