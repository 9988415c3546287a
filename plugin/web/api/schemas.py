"""The shapes of the API. Unknown fields are refused; times are ISO 8601 with a zone."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from plugin import domain
from plugin.errors import InvalidInput
from plugin.figures.reading import read_integer

ID = 2**53  # ids stay exact in every JSON reader


class Strict(Schema):
    class Meta:
        unknown = RAISE


class Whole(fields.Integer):
    """Python's own reading of a text would take 1_000 and digits of any script."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            try:
                value = read_integer(value, field="it")
            except InvalidInput as error:
                raise ValidationError(error.fields["it"]) from error
        if value is None:
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


def identifier(**options: Any) -> fields.Integer:
    return Whole(strict=True, validate=validate.Range(0, ID), **options)


class PageQuery(Strict):
    """Keyset paging: ``after`` (or ``before``) is the last id of the page before."""

    limit = Whole(load_default=50, validate=validate.Range(1, 500))


class AfterQuery(PageQuery):
    after = identifier(load_default=0)


class BeforeQuery(PageQuery):
    before = identifier(load_default=None, allow_none=True)


class RunQuery(BeforeQuery):
    run = identifier(load_default=None, allow_none=True, data_key="run_id")


class Connector(Schema):
    slug = fields.String()
    title = fields.String()
    summary = fields.String()
    version = fields.String()
    streams = fields.Function(lambda one: [spec.stream.value for spec in one.streams])
    sinks = fields.Function(lambda one: [spec.sink.value for spec in one.sinks])
    settings = fields.Function(
        lambda one: [
            {
                "name": s.name,
                "label": s.label,
                "type": s.type.value,
                "required": s.required,
                "help": s.help,
                "default": s.default,
            }
            for s in one.settings
        ]
    )


class Connection(Schema):
    """Secrets are booleans: whether they are set."""

    id = fields.Integer(attribute="connection.id")
    connector = fields.String(attribute="connection.connector")
    name = fields.String(attribute="connection.name")
    state = fields.String(attribute="connection.state")
    version = fields.Integer(attribute="connection.version")
    every_minutes = fields.Integer(attribute="connection.every_minutes", allow_none=True)
    sinks = fields.List(fields.String(), attribute="connection.sinks")
    settings = fields.Dict(keys=fields.String())
    updated_at = fields.AwareDateTime(attribute="connection.updated_at")


class NewConnection(Strict):
    connector = fields.String(required=True, validate=validate.Length(1, 64))
    name = fields.String(required=True, validate=validate.Length(1, 200))
    settings = fields.Dict(keys=fields.String(), required=True)


class ConnectionChange(Strict):
    """Settings and name; a secret that is left out stays. ``version`` is the one that was read."""

    version = identifier(required=True)
    name = fields.String(required=True, validate=validate.Length(1, 200))
    settings = fields.Dict(keys=fields.String(), required=True)


class Schedule(Strict):
    version = identifier(required=True)
    every_minutes = Whole(strict=True, required=True, allow_none=True)
    sinks = fields.List(fields.String(), required=True)


class Word(fields.String):
    """One of some words of an enum, and that word once it is read."""

    def __init__(self, words: Iterable[StrEnum], **options: Any) -> None:
        self.words = list(words)
        super().__init__(validate=validate.OneOf([str(word) for word in self.words]), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        return next((word for word in self.words if word == text), text)


class State(Strict):
    version = identifier(required=True)
    state = Word(domain.ConnectionState, required=True)


class Probe(Schema):
    code = fields.String()
    label = fields.String()
    ok = fields.Boolean(allow_none=True)
    detail = fields.String()
    remedy = fields.String()


class RunRequest(Strict):
    streams = fields.List(fields.String(), load_default=None, allow_none=True)


class Run(Schema):
    id = fields.Integer()
    connection_id = fields.Integer()
    trigger = fields.String()
    streams = fields.List(fields.String(), allow_none=True)
    state = fields.String()
    counts = fields.Dict()
    code = fields.String(allow_none=True)
    message = fields.String(allow_none=True)
    remedy = fields.String(allow_none=True)
    attempts = fields.Integer()
    requested_at = fields.AwareDateTime()
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)


