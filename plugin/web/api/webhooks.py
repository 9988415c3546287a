"""Webhook endpoints, deliveries and dead letters."""

from __future__ import annotations

from typing import Any

from plugin.services.delivery import endpoint_setup, webhook_deliveries
from plugin.services.delivery.endpoint_setup import Wish
from plugin.web.api import schemas
from plugin.web.api.caller import Blueprint, Resource, known_id
from plugin.web.security import core

blueprint = Blueprint("api_webhooks", __name__, description="Webhooks to others")
Data = dict[str, Any]


def _wish(data: Data) -> Wish:
    return Wish(data["name"], data["url"], tuple(data["event_types"]), tuple(data["networks"]))


@blueprint.route("/endpoints")
class Endpoints(Resource):
    @blueprint.arguments(schemas.AfterQuery, location="query")
    @blueprint.response(200, schemas.Endpoint(many=True))
    def get(self, query: Data) -> list[Any]:
        """Endpoints in the order of their ids."""
        return endpoint_setup.page(core(), **query)

    @blueprint.arguments(schemas.EndpointWish)
    @blueprint.response(201, schemas.NewSecret)
    def post(self, data: Data) -> Data:
        """Adds an endpoint; its signing secret is in this answer and nowhere else."""
        added, secret = endpoint_setup.add(core(), self.actor, _wish(data))
        return {"id": added, "secret": secret.reveal()}


@blueprint.route("/endpoints/<int:endpoint_id>")
class Endpoint(Resource):
    @blueprint.response(200, schemas.Endpoint)
    def get(self, endpoint_id: int) -> Any:
        """One endpoint."""
        return endpoint_setup.get(core(), known_id(endpoint_id))

    @blueprint.arguments(schemas.EndpointWish)
    @blueprint.response(200, schemas.Endpoint)
    def put(self, data: Data, endpoint_id: int) -> Any:
        """New name, address or events; the secret stays."""
        endpoint_setup.change(core(), self.actor, known_id(endpoint_id), _wish(data))
        return endpoint_setup.get(core(), endpoint_id)

    @blueprint.response(204)
    def delete(self, endpoint_id: int) -> None:
        """Removes it; what was queued for it becomes dead."""
        endpoint_setup.remove(core(), self.actor, known_id(endpoint_id))


@blueprint.route("/endpoints/<int:endpoint_id>/state")
class EndpointState(Resource):
    @blueprint.arguments(schemas.EndpointState)
    @blueprint.response(200, schemas.Endpoint)
    def put(self, data: Data, endpoint_id: int) -> Any:
        """Pauses it, or lets it go on (also after it was disabled)."""
        endpoint_setup.set_state(core(), self.actor, known_id(endpoint_id), data["state"])
        return endpoint_setup.get(core(), endpoint_id)


@blueprint.route("/endpoints/<int:endpoint_id>/secret")
class EndpointSecret(Resource):
    @blueprint.response(200, schemas.NewSecret)
    def post(self, endpoint_id: int) -> Data:
        """A new secret; the old one signs along for a day."""
        secret = endpoint_setup.rotate_secret(core(), self.actor, known_id(endpoint_id))
        return {"id": endpoint_id, "secret": secret.reveal()}


@blueprint.route("/endpoints/<int:endpoint_id>/test")
class EndpointTest(Resource):
    @blueprint.response(202, schemas.DeliveryDetail)
    def post(self, endpoint_id: int) -> Any:
        """Queues a test event for this endpoint alone."""
        return webhook_deliveries.detail(
            core(), endpoint_setup.send_test(core(), self.actor, known_id(endpoint_id))
        )


@blueprint.route("/deliveries")
class Deliveries(Resource):
    @blueprint.arguments(schemas.DeliveryQuery, location="query")
    @blueprint.response(200, schemas.Delivery(many=True))
    def get(self, query: Data) -> list[Any]:
        """What leaves: webhooks and writes, newest first; ``state=dead`` is the dead-letter list."""
        return webhook_deliveries.page(core(), target_id=query.pop("target"), **query)


@blueprint.route("/deliveries/replay")
class DeliveriesReplay(Resource):
    @blueprint.arguments(schemas.ReplayAll)
    @blueprint.response(200, schemas.Count)
    def post(self, data: Data) -> Data:
        """Queues the whole dead-letter list again; the number of rows that are due now."""
        return {
            "count": webhook_deliveries.replay_all(
                core(), self.actor, kind=data["kind"], target_id=data["target"]
            )
        }


@blueprint.route("/deliveries/<int:delivery_id>")
class Delivery(Resource):
    @blueprint.response(200, schemas.DeliveryDetail)
    def get(self, delivery_id: int) -> Any:
        """One row with its attempts, oldest first."""
        return webhook_deliveries.detail(core(), known_id(delivery_id))


@blueprint.route("/deliveries/<int:delivery_id>/replay")
class DeliveryReplay(Resource):
    @blueprint.response(202, schemas.DeliveryDetail)
    def post(self, delivery_id: int) -> Any:
        """Queues one row again."""
        webhook_deliveries.replay(core(), self.actor, known_id(delivery_id))
        return webhook_deliveries.detail(core(), delivery_id)
