"""The gate between what is read and what is used: values that are too odd wait for a person, whatever connector they came through."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal

from plugin.domain import HeldRule, HeldState, JsonObject, Stream, Thresholds
from plugin.errors import InvalidInput, NotAllowed, NotFound
from plugin.figures import marks, reading
from plugin.services import reasons
from plugin.services.core import Actor, Core
from plugin.store import batches
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import (
    held_facts,
    implausible,
    implausible_peers,
    implausible_raises,
    implausible_wholes,
    persons,
    unjudged,
)
from plugin.store.people.held_facts import HeldFact, RulesVersion
from plugin.store.people.implausible import PERSONAL, Found
from plugin.store.people.implausible_peers import Group, Members
from plugin.store.people.implausible_wholes import RANGES, SHARED
from plugin.texts import _

JUDGED = (Stream.PEOPLE, Stream.PAY, Stream.PAY_RANGES, Stream.RATINGS, Stream.RAISES)
SUBJECT = "plausibility"
PAIRS = "also_paid_in"  # the one threshold that is no number
READERS = {"raises_percent": reading.read_percent, "headcount_percent": reading.read_percent}


@dataclass(frozen=True)
class Rules:
    """The thresholds that count, and their newest versions."""

    thresholds: Thresholds
    versions: tuple[RulesVersion, ...]

    @property
    def number(self) -> int:
        """0 while nobody changed the defaults."""
        return self.versions[0].number if self.versions else 0


def rules(core: Core) -> Rules:
    with core.database.reading() as tx:
        return _rules(tx)


def _rules(tx: Tx) -> Rules:
    found = tuple(held_facts.versions(tx))
    return Rules(Thresholds.from_json(found[0].thresholds) if found else Thresholds(), found)


def change(core: Core, actor: Actor, thresholds: Thresholds, reason: str) -> None:
    """A new version of the rules; everybody is to be judged by it next. InvalidInput."""
    words = _reason(reason)
    with core.database.transaction() as tx:
        before, now = _rules(tx).thresholds.as_json(), core.clock()
        after = thresholds.as_json()
        if before == after:
            raise InvalidInput(_("no rule was changed"), remedy=_("change a threshold, then save"))
        number = held_facts.add_version(tx, now, after, words, actor.name)
        moved: JsonObject = {
            name: [before[name], after[name]] for name in after if before[name] != after[name]
        }
        detail: JsonObject = {"version": number, "changed": moved, "reason": words}
        audits.append(tx, now, actor.name, "plausibility.change", SUBJECT, detail)


def typed(now: Thresholds, texts: Mapping[str, str], locale: str = marks.FILE) -> Thresholds:
    """``now`` with the thresholds that ``texts`` name, as people type them or a file holds them. InvalidInput by name."""
    known = {one.name: one for one in fields(Thresholds)}
    wrong = {name: _("This rule does not exist.") for name in texts if name not in known}
    values: dict[str, object] = {}
    for name in set(texts) - set(wrong):
        if name == PAIRS:
            values[name] = tuple(texts[name].upper().replace(",", " ").split())
            continue
        try:
            values[name] = READERS.get(name, reading.read_number)(texts[name], locale, field=name)
        except InvalidInput as error:
            wrong |= error.fields
        if values.get(name, 0) is None:
            wrong[name] = _("Enter a number.")
    if wrong:
        raise InvalidInput("; ".join(f"{name}: {said}" for name, said in wrong.items()), fields=wrong)
    return replace(now, **values)  # type: ignore[arg-type]


def read_file(now: Thresholds, text: str) -> Thresholds:
    """``now`` with what a file holds that ``raise-advisor held rules --json`` has written, or a part of it. InvalidInput."""
    try:
        found = json.loads(text, parse_float=str, parse_int=str)
    except ValueError as error:
        raise InvalidInput(_("the file is not JSON: %(error)s", error=error)) from error
    if not isinstance(found, dict) or not found:
        raise InvalidInput(_("the file must hold one object with the thresholds by name"))
    return typed(now, {str(name): _text(str(name), value) for name, value in found.items()})


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if name == PAIRS and isinstance(value, list):
        return " ".join(map(str, value))
    raise InvalidInput(_("Enter a number for %(name)s.", name=name), fields={name: _("Enter a number.")})


def judge(tx: Tx, core: Core, people: Collection[int] | None = None) -> int:
    """Holds what trips of ``people`` (None: of everybody), ends what no longer does; how many are new. In the caller's transaction:
    nothing that it does afterwards rests on a value that was not judged."""
    return judge_people(tx, core, people) + judge_wholes(tx, core)


def judge_in_parts(core: Core, people: Collection[int] | None = None) -> int:
    """The same in short transactions, so that a whole firm keeps nobody waiting."""
    with core.database.reading() as tx:
        people = persons.all_ids(tx) if people is None else people
        waiting = unjudged.waiting(tx)
    return _in_parts(core, people, waiting)


def mark(tx: Tx, core: Core, stream: Stream, people: Collection[int], inbox_ids: Collection[int]) -> None:
    """Where records were applied: who they are about is held until ``judge_waiting``, also after a crash; ranges are judged at once."""
    if stream not in JUDGED:
        return
    now = core.clock()
    if stream is Stream.PAY_RANGES:
        found = implausible_wholes.of_ranges(tx, _rules(tx).thresholds)
        held_facts.settle(tx, now, found, RANGES, None)
        people = {*people, *in_ranges_of(tx, stream, inbox_ids)}
    unjudged.mark(tx, now, people)


def mark_changed_history(tx: Tx, core: Core, people: Collection[int]) -> None:
    """Where records were merged or parted: held until judged, and what counted as pay before was perhaps another record's."""
    held_facts.forget(tx, people)
    unjudged.mark(tx, core.clock(), people)


