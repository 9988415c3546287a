"""Policies to look at: the list, one of them with the cycles that use it, and a JSON file taken in or refused by field."""

from __future__ import annotations

import json
from dataclasses import dataclass

from plugin.advisor.policy.pay_policy import Policy
from plugin.advisor.recommendation import codec
from plugin.domain import Json, plain_text
from plugin.errors import InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.model import training
from plugin.store.cycle import cycles, frozen_inputs
from plugin.store.cycle.cycles import Cycle
from plugin.store.cycle.frozen_inputs import Entry
from plugin.texts import _

LONGEST_NAME = 200
LONGEST_WORDS = 300  # of what is wrong: it repeats what the file says


@dataclass(frozen=True)
class Listed:
    """``cycles``: those that use it, the one with the latest effective day first."""

    entry: Entry
    cycles: tuple[Cycle, ...]


@dataclass(frozen=True)
class Shown:
    """One policy with what it says."""

    entry: Entry
    cycles: tuple[Cycle, ...]
    policy: Policy


@dataclass(frozen=True)
class Added:
    """``is_new`` False: the same content was there before, under this id."""

    policy_id: int
    policy: Policy
    is_new: bool


def listed(core: Core, *, skipped: int = 0, limit: int | None = None) -> tuple[list[Listed], int]:
    """Newest first, and how many there are in all."""
    with core.database.reading() as tx:
        entries = frozen_inputs.newest_first(tx, skipped=skipped, limit=limit)
        every, total = cycles.newest_first(tx), frozen_inputs.number(tx)
    return [Listed(one, _using(every, one.id)) for one in entries], total


def entries(core: Core) -> list[Entry]:
    """All, newest first, for a choice among them."""
    with core.database.reading() as tx:
        return frozen_inputs.newest_first(tx)


def shown(core: Core, policy_id: int) -> Shown:
    """NotFound, or Tampered when the stored document is not the one of its hash."""
    with core.database.reading() as tx:
        entry, policy = frozen_inputs.get(tx, policy_id), training.read_policy(tx, policy_id)
        return Shown(entry, _using(cycles.newest_first(tx), policy_id), policy)


def _using(every: list[Cycle], policy_id: int) -> tuple[Cycle, ...]:
    return tuple(one for one in every if one.policy_id == policy_id)


def add(core: Core, actor: Actor, content: bytes) -> Added:
    """Stores the policy of a JSON file. InvalidInput as ``read`` says it."""
    policy = read(content)
    with core.database.reading() as tx:
        is_new = frozen_inputs.of_hash(tx, policy.hash) is None
    return Added(training.add_policy(core, actor, policy), policy, is_new)


def read(content: bytes) -> Policy:
    """The policy of a JSON file. InvalidInput names each field that is missing, unknown, twice there or wrong."""
    document = _parsed(content)
    if not isinstance(document, dict):
        raise _refused(_("the file"), _("must be a JSON object: a policy begins with {"))
    try:
        policy = codec.from_json(Policy, document)
    except InvalidInput as error:
        raise _said(error) from error
    if not policy.name.strip() or len(policy.name) > LONGEST_NAME:
        raise _refused("name", _("must have 1 to %(longest_name)s characters", longest_name=LONGEST_NAME))
    return policy


def _parsed(content: bytes) -> Json:
    try:
        found: Json = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise _refused(_("the file"), _("must be UTF-8 text")) from error
    except RecursionError as error:
        raise _refused(_("the file"), _("is nested too deeply")) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _refused(
            _("the file"), _("must be JSON: %(msg)s at %(where)s", msg=error.msg, where=where)
        ) from error
    except ValueError as error:
        raise _refused(_("the file"), _("must be JSON: %(error)s", error=error)) from error
    if not plain_text.is_plain(found):
        raise _refused(_("the file"), _("must not contain NUL characters or unpaired surrogates"))
    return found


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """A name that stands twice in one object would count once, and nobody would see which."""
    found: dict[str, Json] = {}
    for name, value in pairs:
        if name in found:
            raise _refused(name, _("appears twice in one object"))
        found[name] = value
    return found


def _refused(field: str, wrong: str) -> InvalidInput:
    return _said(InvalidInput(f"{field} {wrong}", fields={field: wrong}))


def _said(error: InvalidInput) -> InvalidInput:
    """With the path as it stands in the file, and no longer than a page can show."""
    fields = {
        name.removeprefix("Policy.")[:LONGEST_WORDS]: wrong[:LONGEST_WORDS]
        for name, wrong in error.fields.items()
    }
    message = str(error).removeprefix("Policy.")[:LONGEST_WORDS]
    remedy = error.remedy or _("docs/reference/policy.md describes every field")
    return InvalidInput(message, fields=fields or {_("the file"): message}, remedy=remedy)
