"""Freezes what an engine of the advisor says: run once, when an engine is replaced, never again for an engine that is frozen.

``python tests/advisor/recommendation/freeze.py FOLDER`` writes cases of inputs (snapshot, policy, settings, model) and the
documents that were stored of them, byte for byte; the tests compute them again with every later engine.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

FOLDER = Path(__file__).parent / "frozen"
sys.path.append(str(Path(__file__).parents[3]))

from plugin.advisor.model import training  # noqa: E402
from plugin.advisor.model.artefact import Artefact  # noqa: E402
from plugin.advisor.model.tables import TrainOptions  # noqa: E402
from plugin.advisor.policy import pay_policy  # noqa: E402
from plugin.advisor.policy.pay_policy import Eligibility, Policy, Proration  # noqa: E402
from plugin.advisor.policy.settings import AdvisorSettings, RewardedSkill  # noqa: E402
from plugin.advisor.recommendation import codec, recommend  # noqa: E402
from plugin.advisor.recommendation.snapshot import EmployeeRow, LeavePeriod, Snapshot, snapshot  # noqa: E402
from plugin.domain import JsonObject, canonical_json, content_hash  # noqa: E402
from plugin.services.cycle import recommending  # noqa: E402
from plugin.services.decision import recommendation  # noqa: E402
from tests.advisor.advisor_company import AS_OF, badge, company, euro, past_cycles, person, policy  # noqa: E402

TREES = TrainOptions(depth=2, trees=40, kind="xgboost", bootstrap=100)
RIDGE = TrainOptions(kind="ridge", bootstrap=100)


@dataclass(frozen=True)
class Case:
    """One run of the advisor over a small company."""

    name: str
    snapshot: Snapshot
    policy: Policy
    settings: AdvisorSettings
    model: Artefact | None = None


def _company(*special: EmployeeRow) -> Snapshot:
    usual = [
        replace(row, rating_label="" if row.person_id % 3 else row.rating_label) for row in company(30).rows
    ]
    return snapshot(AS_OF, "EUR", [*usual, *special], typical_label="Example Company")


def _special() -> tuple[EmployeeRow, ...]:
    """One person per rule that the random people rarely meet."""
    top = {"annual": euro(71500), "rating": Decimal(5), "level": "E1"}
    return (
        person(101, rating=None, rating_label="", level="E1"),
        person(102, data_problems=("pay_unverified",), level="E1"),
        person(103, annual=euro(46000), level="E1", rating=Decimal(4)),
        person(104, **top),
        person(105, range_minimum=None, range_midpoint=None, range_maximum=None, level="E1"),
        person(106, level="X9"),
        person(107, hired_on=date(2025, 12, 1), annual=euro(46000), last_pay_change_on=None, level="E1"),
        person(108, country="ZZ", level="E1"),
        person(109, last_pay_change_on=AS_OF - timedelta(days=40), level="E1"),
        person(110, hired_on=date(2025, 6, 1), last_pay_change_on=None, level="E1"),
        person(111, leaves=(LeavePeriod("unpaid", date(2025, 8, 1), date(2025, 9, 15)),), level="E1"),
        person(112, leaves=(LeavePeriod("parental", date(2025, 8, 1), date(2025, 9, 15)),), level="E1"),
        person(113, learning_hours=Decimal(4000), level="E1"),
        person(
            114,
            level="E1",
            new_evidence=(badge("n1"), badge("n2", skill="skill-n1"), badge("n3", strategic=True)),
        ),
        person(115, level="E1", new_evidence=(badge("r1", skill="paid"), badge("r2", kind="performance"))),
        person(116, level="E1"),
        person(117, level="E1"),
        person(118, level="E1", hired_on=None, last_pay_change_on=None),
    )


def cases() -> Iterator[Case]:
    """Every status, step, reason, note and silence at least once."""
    whole, trees, ridge = _company(*_special()), _trees(), training.train(_table(0.3), RIDGE).artefact
    settings = AdvisorSettings(
        rewarded=(RewardedSkill(115, "paid", "intermediate", "r0", "Merit 2025"),),
        locked={"116": Decimal("2.2")},
        adjustments={"117": Decimal("1.5"), "3": Decimal("0.4")},
        frozen_ratings=("5",),
    )
    measured = training.calibrate_on(trees, _table(0.3, years=(2026,)))
    short = replace(measured, coverage=measured.coverage | {"4": 0.8})
    yield Case("advised", whole, policy(), replace(settings, calibration=measured), trees)
    yield Case("short_range", whole, policy(), replace(settings, calibration=short), trees)
    pools = {"north": euro(11000), "*": euro(12500)}
    yield Case("budget", whole, policy(), replace(settings, pools=pools), ridge)
    year = Proration(date(2025, 1, 1), date(2025, 12, 31), leave_counts=("unpaid",))
    who = Eligibility(hired_by=date(2025, 10, 1), exempt_countries=("ZZ",), months_since_raise=3)
    yield Case("policy_only", whole, policy(eligibility=who, proration=year), settings)
    refused = training.train(_table(3.0, signal=0.0), RIDGE).artefact
    yield Case("not_approved", _company(), policy(), settings, refused)
    yield Case("switched_off", _company(), policy(), replace(settings, matrix_only=True), ridge)


def _trees() -> Artefact:
    """Trees that lost against a ridge on these lines, and speak all the same: what is frozen is how they are explained."""
    found = training.train(_table(0.3), TREES).artefact
    verdict = found.metadata["verdict"]
    assert isinstance(verdict, dict)
    return replace(found, metadata=found.metadata | {"verdict": verdict | {"approved": True}})


def _table(noise: float, *, signal: float = 1.0, years: Sequence[int] = (2023, 2024, 2025)) -> training.Table:
    return training.table_of(past_cycles(years, 500, policy(), signal=signal, noise=noise), policy())


def documents(case: Case) -> list[JsonObject]:
    """What the store would keep of everybody."""
    run = recommend.start(case.snapshot, case.policy, case.model, case.settings)
    made = recommending.recommend(run, range(len(case.snapshot.rows)))
    return [recommendation.to_document(one) for one in made]


def write(folder: Path, case: Case) -> None:
    """The case's inputs, its documents one a line, and the hashes of all."""
    folder.mkdir(parents=True)
    (folder / "snapshot.json.gz").write_bytes(gzip.compress(codec.to_bytes(case.snapshot), mtime=0))
    (folder / "policy.json").write_bytes(pay_policy.to_json(case.policy))
    (folder / "settings.json").write_bytes(codec.to_bytes(case.settings))
    if case.model is not None:
        (folder / "model.bin.gz").write_bytes(gzip.compress(case.model.pack(), mtime=0))
    said = documents(case)
    lines = b"\n".join(canonical_json(one) for one in said)
    (folder / "documents.jsonl.gz").write_bytes(gzip.compress(lines, mtime=0))
    hashes: JsonObject = {
        "snapshot": case.snapshot.hash,
        "policy": case.policy.hash,
        "model": None if case.model is None else case.model.sha256,
        "documents": [content_hash(one) for one in said],
    }
    (folder / "hashes.json").write_text(json.dumps(hashes, indent=1) + "\n")


if __name__ == "__main__":
    for each in cases():
        write(FOLDER / sys.argv[1] / each.name, each)
