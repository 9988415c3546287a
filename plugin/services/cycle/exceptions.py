"""What HR rules for single people in a cycle, each with a reason: a fixed raise, an adjustment, a frozen rating."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from plugin.advisor.policy.pay_policy import ApprovalRules
from plugin.domain import JsonObject, RecommendationStatus, RulingKind, word
from plugin.errors import InvalidInput, NotAllowed, NotFound
from plugin.figures.reading import read_percent
from plugin.services import reasons
from plugin.services.core import Actor, Core
from plugin.services.csv_input import read_all
from plugin.services.cycle.run_inputs import must_not_be_frozen
from plugin.services.decision import judging, recommendation
from plugin.services.decision.deciding import EDITABLE
from plugin.store.cycle import cycles, exceptions, recommendations
from plugin.store.cycle.cycles import Called, Cycle
from plugin.store.cycle.exceptions import Ruling
from plugin.store.database import Tx
from plugin.store.decision import decisions
from plugin.store.operation import audits
from plugin.texts import _

COLUMNS = ("person", "kind", "percent", "note")
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class NewRuling:
    """``percent`` in points of pay, tenths; none for a frozen rating."""

    person_id: int
    kind: RulingKind
    percent: Decimal | None
    note: str


def rule(core: Core, actor: Actor, cycle_id: int, *entered: NewRuling) -> None:
    """All of them or none; a new ruling takes the place of the person's old one of the same kind.

    InvalidInput names what does not fit, NotFound for people who are not in the cycle, NotAllowed for rows that were
    submitted already. The next recommendations follow the ruling.
    """
    with core.database.transaction() as tx:
        found = _open(tx, cycle_id)
        people = [one.person_id for one in entered]
        known = {one.person_id for one in cycles.participants(tx, cycle_id, people)}
        rules = judging.terms_of(tx, found).approvals
        for one in entered:
            _check(one, rules)
            if one.person_id not in known:
                raise NotFound(
                    _("employee no. %(person_id)s is not in this cycle", person_id=one.person_id),
                    remedy=_("take the snapshot first, or check the number"),
                )
        _check_not_submitted(tx, cycle_id, people)
        _check_takes_part(tx, cycle_id, [one.person_id for one in entered if one.kind == RulingKind.FIXED])
        now = core.clock()
        for one in entered:
            note = one.note.strip()
            exceptions.put(tx, cycle_id, one.person_id, one.kind, one.percent, note, now, actor.name)
            detail: JsonObject = {
                "kind": one.kind,
                "percent": None if one.percent is None else str(one.percent),
            }
            subject = f"cycle:{cycle_id}:person:{one.person_id}"
            audits.append(tx, now, actor.name, "ruling.make", subject, detail)
        cycles.change(tx, cycle_id, found.version, budget_changed_at=now)


def lift(core: Core, actor: Actor, cycle_id: int, ruling_id: int) -> None:
    """Takes a ruling back. NotFound when there is none, NotAllowed for a row that was submitted already."""
    with core.database.transaction() as tx:
        found = _open(tx, cycle_id)
        one = next((one for one in exceptions.of_cycle(tx, cycle_id) if one.id == ruling_id), None)
        if one is None:
            raise NotFound(_("the exception doesn't exist"))
        _check_not_submitted(tx, cycle_id, [one.person_id])
        exceptions.remove(tx, cycle_id, ruling_id)
        now = core.clock()
        subject = f"cycle:{cycle_id}:person:{one.person_id}"
        audits.append(tx, now, actor.name, "ruling.lift", subject, {"kind": one.kind})
        cycles.change(tx, cycle_id, found.version, budget_changed_at=now)


def listed(core: Core, cycle_id: int) -> list[Ruling]:
    """By name."""
    with core.database.reading() as tx:
        return exceptions.of_cycle(tx, cycle_id)


def read_file(core: Core, cycle_id: int, text: str) -> list[NewRuling]:
    """Rulings of a CSV file with the columns ``COLUMNS``; ``person`` is as in ``person_of``.

    InvalidInput names every line that does not fit. Nothing is stored.
    """
    with core.database.reading() as tx:
        people = _People(tx, cycle_id)
        rules = judging.terms_of(tx, cycles.get(tx, cycle_id)).approvals
    return read_all(text, COLUMNS, COLUMNS, lambda row: _read(row, people, rules))


def person_of(core: Core, cycle_id: int, text: str, *, by_name: bool = True) -> Called:
    """A participant by employee number, by the suite's id, or by name where ``by_name`` allows it; InvalidInput when none or several
    are meant."""
    with core.database.reading() as tx:
        return _People(tx, cycle_id, by_name=by_name).find(text)


class _People:
    """Participants by employee number, else by the suite's id, else by name."""

    def __init__(self, tx: Tx, cycle_id: int, *, by_name: bool = True) -> None:
        self.by: list[dict[str, list[Called]]] = [{}, {}, {}]
        for one in cycles.called(tx, cycle_id):
            names = (one.employee_number, one.source_id, one.display_name if by_name else None)
            for found, name in zip(self.by, names, strict=True):
                if name:
                    found.setdefault(name.casefold(), []).append(one)

    def find(self, text: str) -> Called:
        key = text.strip().casefold()
        found = next((by[key] for by in self.by if key in by), [])
        if len(found) != 1:
            what = (
                _("several employees in this cycle have this number or name")
                if found
                else _("no employee in this cycle has this number or name")
            )
            raise InvalidInput(f"{text.strip() or 'person'}: {what}", fields={"person": what})
        return found[0]


