"""Who the caller is, and what each role may read beside HR's connections: decisions, models, the audit trail."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from plugin.domain import Money, RowStatus, Scope
from plugin.figures.writing import CENT
from plugin.services.decision import worksheet
from plugin.services.decision.sheet import Row
from plugin.services.model import training
from plugin.services.operation import auditing
from plugin.store.cycle.cycles import Cycle
from plugin.store.model.model_versions import ModelVersion
from plugin.web.api import answers, paging, schemas
from plugin.web.api.caller import Blueprint, Resource
from plugin.web.security import core

blueprint = Blueprint("api_access", __name__, description="The caller, and what each role may read")
Data = dict[str, Any]
NEWEST_FIRST = "Newest first, by descending id."


@blueprint.route("/me")
class Me(Resource):
    @blueprint.response(200, answers.Me)
    def get(self) -> Data:
        """Who calls, and what this token may do

        Every token may ask. `scopes` is what counts now: what the token was made for and the account's roles still give.
        """
        actor, token = self.caller.actor, self.caller.token
        return {
            "account_id": actor.account_id,
            "email": actor.name,
            "person_id": actor.person_id,
            "roles": sorted(actor.roles),
            "scopes": sorted(self.caller.scopes),
            "token": token,
        }


@blueprint.route("/cycles")
class Cycles(Resource):
    reads = Scope.READ_DECISIONS

    @blueprint.arguments(schemas.BeforeQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Cycle, NEWEST_FIRST))
    def get(self, query: Data) -> Data:
        """Raise cycles in which the caller sees a team; all of them for HR administrators"""
        return paging.page(self._newest_first, query, paging.by_id, "before")

    def _newest_first(self, before: int | None, limit: int) -> list[Cycle]:
        found = sorted(worksheet.cycles_for(core(), self.actor), key=paging.by_id, reverse=True)
        return [one for one in found if before is None or one.id < before][:limit]


@blueprint.route("/cycles/<record_id:cycle_id>/teams/<record_id:manager_id>/raises")
class TeamRaises(Resource):
    reads = Scope.READ_DECISIONS

    @blueprint.arguments(schemas.AfterQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Raise, "By ascending person_id."))
    def get(self, query: Data, cycle_id: int, manager_id: int) -> Data:
        """What a manager decided for the team

        `manager_id` is the manager's person id; managers see their own team and the teams below. The view is audited.
        """
        read = partial(self._by_person, cycle_id, manager_id)
        return paging.page(read, query, lambda one: int(one["person_id"]))

    def _by_person(self, cycle_id: int, manager_id: int, after: int, limit: int) -> list[Data]:
        sheet = worksheet.load(core(), self.actor, cycle_id, manager_id)
        rows = sorted(sheet.rows, key=lambda row: row.person_id)
        return [_raise(row) for row in rows if row.person_id > after][:limit]


def _raise(row: Row) -> Data:
    frozen = row.recommended.row if row.recommended else None
    is_held = row.status == RowStatus.HELD
    return {
        "person_id": row.person_id,
        "name": row.name,
        "job_title": row.job_title,
        "is_eligible": None if is_held else row.is_eligible,
        "is_held": is_held,
        "state": row.state,
        "currency": frozen.annual.currency if frozen else None,
        "percent": _text(row.percent),
        "amount": _amount(row.raised_by),
        "lump_sum": _amount(row.paid_once),
        "new_pay": _amount(row.new_pay),
    }


def _amount(value: Money | None) -> str | None:
    return None if value is None else _text(value.rounded(CENT).amount)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


@blueprint.route("/models")
class Models(Resource):
    reads = Scope.READ_MODELS

    @blueprint.arguments(schemas.BeforeQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.Model, NEWEST_FIRST))
    def get(self, query: Data) -> Data:
        """Trained models with their cards"""
        return paging.page(_models, query, paging.by_id, "before")


def _models(before: int | None, limit: int) -> list[ModelVersion]:
    found = sorted(training.versions(core()), key=paging.by_id, reverse=True)
    return [one for one in found if before is None or one.id < before][:limit]


@blueprint.route("/audit")
class Audit(Resource):
    reads = Scope.READ_AUDIT

    @blueprint.arguments(schemas.AuditQuery, location="query")
    @blueprint.response(200, answers.page_of(answers.AuditEntry, "Newest first, by descending seq."))
    def get(self, query: Data) -> Data:
        """The audit trail

        Each entry holds the hash of the one before, so that a copy proves that nothing was changed.
        """
        return paging.page(partial(auditing.page, core()), query, lambda one: one.seq, "before")
