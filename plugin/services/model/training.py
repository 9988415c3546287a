"""Trains, judges, approves and retires the model; two people are needed before one may speak, and a worse one never may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugin.advisor.policy import pay_policy
from plugin.advisor.policy.pay_policy import Policy
from plugin.domain import JsonObject, ModelState
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services import reasons
from plugin.services.core import Actor, Core
from plugin.services.cycle import snapshots
from plugin.services.model import cards, fairness_repair, fairness_training
from plugin.services.model.fairness_approvals import sign
from plugin.services.model.fairness_repair import Repair
from plugin.services.model.fairness_training import HeldOut
from plugin.services.operation.steps import Step, at
from plugin.store.cycle import cycles, frozen_inputs
from plugin.store.database import Tx
from plugin.store.model import fairness_reports, model_versions
from plugin.store.model.model_versions import Approval, Fresh, ModelVersion
from plugin.store.operation import audits
from plugin.texts import _, ngettext

if TYPE_CHECKING:
    from plugin.advisor.model.artefact import Artefact, Trained
    from plugin.advisor.model.tables import TrainOptions, Verdict
    from plugin.advisor.model.training import PastCycle

Say = Callable[[str], object]
SMALLEST_YEAR = 30  # past raises below which a year is too thin to learn from


@dataclass(frozen=True)
class Score:
    """One method on the held-out years together: mean absolute error in points, and R2."""

    method: str
    n: int
    mae: float
    r2: float


@dataclass(frozen=True)
class Report:
    """What ``train`` and ``evaluate`` say. ``approvable`` False: it did not beat the simple rules and cannot be approved."""

    model_id: int | None
    hash: str
    kind: str
    approvable: bool
    verdict: Verdict
    sentence: str  # the verdict in the language of who asked
    scores: tuple[Score, ...]
    years: tuple[int, ...]
    decisions: int
    repair: Repair | None = None


def add_policy(core: Core, actor: Actor, policy: Policy) -> int:
    """Stores a policy under its content hash; the same content gives the same id."""
    with core.database.transaction() as tx:
        return store_policy(tx, core, actor, policy)


def store_policy(tx: Tx, core: Core, actor: Actor, policy: Policy) -> int:
    """``add_policy`` in the caller's transaction."""
    import json

    document: JsonObject = json.loads(pay_policy.to_json(policy))
    now = core.clock()
    policy_id = frozen_inputs.add_policy(tx, policy.name, document, policy.hash, now, actor.name)
    audits.append(tx, now, actor.name, "policy.add", f"policy:{policy_id}", {"hash": policy.hash})
    return policy_id


def read_policy(tx: Tx, policy_id: int) -> Policy:
    """NotFound, or Tampered when the stored document is not the one of its hash."""
    from plugin.domain import canonical_json
    from plugin.errors import Tampered

    stored = frozen_inputs.get_policy(tx, policy_id)
    policy = pay_policy.from_json(canonical_json(stored.document))
    if policy.hash != stored.hash:
        raise Tampered(_("The stored policy does not match its hash."), remedy=_("Restore it from a backup."))
    return policy


def _past(core: Core, rates: Mapping[str, str] | None) -> list[PastCycle]:
    """All past decisions, oldest year first. InvalidInput when there are none of at least two years."""
    with core.database.reading() as tx:
        past = snapshots.past_cycles(tx, core.settings.currency, rates or {}, smallest=SMALLEST_YEAR)
    if len(past) < 2:
        raise InvalidInput(
            ngettext(
                "Past raises of %(num)s year are not enough to train and test a model.",
                "Past raises of %(num)s years are not enough to train and test a model.",
                len(past),
            ),
            remedy=_("Import at least two years with %(least)s raises each.", least=SMALLEST_YEAR),
        )
    return past


def evaluate(
    core: Core, policy_id: int, options: TrainOptions | None = None, rates: Mapping[str, str] | None = None
) -> Report:
    """Rolling years, nothing stored: how the model compares with mean, median, matrix, policy and ridge."""
    trained, held = _trained(core, policy_id, options, rates)
    return _report(trained, held, None)


