"""The shapes of what a call sends. Unknown names are refused."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, validates_schema

from plugin import connectors, domain
from plugin.domain.ids import LARGEST_ID
from plugin.services.delivery.events import EVENT_TYPES
from plugin.texts import N_, _
from plugin.web.api import settings
from plugin.web.api.values import (
    HOOK,
    SEEN,
    Choice,
    Digits,
    ListOf,
    Network,
    Strict,
    Text,
    Whole,
    Word,
    identifier,
    name,
    row_version,
)

NewConnection, ConnectionChange = settings.shapes(connectors.available())


class PageQuery(Strict):
    """How much of a list one answer holds."""

    limit = Digits(1, 500, load_default=50, metadata={"description": "Entries of one page."})


def _id(said: str, default: int | None) -> Digits:
    return Digits(0, LARGEST_ID, load_default=default, metadata={"description": said})


class AfterQuery(PageQuery):
    after = _id("Only entries with a larger id: the last one of the page before.", 0)


class BeforeQuery(PageQuery):
    before = _id("Only entries with a smaller id: the last one of the page before.", None)


class RunQuery(BeforeQuery):
    run_id = _id("Only of this run.", None)


class ConnectorQuery(PageQuery):
    after = Text(
        64, load_default="", metadata={"description": "The slug of the last entry of the page before."}
    )


class UnmatchedQuery(PageQuery):
    said: ClassVar[str] = "``kind value`` of the last entry of the page before."
    after = Text(600, load_default="", metadata={"description": said})


class PeopleQuery(AfterQuery):
    said: ClassVar[str] = "A part of the name or employee number; capitals don't count."
    search = Text(200, load_default="", metadata={"description": said})


class AuditQuery(BeforeQuery):
    subject = Text(200, load_default=None, metadata={"description": "Only about this, such as connection:3."})
    action = Text(100, load_default=None, metadata={"description": "Only this, such as connection.add."})


class DeliveryQuery(BeforeQuery):
    kind = Word(domain.OutboxKind, load_default=domain.OutboxKind.WEBHOOK)
    state = Word(domain.OutboxState, load_default=None)
    target_id = _id("Only for this endpoint or connection.", None)


# --- bodies ---------------------------------------------------------------------------------------------------------


class Schedule(Strict):
    version = row_version(required=True)
    every_minutes = Whole(
        5, 44_640, required=True, allow_none=True, metadata={"description": "null: only on request."}
    )
    sinks = ListOf(Word(domain.Sink), len(domain.Sink), required=True)


class State(Strict):
    version = row_version(required=True)
    state = Word(domain.ConnectionState, required=True)


class RunRequest(Strict):
    streams = ListOf(
        Word(domain.Stream),
        len(domain.Stream),
        load_default=None,
        allow_none=True,
        metadata={"description": "null: all that the connector reads."},
    )


class Link(Strict):
    kind = Word(domain.IdentifierKind, required=True)
    value = Text(500, inner=SEEN, said=N_("must have more than blanks"), least=1, required=True)
    person_id = identifier(required=True)


class EndpointWish(Strict):
    """The address uses https; within private networks that are named, http will do."""

    name = name(required=True)
    url = Text(
        2000,
        inner=HOOK,
        said=N_("must be an address such as https://portal.example.com/hooks"),
        required=True,
    )
    event_types = ListOf(
        Choice(EVENT_TYPES),
        len(EVENT_TYPES),
        load_default=list,
        metadata={"description": "Empty: all."},
    )
    networks = ListOf(
        Network(),
        50,
        load_default=list,
        metadata={"description": "Private networks that the address may lie in."},
    )

    @validates_schema
    def _https(self, data: dict[str, Any], **_more: Any) -> None:
        if not data["networks"] and not data["url"].startswith("https://"):
            raise ValidationError(_("must begin with https://"), "url")


class EndpointState(Strict):
    state = Word((domain.EndpointState.ACTIVE, domain.EndpointState.PAUSED), required=True)


class ReplayAll(Strict):
    kind = Word(domain.OutboxKind, load_default=domain.OutboxKind.WEBHOOK)
    target_id = identifier(load_default=None, allow_none=True)
