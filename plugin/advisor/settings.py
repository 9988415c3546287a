"""How the advisor is run in one installation or cycle, apart from policy: intervals, abstaining, pools, threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from plugin.domain import Money
from plugin.errors import InvalidInput

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
    locked: dict[str, Decimal] = field(default_factory=dict)  # person_id (text) -> percent fixed by HR
    threads: int = 1
    chunk: int = 20_000
    explain_engine: str = "auto"  # auto, xgboost, tables

    def __post_init__(self) -> None:
        wrong = {}
        if self.peers_at_least < LEAST_PEERS:
            wrong["peers_at_least"] = f"is below {LEAST_PEERS}: single people could be recognised"
        if self.threads < 1 or self.chunk < 1:
            wrong["threads"] = "threads and chunk are at least 1"
        if self.explain_engine not in ("auto", "xgboost", "tables"):
            wrong["explain_engine"] = "is auto, xgboost or tables"
        if any(points < 0 or points % Decimal("0.1") for points in self.locked.values()):
            wrong["locked"] = "holds multiples of 0.1, not below zero"
        if wrong:
            raise InvalidInput(f"advisor settings: {', '.join(sorted(wrong))}", fields=wrong)