def _trained(
    core: Core,
    policy_id: int,
    options: TrainOptions | None,
    rates: Mapping[str, str] | None,
    repair: str | None = None,
    say: Say = lambda _: None,
) -> tuple[Trained, HeldOut]:
    from plugin.advisor.model import training
    from plugin.advisor.model.tables import TrainOptions

    with core.database.reading() as tx:
        policy = read_policy(tx, policy_id)
        used = [one.effective_on.year for one in cycles.newest_first(tx) if one.policy_id == policy_id]
    say(at(Step.READING_RAISES))
    past = _past(core, rates)
    own = used[-1] if used else training.own_year(policy, past)
    given = training.table_of(past, policy, policy_year=own)
    found, how = fairness_repair.repaired(core, given, past, repair) if repair else (given, None)
    chosen = options or TrainOptions()
    say(at(Step.TRAINING, len(found)))
    trained = cards.marked(training.train(found, chosen), how)
    newest = next(cycle for cycle in reversed(past) if cycle.year == given.year.max())
    return trained, HeldOut(found, newest, chosen, given, how)


def _report(trained: Trained, held: HeldOut, model_id: int | None) -> Report:
    found = held.table
    verdict = trained.evaluation.verdict
    together = [s for s in trained.evaluation.scores if s.year is None]
    return Report(
        model_id=model_id,
        hash=trained.artefact.sha256,
        kind=trained.evaluation.kind,
        approvable=verdict.approved,
        verdict=verdict,
        sentence=trained.artefact.verdict_sentence,
        scores=tuple(Score(s.method, s.n, s.mae, s.r2) for s in together),
        years=tuple(sorted({int(year) for year in found.year})),
        decisions=len(found),
        repair=held.repair,
    )


def train(
    core: Core,
    actor: Actor,
    policy_id: int,
    options: TrainOptions | None = None,
    rates: Mapping[str, str] | None = None,
    *,
    repair: str | None = None,
    say: Say = lambda _: None,
) -> Report:
    """Trains on all past raises and stores the result: ``checked`` when it beats the simple rules, else ``refused``.

    Where protected attributes are stored, a fairness report on the held-out year is made and stored with it. ``repair`` names
    the attribute on which labels are repaired first (see ``fairness_repair``, which raises); the verdict is then on labels
    repaired in the same way. ``say`` is told what is being done, in words.
    """
    trained, held = _trained(core, policy_id, options, rates, repair, say)
    kind, state = (
        trained.evaluation.kind,
        ModelState.CHECKED if trained.evaluation.verdict.approved else ModelState.REFUSED,
    )
    say(at(Step.MEASURING_FAIRNESS))
    said = fairness_training.predicted(kind, held.table, held)
    fair = fairness_training.measure(core, held, said)
    card = cards.card(trained, held, policy_id, said)
    fresh = Fresh(trained.artefact.pack(), trained.artefact.sha256, card, state)
    now = core.clock()
    with core.database.transaction() as tx:
        model_id = model_versions.add(tx, fresh, now, actor.name)
        report_id = fairness_training.store(tx, core, actor.name, model_id, fair, held)
        detail: JsonObject = {
            "hash": fresh.hash,
            "state": state,
            "verdict": trained.evaluation.verdict.code.value,
            "fairness_report": report_id,
            "labels_repaired_on": repair,
        }
        audits.append(tx, now, actor.name, "model.train", f"model:{model_id}", detail)
    return _report(trained, held, model_id)


# --- approval -------------------------------------------------------------------------------------------------------


