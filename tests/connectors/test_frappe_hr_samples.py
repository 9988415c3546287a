"""The fake Frappe HR site gives the answers that a real one gave: every recorded request is sent to it again.

The recordings are not part of this repository: ``pytest --samples FOLDER``, with one JSON per request in ``frappe_hrms_15_33``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from plugin.domain import Json, JsonObject
from plugin.testing.frappe_rules import TABLES
from plugin.testing.frappe_site import FakeFrappeHr

COMPANY = "Kestrel Works"
VOLATILE = re.compile(r"\b[0-9a-f]{56}\b|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
PLACED = ("creation", "modified", "owner", "modified_by", "parent")
Prepare = Callable[[FakeFrappeHr], None]


def _people(*names: str, **values: Json) -> Prepare:
    def prepare(site: FakeFrappeHr) -> None:
        for name in names:
            site.employee(f"{name} Example", employee=name, **values)

    return prepare


def _with(doctype: str, **values: Json) -> Prepare:
    return lambda site: site.docs.setdefault(doctype, {}).update(
        {str(values["name"]): _stored(doctype, values)}
    )


def _stored(doctype: str, values: JsonObject) -> JsonObject:
    return {"docstatus": 0, "doctype": doctype, "modified": "2026-12-01 00:28:56.640279", **values}


def _salary(site: FakeFrappeHr) -> None:
    site.structure("KW Standard")
    site.employee("Ravi Example", employee="HR-EMP-00018")
    name = site.assignment("HR-EMP-00018", "2027-01-01", 83892.38, salary_structure="KW Standard")
    kept = site.docs["Salary Structure Assignment"].pop(name)
    site.docs["Salary Structure Assignment"]["HR-SSA-26-12-00131"] = kept | {"name": "HR-SSA-26-12-00131"}


def _cancelled(site: FakeFrappeHr) -> None:
    _with("Salary Structure Assignment", name="HR-SSA-26-12-00137", docstatus=2)(site)


def _duplicate(site: FakeFrappeHr) -> None:
    site.structure("KW Standard")
    site.employee("Yara Example", employee="HR-EMP-00033")
    site.assignment("HR-EMP-00033", "2027-01-01", 1.0, salary_structure="KW Standard")


def _taxed(site: FakeFrappeHr) -> None:
    site.structure("KW Taxed", taxed=True)
    site.employee("Hana Example", employee="HR-EMP-00008")


def _leaver(site: FakeFrappeHr) -> None:
    site.structure("KW Standard")
    site.employee("Mira Example", employee="HR-EMP-00067", relieving_date="2027-02-28")


def _trained(site: FakeFrappeHr) -> None:
    event = "Statistics I - HR-EMP-00010 - 2026-10-01"
    site.employee("Jon Example", employee="HR-EMP-00010")
    _with("Training Event", name=event, docstatus=1)(site)
    _with("Training Result", name="HR-TRR-2026-00001", training_event=event, docstatus=1)(site)
    site._numbers["Training Result"] = 10


def _skilled(name: str) -> Prepare:
    def prepare(site: FakeFrappeHr) -> None:
        site.employee("Dev Example", employee=name)
        site.insert("Employee Skill Map", {"employee": name})

    return prepare


def _many(site: FakeFrappeHr) -> None:
    for number in range(25):
        site.employee(f"Person{number} Example")


def _as(user: str, **values: Any) -> Prepare:
    def prepare(site: FakeFrappeHr) -> None:
        site.user = user
        for name, value in values.items():
            setattr(site, name, value)

    return prepare


ALL = frozenset({"Employee", "Salary Structure Assignment", "Company", "Employee Skill Map"})
SHAPE_ONLY = {"list_default_20", "get_count"}
PREPARED: dict[str, Prepare] = {
    "cancel_then_put": _cancelled,
    "err_403_company_doc_hr_manager": _as("hronly@example.com", hidden=ALL),
    "err_403_doctype": _as("weak@example.com", hidden=ALL),
    "err_403_employee_doc": _as("weak@example.com", hidden=ALL),
    "err_403_skill_map_hr_manager": _as("hronly@example.com", hidden=ALL),
    "err_409_duplicate": _with("Designation", name="Technician"),
    "err_409_duplicate_case": _with("Designation", name="Technician"),
    "err_417_link": _people("HR-EMP-00001"),
    "err_417_skill_map_duplicate_employee": _skilled("HR-EMP-00004"),
    "err_417_unique_skill_map_after_rename": _skilled("KW-0031"),
    "err_417_ssa_after_relieving": _leaver,
    "err_417_ssa_duplicate": _duplicate,
    "err_417_ssa_income_tax_slab": _taxed,
    "err_417_timestamp": _with("Designation", name="Technician", modified="2026-12-01 00:24:06.314534"),
    "err_417_training_result_duplicate": _trained,
    "err_429_rate_limit": _as("api@example.com", limited=380),
    "err_503_maintenance": _as("api@example.com", paused=True),
    "err_503_read_only_write": _as("api@example.com", read_only=True),
    "list_default_20": _many,
    "logged_user": _as("Administrator"),
    "post_form_encoded": _as("Administrator"),
    "update_after_submit": _salary,
    "validate_link_company_hr_manager": _as("hronly@example.com", hidden=ALL),
    "err_500_training_event_unknown_employee": _with("Training Program", name="Fire Safety"),
}
TOKENS = {
    "err_bad_key": "token x:secret",
    "err_bad_secret": "token key:x",
    "err_garbage_token": "token garbage",
    "err_no_token": "",
}


def _sown(site: FakeFrappeHr, doctype: str, body: JsonObject) -> None:
    """The documents that a successful reading answer shows, put into the site as they stand there."""
    found = body["data"]
    rows = cast("list[JsonObject]", found if isinstance(found, list) else [found])
    for number, row in enumerate(rows):
        values = {"name": f"row-{number}", **row}
        known = site.docs.setdefault(doctype, {}).get(str(values["name"]))
        child = {name: row[name] for name in ("skill", "proficiency", "evaluation_date") if name in row}
        if child:
            table = next(iter(TABLES[doctype]))
            own = {name: value for name, value in values.items() if name not in child}
            kept = known or _stored(doctype, {**own, table: []})
            cast("list[Json]", kept[table]).append(cast("Json", child))
            values = kept
        site.docs[doctype][str(values["name"])] = _stored(doctype, values)


def _alike(said: Any, wanted: Any, *, shape: bool, path: str = "") -> None:
    """The same keys, kinds and lengths; and the same values, but for times, ids that the site draws, and who made it."""
    assert type(said) is type(wanted), f"{path}: {said!r} instead of {wanted!r}"
    if isinstance(wanted, dict):
        assert set(said) == set(wanted), f"{path}: {sorted(set(said) ^ set(wanted))}"
        for name, value in wanted.items():
            _alike(said[name], value, shape=shape or name in PLACED, path=f"{path}/{name}")
    elif isinstance(wanted, list):
        assert len(said) == len(wanted), f"{path}: {len(said)} instead of {len(wanted)}"
        for number, (one, other) in enumerate(zip(said, wanted, strict=True)):
            _alike(one, other, shape=shape, path=f"{path}/{number}")
    elif isinstance(wanted, str):
        if path.endswith(("_server_messages",)):
            _alike(*(_unpacked(text) for text in (said, wanted)), shape=shape, path=path)
        elif not shape and not path.endswith("/exc"):
            assert VOLATILE.sub("*", said) == VOLATILE.sub("*", wanted), path
    elif not shape:
        assert said == wanted, path


def _unpacked(text: str) -> Any:
    return [json.loads(one) for one in json.loads(text)]


def _names(folder: Path) -> list[str]:
    return sorted(one.stem for one in folder.glob("*.json"))


@pytest.fixture
def recorded(samples: Path) -> dict[str, JsonObject]:
    folder = samples / "frappe_hrms_15_33"
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in _names(folder)}


def test_every_recorded_request_gets_the_recorded_answer(recorded: dict[str, JsonObject]) -> None:
    wrong: list[str] = []
    for name, sample in recorded.items():
        try:
            _replay(name, sample)
        except AssertionError as error:
            wrong.append(f"{name}: {str(error)[:300]}")
    assert not wrong, "\n".join(wrong)
    assert len(recorded) >= 49


def _replay(name: str, sample: JsonObject) -> None:
    site = FakeFrappeHr(company=COMPANY, clock=lambda: datetime(2026, 11, 30, 19, 0, tzinfo=UTC))
    asked, wanted = cast("JsonObject", sample["request"]), cast("JsonObject", sample["body"])
    method, path = str(asked["method"]), str(asked["path"])
    if sample["status"] == 200 and method == "GET" and "/api/resource/" in path:
        doctype = path.split("/api/resource/")[1].partition("?")[0].partition("/")[0].replace("%20", " ")
        if name not in PREPARED:
            _sown(site, doctype, wanted)
    PREPARED.get(name, lambda _site: None)(site)
    token = TOKENS.get(name, "token key:secret")
    body = asked["body"]
    kind = "application/json" if str(body).startswith("{") else "application/x-www-form-urlencoded"
    answer = site.app.test_client().open(
        path,
        method=method,
        data=body,
        content_type=kind if body else None,
        headers={"Authorization": token} if token else {},
    )
    assert answer.status_code == sample["status"]
    for header, value in cast("dict[str, str]", sample["headers"]).items():
        if header != "Server":
            assert answer.headers[header] == value
    _alike(answer.get_json(), wanted, shape=name in SHAPE_ONLY)
