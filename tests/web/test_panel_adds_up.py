"""The page of 500 random people, read and added up as a manager would: chips = reasons = steps = percent = money."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from html.parser import HTMLParser

import pytest
from flask import Flask, render_template

from plugin.advisor.model import training
from plugin.advisor.policy.pay_policy import Eligibility, Proration
from plugin.advisor.policy.settings import AdvisorSettings, RewardedSkill
from plugin.advisor.recommendation import recommend, wording
from plugin.advisor.recommendation.snapshot import EmployeeRow, snapshot
from plugin.domain import RecommendationStatus
from plugin.services.cycle import recommending
from plugin.services.decision import recommendation
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.services.decision.sheet import Budget, Counts, Row, Worksheet
from plugin.store.cycle.cycles import Cycle
from plugin.web.manager import download, words
from tests.advisor.advisor_company import AS_OF, badge, euro, past_cycles, people, policy

D = Decimal
PEOPLE = 500
LABELS = ("", "Meets all", "4", "Übertrifft")


def _varied(row: EmployeeRow, dice: random.Random) -> EmployeeRow:
    """One of many: without a rating, a range or a date, below or above the range, with badges that count or do not."""
    changes: dict[str, object] = {"rating_label": dice.choice(LABELS)}
    kind = dice.randrange(12)
    if kind == 0:
        changes["rating"] = None
    elif kind == 1:
        changes |= {"range_minimum": None, "range_midpoint": None, "range_maximum": None}
    elif kind in (2, 3):
        changes["annual"] = euro(int(row.annual.amount * D(dice.choice(["0.7", "1.3"]))))
    elif kind == 4:
        low = euro(int(row.annual.amount * D(dice.choice(["0.7", "1"]))))
        changes |= {
            "hired_on": date(2025, dice.randrange(5, 12), 3),
            "last_pay_change_on": None,
            "annual": low,
        }
    elif kind == 5:
        changes["rating"] = D(dice.randrange(10, 51)) / 10
    elif kind == 6:
        changes["learning_hours"] = D(dice.randrange(0, 300))
    if dice.random() < 0.4:
        refs = [f"{row.person_id}-x{n}" for n in range(dice.randrange(1, 5))]
        changes["new_evidence"] = tuple(
            badge(
                ref,
                skill=f"skill {dice.randrange(3)}",
                kind=dice.choice(["skill", "knowledge", "performance"]),
                verdict=dice.choice(["valid", "valid", "undetermined"]),
                strategic=dice.random() < 0.3,
            )
            for ref in refs
        )
    return replace(row, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made() -> list[PersonRecommendation]:
    """500 people in four runs: a model and its budget, the policy alone with dates, lump sums and what HR set."""
    dice = random.Random(7)
    model = training.train(
        training.table_of(past_cycles((2023, 2024, 2025), 300, policy()), policy())
    ).artefact
    year = Proration(date(2025, 1, 1), date(2025, 12, 31))
    dated = policy(eligibility=Eligibility(hired_by=date(2025, 9, 1)), proration=year)
    found: list[PersonRecommendation] = []
    for seed, rules in enumerate((policy(), dated, policy(money_unit=D(10)), policy())):
        rows = [_varied(row, dice) for row in people(PEOPLE // 4, seed=seed)]
        payroll = sum((row.paid.amount for row in rows), D(0))
        settings = AdvisorSettings(
            rewarded=tuple(RewardedSkill(i, "skill 1", "intermediate") for i in range(1, 30)),
            locked={"7": D("2.2"), "8": D(0)},
            adjustments={"9": D("1.5"), "10": D("0.3")},
            frozen_ratings=("11",),
            pools={"*": euro(int(payroll * D("0.024")))} if seed in (0, 2) else {},
        )
        run = recommend.start(snapshot(AS_OF, "EUR", rows), rules, model if seed != 1 else None, settings)
        found += recommending.recommend(run, range(len(rows)))
    documents = [recommendation.to_document(one) for one in found]
    return [recommendation.from_document(document) for document in documents]


# --- reading the page -----------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The rows of each table by its class, without what is hidden or small; and the dots in the strip of peers."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: dict[str, list[list[str]]] = {}
        self.dots = 0
        self._path: list[tuple[str, str]] = []
        self._table = ""
        self._is_in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = dict(attrs).get("class") or ""
        self.dots += (tag, kind) == ("circle", "peer") and ("svg", "peers") in self._path
        if tag in ("circle", "line", "rect", "path", "input", "br", "col"):
            return
        self._path.append((tag, kind))
        if tag == "table":
            self._table = kind
        elif tag == "tr":
            self.rows.setdefault(self._table, []).append([])
        elif tag in ("td", "th") and self._table:
            self.rows[self._table][-1].append("")
            self._is_in_cell = True

    def handle_data(self, data: str) -> None:
        is_said = not any(kind == "vh" or tag in ("small", "svg") for tag, kind in self._path)
        if is_said and self._is_in_cell:
            cells = self.rows[self._table][-1]
            cells[-1] = " ".join(f"{cells[-1]} {data}".split())

    def handle_endtag(self, tag: str) -> None:
        if tag not in {name for name, _ in self._path}:
            return
        while self._path.pop()[0] != tag:
            pass
        self._table = "" if tag == "table" else self._table
        self._is_in_cell = self._is_in_cell and tag not in ("td", "th")


def number(text: str) -> Decimal:
    """+1.2, −0.5, 3.4% or €1,234 as a number."""
    return D(re.sub(r"[^0-9.\-]", "", text.replace("\u2212", "-")))


Line = tuple[str, Decimal, Decimal]  # what it is called, points, money


@dataclass(frozen=True)
class Read:
    """What a manager reads of one person: the row, and behind "Why"."""

    row: Row
    line: str
    why: str
    file: Mapping[str, object]

    @cached_property
    def page(self) -> Page:
        return Page(self.why)

    @property
    def chips(self) -> dict[str, Decimal]:
        found = re.findall(r'#badge-([^"]+)">[^<]*</a> <span class="num">\(([^)]+)\)', self.line)
        return {award: number(points) for award, points in found}

    @property
    def linked(self) -> dict[str, Decimal]:
        """The badges in the reasons."""
        found = re.findall(r'#badge-([^"]+)">[^<]*</a> <span class="num">\(([^)]+)\)', self.why)
        return {award: number(points) for award, points in found}

    @property
    def percent(self) -> Decimal | None:
        found = re.search(r'class="num big">([^<]+)</span>', self.line)
        return number(found[1]) if found else None

    @property
    def reasons(self) -> list[Line]:
        """The typical raise first, the total last."""
        lines = self.page.rows.get("reasons", [])[1:]
        return [(cells[0], number(cells[2]), number(cells[3])) for cells in lines]

    @property
    def steps(self) -> list[Line]:
        lines = self.page.rows.get("plain", [])[1:]
        return [(cells[0], number(cells[1]), number(cells[2])) for cells in lines]


def total(lines: list[Line]) -> tuple[Decimal, Decimal]:
    return sum((one[1] for one in lines), D(0)), sum((one[2] for one in lines), D(0))


@pytest.fixture
def read(app: Flask, made: list[PersonRecommendation]) -> list[Read]:
    with app.test_request_context():
        return [_read(i, recommended) for i, recommended in enumerate(made)]


def _read(i: int, recommended: PersonRecommendation) -> Read:
    row = _row(i, recommended)
    given = {**words.drawing(_sheet(row)), "leave_kinds": lambda _: (), "show": "all", "open_id": None}
    line = render_template("manager/_row.html", row=row, error="", entered=None, **given)
    why = render_template("manager/_why.html", row=row, **given) if row.is_eligible else ""
    return Read(row, line, why, dict(zip(download.CSV_COLUMNS, download.csv_row(row), strict=True)))


def _row(i: int, recommended: PersonRecommendation) -> Row:
    return Row(
        person_id=recommended.row.person_id,
        name=f"Person {i}",
        job_title="Engineer",
        recommended=recommended,
        decision=None,
        status="todo" if recommended.is_eligible else "na",
        is_revealed=True,
        is_editable=recommended.is_eligible,
        needs_hr=False,
    )


def _sheet(row: Row) -> Worksheet:
    zero = euro(0)
    cycle = Cycle(
        id=1,
        name="Merit cycle",
        state="open",
        snapshot_on=AS_OF,
        effective_on=AS_OF,
        due_on=AS_OF,
        notice_on=None,
        currency="EUR",
        rates={},
        budget_percent=D(3),
        budget={},
        budget_changed_at=None,
        policy_id=1,
        model_id=None,
        matrix_only=False,
        matrix_only_reason=None,
        reveal="together",
        version=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    counts = Counts(0, 1, 0, 1, 0, 0, 0, 0)
    return Worksheet(
        cycle=cycle,
        manager_id=1,
        is_own=True,
        budget=Budget(zero, zero, zero, zero, zero, zero),
        counts=counts,
        step=0,
        hidden=0,
        submitted=0,
        is_editable=True,
        top=D(12),
        manager_name="Some Manager",
        rows=(row,),
    )


# --- added up -------------------------------------------------------------------------------------------------------


def test_five_hundred_people_add_up(read: list[Read]) -> None:
    assert len(read) == PEOPLE
    statuses = {one.row.recommended.recommendation.status for one in read if one.row.recommended}
    assert statuses == {*RecommendationStatus}
    for one in read:
        _check_reasons(one)
        _check_steps(one)
        _check_badges(one)
        _check_rating(one)
        _check_peers(one)
        _check_file(one)


def _check_reasons(one: Read) -> None:
    if not one.reasons:
        return
    *parts, (_, percent, money) = one.reasons
    assert total(parts) == (percent, money)
    assert percent == one.percent
    assert f"Why {one.percent}%?" in one.why


def _check_steps(one: Read) -> None:
    """Also where the advisor abstains: then the steps are the guideline's."""
    if not one.steps:
        return
    assert one.row.recommended is not None
    assert total(one.steps)[0] == one.row.recommended.recommendation.planned
    if one.reasons:
        assert total(one.steps) == one.reasons[-1][1:]
    named = {label: figures for label, *figures in one.steps}
    for label, *figures in one.reasons[:-1]:
        assert label not in named or named[label] == figures, label


