"""What skills, training and raises share when they are written as Frappe documents."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from plugin.connectors.base import Context
from plugin.connectors.frappe_hr import api
from plugin.connectors.writing import Action, Create, Desired, Done, Noop, Patch, Remote
from plugin.domain import JsonObject
from plugin.errors import ConfigError, InvalidInput
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
