"""What each engine of the advisor stored is read, shown and computed again by the engine of today."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from plugin.advisor.recommendation import recommend
from plugin.advisor.recommendation.values import (
    ENGINE,
    AbstainCode,
    Facts,
    LineCode,
    ModelOff,
    NoteCode,
    ReasonCode,
    WhatIfCode,
)
from plugin.domain import JsonObject, RecommendationStatus, canonical_json
from plugin.errors import InvalidInput
from plugin.services.cycle import recommending
from plugin.services.decision import recommendation
from plugin.services.decision.panel import Panel
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.store.cycle.recommendations import StoredRecommendation
from tests.advisor.recommendation.frozen_cases import Frozen, load, names

CASES = [(engine, name) for engine in range(1, ENGINE + 1) for name in names(engine)]


def stored(content: bytes) -> StoredRecommendation:
    return StoredRecommendation(0, 0, None, None, content)


def computed(case: Frozen) -> Iterator[PersonRecommendation]:
    run = recommend.start(case.snapshot, case.policy, case.model, case.settings)
    return recommending.recommend(run, range(len(case.snapshot.rows)))


def test_every_engine_has_frozen_cases() -> None:
    assert {engine for engine, _ in CASES} == set(range(1, ENGINE + 1))


@pytest.mark.parametrize(("engine", "name"), CASES)
def test_a_frozen_case_is_what_was_frozen(engine: int, name: str) -> None:
    case = load(engine, name)
    assert [hashlib.sha256(one).hexdigest() for one in case.contents] == case.hashes["documents"]
    assert case.policy.hash == case.hashes["policy"]
    assert {recommendation.engine_of(json.loads(one)) for one in case.contents} == {engine}


@pytest.mark.parametrize(("engine", "name"), CASES)
def test_every_figure_of_an_old_engine_replays(engine: int, name: str) -> None:
    case = load(engine, name)
    for content, again in zip(case.contents, computed(case), strict=True):
        assert recommendation.is_same(stored(content), again)


def test_the_newest_engine_replays_byte_by_byte() -> None:
    case = load(ENGINE, "advised")
    assert [canonical_json(recommendation.to_document(one)) for one in computed(case)] == list(case.contents)


@pytest.mark.parametrize(("engine", "name"), CASES)
def test_a_stored_document_is_shown_and_adds_up(engine: int, name: str) -> None:
    for content in load(engine, name).contents:
        shown = Panel(recommendation.from_stored(stored(content)))
        texts = [shown.summary, shown.confidence, shown.peers.sentence, *shown.notes]
        assert all(one and "%(" not in one and "None" not in one for one in texts)
        if shown.start is not None:
            assert shown.start.points + sum(one.points for one in shown.reasons) == shown.percent


def changed(content: bytes, *path: object, to: object) -> bytes:
    document = json.loads(content)
    inner = document
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = to
    return canonical_json(document)


PLACES = (
    ("recommendation", "percent"),
    ("recommendation", "low"),
    ("recommendation", "guideline", "default"),
    ("recommendation", "ledger", 0, "points"),
    ("recommendation", "ledger", 0, "money", "amount"),
    ("recommendation", "reasons", 0, "points"),
    ("recommendation", "reasons", 0, "money", "amount"),
    ("recommendation", "baseline", "points"),
    ("what_ifs", 0, "percent"),
    ("peers", "nearest", 0, "percent"),
    ("row", "annual", "amount"),
)


@pytest.mark.parametrize("engine", range(1, ENGINE + 1))
@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(str(part) for part in path))
def test_a_figure_that_was_tampered_with_does_not_replay(engine: int, path: tuple[object, ...]) -> None:
    case = load(engine, "advised")
    again = list(computed(case))
    at = next(
        i for i, one in enumerate(again) if one.recommendation.reasons and one.peers and one.peers.nearest
    )
    assert recommendation.is_same(stored(case.contents[at]), again[at])
    wrong = changed(case.contents[at], *path, to="17.3")
    assert not recommendation.is_same(stored(wrong), again[at])


def test_the_order_of_reasons_is_promised() -> None:
    case = load(1, "advised")
    again = list(computed(case))
    at = next(i for i, one in enumerate(again) if len(one.recommendation.reasons) > 1)
    reasons = json.loads(case.contents[at])["recommendation"]["reasons"]
    wrong = changed(case.contents[at], "recommendation", "reasons", to=reasons[::-1])
    assert not recommendation.is_same(stored(wrong), again[at])


@pytest.mark.parametrize("engine", range(1, ENGINE + 1))
def test_the_frozen_cases_meet_every_code(engine: int) -> None:
    """But those that a company of usual people cannot meet."""
    met: set[object] = set()
    for name in names(engine):
        for content in load(engine, name).contents:
            met |= _codes(recommendation.from_stored(stored(content)))
    wanted: set[object] = {
        *RecommendationStatus,
        *LineCode,
        *NoteCode,
        *AbstainCode,
        *ModelOff,
        *WhatIfCode,
        *ReasonCode,
    }
    never = {ReasonCode.SKILLS_IN_PAST_RAISES}  # made when shown
    never |= {
        AbstainCode.ABOVE_MAXIMUM,
        NoteCode.SPLIT_SHORTFALL,
    }  # of runs with a largest raise: test_largest_raise
    rare = {
        ReasonCode.NO_RATING,
        ReasonCode.NO_NEW_SKILL,
        ReasonCode.NO_PAY_RANGE,
        ReasonCode.PRORATION,
        ReasonCode.POLICY,
        NoteCode.PAY_CHANGED_DURING_YEAR,
        NoteCode.RANGE_NOT_HELD,
        NoteCode.RANGE_MEASURED_TOGETHER,
    }
    assert wanted - met - never <= rare


def _codes(one: PersonRecommendation) -> set[object]:
    made = one.recommendation
    return {
        made.status,
        made.abstain_code,
        made.model_off,
        *(line.code for line in made.ledger),
        *(reason.code for reason in made.reasons),
        *(note.code for note in made.notes),
        *(guess.code for guess in one.what_ifs),
    }


def test_texts_are_not_stored() -> None:
    """Words of a document are codes, names of badges, jobs and places, and the suite's own word for a rating."""
    documents = [json.loads(one) for one in load(ENGINE, "advised").contents]
    texts = {text for one in documents for text in _texts({**one, "row": None})}
    assert texts
    assert not {text for text in texts if len(text.split()) > 3}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


