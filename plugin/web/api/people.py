"""Names that match no employee, and the people to choose from."""

from __future__ import annotations

from functools import partial
from typing import Any

from plugin.domain import Scope
from plugin.services.people import persons
from plugin.services.sources import matching
from plugin.web.api import answers, paging, schemas
from plugin.web.api.caller import Blueprint, Resource
from plugin.web.security import core

blueprint = Blueprint("api_people", __name__, description="Matching records to people")
Data = dict[str, Any]


class _Resource(Resource):
    reads, writes = Scope.READ_PEOPLE, Scope.WRITE_PEOPLE


@blueprint.route("/unmatched")
class Unmatched(_Resource):
    @blueprint.arguments(schemas.UnmatchedQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Unmatched, "By kind and value."))
    def get(self, query: Data) -> Data:
        """Unknown names and how many records wait for each"""
        return paging.page(partial(matching.unmatched, core()), query, lambda one: f"{one.kind} {one.value}")

    @blueprint.arguments(schemas.Link)
    @blueprint.response(200, answers.Applied)
    def post(self, data: Data) -> dict[str, int]:
        """Say whose name it is, and apply what waited for it"""
        return matching.link(core(), self.actor, **data)


@blueprint.route("/people")
class People(_Resource):
    @blueprint.arguments(schemas.PeopleQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Person, "By ascending id."))
    def get(self, query: Data) -> Data:
        """People whose name or employee number holds `search`"""
        read = partial(persons.candidates, core(), query.pop("search"))
        return paging.page(read, query, paging.by_id)
