"""hrms #690, PR #1670: the firm's own formula of the final score.

https://github.com/frappe/hrms/issues/690 https://github.com/frappe/hrms/pull/1670
Where an Appraisal Cycle has a formula (calculate_final_score_based_on_formula), the suite's ``final_score`` is the rating.
It could not be chosen. And no rating arrived at all from a real site: the day stands in the cycle, never in the appraisal.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from plugin.domain import RatingRecord, Stream
from plugin.testing.driver import Inbox
from tests.reports.frappe_company import HR, met, records, site


def test_a_cycle_with_its_own_formula_gives_the_suite_s_final_score() -> None:
    fake = site()
    name = fake.appraisal(fake.employee("Ada Example"), "2026-06-30", formula=4.25, total_score=3.0)
    with met(fake) as ctx:
        found = records(ctx, Stream.RATINGS)[0][name]
    assert isinstance(found, RatingRecord)
    assert (found.score, found.period_ended_on) == (Decimal("4.25"), date(2026, 6, 30))


def test_a_cycle_without_one_gives_the_goal_score() -> None:
    """The suite's own mean counts a missing feedback as 0: (3.0 + 0 + 0) / 3."""
    fake = site()
    name = fake.appraisal(fake.employee("Ada Example"), "2026-06-30", total_score=3.0)
    with met(fake) as ctx:
        assert records(ctx, Stream.RATINGS)[0][name].score == Decimal("3.00")  # type: ignore[union-attr]


def test_the_final_score_can_be_chosen_for_all_cycles() -> None:
    fake = site()
    name = fake.appraisal(fake.employee("Ada Example"), "2026-06-30", total_score=3.0, self_score=4.5)
    with met(fake, rating_field="final_score") as ctx:
        assert records(ctx, Stream.RATINGS)[0][name].score == Decimal("2.50")  # type: ignore[union-attr]


def test_another_score_stays_chosen_whatever_the_cycle_says() -> None:
    fake = site()
    name = fake.appraisal(fake.employee("Ada Example"), "2026-06-30", formula=4.25, total_score=3.0)
    with met(fake, rating_field="total_score") as ctx:
        assert records(ctx, Stream.RATINGS)[0][name].score == Decimal("3.00")  # type: ignore[union-attr]


def test_every_rating_of_a_real_shape_arrives_dated_by_its_cycle() -> None:
    """Of 81 ratings none arrived: start_date and end_date of an Appraisal are empty however it was made."""
    fake = site()
    people = [fake.employee(f"Person{number} Example") for number in range(9)]
    for who in people:
        for day in ("2025-06-30", "2025-12-31", "2026-06-30"):
            fake.appraisal(who, day, total_score=3.5)
    with met(fake, page_size=4) as ctx:
        found, unusable = records(ctx, Stream.RATINGS)
    assert (len(found), unusable) == (27, {})
    assert {one.period_ended_on for one in found.values()} == {  # type: ignore[union-attr]
        date(2025, 6, 30),
        date(2025, 12, 31),
        date(2026, 6, 30),
    }


def test_a_cycle_whose_end_is_moved_moves_its_ratings() -> None:
    """The appraisals themselves are not touched by it, so that no cursor sees them."""
    fake = site()
    name = fake.appraisal(fake.employee("Ada Example"), "2026-06-30", total_score=3.0)
    inbox = Inbox()
    with met(fake) as ctx:
        inbox.run(HR, ctx, Stream.RATINGS)
        for one in fake.docs["Appraisal"].values():
            one["modified"] = "2026-11-01 00:00:00.000000"
        fake.update("Appraisal Cycle", "Cycle to 2026-06-30", {"end_date": "2026-07-31"})
        inbox.run(HR, ctx, Stream.RATINGS)
        assert inbox.records(HR, ctx, Stream.RATINGS)[0][name].period_ended_on == date(2026, 7, 31)  # type: ignore[union-attr]
