"""Who held a name on a day: pure, so that it depends on what is known only and never on the order in which it came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Claim:
    """A person's hold on a name, both days included; None = since ever, or still. ``spelling`` is as the source wrote the name."""

    person_id: int
    from_on: date | None
    until_on: date | None
    source: str = ""
    spelling: str = ""

    def covers(self, day: date) -> bool:
        return (self.from_on is None or self.from_on <= day) and (
            self.until_on is None or day <= self.until_on
        )


def holders(claims: Iterable[Claim], day: date | None) -> frozenset[int]:
    """Whoever holds the name on the day; of a record without a day, whoever ever held it."""
    return frozenset(one.person_id for one in claims if day is None or one.covers(day))
