"""What skills, training and raises share when they are written as Frappe documents."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from plugin.connectors.base import Context
from plugin.connectors.frappe_hr import api
from plugin.connectors.writing import Action, Create, Desired, Done, Noop, Patch, Remote
from plugin.domain import Json, JsonObject
from plugin.errors import ConfigError, GiveUp, InvalidInput
from plugin.texts import _

ASSIGNMENT = "Salary Structure Assignment"
ADDITIONAL = "Additional Salary"
CENT = Decimal("0.01")


def plan_submitted(_ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    if remote is None:
        return Create(desired)
    if remote.values["docstatus"] == 1:
        return Noop(desired, remote.remote_id)
    return Patch(desired, remote, {"docstatus": 1})


def submitted(ctx: Context, doctype: str, name: str) -> Done:
    return Done(name, str(api.submit(ctx, doctype, name).get("modified")))


def unlike(sent: JsonObject, stored: JsonObject) -> list[str]:
    """Names of fields that the suite holds otherwise than they were sent, child rows compared by what was sent of each."""
    return [name for name, value in sent.items() if not _alike(value, stored.get(name))]


def _alike(sent: Json, stored: Json) -> bool:
    if isinstance(sent, list):
        rows = stored if isinstance(stored, list) else []
        return len(sent) == len(rows) and all(
            _alike(one, other) for one, other in zip(sent, rows, strict=True)
        )
    if isinstance(sent, dict):
        return isinstance(stored, dict) and not unlike(sent, stored)
    if isinstance(sent, int | float) and isinstance(stored, int | float):
        return round(float(sent), 2) == round(float(stored), 2)
    return sent == stored or (sent in (None, "", 0) and stored in (None, "", 0))


def stored_otherwise(fields: list[str]) -> GiveUp:
    return GiveUp(
        _("the HR suite stored other values than it was given: %(fields)s", fields=", ".join(fields)),
        code="stored_otherwise",
        remedy=_("correct the document in the HR suite"),
    )


def children(held: JsonObject, table: str) -> list[JsonObject]:
    found = held.get(table)
    if not isinstance(found, list):
        raise ConfigError(
            _("the API user can't see %(table)s", table=table),
            code="permission",
            remedy=_("grant the API user read permission"),
        )
    return [one for one in found if isinstance(one, dict)]


def decimal_of(desired: Desired, name: str) -> Decimal:
    try:
        value = Decimal(str(desired.values.get(name)))
    except InvalidOperation as error:
        raise InvalidInput(
            _("%(name)s must be a number", name=name), fields={name: _("must be a number")}
        ) from error
    if not value.is_finite():
        raise InvalidInput(_("%(name)s must be a number", name=name), fields={name: _("must be a number")})
    return value