def in_ranges_of(tx: Tx, stream: Stream, inbox_ids: Collection[int]) -> set[int]:
    """Whom pay ranges are for that these records brought."""
    return set(unjudged.in_ranges_of(tx, inbox_ids)) if stream is Stream.PAY_RANGES else set()


def judge_waiting(core: Core) -> int:
    """Whoever waits to be judged, whatever marked them, in short transactions; how many values are new."""
    with core.database.reading() as tx:
        waiting = unjudged.waiting(tx)
    return _in_parts(core, waiting, waiting) if waiting else 0


def _in_parts(core: Core, people: Collection[int], waiting: Mapping[int, datetime]) -> int:
    """Everybody by themself, then beside their peers. Who was marked meanwhile is judged by both in one transaction."""
    parts = list(batches.parts(people))
    with core.database.transaction() as tx:
        new = judge_wholes(tx, core)
    for part in parts:
        with core.database.transaction() as tx:
            new += _judge_alone(tx, core, part)
    with core.database.reading() as tx:
        groups = implausible_peers.groups(tx, core.clock().date(), people)
    for part in parts:
        with core.database.transaction() as tx:
            taken = unjudged.take(tx, part)
            changed = [who for who, since in taken.items() if since != waiting.get(who)]
            new += _judge_alone(tx, core, changed) if changed else 0
            new += _judge_beside(tx, core, part, groups)
    return new


def judge_people(tx: Tx, core: Core, people: Collection[int] | None) -> int:
    """``judge`` without what is about no single employee."""
    parts: list[list[int] | None] = [None] if people is None else [*batches.parts(people)]
    new = 0
    for part in parts:
        unjudged.take(tx, part)
        new += _judge_alone(tx, core, part)
    groups = implausible_peers.groups(tx, core.clock().date(), people)
    return new + sum(_judge_beside(tx, core, part, groups) for part in parts)


def _judge_alone(tx: Tx, core: Core, people: Collection[int] | None) -> int:
    """By what is their own; before anybody is judged beside others, since what is held here is no peer's pay."""
    now = core.clock()
    found = implausible.of_people(tx, _rules(tx).thresholds, now.date(), people)
    return held_facts.settle(tx, now, found, PERSONAL, people)


def _judge_beside(tx: Tx, core: Core, people: Collection[int] | None, groups: Mapping[Group, Members]) -> int:
    now = core.clock()
    found = implausible_peers.of_people(tx, _rules(tx).thresholds, now.date(), people, groups)
    new = held_facts.settle(tx, now, found, (HeldRule.PAY_BESIDE_PEERS,), people)
    held_facts.remember(tx, now.date(), people)
    return new + judge_leavers(tx, core, people)


