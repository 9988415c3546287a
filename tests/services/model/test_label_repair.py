"""A model can be trained on past raises with each unit's gap closed upwards; what is kept of it are figures of groups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin import texts
from plugin.advisor.model.tables import Table, TrainOptions
from plugin.advisor.model.training import PastCycle
from plugin.advisor.recommendation.snapshot import EmployeeRow, snapshot
from plugin.domain import JsonObject, Money
from plugin.errors import InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.model import fairness_repair, fairness_review, model_topic, training
from plugin.services.operation import topics
from plugin.store import tables
from plugin.store.model import protected
from tests.services.past_raises import YEARS, history
from tests.small_company import policy

ANALYST = Actor("analyst@example.com")
QUICK = TrainOptions(bootstrap=60)
PEOPLE = 160
LEARNED = len(YEARS) - 1  # nobody's pay is known before the first raise


def _biased(core: Core, **more: float) -> None:
    """Women of half of eight units got 0.8 points less than men alike; learning hours are a stand-in for sex."""
    history(core, people=PEOPLE, bias=-0.8, women_learn_less=True, units=8, **{"signal": 0.0} | more)  # type: ignore[arg-type]


def _train(core: Core, repair: str | None = None) -> int:
    made = training.train(core, ANALYST, training.add_policy(core, ANALYST, policy()), QUICK, repair=repair)
    assert made.model_id is not None
    return made.model_id


def _gaps(core: Core, model_id: int) -> tuple[float, float]:
    """Of women against men: in raises as they were given, and in what the model says of people whom it has not seen."""
    found = fairness_review.of_model(core, model_id)
    assert found is not None
    attributes = found.document["attributes"]
    assert isinstance(attributes, list)
    (sex,) = (one for one in attributes if isinstance(one, dict) and one["attribute"] == "sex")
    label, said = sex["label_gap"], sex["recommendation_gap"]
    assert isinstance(label, dict)
    assert isinstance(said, dict)
    return float(str(label["estimate"])), float(str(said["estimate"]))


def test_a_model_of_repaired_labels_repeats_less_of_the_gap(core: Core) -> None:
    _biased(core)
    raw, mended = _train(core), _train(core, "sex")
    given_raw, said_raw = _gaps(core, raw)
    given_mended, said_mended = _gaps(core, mended)
    assert given_raw == given_mended, "both are compared with the raises as they were given"
    assert given_raw == pytest.approx(-0.4, abs=0.1)
    assert said_raw < -0.3
    assert abs(said_mended) < 0.1


def test_the_card_says_what_was_added_and_what_the_verdict_is_on(core: Core) -> None:
    _biased(core)
    card = training.card(core, _train(core, "sex")).card
    repair, before = card["repair"], card["as_they_were"]
    assert isinstance(repair, dict)
    assert isinstance(before, dict)
    assert (repair["attribute"], repair["units"], repair["pooled"]) == ("sex", 8 * LEARNED, 0)
    assert repair["labels"] == PEOPLE * LEARNED
    assert repair["mean_group"] == pytest.approx(0.4, abs=0.1)
    assert repair["mean_reference"] == pytest.approx(0.0, abs=0.1)
    largest = repair["largest"]
    assert isinstance(largest, dict)
    assert (largest["year"], largest["n_group"] + largest["n_reference"]) == (2025, 24)  # type: ignore[operator]
    errors = {name: one["mae"] for name, one in before.items() if isinstance(one, dict)}
    assert set(errors) == {"model", "unrepaired", "policy"}
    assert errors["unrepaired"] < errors["model"], "a repair costs closeness to raises as they were"  # type: ignore[operator]


def test_small_units_stand_for_themselves_in_no_figure(core: Core) -> None:
    history(core, people=64, bias=-0.8, women_learn_less=True, signal=0.0, units=8)
    repair = training.card(core, _train(core, "sex")).card["repair"]
    assert isinstance(repair, dict)
    assert repair["pooled"] == repair["units"] == 8 * LEARNED
    assert repair["largest"] is None


def test_without_protected_attributes_the_repair_is_refused_with_what_to_do(core: Core) -> None:
    _biased(core)
    with core.database.transaction() as tx:
        tx.execute(tables.protected_attribute.delete())
    with pytest.raises(InvalidInput, match="no values are stored for sex") as refused:
        _train(core, "sex")
    assert "Import the attribute" in refused.value.remedy
    assert training.versions(core) == []
    assert fairness_repair.choices(core) == ()


def test_too_few_people_of_a_group_are_refused(core: Core) -> None:
    _biased(core)
    with core.database.transaction() as tx:
        who = sorted(protected.values(tx, "sex"))
        protected.put(tx, [(one, "sex", "m") for one in who[4:]])
    with pytest.raises(InvalidInput, match="no year has 5"):
        _train(core, "sex")


def test_an_unknown_attribute_is_refused(core: Core) -> None:
    _biased(core)
    with pytest.raises(InvalidInput, match="shoe size"):
        _train(core, "shoe size")


def test_people_of_whom_nothing_is_known_keep_their_labels(core: Core) -> None:
    _biased(core)
    with core.database.transaction() as tx:
        unknown = sorted(protected.values(tx, "sex"))[:10]
        mark = tables.protected_attribute.c
        tx.execute(tables.protected_attribute.delete().where(mark.person_id.in_(unknown), mark.name == "sex"))
    repair = training.card(core, _train(core, "sex")).card["repair"]
    assert isinstance(repair, dict)
    assert repair["left"] == 10 * LEARNED


def _lists(value: object) -> Iterator[list[object]]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _lists(one)
    if isinstance(value, list):
        yield value
        for one in value:
            yield from _lists(one)


def test_nothing_about_a_person_is_kept(core: Core) -> None:
    _biased(core)
    names = sorted(tables.metadata.tables)
    before = _everything(core, names)
    model_id = _train(core, "sex")
    after = _everything(core, names)
    assert {name for name in names if before[name] != after[name]} == {
        "audit",
        "fairness_report",
        "model",
        "policy",
    }
    fair = fairness_review.of_model(core, model_id)
    assert fair is not None
    for kept in (training.card(core, model_id).card, fair.document):
        longest = max(len(one) for one in _lists(json.loads(json.dumps(kept))))
        assert longest < PEOPLE / 4, "nothing is as long as there are people"


def _everything(core: Core, names: list[str]) -> dict[str, str]:
    with core.database.reading() as tx:
        return {
            name: repr(sorted(map(repr, tx.execute(sa.select(tables.metadata.tables[name])))))
            for name in names
        }


def test_the_same_data_with_and_without_repair_are_two_models(core: Core) -> None:
    _biased(core)
    raw, mended = _train(core), _train(core, "sex")
    assert raw != mended
    assert "repair" not in training.card(core, raw).card
    assert _train(core, "sex") == mended


def test_the_worker_repairs_when_it_was_asked_to(core: Core) -> None:
    _biased(core)
    policy_id = training.add_policy(core, ANALYST, policy())
    said: list[str] = []
    arguments: JsonObject = {"policy_id": policy_id, "repair": "sex"}
    made = model_topic.train(core, ANALYST, arguments, said.append)
    card = training.card(core, int(str(made["model_id"]))).card
    assert "repair" in card
    assert "Past raises were repaired on sex" in topics.sentence("train", made)
    with texts.reading("de"):
        assert "Geschlecht" in topics.sentence("train", made)


@settings(max_examples=30)
@given(
    points=st.lists(st.integers(0, 80), min_size=40, max_size=40),
    women=st.lists(st.booleans(), min_size=40, max_size=40),
    later=st.lists(st.integers(0, 80), min_size=40, max_size=40),
)
def test_a_repair_lowers_nobody_and_what_comes_later_changes_no_earlier_year(
    core: Core, points: list[int], women: list[bool], later: list[int]
) -> None:
    with core.database.transaction() as tx:
        tx.execute(tables.protected_attribute.delete())
        tx.execute(tables.person.delete())
        rows = {"display_name": "Invented", "fte": Decimal(1), "updated_at": core.clock()}
        tx.execute(tables.person.insert(), [{"id": i + 1, "source_id": f"X-{i}"} | rows for i in range(40)])
        protected.put(tx, [(i + 1, "sex", "f" if one else "m") for i, one in enumerate(women)])
    tables_of = [_table(points, later), _table(points, [0] * 40)]
    try:
        first, second = (fairness_repair.repaired(core, one, _past(), "sex")[0] for one in tables_of)
    except InvalidInput:
        assert min(sum(women), 40 - sum(women)) < 5
        return
    assert (first.y >= tables_of[0].y).all()
    np.testing.assert_array_equal(first.y[:40], second.y[:40])


def _past() -> list[PastCycle]:
    people = [
        EmployeeRow(
            i + 1, Money(Decimal(50_000 + i), "EUR"), org_unit=f"Unit {i % 3}", rating=Decimal(1 + i % 5)
        )
        for i in range(40)
    ]
    return [PastCycle(year, snapshot(date(year, 3, 31), "EUR", people), {}) for year in (2024, 2025)]


def _table(early: list[int], late: list[int]) -> Table:
    years = np.repeat([2024, 2025], 40)
    who = np.tile(np.arange(1, 41), 2)
    return Table(("x",), np.zeros((80, 1)), np.array(early + late) / 10, years, cluster=who)
