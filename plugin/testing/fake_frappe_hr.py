"""A Frappe HR site to test against: the doctypes that the connector uses, lists and documents, drafts, locks, its error dialect.

Shapes after a running Frappe HR 15; every person in it is invented. ``docs`` is the truth.
"""

from __future__ import annotations

from plugin.connectors.writing import Desired
from plugin.domain import Clock, JsonObject, Sink, utc_now
from plugin.testing.frappe_rules import children_of
from plugin.testing.frappe_site import FakeFrappeHr

LUMP_SUMS = "Merit Lump Sum"


def make(settings: JsonObject, *, clock: Clock = utc_now) -> FakeFrappeHr:
    """For the contract: a small company with a manager, ratings, salaries, leaves and a skill map."""
    key, secret, company = (str(settings[name]) for name in ("api_key", "api_secret", "company"))
    fake = FakeFrappeHr(key, secret, company, clock=clock)
    boss = fake.employee("Mona Example", designation="Head of Engineering", grade="L5")
    for number, name in enumerate(("Ada Example", "Ben Sample", "Cleo Demo"), start=1):
        person = fake.employee(name, designation="Engineer", grade="L2", reports_to=boss)
        fake.assignment(person, "2026-01-01", 4000.0 + 250 * number)
        fake.appraisal(person, "2026-06-30", total_score=3.0 + number / 2, self_score=4.0)
    fake.insert("Salary Component", {"salary_component": LUMP_SUMS, "type": "Earning"})
    fake.leave("HR-EMP-00002", "Parental Leave", ("2026-02-01", "2026-05-31"))
    fake.leave("HR-EMP-00003", "Leave Without Pay", ("2026-08-03", "2026-08-14"))
    fake.leave("HR-EMP-00003", "Casual Leave", ("2026-07-06", "2026-07-10"))
    fake.insert("Skill", {"skill_name": "SQL"})
    fake.insert(
        "Employee Skill Map",
        {
            "employee": "HR-EMP-00002",
            "employee_skills": [{"skill": "SQL", "proficiency": 0.6, "evaluation_date": "2026-02-01"}],
        },
    )
    return fake


def address(settings: JsonObject, base_url: str) -> JsonObject:
    """The settings with the address of the running fake."""
    return settings | {"base_url": base_url, "networks": ["127.0.0.0/8"]}


WRITES = [
    Desired(
        Sink.SKILLS,
        "skill:HR-EMP-00003/Python",
        "HR-EMP-00003",
        {"skill": "Python", "proficiency": "0.8", "evaluated_on": "2026-10-02"},
    ),
    Desired(
        Sink.SKILLS,
        "skill:HR-EMP-00002/Statistics",
        "HR-EMP-00002",
        {"skill": "Statistics", "proficiency": "0.6", "evaluated_on": "2026-10-02"},
    ),
    Desired(
        Sink.TRAINING,
        "training:HR-EMP-00002/Statistics I",
        "HR-EMP-00002",
        {
            "course": "Statistics I",
            "completed_on": "2026-10-01",
            "hours": "6.5",
            "grade": "A",
            "evidence": "https://badges.example.org/a/1",
        },
    ),
    Desired(
        Sink.RAISES,
        "raise:HR-EMP-00002/2027-01-01",
        "HR-EMP-00002",
        {"annual": "53040.00", "currency": "EUR", "effective_on": "2027-01-01"},
    ),
    Desired(
        Sink.RAISES,
        "raise:HR-EMP-00003/2027-01-01/once",
        "HR-EMP-00003",
        {"lump_sum": "1345.50", "currency": "EUR", "effective_on": "2027-01-01"},
    ),
]


def written(fake: FakeFrappeHr, desired: Desired) -> int:
    """How often the truth holds what was wanted, complete and final: 1 is right."""
    if desired.sink is Sink.SKILLS:
        maps = fake.held("Employee Skill Map", employee=desired.person_source_id)
        return sum(
            row["skill"] == desired.values["skill"]
            for one in maps
            for row in children_of(one, "employee_skills")
        )
    if desired.sink is Sink.TRAINING:
        return sum(
            str(one["training_event"]).startswith(str(desired.values["course"]))
            for one in fake.held("Training Result", docstatus=1)
        )
    who, day = desired.person_source_id, desired.values["effective_on"]
    if "lump_sum" in desired.values:
        return len(fake.held("Additional Salary", employee=who, payroll_date=day))
    return len(fake.held("Salary Structure Assignment", employee=who, from_date=day))
