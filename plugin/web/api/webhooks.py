"""Webhook endpoints, deliveries and dead letters."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from plugin.domain import Scope
from plugin.services.delivery import backlog, endpoint_setup
from plugin.services.delivery.endpoint_setup import Wish
from plugin.web.api import answers, paging, schemas
from plugin.web.api.caller import Blueprint, Resource
from plugin.web.security import core

blueprint = Blueprint("api_webhooks", __name__, description="Webhooks to others")
Data = dict[str, Any]


class _Resource(Resource):
    reads, writes = Scope.READ_WEBHOOKS, Scope.WRITE_WEBHOOKS


def _wish(data: Data) -> Wish:
    return Wish(data["name"], data["url"], tuple(data["event_types"]), tuple(data["networks"]))


@blueprint.route("/endpoints")
class Endpoints(_Resource):
    @blueprint.arguments(schemas.AfterQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Endpoint, "Oldest first, by ascending id."))
    def get(self, query: Data) -> Data:
        """All endpoints"""
        return paging.page(partial(endpoint_setup.page, core()), query, paging.by_id)

    @blueprint.arguments(schemas.EndpointWish)
    @blueprint.response(201, answers.NewSecret)
    def post(self, data: Data) -> Data:
        """Add an endpoint

        Its signing secret is in this answer and nowhere else.
        """
        added, secret = endpoint_setup.add(core(), self.actor, _wish(data))
        return {"id": added, "secret": secret.reveal()}


@blueprint.route("/endpoints/<record_id:endpoint_id>")
class Endpoint(_Resource):
    @blueprint.response(200, answers.Endpoint)
    def get(self, endpoint_id: int) -> Any:
        """One endpoint"""
        return endpoint_setup.get(core(), endpoint_id)

    @blueprint.arguments(schemas.EndpointWish)
    @blueprint.response(200, answers.ChangedEndpoint)
    def put(self, data: Data, endpoint_id: int) -> Data:
        """Change name, address or events

        The secret stays, but for another address: its new secret is in this answer and nowhere else.
        """
        secret = endpoint_setup.change(core(), self.actor, endpoint_id, _wish(data))
        changed = asdict(endpoint_setup.get(core(), endpoint_id))
        return changed | {"secret": secret.reveal() if secret else None}

    @blueprint.response(204)
    def delete(self, endpoint_id: int) -> None:
        """Remove an endpoint

        What was queued for it becomes dead.
        """
        endpoint_setup.remove(core(), self.actor, endpoint_id)


@blueprint.route("/endpoints/<record_id:endpoint_id>/state")
class EndpointState(_Resource):
    @blueprint.arguments(schemas.EndpointState)
    @blueprint.response(200, answers.Endpoint)
    def put(self, data: Data, endpoint_id: int) -> Any:
        """Pause or resume it

        Also after it was disabled.
        """
        endpoint_setup.set_state(core(), self.actor, endpoint_id, data["state"])
        return endpoint_setup.get(core(), endpoint_id)


@blueprint.route("/endpoints/<record_id:endpoint_id>/secret")
class EndpointSecret(_Resource):
    @blueprint.response(200, answers.NewSecret)
    def post(self, endpoint_id: int) -> Data:
        """Make a new secret

        Deliveries carry a signature of the old one too for a day.
        """
        secret = endpoint_setup.rotate_secret(core(), self.actor, endpoint_id)
        return {"id": endpoint_id, "secret": secret.reveal()}


@blueprint.route("/endpoints/<record_id:endpoint_id>/test")
class EndpointTest(_Resource):
    @blueprint.response(202, answers.Delivery)
    def post(self, endpoint_id: int) -> Any:
        """Queue a test event for this endpoint alone"""
        queued = endpoint_setup.send_test(core(), self.actor, endpoint_id)
        return backlog.get(core(), queued)


@blueprint.route("/deliveries")
class Deliveries(_Resource):
    @blueprint.arguments(schemas.DeliveryQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Delivery, "Newest first, by descending id."))
    def get(self, query: Data) -> Data:
        """What leaves: webhooks and writes

        `state=dead` is the dead-letter list.
        """
        return paging.page(partial(backlog.page, core()), query, paging.by_id, "before")


@blueprint.route("/deliveries/replay")
class DeliveriesReplay(_Resource):
    @blueprint.arguments(schemas.ReplayAll, required=False)
    @blueprint.response(200, answers.Count)
    def post(self, data: Data) -> Data:
        """Queue the whole dead-letter list again

        The answer is the number of rows that are due now.
        """
        return {"count": backlog.replay_all(core(), self.actor, **data)}


@blueprint.route("/deliveries/<record_id:delivery_id>")
class Delivery(_Resource):
    @blueprint.response(200, answers.Delivery)
    def get(self, delivery_id: int) -> Any:
        """One delivery"""
        return backlog.get(core(), delivery_id)


@blueprint.route("/deliveries/<record_id:delivery_id>/attempts")
class DeliveryAttempts(_Resource):
    @blueprint.arguments(schemas.AfterQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Attempt, "Oldest first, by ascending id."))
    def get(self, query: Data, delivery_id: int) -> Data:
        """Its attempts"""
        read = partial(backlog.attempts, core(), delivery_id)
        return paging.page(read, query, paging.by_id)


@blueprint.route("/deliveries/<record_id:delivery_id>/replay")
class DeliveryReplay(_Resource):
    @blueprint.response(202, answers.Delivery)
    def post(self, delivery_id: int) -> Any:
        """Queue one delivery again"""
        backlog.replay(core(), self.actor, delivery_id)
        return backlog.get(core(), delivery_id)
