"""A small installation with something in every list, and hostile text wherever the outside may write: for the admin's pages."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from plugin.connectors.base import Verified
from plugin.domain import OutboxKind, Role
from plugin.services.core import SYSTEM, Core
from plugin.services.delivery import endpoint_setup, webhook_deliveries
from plugin.services.delivery.endpoint_setup import Wish
from plugin.services.delivery.webhook_deliveries import Answer
from plugin.services.evidence import badge_checks
from plugin.services.people import account_setup
from plugin.services.sources import (
    applying,
    connection_setup,
    dropped_files,
    inbound_events,
    run_requests,
    sync,
)
from plugin.store.delivery import outbox, outgoing
from plugin.store.delivery.outgoing import Message
from plugin.store.evidence import badges
from plugin.store.operation import slots
from plugin.store.operation.slots import Beat

PASSWORD = "long enough word"
HR, OPERATOR, MANAGER = "hana@example.com", "olaf@example.com", "mara@example.com"
SECRET = "canary-secret-31415926535897"
HOSTILE = "<script>alert(1)</script>"
LURE = "javascript:alert(document.cookie)"
COURSES = ("Safe Work", "Cloud Basics", "Kubernetes in Practice", "Data Privacy", "Negotiation")
NAMES = (
    ("E1", "Ada Example", "ada@example.com", "Engineer", ""),
    ("E2", "Ben Sample", "ben@example.com", "Engineer", "E1"),
    ("E3", "Cleo Placeholder", "cleo@example.com", "Seller", "E1"),
    ("E4", "Dan Nobody", "dan@example.com", "Seller", "E1"),
    ("E5", f"Eve {HOSTILE}", "eve@example.com", "Designer", "E1"),
)


@dataclass
class World:
    """Ids of what was made."""

    files: int
    failing: int
    suite: int
    receiver: int
    endpoint: int
    broken_endpoint: int
    accounts: dict[str, int] = field(default_factory=dict)
    hook_tokens: tuple[str, ...] = ()
    own: int = 0  # a connection of files that people drop
    dropped: str = ""  # the token of one that waits


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def _folder(core: Core) -> Path:
    path = Path(core.settings.files_root) / "hr"
    path.mkdir(parents=True, exist_ok=True)
    people = [["person_id", "name", "email", "employee_number", "job_title", "manager_id", "org_unit"]]
    people += [[pid, name, mail, f"N-{pid}", job, boss, "Works"] for pid, name, mail, job, boss in NAMES]
    _write(path / "people.csv", people)
    return path


def _learning(path: Path, number: int, *, bad: int = 0, unknown: int = 0) -> None:
    rows = [["record_id", "email", "activity_id", "title", "outcome", "occurred_at", "hours"]]
    for n in range(number):
        mail = NAMES[n % 5][2]
        course = COURSES[n % 5]
        rows.append(
            [f"R{n}", mail, f"https://lms.example.org/{n % 5}", course, "completed", _day(n), str(1 + n % 7)]
        )
    rows += [
        [
            f"U{n}",
            f"guest.person{n % 3}@example.org",
            "https://lms.example.org/1",
            "Safe Work",
            "passed",
            _day(n),
            "2",
        ]
        for n in range(unknown)
    ]
    rows += [[f"B{n}", "ada@example.com", "x", HOSTILE, "levitated", _day(n), "1"] for n in range(bad)]
    if bad:
        rows.append(["short row"])
    _write(path / "learning.csv", rows)


def _day(n: int) -> str:
    return f"2026-{1 + n % 10:02d}-{1 + n % 27:02d}T09:00:00Z"


def _badges(path: Path) -> None:
    head = ["badge_id", "email", "badge_class_id", "badge_name", "issuer_id", "issuer_name", "issued_on"]
    rows = [
        ["A1", "ada@example.com", "https://badges.example.org/kubernetes", "Kubernetes Administrator", "https://badges.example.org", "Example Cloud School", "2026-03-02"],
        ["A2", "ben@example.com", "https://badges.example.org/privacy", "Privacy Practitioner", "https://badges.example.org", "Example Cloud School", "2026-05-12"],
        ["A3", "cleo@example.com", "https://learn.example.com/nego", "Negotiation Expert", "https://learn.example.com", "Learn Example", "2026-06-01"],
        ["A4", "dan@example.com", LURE, f'"><img src=x onerror=alert(1)>{HOSTILE}', "https://evil.example", HOSTILE, "2026-06-02"],
    ]  # fmt: skip
    _write(path / "badges.csv", [head, *rows])


def _history(core: Core, clock: Any, path: Path, connection_id: int, days: int) -> None:
    """Runs of the last days, among them one in part; the clock ends where it began."""
    end = clock.moment
    clock.advance(days=-days)
    for n in range(days):
        clock.moment = end - timedelta(days=days - n) + timedelta(hours=3)
        _learning(path, 3 + (n * 7) % 23 + n, bad=2 if n == days - 5 else 0)
        run_requests.request_run(core, SYSTEM, connection_id, trigger="schedule")
        sync.perform_next(core)
    clock.moment = end


def _people(core: Core) -> dict[str, int]:
    made = {}
    for email, name, roles in (
        (HR, "Hana Example", [Role.HR_ADMIN]),
        (OPERATOR, "Olaf Sample", [Role.OPERATOR]),
        (MANAGER, "Mara Placeholder", [Role.MANAGER]),
        ("anna@example.com", "Anna Fiction", [Role.ANALYST]),
    ):
        made[email] = account_setup.add_account(
            core, SYSTEM, email=email, display_name=name, password=PASSWORD, roles=roles
        )
    return made


def _connections(core: Core) -> list[int]:
    adds = (
        ("csv_folder", "HR files", {"folder": "hr"}),
        (
            "xapi_lrs",
            "Learning records",
            {
                "endpoint": "http://127.0.0.1:9",
                "username": "u",
                "password": SECRET,
                "networks": "127.0.0.0/8",
            },
        ),
        (
            "frappe_hr",
            f"HR suite {HOSTILE}",
            {
                "base_url": "http://127.0.0.1:9",
                "api_key": "k",
                "api_secret": SECRET,
                "company": "Example Works",
                "networks": "127.0.0.0/8",
            },
        ),
        ("xapi_receiver", "Courses that push", {"client_id": "platform", "client_secret": SECRET * 2}),
    )
    return [
        connection_setup.add(core, SYSTEM, connector=slug, name=name, settings=settings)
        for slug, name, settings in adds
    ]


def _deliver(core: Core, endpoint: int, broken: int) -> None:
    """Some delivered, some dead, some waiting."""
    for _ in range(3):
        endpoint_setup.send_test(core, SYSTEM, endpoint)
    for _ in range(2):
        _answer(core, Answer(204, 48, "ok"))
    endpoint_setup.send_test(core, SYSTEM, broken)
    _answer(core, Answer(200, 30, "ok"))
    _answer(core, Answer(410, 31, "http_410", f"gone {HOSTILE}"))
    endpoint_setup.send_test(core, SYSTEM, endpoint)


def _answer(core: Core, answer: Answer) -> None:
    taken = webhook_deliveries.claim_next(core)
    assert taken is not None
    webhook_deliveries.settle(core, taken, answer)


def _writes(core: Core, suite: int) -> None:
    payload: dict[str, Any] = {
        "sink": "training",
        "key": "E1/course",
        "person_source_id": "E1",
        "values": {"title": HOSTILE, "hours": "2"},
    }
    with core.database.transaction() as tx:
        rows = [
            Message(OutboxKind.WRITE, suite, f"op-{n}", "training.write", payload, None, f"E1/{n}")
            for n in range(3)
        ]
        outgoing.enqueue(tx, core.clock(), rows[:2])
        outbox.abandon(
            tx,
            core.clock(),
            OutboxKind.WRITE,
            suite,
            code="validation",
            message=f"Course {HOSTILE} is unknown",
        )
        outgoing.enqueue(tx, core.clock(), rows[2:])


def _judge(core: Core) -> None:
    """Verdicts as a check leaves them, with a step that quotes the badge."""
    now = core.clock()
    ok = {"name": "proof", "state": "ok", "code": "", "message": "The signature fits the issuer's key."}
    bad = {
        "name": "recipient",
        "state": "failed",
        "code": "recipient_mismatch",
        "message": f"Issued to somebody else ({HOSTILE})",
    }
    fetch = {
        "name": "status",
        "state": "unknown",
        "code": "status_list_not_found",
        "message": "The revocation list could not be fetched.",
    }
    with core.database.transaction() as tx:
        school = badges.seen(
            tx, now, kind="origin", value="https://badges.example.org", name="Example Cloud School"
        )
        stranger = badges.seen(
            tx, now, kind="did", value="did:web:learn.example.com", name=f"Learn {HOSTILE}"
        )
        common: dict[str, Any] = {"checked_at": now, "recheck_at": now + timedelta(days=7)}
        found = badges.page(tx)
        dates = {"name": "dates", "state": "ok", "code": "", "message": "It is in date."}
        badges.judge(
            tx,
            found[0].id,
            verdict="valid",
            codes=[],
            steps=[ok, dates],
            trust="trusted",
            issuer_ref=school,
            **common,
        )
        badges.judge(
            tx,
            found[1].id,
            verdict="undetermined",
            codes=["status_list_not_found"],
            steps=[ok, fetch],
            trust="trusted",
            issuer_ref=school,
            **common,
        )
        badges.judge(
            tx,
            found[2].id,
            verdict="valid",
            codes=[],
            steps=[ok],
            trust="unknown",
            issuer_ref=stranger,
            credential=HOSTILE,
            **common,
        )
        badges.judge(
            tx,
            found[3].id,
            verdict="invalid",
            codes=["recipient_mismatch"],
            steps=[ok, bad],
            trust="unknown",
            issuer_ref=stranger,
            **common,
        )
    badge_checks.decide_issuer(core, SYSTEM, school, "trusted")  # fmt: skip


def build(core: Core, clock: Any, *, days: int = 8, accounts: bool = True) -> World:
    """Everything; the files' connection has a history of so many days. Without ``accounts`` somebody else brings them."""
    path, made = _folder(core), _people(core) if accounts else {}
    files, failing, suite, receiver = _connections(core)
    _badges(path)
    _history(core, clock, path, files, days)
    _learning(path, 24, bad=2, unknown=7)
    run_requests.request_run(core, SYSTEM, files)
    sync.perform_next(core)
    run_requests.request_run(core, SYSTEM, failing, trigger="schedule")
    sync.perform_next(core)
    connection_setup.set_schedule(core, SYSTEM, files, 1, every_minutes=60, sinks=[])
    connection_setup.set_schedule(core, SYSTEM, suite, 1, every_minutes=1440, sinks=["skills", "training"])
    good, _ = endpoint_setup.add(core, SYSTEM, Wish("Intranet", "https://intranet.example.com/hooks"))
    broken, _ = endpoint_setup.add(
        core, SYSTEM, Wish(f"Old portal {HOSTILE}", "https://old.example.com/hooks", ("badge.verified",))
    )
    _deliver(core, good, broken)
    _writes(core, suite)
    inbound_events.store(core, suite, Verified("message-1", {"doctype": HOSTILE}))
    applying.apply_everything(core)
    _judge(core)
    with core.database.transaction() as tx:
        slots.beat(tx, Beat("worker:host.example:1", "worker", clock(), clock()))
    tokens = tuple(one.connection.hook_token for one in connection_setup.page(core))
    own = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    dropped = dropped_files.drop(core, SYSTEM, own, "people.csv", b"person_id,name\nP1,Ada\n")
    return World(files, failing, suite, receiver, good, broken, made, tokens, own, dropped.token)