def approve(core: Core, actor: Actor, model_id: int, note: str) -> int:
    """A second person lets a checked model be used; how many more people must approve (0 = it is approved now).

    NotAllowed for the trainer and for a model that lost; a note is needed. A fairness report with a gate that did not pass
    needs two different people, each with a note.
    """
    words = reasons.read(note, "note", _("Note"), _("Enter a reason why this model may be used."))
    with core.database.transaction() as tx:
        found = model_versions.get(tx, model_id)
        _may_approve(found, actor)
        fair = fairness_reports.of_model(tx, model_id)
        missing = 0 if fair is None else sign(tx, core, actor, fair, words)
        now = core.clock()
        detail: JsonObject = {"note": words, "more_needed": missing}
        audits.append(tx, now, actor.name, "model.approve", f"model:{model_id}", detail)
        if not missing:
            signed: Approval = {"approved_by": actor.name, "approved_at": now, "note": words}
            model_versions.move(tx, model_id, expected=ModelState.CHECKED, to=ModelState.APPROVED, **signed)
        return missing


def _may_approve(found: ModelVersion, actor: Actor) -> None:
    if found.state == ModelState.REFUSED:
        raise NotAllowed(
            _("This model did not outperform the simple rules, so it can't be approved."),
            code="not_better",
            remedy=_("Train again with more or better data. Recommendations work without a model."),
        )
    if found.state != ModelState.CHECKED:
        raise Conflict(
            _("This model is no longer awaiting approval."),
            remedy=_("Reload the page to see its current status."),
        )
    if found.trained_by == actor.name:
        raise NotAllowed(_("You can't approve a model you trained."), code="four_eyes")


def refuse(core: Core, actor: Actor, model_id: int, note: str) -> None:
    """A person says no to a checked model; it cannot be approved later."""
    words = reasons.read(note, "note", _("Note"), _("Enter a reason why this model may not be used."))
    with core.database.transaction() as tx:
        model_versions.move(tx, model_id, expected=ModelState.CHECKED, to=ModelState.REFUSED, note=words)
        audits.append(tx, core.clock(), actor.name, "model.refuse", f"model:{model_id}", {"note": words})


def use(core: Core, actor: Actor, model_id: int) -> None:
    """The approved model becomes the one that new cycles start with; the one before it is retired."""
    with core.database.transaction() as tx:
        _retire_current(tx)
        model_versions.move(tx, model_id, expected=ModelState.APPROVED, to=ModelState.IN_USE)
        audits.append(tx, core.clock(), actor.name, "model.use", f"model:{model_id}")


def _retire_current(tx: Tx) -> int | None:
    current = model_versions.in_use(tx)
    if current is None:
        return None
    model_versions.move(tx, current.id, expected=ModelState.IN_USE, to=ModelState.RETIRED)
    return current.id


def roll_back(core: Core, actor: Actor, reason: str) -> int | None:
    """Retires the model in use and brings back the newest approved one before it, if any; its id, else None (policy alone)."""
    if not reason.strip():
        raise InvalidInput(
            _("Enter a reason for going back to an earlier model."),
            fields={"reason": _("Enter one or two sentences.")},
        )
    with core.database.transaction() as tx:
        retired = _retire_current(tx)
        if retired is None:
            raise NotFound(_("No model is in use."))
        earlier = [
            m for m in model_versions.newest_first(tx) if m.state == ModelState.RETIRED and m.id < retired
        ]
        back = earlier[0].id if earlier else None
        if back is not None:
            model_versions.move(tx, back, expected=ModelState.RETIRED, to=ModelState.IN_USE)
        detail: JsonObject = {"back_to": back, "reason": reason.strip()}
        audits.append(tx, core.clock(), actor.name, "model.roll_back", f"model:{retired}", detail)
    return back


# --- reading --------------------------------------------------------------------------------------------------------


def versions(core: Core) -> list[ModelVersion]:
    """Newest first."""
    with core.database.reading() as tx:
        return model_versions.newest_first(tx)


def card(core: Core, model_id: int) -> ModelVersion:
    """One model with its card."""
    with core.database.reading() as tx:
        return model_versions.get(tx, model_id)


def load_artefact(tx: Tx, model_id: int | None) -> Artefact | None:
    """The stored model, Tampered when its bytes changed; None for no model."""
    if model_id is None:
        return None
    from plugin.advisor.model.artefact import unpack

    content, expected = model_versions.artefact(tx, model_id)
    return unpack(content, expected_sha256=expected)
