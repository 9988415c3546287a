"""Analysts and HR see what a policy says, take one in from a file, and fit one to a target before they keep it."""

from __future__ import annotations

import html
import itertools
import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from flask import Flask

from plugin.advisor.policy import pay_policy
from plugin.advisor.policy.matrix import Band, Cell, Criterion, Matrix
from plugin.figures import exact
from plugin.services.core import Core
from plugin.services.cycle import policy_fit
from plugin.services.model import training
from plugin.services.operation import task_requests
from plugin.store import tables
from tests.small_company import Company, count, draft_cycle, policy
from tests.web.conftest import Visitor


@pytest.fixture
def anil(app: Flask, company: Company) -> Visitor:
    someone = Visitor(app.test_client())
    someone.sign_in("anil@example.com")
    return someone


@pytest.fixture
def policy_id(core: Core, company: Company) -> int:
    return training.add_policy(core, company.hr, policy())


def _text(visitor: Visitor, address: str) -> str:
    response = visitor.get(address)
    assert response.status_code == 200, address
    return html.unescape(response.get_data(as_text=True))


def _send(visitor: Visitor, content: bytes) -> tuple[int, str]:
    """The file as bytes of the body: the test client would spool a large one to a file that it never closes."""
    visitor.get("/policies")
    part = '--b\r\nContent-Disposition: form-data; name="{}"'
    head = part.format("csrf_token") + f"\r\n\r\n{visitor.token}\r\n" + part.format("file")
    whole = head.encode() + b'; filename="merit.json"\r\n\r\n' + content + b"\r\n--b--\r\n"
    response = visitor.client.post("/policies", data=whole, content_type="multipart/form-data; boundary=b")
    return response.status_code, html.unescape(response.get_data(as_text=True))


