"""Connectors, connections, runs and what failed in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from plugin import connectors
from plugin.domain import Scope
from plugin.errors import InvalidInput, Unfit
from plugin.manifest import Manifest
from plugin.services.sources import connection_setup, matching, run_requests
from plugin.services.sources.connection_setup import Shown
from plugin.texts import _
from plugin.web.api import answers, paging, schemas
from plugin.web.api.caller import Blueprint, Resource
from plugin.web.security import core

blueprint = Blueprint("api_connections", __name__, description="Connectors and connections")
Data = dict[str, Any]


class _Resource(Resource):
    reads, writes = Scope.READ_CONNECTIONS, Scope.WRITE_CONNECTIONS


NEWEST_FIRST = "Newest first, by descending id."
OLDEST_FIRST = "Oldest first, by ascending id."


@contextmanager
def _named_in_body() -> Iterator[None]:
    """The use case names a setting by itself; a caller looks for it below ``settings``."""
    try:
        yield
    except InvalidInput as error:
        error.fields = {
            name if name == "name" else f"settings/{name}": said for name, said in error.fields.items()
        }
        raise


@blueprint.route("/connectors")
class Connectors(_Resource):
    @blueprint.arguments(schemas.ConnectorQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Connector, "By slug."))
    def get(self, query: Data) -> Data:
        """What can be connected, with the settings that each needs"""
        return paging.page(_connectors, query, lambda one: str(one["slug"]))


def _connectors(after: str, limit: int) -> list[Data]:
    found = sorted(connectors.available(), key=lambda one: one.slug)
    return [_connector(one) for one in found if one.slug > after][:limit]


def _connector(one: Manifest) -> Data:
    return {
        "slug": one.slug,
        "title": one.title,
        "summary": one.summary,
        "version": one.version,
        "streams": [spec.stream for spec in one.streams],
        "sinks": [spec.sink for spec in one.sinks],
        "settings": one.settings,
    }


@blueprint.route("/connections")
class Connections(_Resource):
    @blueprint.arguments(schemas.AfterQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Connection, OLDEST_FIRST))
    def get(self, query: Data) -> Data:
        """All connections"""
        return paging.page(partial(connection_setup.page, core()), query, lambda one: one.connection.id)

    @blueprint.arguments(schemas.NewConnection)
    @blueprint.response(201, answers.Connection)
    def post(self, data: Data) -> Shown:
        """Add a connection"""
        with _named_in_body():
            added = connection_setup.add(core(), self.actor, **data)
        return connection_setup.shown(core(), added)


@blueprint.route("/connections/<record_id:connection_id>")
class Connection(_Resource):
    @blueprint.response(200, answers.Connection)
    def get(self, connection_id: int) -> Shown:
        """One connection

        Of a secret, the answer says only whether it is set.
        """
        return connection_setup.shown(core(), connection_id)

    @blueprint.arguments(schemas.ConnectionChange)
    @blueprint.response(200, answers.Connection)
    def put(self, data: Data, connection_id: int) -> Shown:
        """Change name and settings

        `version` is the one that was read; 409 when another person has changed the connection since. A secret that is left out
        or null stays as it is. The connector of a connection never changes.
        """
        found = connection_setup.shown(core(), connection_id).connection
        if found.connector != data.pop("connector"):
            said = _("the connection has another connector")
            raise Unfit(said, code="unsupported", fields={"connector": said})
        with _named_in_body():
            connection_setup.change(core(), self.actor, found.id, **data)
        return connection_setup.shown(core(), connection_id)

    @blueprint.response(204)
    def delete(self, connection_id: int) -> None:
        """Remove a connection

        What it read about people stays.
        """
        connection_setup.remove(core(), self.actor, connection_id)


@blueprint.route("/connections/<record_id:connection_id>/schedule")
class ConnectionSchedule(_Resource):
    @blueprint.arguments(schemas.Schedule)
    @blueprint.response(200, answers.Connection)
    def put(self, data: Data, connection_id: int) -> Shown:
        """Set how often it runs and which writes are on"""
        connection_setup.set_schedule(core(), self.actor, connection_id, **data)
        return connection_setup.shown(core(), connection_id)


@blueprint.route("/connections/<record_id:connection_id>/state")
class ConnectionState(_Resource):
    @blueprint.arguments(schemas.State)
    @blueprint.response(200, answers.Connection)
    def put(self, data: Data, connection_id: int) -> Shown:
        """Pause or resume it"""
        connection_setup.set_state(core(), self.actor, connection_id, **data)
        return connection_setup.shown(core(), connection_id)


@blueprint.route("/connections/<record_id:connection_id>/check")
class ConnectionCheck(_Resource):
    @blueprint.response(200, answers.Check)
    def post(self, connection_id: int) -> Data:
        """Test it: steps in their order, each with a remedy"""
        steps = connection_setup.check(core(), connection_id)
        return {"ok": all(one.ok for one in steps), "steps": steps}


@blueprint.route("/connections/<record_id:connection_id>/runs")
class ConnectionRuns(_Resource):
    @blueprint.arguments(schemas.BeforeQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Run, NEWEST_FIRST))
    def get(self, query: Data, connection_id: int) -> Data:
        """Its runs"""
        return _of(connection_id, partial(run_requests.page, core(), connection_id=connection_id), query)

    @blueprint.arguments(schemas.RunRequest, required=False)
    @blueprint.response(202, answers.Run)
    def post(self, data: Data, connection_id: int) -> Any:
        """Request a run

        If one is queued already, the answer is that one.
        """
        asked = run_requests.request_run(core(), self.actor, connection_id, data["streams"])
        return run_requests.get(core(), asked)


def _of(connection_id: int, read: Any, query: Data) -> Data:
    """A page of what belongs to a connection; NotFound without it, for an empty list would tell nothing."""
    connection_setup.shown(core(), connection_id)
    return paging.page(read, query, paging.by_id, "before")


@blueprint.route("/connections/<record_id:connection_id>/rejections")
class ConnectionRejections(_Resource):
    @blueprint.arguments(schemas.RunQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Rejection, NEWEST_FIRST))
    def get(self, query: Data, connection_id: int) -> Data:
        """Rows that could not be read, with place and reason"""
        return _of(connection_id, partial(run_requests.rejections, core(), connection_id), query)


@blueprint.route("/connections/<record_id:connection_id>/calls")
class ConnectionCalls(_Resource):
    @blueprint.arguments(schemas.RunQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Call, NEWEST_FIRST))
    def get(self, query: Data, connection_id: int) -> Data:
        """The call log

        It never holds bodies, headers or query values.
        """
        return _of(connection_id, partial(run_requests.calls, core(), connection_id), query)


@blueprint.route("/connections/<record_id:connection_id>/set-aside")
class ConnectionSetAside(_Resource):
    @blueprint.arguments(schemas.AfterQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.SetAside, OLDEST_FIRST))
    def get(self, query: Data, connection_id: int) -> Data:
        """Records that could not be used, with code and reason"""
        found = connection_setup.shown(core(), connection_id).connection
        return paging.page(partial(matching.set_aside, core(), connection_id=found.id), query, paging.by_id)

    @blueprint.response(200, answers.Applied)
    def post(self, connection_id: int) -> dict[str, int]:
        """Try all of them again"""
        found = connection_setup.shown(core(), connection_id).connection
        return matching.try_again(core(), self.actor, found.id)


@blueprint.route("/runs/<record_id:run_id>")
class Run(_Resource):
    @blueprint.response(200, answers.Run)
    def get(self, run_id: int) -> Any:
        """One run"""
        return run_requests.get(core(), run_id)
