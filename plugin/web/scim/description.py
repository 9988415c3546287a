"""What this service provider says of itself: RFC 7643's schemas less what an account has no use for, and what is supported."""

from __future__ import annotations

from functools import cache

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ETag,
    Filter,
    Patch,
    Required,
    Schema,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
)
from scim2_server.utils import load_default_resource_types, load_default_schemas

from plugin.services.people.provisioning import ENTERPRISE, USER, USER_TYPE
from plugin.services.people.role_groups import GROUP, GROUP_TYPE

KEPT = frozenset(
    [
        "userName",
        "name",
        "displayName",
        "preferredLanguage",
        "locale",
        "active",
        "emails",
        "groups",
    ]  # machine text
)  # of the core's attributes of a user; the others are dropped as they come
PAGE = 200  # resources in one answer, at most


@cache
def provider() -> ScimProvider:
    types = load_default_resource_types()
    return ScimProvider.from_discovery(
        _schemas(),
        [types[USER_TYPE], types[GROUP_TYPE]],
        config=_config(),
        policy=ScimPolicy(
            unknown=ScimPolicy.Unknown.ignore,
            remove_value_as_filter=ScimPolicy.RemoveValue.apply,
            unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
        ),
    )


def _schemas() -> list[Schema]:
    """A manager needs no ``$ref``: identity providers send the id alone. Names beside references are not kept."""
    found = load_default_schemas()
    user, group, enterprise = found[USER], found[GROUP], found[ENTERPRISE]
    user.attributes = [one for one in user.attributes or [] if one.name in KEPT]
    for attribute in (*(enterprise.attributes or []), *(group.attributes or [])):
        parts = attribute.sub_attributes or []
        attribute.sub_attributes = [
            one for one in parts if one.name not in ("display", "displayName")
        ] or None
        for one in attribute.sub_attributes or []:
            one.required = Required.false
    return [user, group, enterprise]


def _config() -> ServiceProviderConfig:
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=PAGE),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",  # machine text
                description="A token of raise-advisor scim token",  # machine text
                primary=True,
            )
        ],
    )
