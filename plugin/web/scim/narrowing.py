"""A filter as conditions that the database can judge: all of it when it is plain, else what it surely needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scim2_models import ScimFilter
from scim2_models.path import (
    AttrPath,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from plugin.domain.plain_text import is_storable
from plugin.services.people.provisioning import USER, USER_TYPE, name_key, number_of
from plugin.services.people.role_groups import GROUP
from plugin.store.people.account_groups import MEMBER
from plugin.store.people.provisioned import Condition

Found = tuple[tuple[Condition, ...], bool]
"""Conditions, and whether they say all that the filter says."""
NOTHING: Found = ((), False)
_USER = {"username": "user_name", "externalid": "external_id", "active": "active", "id": "id"}
_GROUP = {"externalid": "external_id", "id": "id", "members": MEMBER, "members.value": MEMBER}
_TIMES = {"meta.lastmodified": "changed_at", "meta.created": "created_at"}


def narrowed(scim_filter: ScimFilter[Any] | None, resource: str) -> Found:
    """``resource`` is ``User`` or ``Group``."""
    if scim_filter is None:
        return (), True
    return _Narrowing(_USER if resource == USER_TYPE else _GROUP).visit(scim_filter.ast)


class _Narrowing(FilterVisitor[Found]):
    def __init__(self, columns: Mapping[str, str], inside: str = "") -> None:
        self.columns, self.inside = columns, inside

    def visit_comparison(self, node: Comparison) -> Found:
        name, word, value = self._name(node.attr_path), str(node.op.value), node.value
        if name in _TIMES:
            moment = _moment(value) if word in ("gt", "ge", "lt", "le") else None
            return NOTHING if moment is None else (((_TIMES[name], word, moment),), True)
        column = self.columns.get(name)
        if word != "eq" or column is None:
            return NOTHING
        if column == "active":
            return (((column, word, value),), True) if isinstance(value, bool) else NOTHING
        if not isinstance(value, str):
            return NOTHING
        if not is_storable(value):
            return (("id", "eq", 0),), True
        if column == "user_name":
            return ((column, word, name_key(value)),), True
        if column in ("id", MEMBER):
            letter = "g" if column == "id" and self.columns is _GROUP else "u"
            return ((column, word, number_of(value, letter)),), True
        return ((column, word, value),), True

    def _name(self, path: AttrPath) -> str:
        known = path.uri is None or str(path.uri).lower() in (USER.lower(), GROUP.lower())
        parts = [self.inside, path.attr, path.sub_attr or ""]
        return ".".join(one for one in parts if one).lower() if known else ""

    def visit_logical_expr(self, node: LogicalExpr) -> Found:
        if node.op != LogicalOperator.and_:
            return NOTHING
        found = [self.visit(term) for term in node.terms]
        return tuple(one for conditions, _all in found for one in conditions), all(
            whole for _some, whole in found
        )

    def visit_value_path(self, node: ValuePath) -> Found:
        """``members[value eq "u1"]``; two conditions on members would have to hold for the same one."""
        name = self._name(node.attr_path)
        if name != "members" or not isinstance(node.val_filter, Comparison):
            return NOTHING
        return _Narrowing(self.columns, name).visit(node.val_filter)

    def visit_present(self, node: Present) -> Found:  # noqa: ARG002
        return NOTHING

    def visit_not(self, node: Not) -> Found:  # noqa: ARG002
        return NOTHING


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def mentions(node: FilterNode, attribute: str) -> bool:
    """Whether the filter looks at the attribute."""
    return attribute.lower() in str(node).lower()