def judge_leavers(tx: Tx, core: Core, people: Collection[int] | None = None) -> int:
    """Holds approved raises of ``people`` (None: of everybody) who will have left before the raise takes effect."""
    found = list(implausible_raises.leavers(tx, people))
    return held_facts.settle(tx, core.clock(), found, (HeldRule.LEAVES_BEFORE,), people)


def judge_wholes(tx: Tx, core: Core) -> int:
    """``judge`` of pay ranges, the raises of a run and headcounts."""
    now = core.clock()
    counts = implausible_wholes.headcounts(tx, now.date())
    found = implausible_wholes.of_wholes(tx, _rules(tx).thresholds, counts)
    new = held_facts.settle(tx, now, found, SHARED, None)
    held_facts.remember_headcounts(tx, now, counts)
    return new


def judge_raises(
    tx: Tx,
    core: Core,
    cycle_id: int,
    beyond: Mapping[int, Decimal],
    most: Decimal,
    people: Collection[int] | None,
) -> None:
    """Whose rules give more than anyone may decide in a cycle (points by person), of ``people`` or of all in it."""
    found = [
        Found(
            HeldRule.LARGEST_RAISE,
            f"raise:{cycle_id}:{who}",
            f"{points.normalize():f}%",
            f"{most.normalize():f}%",
            who,
            cycle_id=cycle_id,
        )
        for who, points in beyond.items()
    ]
    held_facts.settle(tx, core.clock(), found, (HeldRule.LARGEST_RAISE,), people, cycle_id=cycle_id)


# --- release --------------------------------------------------------------------------------------------------------


def release(core: Core, actor: Actor, ids: Collection[int], reason: str) -> int:
    """Lets these values count as they are; how many were held. InvalidInput without a reason, NotFound when none is held.

    Many are released in parts, each in a short transaction.
    """
    words = _reason(reason)
    done = sum(_release(core, actor, part, words) for part in batches.parts(ids))
    if not done:
        raise NotFound(_("this value is no longer held"))
    return done


def _release(core: Core, actor: Actor, ids: Collection[int], words: str) -> int:
    with core.database.transaction() as tx:
        now = core.clock()
        done = held_facts.release(tx, now, ids, words, actor.name)
        details: dict[str, JsonObject] = {f"held:{one}": {"reason": words} for one in done}
        audits.append_many(tx, now, actor.name, "plausibility.release", details)
        judge(tx, core, {who for who in done.values() if who is not None})
    return len(done)


def release_all(
    core: Core, actor: Actor, rule: HeldRule, reason: str, *, up_to: int, connection_id: int | None = None
) -> int:
    """All that a rule holds (of one connection), up to the newest that was looked at."""
    with core.database.reading() as tx:
        ids = held_facts.ids(tx, rule, up_to=up_to, connection_id=connection_id)
    return release(core, actor, ids, reason)


def undo(core: Core, actor: Actor, fact_id: int) -> None:
    """Holds a released value again. NotAllowed once a snapshot or a payment rests on it, NotFound."""
    with core.database.transaction() as tx:
        found = held_facts.by_id(tx, fact_id)
        if found is None or found.state != HeldState.RELEASED:
            raise NotFound(_("this value is not released"))
        if found.used_at is not None:
            raise NotAllowed(
                _("a snapshot or a raise already uses this value"),
                code="used",
                remedy=_("correct the value at its source, then read it again"),
            )
        held_facts.hold_again(tx, found)
        audits.append(tx, core.clock(), actor.name, "plausibility.undo", f"held:{fact_id}", {})


def _reason(text: str) -> str:
    return reasons.read(text, "reason", _("Reason"), _("Give the reason in one or two sentences."))


# --- for pages ------------------------------------------------------------------------------------------------------


def page(
    core: Core,
    *,
    state: HeldState = HeldState.HELD,
    rule: HeldRule | None = None,
    connection_id: int | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[HeldFact]:
    with core.database.reading() as tx:
        return held_facts.page(
            tx, state=state, rule=rule, connection_id=connection_id, after=after, limit=limit
        )


def counts(core: Core, *, connection_id: int | None = None) -> dict[HeldRule, int]:
    """What is held, by rule."""
    with core.database.reading() as tx:
        return held_facts.counts(tx, connection_id=connection_id)
