"""What a row edit, an approval, a page, a page of a sync and a webhook cost, counted; one JSON object on stdout.

Two sizes of each show what grows. ``cpu`` is processor time in parts of a fixed piece of work of the same process.
"""

from __future__ import annotations

import csv
import hmac
import json
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from benchmarks.metering import measured, processor_share
from plugin.app import create_app
from plugin.services.core import SYSTEM, Core, open_core
from plugin.services.decision import deciding, handing_in, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.sources import connection_setup, run_requests, sync
from plugin.settings import Settings
from plugin.vault import Vault
from tests.growth import more_reports
from tests.small_company import PASSWORD, Company, fill, open_cycle

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOOK_SECRET = "a-secret-of-the-benchmark-only"
Figures = dict[str, float]


@dataclass
class Browser:
    """A signed-in person."""

    client: FlaskClient
    token: str = ""

    def post(self, address: str, form: dict[str, object], *, page: str = "") -> TestResponse:
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{page}"} if page else {}
        return self.client.post(address, data={"csrf_token": self.token, **form}, headers=headers)


@dataclass
class Office:
    """The small company with its first team so many times as large, an open cycle, and who works there."""

    core: Core
    company: Company
    cycle_id: int
    is_timed: bool = True
    people: list[int] = field(default_factory=list)  # of the team, who can be decided

    @property
    def manager_id(self) -> int:
        return self.company["Dana Lead"]

    @property
    def team(self) -> str:
        return f"/team/{self.cycle_id}/{self.manager_id}"

    def browser(self, email: str) -> Browser:
        someone = Browser(create_app(self.core).test_client())
        with someone.client.session_transaction() as session:
            session["csrf"] = someone.token = "token"
        someone.post("/sign-in", {"email": email, "password": PASSWORD})
        with someone.client.session_transaction() as session:
            session["csrf"] = someone.token
        return someone


@contextmanager
def office(times: int, *, is_timed: bool = True) -> Iterator[Office]:
    """Eight people a time, all of them but one or two eligible."""
    with tempfile.TemporaryDirectory() as folder:
        core = replace(open_core(_settings(Path(folder)), migrate_first=True), clock=lambda: NOW)
        company = fill(core)
        with core.database.transaction() as tx:
            more_reports(tx, company, "Dana Lead", times)
        made = Office(core, company, open_cycle(core, company), is_timed)
        sheet = worksheet.load(core, company.dana, made.cycle_id)
        made.people = [row.person_id for row in sheet.rows if row.is_editable]
        yield made
        core.database.close()


def _settings(folder: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{folder}/budgets.sqlite3",
        secret_key="a-secret-key-of-the-benchmark-only-0000",
        vault_keys=(Vault.new_key(),),
        files_root=str(folder / "files"),
        allowed_networks=("127.0.0.0/8",),
        public_url="http://127.0.0.1:8080",
    )


# --- what is measured -------------------------------------------------------------------------------------------------


def _cost(core: Core, work: Callable[[], TestResponse], status: int) -> Figures:
    """Of one call; the caller has warmed up what every process does once."""
    with measured(core.database) as cost:
        answer = work()
    if answer.status_code != status:
        raise RuntimeError(f"{answer.status_code} instead of {status}: {answer.get_data(as_text=True)[:300]}")
    return {**cost.figures()}


def _timed(made: Office, work: Callable[[], TestResponse]) -> Figures:
    cost = _cost(made.core, work, 200)
    return {**cost, "cpu": processor_share(work)} if made.is_timed else cost


def row_edit(made: Office) -> Figures:
    """The second decision about one person, sent as htmx does."""
    dana, who, version = made.browser("dana@example.com"), made.people[0], 0

    def edit() -> TestResponse:
        nonlocal version
        form = {f"raise-{who}": f"4.{version % 5}", f"version-{who}": version}
        version += 1
        return dana.post(f"{made.team}/people/{who}", form, page=made.team)

    edit()
    return _timed(made, edit)


def page(made: Office, address: str, email: str = "dana@example.com") -> Figures:
    someone = made.browser(email)

    def look() -> TestResponse:
        return someone.client.get(address)

    look()
    return _timed(made, look)


