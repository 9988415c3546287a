"""Connectors, connections, runs and what failed in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from plugin import connectors
from plugin.errors import InvalidInput
from plugin.manifest import Manifest
from plugin.services.sources import connection_setup, matching, run_requests
from plugin.services.sources.connection_setup import Shown
from plugin.web.api import schemas
from plugin.web.api.caller import Blueprint, Resource, known_id
from plugin.web.security import core

blueprint = Blueprint("api_connections", __name__, description="Connectors and connections")
Data = dict[str, Any]


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
class Connectors(Resource):
    @blueprint.response(200, schemas.Connector(many=True))
    def get(self) -> list[Manifest]:
        """What can be connected, with the settings that each needs."""
        return connectors.available()


@blueprint.route("/connections")
class Connections(Resource):
    @blueprint.arguments(schemas.AfterQuery, location="query")
    @blueprint.response(200, schemas.Connection(many=True))
    def get(self, query: Data) -> list[Shown]:
        """Connections in the order of their ids."""
        return connection_setup.page(core(), **query)

    @blueprint.arguments(schemas.NewConnection)
    @blueprint.response(201, schemas.Connection)
    def post(self, data: Data) -> Shown:
        """Adds a connection; 422 names each wrong setting."""
        with _named_in_body():
            added = connection_setup.add(core(), self.actor, **data)
        return connection_setup.shown(core(), added)


@blueprint.route("/connections/<int:connection_id>")
class Connection(Resource):
    @blueprint.response(200, schemas.Connection)
    def get(self, connection_id: int) -> Shown:
        """One connection; of a secret only whether it is set."""
        return connection_setup.shown(core(), known_id(connection_id))

    @blueprint.arguments(schemas.ConnectionChange)
    @blueprint.response(200, schemas.Connection)
    def put(self, data: Data, connection_id: int) -> Shown:
        """Changes name and settings; 409 when somebody else did meanwhile."""
        with _named_in_body():
            connection_setup.change(core(), self.actor, known_id(connection_id), **data)
        return connection_setup.shown(core(), connection_id)

    @blueprint.response(204)
    def delete(self, connection_id: int) -> None:
        """Removes the connection; what was learnt about people stays."""
        connection_setup.remove(core(), self.actor, known_id(connection_id))


@blueprint.route("/connections/<int:connection_id>/schedule")
class ConnectionSchedule(Resource):
    @blueprint.arguments(schemas.Schedule)
    @blueprint.response(200, schemas.Connection)
    def put(self, data: Data, connection_id: int) -> Shown:
        """How often it runs (minutes) and which writes are on."""
        connection_setup.set_schedule(core(), self.actor, known_id(connection_id), **data)
        return connection_setup.shown(core(), connection_id)


@blueprint.route("/connections/<int:connection_id>/state")
class ConnectionState(Resource):
    @blueprint.arguments(schemas.State)
    @blueprint.response(200, schemas.Connection)
    def put(self, data: Data, connection_id: int) -> Shown:
        """Pauses it, or lets it go on."""
        connection_setup.set_state(core(), self.actor, known_id(connection_id), **data)
        return connection_setup.shown(core(), connection_id)


@blueprint.route("/connections/<int:connection_id>/check")
class ConnectionCheck(Resource):
    @blueprint.response(200, schemas.Probe(many=True))
    def post(self, connection_id: int) -> list[Any]:
        """Tests it: named steps, each with a remedy."""
        return connection_setup.check(core(), known_id(connection_id))


@blueprint.route("/connections/<int:connection_id>/runs")
class ConnectionRuns(Resource):
    @blueprint.arguments(schemas.BeforeQuery, location="query")
    @blueprint.response(200, schemas.Run(many=True))
    def get(self, query: Data, connection_id: int) -> list[Any]:
        """Its runs, newest first."""
        return run_requests.page(core(), connection_id=known_id(connection_id), **query)

    @blueprint.arguments(schemas.RunRequest)
    @blueprint.response(202, schemas.Run)
    def post(self, data: Data, connection_id: int) -> Any:
        """Queues a run; the same one when it is queued already."""
        return run_requests.get(
            core(), run_requests.request_run(core(), self.actor, known_id(connection_id), data["streams"])
        )


@blueprint.route("/connections/<int:connection_id>/rejections")
class ConnectionRejections(Resource):
    @blueprint.arguments(schemas.RunQuery, location="query")
    @blueprint.response(200, schemas.Rejection(many=True))
    def get(self, query: Data, connection_id: int) -> list[Any]:
        """Rows that could not be read, with place and reason; newest first."""
        return run_requests.rejections(core(), known_id(connection_id), run_id=query.pop("run"), **query)


@blueprint.route("/connections/<int:connection_id>/calls")
class ConnectionCalls(Resource):
    @blueprint.arguments(schemas.RunQuery, location="query")
    @blueprint.response(200, schemas.Call(many=True))
    def get(self, query: Data, connection_id: int) -> list[Any]:
        """The call log without bodies, headers and query values; newest first."""
        return run_requests.calls(core(), known_id(connection_id), run_id=query.pop("run"), **query)


@blueprint.route("/connections/<int:connection_id>/set-aside")
class ConnectionSetAside(Resource):
    @blueprint.arguments(schemas.AfterQuery, location="query")
    @blueprint.response(200, schemas.SetAside(many=True))
    def get(self, query: Data, connection_id: int) -> list[Any]:
        """Records that could not be used, with code and reason."""
        return matching.set_aside(core(), connection_id=known_id(connection_id), **query)

    @blueprint.response(200, schemas.Applied)
    def post(self, connection_id: int) -> dict[str, int]:
        """Tries all of them again."""
        return matching.try_again(core(), self.actor, known_id(connection_id))


@blueprint.route("/runs/<int:run_id>")
class Run(Resource):
    @blueprint.response(200, schemas.Run)
    def get(self, run_id: int) -> Any:
        """One run."""
        return run_requests.get(core(), known_id(run_id))
