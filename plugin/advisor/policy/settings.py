"""How the advisor is run in one cycle, apart from policy: kill switch, money, what HR fixed, ranges, abstaining, threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from plugin.advisor.model.interval import Calibration
from plugin.advisor.recommendation import codec
from plugin.domain import JsonObject, Money
from plugin.errors import InvalidInput
from plugin.texts import _

LEAST_PEERS = 5


@dataclass(frozen=True)
class RewardedSkill:
    """An entry of the ledger "pay a skill once": this skill of this person was paid in an earlier cycle."""

    person_id: int
    skill: str
    level: str = ""
    badge_award_id: str = ""
    cycle: str = ""
    rewarded_on: date | None = None


GROUPED_BY = ("job_family", "level", "country", "org_unit")  # what a side rule can be about


@dataclass(frozen=True)
class SideRule:
    """The money of a group within one pool: people whose ``field`` (one of ``GROUPED_BY``) is ``value`` get at least or at most."""

    pool: str
    field: str
    value: str
    at_least: Money | None = None
    at_most: Money | None = None

    def __post_init__(self) -> None:
        if self.field not in GROUPED_BY:
            raise InvalidInput(
                _("A group limit can't be about %(field)s.", field=self.field),
                fields={"field": _("Enter one of %(names)s.", names=", ".join(GROUPED_BY))},
            )
        if self.at_least is None and self.at_most is None:
            raise InvalidInput(
                _("A group limit needs a minimum or a maximum."),
                fields={"at_least": _("Enter a minimum or a maximum.")},
            )


@dataclass(frozen=True)
class AdvisorSettings:
    """All of it enters the frozen replay. ``matrix_only`` is the kill switch: policy and skills go on, the model is silent."""

    matrix_only: bool = False
    peers_at_least: int = 5
    rewarded: tuple[RewardedSkill, ...] = ()
    pools: dict[str, Money] = field(default_factory=dict)  # org_unit -> pool; "*" = all other people
    spend_all: bool = (
        False  # True: raise everybody until the pool is spent; False: only cut when it is exceeded
    )
    side_rules: tuple[SideRule, ...] = ()
    locked: dict[str, Decimal] = field(default_factory=dict)  # person_id (text) -> percent fixed by HR
    adjustments: dict[str, Decimal] = field(
        default_factory=dict
    )  # person_id (text) -> market or equity points
    frozen_ratings: tuple[str, ...] = ()  # person_id (text): HR froze the rating, so the advisor abstains
    minimum_pool: Money | None = None  # for bringing people to their range minimum; None = whatever it takes
    adjustment_pool: Money | None = None  # None = whatever the adjustments cost
    calibration: Calibration | None = None  # of ranges, on decisions of this very cycle
    threads: int = 1
    chunk: int = 20_000
    explain_engine: str = "auto"  # auto, xgboost, tables
    largest: Decimal | None = codec.later(
        None
    )  # points that nobody may decide beyond; None = as before there was a limit
    engine: int = 2  # 1: pools are fitted as the first engine did, for the replay of its cycles

    def __post_init__(self) -> None:
        wrong = {}
        if self.peers_at_least < LEAST_PEERS:
            wrong["peers_at_least"] = _(
                "Enter %(least)s or more, so that individual employees can't be recognized.",
                least=LEAST_PEERS,
            )
        if self.threads < 1 or self.chunk < 1:
            wrong["threads"] = _("Enter 1 or more.")
        if self.explain_engine not in ("auto", "xgboost", "tables"):
            wrong["explain_engine"] = _("Enter auto, xgboost or tables.")
        for name, held in (("locked", self.locked), ("adjustments", self.adjustments)):
            if any(points < 0 or points % Decimal("0.1") for points in held.values()):
                wrong[name] = _("Enter multiples of 0.1, from 0 up.")
        if any(rule.pool not in self.pools for rule in self.side_rules):
            wrong["side_rules"] = _("Choose an existing pool.")
        if self.side_rules and self.spend_all:
            wrong["spend_all"] = _("Spending the whole budget can't be combined with group limits.")
        if wrong:
            raise InvalidInput(
                _("These settings are invalid: %(names)s.", names=", ".join(sorted(wrong))), fields=wrong
            )


def as_stored(value: JsonObject) -> AdvisorSettings:
    """The settings of a run as they were; the first engine did not say that it was the one."""
    return codec.from_json(AdvisorSettings, {"engine": 1} | value)