def approval(made: Office, people: int) -> Figures:
    """Of so many people at once by the next manager up, on the page; nothing else waits."""
    _submit(made)
    rosa, address = made.browser("rosa@example.com"), f"/approvals/{made.cycle_id}/{made.manager_id}"
    rosa.client.get(address)
    rosa.post(address, {"people": [made.people[-1]]})  # warms up
    chosen = {"people": made.people[:people]}
    return _cost(made.core, lambda: rosa.post(address, chosen), 303)


def _submit(made: Office) -> None:
    sheet = worksheet.load(made.core, made.company.dana, made.cycle_id)
    for row in sheet.rows:
        if row.is_editable and row.recommended:
            percent = row.recommended.recommendation.planned
            choice = Choice(percent=percent, version=row.version)
            deciding.decide(made.core, made.company.dana, made.cycle_id, row.person_id, choice)
    handing_in.submit(made.core, made.company.dana, made.cycle_id, made.manager_id)


def sync_page(core: Core, records: int) -> Figures:
    """One run that reads one page of learning of known people and applies it."""
    folder = Path(core.settings.files_root) / f"hr-{records}"
    folder.mkdir(parents=True)
    _write(folder / "people.csv", ["person_id", "name", "email"], _people(records))
    settings = {"folder": folder.name}
    one = connection_setup.add(core, SYSTEM, connector="csv_folder", name=folder.name, settings=settings)
    _run(core, one)
    head = ["record_id", "email", "activity_id", "title", "outcome", "occurred_at", "hours"]
    _write(folder / "learning.csv", head, _learning(records))
    run_requests.request_run(core, SYSTEM, one)
    with measured(core.database) as cost:
        ended = sync.perform_next(core)
    if ended is None or ended.state != "succeeded":
        raise RuntimeError(f"the run ended as {ended}")
    return {**cost.figures()}


def _run(core: Core, connection_id: int) -> None:
    run_requests.request_run(core, SYSTEM, connection_id)
    sync.perform_next(core)


def _people(number: int) -> list[list[str]]:
    return [[f"E{number}-{n}", f"Example {n}", f"e{number}-{n}@example.com"] for n in range(number)]


def _learning(number: int) -> list[list[str]]:
    where, when = "https://lms.example.org/1", "2026-05-01T09:00:00Z"
    return [
        [f"R{n}", f"e{number}-{n}@example.com", where, "A course", "completed", when, "2"]
        for n in range(number)
    ]


def _write(path: Path, head: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


def webhook(made: Office) -> Figures:
    """A signed message of an HR suite, the second one."""
    settings = {
        "base_url": "http://127.0.0.1:9",
        "api_key": "k",
        "api_secret": "s",
        "company": "Example Works",
        "networks": "127.0.0.0/8",
        "webhook_secret": HOOK_SECRET,
    }
    one = connection_setup.add(made.core, SYSTEM, connector="frappe_hr", name="Suite", settings=settings)
    hook = connection_setup.shown(made.core, one).connection.hook_token
    client = create_app(made.core).test_client()

    def send(number: int) -> TestResponse:
        about = {"doctype": "Employee", "name": f"HR-{number}", "modified": "2026-11-01 09:00:00"}
        body = json.dumps(about).encode()
        signature = b64encode(hmac.digest(HOOK_SECRET.encode(), body, "sha256")).decode()
        headers = {"X-Frappe-Webhook-Signature": signature}
        return client.post(f"/hooks/{hook}", data=body, headers=headers)

    send(0)
    return _cost(made.core, lambda: send(1), 202)


def measure(*, is_timed: bool = True) -> dict[str, Figures]:
    """Everything, by name; each measured where nothing before it is in the way. Processor time only when ``is_timed``."""
    found: dict[str, Figures] = {}
    with office(2, is_timed=is_timed) as made:
        found["row_edit"] = row_edit(made)
        found["worksheet"] = page(made, made.team)
        found["webhook"] = webhook(made)
        for records in (30, 90):
            found[f"sync_page_of_{records}"] = sync_page(made.core, records)
        found["approval_of_10"] = approval(made, 10)
    with office(6, is_timed=is_timed) as made:
        found["row_edit_in_a_team_three_times_as_large"] = row_edit(made)
        found["worksheet_of_a_team_three_times_as_large"] = page(made, made.team)
        found["approval_of_30"] = approval(made, 30)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
