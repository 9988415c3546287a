"""Users and groups between the SCIM library and our accounts: one object for one request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from scim2_models import (
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
    UniquenessException,
)
from scim2_server.storage import ScimStorage, SearchPage

from plugin.domain import JsonObject
from plugin.errors import Conflict, NotFound
from plugin.services.core import Actor, Core
from plugin.services.people import provisioning, role_groups
from plugin.services.people.provisioning import TAKEN, USER_TYPE, Directory, number_of
from plugin.services.people.role_groups import GROUP_TYPE
from plugin.web.scim.description import provider
from plugin.web.scim.narrowing import mentions, narrowed


class Storage(ScimStorage):
    """``operation`` is one transaction; a search only reads."""

    def __init__(self, core: Core, actor: Actor, *, writing: bool, patching: bool) -> None:
        self.core, self.actor, self.writing, self.patching = core, actor, writing, patching
        self._directory: Directory | None = None

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Our errors become those that the library knows; the transaction is undone by either."""
        try:
            with provisioning.opened(self.core, self.actor, writing=self.writing) as self._directory:
                yield
        except NotFound as error:
            raise NotFoundException(detail=str(error)) from error
        except Conflict as error:
            kind = UniquenessException if error.code == TAKEN else PreconditionFailedException
            raise kind(detail=str(error)) from error
        finally:
            self._directory = None

    @property
    def directory(self) -> Directory:
        assert self._directory is not None
        return self._directory

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        if resource_type.name == USER_TYPE:
            return _made(USER_TYPE, provisioning.get(self.directory, number_of(resource_id)))
        members = response_parameters is None or _wanted(response_parameters, "members")
        found = role_groups.get(self.directory, number_of(resource_id, "g"), members=members)
        return _made(GROUP_TYPE, found)

    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ARG002 - of cursors, which are not supported
    ) -> SearchPage:
        """The database judges and pages when the filter is plain; else all that may fit are judged here."""
        names = [str(one.name) for one in resource_types]
        start, length = search_request.start_index_0 or 0, search_request.count
        if len(names) == 1 and search_request.sort_by is None:
            conditions, whole = narrowed(search_request.filter, names[0])
            if whole:
                total = self._count(names[0], conditions)
                found = self._page(names[0], conditions, search_request, offset=start, limit=length)
                return SearchPage(total, found)
        fitting: list[Resource[Any]] = []
        for name in names:
            conditions, _whole = narrowed(search_request.filter, name)
            fitting += self._page(name, conditions, search_request)
        if search_request.filter is not None:
            fitting = [one for one in fitting if search_request.filter.match(one)]
        found = search_request.sort(fitting)
        return SearchPage(len(found), found[start : None if length is None else start + length])

    def _count(self, name: str, conditions: Any) -> int:
        counted = provisioning.count if name == USER_TYPE else role_groups.count
        return counted(self.directory, conditions)

    def _page(
        self,
        name: str,
        conditions: Any,
        search: SearchRequest[Any],
        *,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Resource[Any]]:
        if limit == 0:
            return []
        if name == USER_TYPE:
            found = provisioning.page(self.directory, conditions, offset=offset, limit=limit)
        else:
            asked = search.filter is not None and mentions(search.filter.ast, "members")
            members = asked or _wanted(search, "members")
            found = role_groups.page(self.directory, conditions, offset=offset, limit=limit, members=members)
        return [_made(name, one) for one in found]

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        name, added = str(resource_type.name), _document(resource)
        put = provisioning.add if name == USER_TYPE else role_groups.add
        return _made(name, put(self.directory, added))

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        name, document, key = str(resource_type.name), _document(resource), str(resource.id)
        if name == USER_TYPE:
            done = provisioning.change(
                self.directory, number_of(key), document, expected_version, unsaid_closes=self.patching
            )
        else:
            done = role_groups.change(self.directory, number_of(key, "g"), document, expected_version)
        return _made(name, done)

    def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:
        if resource_type.name == USER_TYPE:
            provisioning.delete(self.directory, number_of(resource_id), expected_version)
        else:
            role_groups.delete(self.directory, number_of(resource_id, "g"), expected_version)


def _made(name: str, document: JsonObject) -> Resource[Any]:
    model = cast("type[Resource[Any]]", provider().model_for(name))
    return model.model_validate(document)


def _document(resource: Resource[Any]) -> JsonObject:
    return cast("JsonObject", resource.model_dump())


def _wanted(parameters: ResponseParameters[Any], attribute: str) -> bool:
    """Whether an answer with these parameters shows the attribute."""
    asked, left_out = (
        {str(one).rpartition(":")[2].partition(".")[0].lower() for one in some or []}
        for some in (parameters.attributes, parameters.excluded_attributes)
    )
    return attribute in asked if asked else attribute not in left_out