def _check_badges(one: Read) -> None:
    """What the row's badges bring is the step's and the reason's."""
    new = "New skills"
    assert sum(one.chips.values(), D(0)) == sum(
        (points for label, points, _ in one.steps if label == new), D(0)
    )
    if one.reasons:
        assert one.linked == one.chips
        assert sum((points for label, points, _ in one.reasons if label == new), D(0)) == sum(
            one.chips.values()
        )
    if one.chips:
        assert "No new verified skill" not in one.why
        assert "None since the last raise" not in one.line


def _check_rating(one: Read) -> None:
    assert one.row.recommended is not None
    row = one.row.recommended.row
    said = html.escape(wording.rating(row.rating, row.rating_label))
    assert f">{said}</span>" in one.line
    for text in re.findall(r"A rating of (.+?) supports", one.why):
        assert text == said
    assert one.file["Rating"] == wording.rating(row.rating, row.rating_label)


def _check_peers(one: Read) -> None:
    found = re.search(r"The (\d+) most similar of ([\d,]+) other", one.why)
    assert one.page.dots == (int(found[1]) if found else 0)
    if found:
        assert int(found[1]) <= number(found[2])


def _check_file(one: Read) -> None:
    if one.row.is_eligible:
        assert one.file["Recommended percent"] == one.percent
    assert one.row.panel is not None
    assert one.file["New skills"] == "; ".join(chip.name for chip in one.row.panel.chips)