def _cells(page: str) -> list[str]:
    """The words of every cell of the merit matrix, row by row."""
    table = page.split('aria-label="Merit matrix"')[1].split("</table>", maxsplit=1)[0]
    found = re.findall(r"<td.*?</td>", table, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def test_the_list_says_who_added_a_policy_and_which_cycle_uses_it(
    core: Core, company: Company, anil: Visitor, policy_id: int
) -> None:
    cycle_id = draft_cycle(core, company, policy_id=policy_id)
    training.add_policy(core, company.analyst, policy("Spare"))
    page = _text(anil, "/policies")
    for shown in ("Test policy", "hana@example.com", f'href="/cycles/{cycle_id}"', "Spare", "No cycle"):
        assert shown in page, shown
    assert f'href="/policies/{policy_id}"' in _text(anil, f"/cycles/{cycle_id}")
    assert f'href="/cycles/{cycle_id}"' in _text(anil, f"/policies/{policy_id}")
    assert 'href="/policies"' in _text(anil, "/models")


def test_managers_and_strangers_see_no_policy(dana: Visitor, visitor: Visitor, policy_id: int) -> None:
    for address in ("/policies", f"/policies/{policy_id}", f"/policies/{policy_id}/policy.json"):
        assert dana.get(address).status_code == 403, address
        assert visitor.get(address).status_code in (302, 303), address
    assert dana.post("/policies", {}).status_code in (400, 403)


def test_the_page_shows_every_cell_with_its_five_points(anil: Visitor, policy_id: int) -> None:
    page = _text(anil, f"/policies/{policy_id}")
    expected = [
        f"{p(c.default)} low and high {p(c.low)} to {p(c.high)} minimum and maximum {p(c.minimum)} to {p(c.maximum)}"
        for c in policy().matrix.cells
        for p in [lambda value: f"{value.normalize():f}"]
    ]
    assert _cells(page) == expected
    assert "Hired by 30 September 2026." in page


def test_a_matrix_of_three_criteria_is_a_list_in_pages(core: Core, company: Company, anil: Visitor) -> None:
    level = Criterion(
        "level", (Band("E", values=("E1",)), Band("rest", values=("*",)), Band("none", missing=True))
    )
    criteria = (*policy().matrix.criteria, level)
    keys = list(itertools.product(*([band.label for band in one.bands] for one in criteria)))
    cells = tuple(Cell(key, *(Decimal(n),) * 5) for n, key in enumerate(keys))
    wide = replace(policy("Wide"), matrix=Matrix(criteria, cells))
    address = f"/policies/{training.add_policy(core, company.hr, wide)}"
    seen = [_cells(_text(anil, f"{address}?page={number}")) for number in (1, 2)]
    assert [len(part) for part in seen] == [3 * 50, 3 * 22]
    assert [part[0] for part in seen] == ["0", "50"]
    assert "Page 2 of 2, 72 cells" in _text(anil, f"{address}?page=99")


def test_what_is_downloaded_can_be_taken_in_again(core: Core, anil: Visitor, policy_id: int) -> None:
    response = anil.get(f"/policies/{policy_id}/policy.json")
    assert response.headers["Content-Disposition"] == f'attachment; filename="policy-{policy_id}.json"'
    file = response.get_data()
    assert pay_policy.from_json(file) == policy()
    status, _ = _send(anil, file)
    assert status == 303
    assert "A policy with the same content already exists" in _text(anil, f"/policies/{policy_id}")
    changed = json.loads(file) | {"name": "Test policy, other"}
    status, _ = _send(anil, json.dumps(changed).encode())
    assert status == 303
    assert count(core, tables.policy) == 2
    assert "anil@example.com" in _text(anil, "/policies")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a policy file that is not empty."),
        (b"{]", "the file must be JSON"),
        (b'{"name": "<b>x</b>"}', "matrix is missing"),
        (
            pay_policy.to_json(policy()).replace(b'"low":"0"', b'"low":"<i>"', 1),
            "low can't be read: <i>",
        ),
        (
            pay_policy.to_json(policy()).replace(b'"cap_points"', b'"cap"', 1),
            "skills.cap is an unknown field",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_field(
    core: Core, anil: Visitor, content: bytes, said: str
) -> None:
    status, page = _send(anil, content)
    words = " ".join(re.sub(r"</?(code|li|strong|p|ul)[^>]*>", " ", page).split())
    assert status == 422
    assert "The policy was not saved" in page
    assert said.lower() in words.lower()
    assert count(core, tables.policy) == 0


def test_a_file_beyond_the_limit_is_refused(anil: Visitor) -> None:
    assert _send(anil, b" " * (4 * 2**20 + 1))[0] == 413


def _asked(anil: Visitor, policy_id: int, **form: object) -> str:
    anil.get(f"/policies/{policy_id}")
    response = anil.post(f"/policies/{policy_id}/fit", form)
    assert response.status_code == 303, response.get_data(as_text=True)
    return response.headers["Location"]


def test_a_fit_is_worked_out_shown_and_kept_as_it_was_shown(
    core: Core, company: Company, anil: Visitor, policy_id: int
) -> None:
    cycle_id = draft_cycle(core, company, policy_id=policy_id)
    expected = policy_fit.fit(
        core, company.analyst, cycle_id, Decimal("3.2"), policy_id=policy_id, store=False
    )
    task = _asked(anil, policy_id, cycle_id=cycle_id, target="3,2 %")
    assert "Policy fit to a target" in _text(anil, task)
    assert "Policy fit in progress" in _text(anil, f"/policies/{policy_id}")
    assert task_requests.perform_next(core)
    result = re.search(r'href="(/policies/\d+\?fit=\d+)#fit"', _text(anil, task))
    assert result
    page = _text(anil, result[1])
    for shown in (
        exact.percent(expected.before.percent, "en"),
        exact.percent(expected.after.percent, "en"),
        "because no snapshot existed",
    ):
        assert shown in page, shown
    changed = sum(one.before != one.after for one in expected.cells)
    assert page.split('aria-label="Changed defaults"')[1].count('data-label="Default after"') == changed
    assert count(core, tables.policy) == 1, "nothing is stored before somebody keeps it"
    with core.database.transaction() as tx:
        tx.execute(tables.pay.update().values(annual=Decimal(99_000)))
    keep = re.search(r'action="(/policies/\d+/fit/\d+/keep)"', page)
    assert keep
    kept = anil.post(keep[1])
    assert kept.status_code == 303
    assert "Test policy, fitted to 3.2 %" in _text(anil, kept.headers["Location"])
    with core.database.reading() as tx:
        stored = training.read_policy(tx, int(kept.headers["Location"].rsplit("/", 1)[1]))
        actions = [(row.action, row.actor) for row in tx.execute(tables.audit.select())]
    assert stored == expected.policy, "what was shown, although pay has changed since"
    assert ("policy.fit", "anil@example.com") in actions


@pytest.mark.parametrize("target", ["", "0", "-3", "101", "much", "NaN", "1e999999"])
def test_a_target_that_is_no_share_is_refused_on_the_page(
    core: Core, company: Company, anil: Visitor, policy_id: int, target: str
) -> None:
    cycle_id = draft_cycle(core, company, policy_id=policy_id)
    anil.get(f"/policies/{policy_id}")
    response = anil.post(f"/policies/{policy_id}/fit", {"cycle_id": cycle_id, "target": target})
    assert response.status_code == 422
    assert "Enter a percentage" in response.get_data(as_text=True)
    assert count(core, tables.task) == 0


def test_a_target_out_of_reach_is_said_on_the_task(
    core: Core, company: Company, anil: Visitor, policy_id: int
) -> None:
    task = _asked(anil, policy_id, cycle_id=draft_cycle(core, company, policy_id=policy_id), target="60")
    assert task_requests.perform_next(core)
    page = _text(anil, task)
    assert "hard limits allow" in page
    assert f'href="/policies/{policy_id}"' in page


def test_only_a_finished_fit_of_this_policy_can_be_kept(
    core: Core, company: Company, anil: Visitor, policy_id: int
) -> None:
    other = training.add_policy(core, company.hr, policy("Other"))
    cycle_id = draft_cycle(core, company, policy_id=policy_id)
    task_id = int(_asked(anil, policy_id, cycle_id=cycle_id, target="3.2").rsplit("/", 1)[1])
    assert anil.post(f"/policies/{policy_id}/fit/{task_id}/keep").status_code == 409
    assert task_requests.perform_next(core)
    for address in (f"/policies/{other}/fit/{task_id}/keep", f"/policies/{policy_id}/fit/{task_id + 1}/keep"):
        assert anil.post(address).status_code == 404, address
    assert count(core, tables.policy) == 2