class Rejection(Schema):
    id = fields.Integer()
    run_id = fields.Integer(allow_none=True)
    stream = fields.String()
    place = fields.String()
    code = fields.String()
    message = fields.String()
    at = fields.AwareDateTime()


class Call(Schema):
    id = fields.Integer()
    run_id = fields.Integer(allow_none=True)
    at = fields.AwareDateTime()
    method = fields.String()
    path = fields.String()
    status = fields.Integer(allow_none=True)
    milliseconds = fields.Integer()
    request_bytes = fields.Integer()
    response_bytes = fields.Integer()
    code = fields.String(allow_none=True)


class SetAside(Schema):
    id = fields.Integer()
    stream = fields.String()
    remote_key = fields.String()
    code = fields.String(allow_none=True)
    message = fields.String(allow_none=True)
    received_at = fields.AwareDateTime()


class UnmatchedQuery(PageQuery):
    after = fields.String(load_default="", validate=validate.Length(max=600))


class Unmatched(Schema):
    kind = fields.String()
    value = fields.String()
    records = fields.Integer()
    first_received_at = fields.AwareDateTime()


class Link(Strict):
    kind = fields.String(required=True)
    value = fields.String(required=True, validate=validate.Length(1, 500))
    person_id = identifier(required=True)


class Applied(Schema):
    applied = fields.Integer()
    waiting = fields.Integer()
    unusable = fields.Integer()


class PeopleQuery(AfterQuery):
    search = fields.String(load_default="", validate=validate.Length(max=200))


class Person(Schema):
    id = fields.Integer()
    source_id = fields.String()
    display_name = fields.String()
    employee_number = fields.String(allow_none=True)
    job_title = fields.String(allow_none=True)
    org_unit = fields.String(allow_none=True)


class Endpoint(Schema):
    id = fields.Integer()
    name = fields.String()
    url = fields.String()
    event_types = fields.List(fields.String())
    networks = fields.List(fields.String(), attribute="allowed_networks")
    state = fields.String()
    disabled_reason = fields.String(allow_none=True)


class EndpointWish(Strict):
    name = fields.String(required=True)
    url = fields.String(required=True)
    event_types = fields.List(fields.String(), load_default=list)
    networks = fields.List(fields.String(), load_default=list)


class EndpointState(Strict):
    state = Word((domain.EndpointState.ACTIVE, domain.EndpointState.PAUSED), required=True)


class NewSecret(Schema):
    """The secret is shown this once."""

    id = fields.Integer()
    secret = fields.String()


class DeliveryQuery(BeforeQuery):
    kind = Word(domain.OutboxKind, load_default=domain.OutboxKind.WEBHOOK)
    state = fields.String(load_default=None, allow_none=True)
    target = identifier(load_default=None, allow_none=True, data_key="target_id")


class Delivery(Schema):
    id = fields.Integer()
    kind = fields.String()
    target_id = fields.Integer()
    op_id = fields.String()
    event_type = fields.String()
    state = fields.String()
    attempts = fields.Integer()
    due_at = fields.AwareDateTime()
    code = fields.String(allow_none=True)
    message = fields.String(allow_none=True)
    remedy = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    done_at = fields.AwareDateTime(allow_none=True)


class Attempt(Schema):
    at = fields.AwareDateTime()
    status = fields.Integer(allow_none=True)
    milliseconds = fields.Integer()
    code = fields.String()
    message = fields.String(allow_none=True)


class DeliveryDetail(Schema):
    entry = fields.Nested(Delivery)
    attempts = fields.List(fields.Nested(Attempt))


class ReplayAll(Strict):
    kind = Word(domain.OutboxKind, load_default=domain.OutboxKind.WEBHOOK)
    target = identifier(load_default=None, allow_none=True, data_key="target_id")


class Count(Schema):
    count = fields.Integer()