def _number(tx: Tx, cycle_id: int, person_id: int) -> str:
    """As HR knows it."""
    return next((one.number for one in cycles.called(tx, cycle_id, [person_id])), str(person_id))


def _read(row: Mapping[str, str], people: _People, rules: ApprovalRules) -> NewRuling:
    percent = read_percent(row["percent"])
    one = NewRuling(
        people.find(row["person"]).person_id, word(RulingKind, row["kind"], "kind"), percent, row["note"]
    )
    _check(one, rules)
    return one


def _open(tx: Tx, cycle_id: int) -> Cycle:
    found = cycles.get(tx, cycle_id)
    must_not_be_frozen(found)
    return found


def _check(one: NewRuling, rules: ApprovalRules) -> None:
    word(RulingKind, one.kind, "kind")
    wrong: dict[str, str] = {}
    if one.kind == RulingKind.RATING_FROZEN and one.percent is not None:
        wrong["percent"] = _("leave it empty for a frozen rating")
    elif one.kind != RulingKind.RATING_FROZEN and (
        one.percent is None or not 0 <= one.percent <= rules.hr_maximum or one.percent % TENTH
    ):
        wrong["percent"] = _("must be from 0 to %(hr_maximum)s in steps of 0.1", hr_maximum=rules.hr_maximum)
    try:
        reasons.read(one.note, "note", _("Reason"), _("Give the reason in one or two sentences."))
    except InvalidInput as error:
        wrong |= error.fields
    if wrong:
        raise InvalidInput("; ".join(f"{field}: {what}" for field, what in wrong.items()), fields=wrong)


def _check_takes_part(tx: Tx, cycle_id: int, people: list[int]) -> None:
    """A merit raise can be fixed only for those who take part in merit; the others may get an adjustment."""
    for who, stored in recommendations.current(tx, cycle_id, people).items():
        if recommendation.without_others(stored).recommendation.status in (
            RecommendationStatus.INELIGIBLE,
            RecommendationStatus.RULES_ONLY,
        ):
            raise InvalidInput(
                _("employee no. %(who)s is not eligible for merit", who=_number(tx, cycle_id, who)),
                fields={"kind": _("an ineligible employee can't have a fixed raise: enter an adjustment")},
            )


def _check_not_submitted(tx: Tx, cycle_id: int, people: list[int]) -> None:
    submitted = [
        who for who, one in decisions.of_people(tx, cycle_id, people).items() if one.state not in EDITABLE
    ]
    if submitted:
        raise NotAllowed(
            _(
                "the raise of employee no. %(submitted)s is already submitted",
                submitted=_number(tx, cycle_id, submitted[0]),
            ),
            code="submitted",
            remedy=_("send it back first"),
        )