RARE = (  # sentences of engine 1 that the frozen company does not meet
    ("reasons", "The rating (None) speaks for less than the typical raise.", ReasonCode.NO_RATING, Facts()),
    (
        "reasons",
        "No new verified skill since the last raise yet; the next one counts.",
        ReasonCode.NO_NEW_SKILL,
        Facts(),
    ),
    (
        "reasons",
        "There is no pay range for this job; the guideline's row for that applies.",
        ReasonCode.NO_PAY_RANGE,
        Facts(),
    ),
    (
        "reasons",
        "What the policy says for this job, level or place, and rounding.",
        ReasonCode.POLICY,
        Facts(),
    ),
    (
        "notes",
        "Pay changed on 2025-07-02: 50% of the raise.",
        NoteCode.PAY_CHANGED_DURING_YEAR,
        Facts(on=date(2025, 7, 2), share=Decimal("0.5")),
    ),
    (
        "notes",
        "The range is that of the policy: the measured range held in 61% of cases instead of 90%.",
        NoteCode.RANGE_NOT_HELD,
        Facts(share=Decimal("0.61"), level=Decimal("0.9")),
    ),
    (
        "notes",
        "The range was measured: it held 90% of 330 decisions of this cycle that it had not seen, of all ratings together;",
        NoteCode.RANGE_MEASURED_TOGETHER,
        Facts(share=Decimal("0.9"), people=330),
    ),
)


@pytest.mark.parametrize(("kind", "text", "code", "facts"), RARE, ids=lambda value: str(value)[:30])
def test_a_rare_sentence_of_the_first_engine_is_read(
    kind: str, text: str, code: ReasonCode | NoteCode, facts: Facts
) -> None:
    contents = load(1, "advised").contents
    document = next(found for one in contents if (found := json.loads(one))["recommendation"]["notes"])
    made = document["recommendation"]
    if kind == "notes":
        made["notes"] = [text]
    else:
        made["reasons"] = [{**made["reasons"][0], "sentence": text, "evidence": []}]
    found = recommendation.from_document(document).recommendation
    said = found.notes[0] if kind == "notes" else found.reasons[0]
    assert (said.code, said.facts) == (code, facts)


def test_a_document_of_a_later_engine_is_refused_with_a_remedy() -> None:
    document: JsonObject = {"engine": ENGINE + 1}
    with pytest.raises(InvalidInput) as refused:
        recommendation.from_stored(stored(canonical_json(document)))
    assert refused.value.remedy


def test_an_old_document_keeps_its_own_words_in_no_text() -> None:
    """The rating's own word is data; sentences of the old engine are gone."""
    case = load(1, "advised")
    made = [recommendation.from_stored(stored(one)) for one in case.contents]
    shown = [Panel(one) for one in made]
    said = " ".join(text for one in shown for text in (one.summary, *(step.sentence for step in one.reasons)))
    assert "suggestion" not in said
    assert "speaks for" not in said
    assert Decimal(0) < len(said)
