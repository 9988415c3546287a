"""What each role reads by its token is what its pages show: own teams, models, the audit trail; page by page like every list."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from plugin.domain import ModelState, Role
from plugin.services.core import SYSTEM, Core
from plugin.services.decision import deciding
from plugin.services.decision.deciding import Choice
from plugin.services.operation import auditing
from plugin.services.people import account_setup, api_tokens
from plugin.store.decision import decisions
from plugin.store.model import model_versions
from plugin.store.model.model_versions import Fresh
from tests.small_company import Company
from tests.web.api.conftest import Headers, token_of
from tests.web.api.test_paging import followed


def token_for(core: Core, email: str) -> Headers:
    account = next(one for one in account_setup.page(core) if one.email == email)
    token = api_tokens.make(core, SYSTEM, account_id=account.id, name="program")
    return {"Authorization": f"Bearer {token.reveal()}"}


def test_a_manager_reads_the_own_team_page_by_page_and_no_other(
    client: FlaskClient, core: Core, company: Company, cycle_id: int
) -> None:
    choice = Choice(percent=Decimal("3.37"))
    deciding.decide(core, company.dana, cycle_id, company["Ada Example"], choice)
    headers = token_for(core, "dana@example.com")
    (cycle,) = followed(client, headers, "/cycles", 1)
    assert cycle["id"] == cycle_id
    me = client.get("/api/v1/me", headers=headers).get_json()
    assert me["person_id"] == company["Dana Lead"]
    team = f"/cycles/{cycle_id}/teams/{me['person_id']}/raises"
    whole = followed(client, headers, team, 500)
    assert followed(client, headers, team, 1) == whole
    ids = [one["person_id"] for one in whole]
    assert ids == sorted(ids)
    ada = next(one for one in whole if one["person_id"] == company["Ada Example"])
    assert (Decimal(ada["percent"]), ada["state"]) == (Decimal("3.37"), "decided")
    with core.database.reading() as tx:
        stored = decisions.of_people(tx, cycle_id, [company["Ada Example"]])[company["Ada Example"]]
    assert stored.amount is not None
    assert Decimal(ada["amount"]) == stored.amount.quantize(Decimal("0.01")), "as every page says it"
    assert (ada["is_held"], ada["is_eligible"]) == (False, True)
    other = f"/api/v1/cycles/{cycle_id}/teams/{company['Omar Lead']}/raises"
    assert client.get(other, headers=headers).status_code == 404


def test_hr_reads_every_team_and_each_view_is_audited(
    client: FlaskClient, core: Core, company: Company, cycle_id: int
) -> None:
    headers = token_of(core, Role.HR_ADMIN)
    for name in ("Dana Lead", "Omar Lead"):
        assert followed(client, headers, f"/cycles/{cycle_id}/teams/{company[name]}/raises", 500)
        subject = f"cycle:{cycle_id}:team:{company[name]}"
        assert [one.action for one in auditing.page(core, subject=subject)] == ["worksheet.view"]
    for cycle, manager in ((999, company["Dana Lead"]), (cycle_id, 999)):
        answer = client.get(f"/api/v1/cycles/{cycle}/teams/{manager}/raises", headers=headers)
        assert answer.status_code == 404


def test_an_operator_reads_the_audit_trail(client: FlaskClient, core: Core) -> None:
    headers = token_of(core, Role.OPERATOR)
    whole = followed(client, headers, "/audit", 500)
    assert followed(client, headers, "/audit", 1) == whole
    numbers = [one["seq"] for one in whole]
    assert numbers == list(range(len(whole), 0, -1))
    assert all(one["previous_hash"] == before["hash"] for one, before in itertools.pairwise(whole))
    made = followed(client, headers, "/audit?action=api_token.make", 500)
    assert {one["action"] for one in made} == {"api_token.make"}
    assert followed(client, headers, "/audit?subject=nothing:1", 500) == []


@pytest.fixture
def models(core: Core, clock: Any) -> list[int]:
    with core.database.transaction() as tx:
        return [
            model_versions.add(
                tx, Fresh(b"x", f"{n}" * 64, {"people": n}, ModelState.CHECKED), clock(), "anil"
            )
            for n in range(3)
        ]


def test_an_analyst_reads_models_with_their_cards(client: FlaskClient, core: Core, models: list[int]) -> None:
    headers = token_of(core, Role.ANALYST)
    whole = followed(client, headers, "/models", 500)
    assert [one["id"] for one in whole] == sorted(models, reverse=True)
    assert followed(client, headers, "/models", 2) == whole
    assert whole[0]["card"] == {"people": 2}
