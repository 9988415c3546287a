"""The shapes of what the API answers. Each field is always there; times are ISO 8601 with a zone."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from plugin import domain
from plugin.web.api.values import Choice, Strict


class Answer(Strict):
    """Nothing beside its fields, and each of them always."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        super().on_bind_field(field_name, field_obj)
        field_obj.required = True


def page_of(schema: type[Schema], order: str) -> type[Schema]:
    """A page of a list; ``order`` is published with it."""
    made = {
        "items": fields.List(fields.Nested(schema), metadata={"description": order}),
        "next": fields.String(
            allow_none=True,
            metadata={
                "format": "uri-reference",
                "description": "The address of the next page; null on the last one. Follow it as it is.",
                "examples": ["/api/v1/connections?after=50"],
            },
        ),
    }
    return type(f"{schema.__name__}Page", (Answer,), made)


class Token(Answer):
    id = fields.Integer()
    name = fields.String()
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()


class Me(Answer):
    account_id = fields.Integer()
    email = fields.String()
    person_id = fields.Integer(allow_none=True)
    roles = fields.List(Choice(domain.Role))
    scopes = fields.List(Choice(domain.Scope))
    token = fields.Nested(Token, allow_none=True, metadata={"description": "null: a person’s browser calls."})


class Cycle(Answer):
    id = fields.Integer()
    name = fields.String()
    state = Choice(domain.CycleState)
    currency = fields.String()
    effective_on = fields.Date()
    due_on = fields.Date()


class Raise(Answer):
    """Amounts are decimals as text, in the currency beside them."""

    person_id = fields.Integer()
    name = fields.String()
    job_title = fields.String()
    is_eligible = fields.Boolean(allow_none=True, metadata={"description": "null: not said while held."})
    is_held = fields.Boolean(metadata={"description": "A value of the employee is held: there is no figure."})
    state = Choice(domain.DecisionState)
    currency = fields.String(allow_none=True)
    percent = fields.String(allow_none=True, metadata={"description": "Of pay; null: not decided."})
    amount = fields.String(allow_none=True)
    lump_sum = fields.String(allow_none=True, metadata={"description": "Paid once on top; null: nothing."})
    new_pay = fields.String(allow_none=True, metadata={"description": "What is paid a year after the raise."})


class Model(Answer):
    id = fields.Integer()
    hash = fields.String()
    state = Choice(domain.ModelState)
    card = fields.Dict(keys=fields.String())
    trained_at = fields.AwareDateTime()
    trained_by = fields.String(allow_none=True)
    approved_at = fields.AwareDateTime(allow_none=True)
    approved_by = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


class AuditEntry(Answer):
    seq = fields.Integer()
    at = fields.AwareDateTime()
    actor = fields.String()
    action = fields.String()
    subject = fields.String()
    detail = fields.Dict(keys=fields.String())
    previous_hash = fields.String()
    hash = fields.String()


class Setting(Answer):
    name = fields.String()
    label = fields.String()
    type = fields.String()
    required = fields.Boolean()
    help = fields.String()
    default = fields.Raw(allow_none=True, metadata={"description": "A value of the setting's type."})


class Connector(Answer):
    slug = fields.String()
    title = fields.String()
    summary = fields.String()
    version = fields.String()
    streams = fields.List(Choice(domain.Stream))
    sinks = fields.List(Choice(domain.Sink))
    settings = fields.List(fields.Nested(Setting))


class Connection(Answer):
    """Secrets are booleans: whether they are set."""

    id = fields.Integer(attribute="connection.id")
    connector = fields.String(attribute="connection.connector")
    name = fields.String(attribute="connection.name")
    state = Choice(domain.ConnectionState, attribute="connection.state")
    version = fields.Integer(attribute="connection.version")
    every_minutes = fields.Integer(attribute="connection.every_minutes", allow_none=True)
    sinks = fields.List(Choice(domain.Sink), attribute="connection.sinks")
    settings = fields.Dict(keys=fields.String())
    updated_at = fields.AwareDateTime(attribute="connection.updated_at")


class Probe(Answer):
    code = fields.String()
    label = fields.String()
    ok = fields.Boolean(
        allow_none=True, metadata={"description": "null: not tested, since a step before failed."}
    )
    detail = fields.String()
    remedy = fields.String()


class Check(Answer):
    ok = fields.Boolean(metadata={"description": "Every step passed."})
    steps = fields.List(fields.Nested(Probe))


class Run(Answer):
    id = fields.Integer()
    connection_id = fields.Integer()
    trigger = Choice(domain.RunTrigger)
    streams = fields.List(
        Choice(domain.Stream), allow_none=True, metadata={"description": "null: all of them."}
    )
    state = Choice(domain.RunState)
    counts = fields.Dict(keys=fields.String())
    code = fields.String(allow_none=True)
    message = fields.String(allow_none=True)
    remedy = fields.String(allow_none=True)
    attempts = fields.Integer()
    requested_at = fields.AwareDateTime()
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)


class Rejection(Answer):
    id = fields.Integer()
    run_id = fields.Integer(allow_none=True)
    stream = fields.String()
    place = fields.String()
    code = fields.String()
    message = fields.String()
    at = fields.AwareDateTime()


class Call(Answer):
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


class SetAside(Answer):
    id = fields.Integer()
    stream = fields.String()
    remote_key = fields.String()
    code = fields.String(allow_none=True)
    message = fields.String(allow_none=True)
    received_at = fields.AwareDateTime()


class Unmatched(Answer):
    kind = Choice(domain.IdentifierKind)
    value = fields.String()
    records = fields.Integer()
    first_received_at = fields.AwareDateTime()


class Applied(Answer):
    applied = fields.Integer()
    waiting = fields.Integer()
    unusable = fields.Integer()


class Person(Answer):
    id = fields.Integer()
    source_id = fields.String()
    display_name = fields.String()
    employee_number = fields.String(allow_none=True)
    job_title = fields.String(allow_none=True)
    org_unit = fields.String(allow_none=True)
    manager_id = fields.Integer(allow_none=True)


class Endpoint(Answer):
    id = fields.Integer()
    name = fields.String()
    url = fields.String()
    event_types = fields.List(fields.String(), metadata={"description": "Empty: all."})
    networks = fields.List(fields.String(), attribute="allowed_networks")
    state = Choice(domain.EndpointState)
    disabled_reason = fields.String(allow_none=True)


class ChangedEndpoint(Endpoint):
    """Another address has a new secret, shown this once."""

    secret = fields.String(
        allow_none=True,
        metadata={"format": "password", "description": "null: the address and its secret stay."},
    )


class NewSecret(Answer):
    """The secret is shown this once."""

    id = fields.Integer()
    secret = fields.String(metadata={"format": "password"})


class Delivery(Answer):
    id = fields.Integer()
    kind = Choice(domain.OutboxKind)
    target_id = fields.Integer()
    op_id = fields.String()
    event_type = fields.String()
    state = Choice(domain.OutboxState)
    attempts = fields.Integer()
    due_at = fields.AwareDateTime()
    code = fields.String(allow_none=True)
    message = fields.String(allow_none=True)
    remedy = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    done_at = fields.AwareDateTime(allow_none=True)


class Attempt(Answer):
    id = fields.Integer()
    at = fields.AwareDateTime()
    status = fields.Integer(allow_none=True)
    milliseconds = fields.Integer()
    code = fields.String()
    message = fields.String(allow_none=True)


class Count(Answer):
    count = fields.Integer()
