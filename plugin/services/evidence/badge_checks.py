"""Verifies badge awards, asks the admin about unknown issuers, checks again what could not be decided, and notices revocation."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from plugin.badges import trust
from plugin.badges.proof.methods import DID
from plugin.badges.reading.documents import Documents
from plugin.badges.trust import IssuerEntry
from plugin.badges.verdict import BadgeFacts, Issuer, Verdict
from plugin.badges.verification import verify
from plugin.domain import AwardState, BadgeVerdict, IssuerKind, Json, JsonObject, StepState, Trust
from plugin.domain.web_addresses import origin_of
from plugin.errors import InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.delivery import events
from plugin.services.evidence import badge_documents, skill_ledger, skill_writes
from plugin.services.operation.worker import described
from plugin.store.database import Tx
from plugin.store.evidence import badges
from plugin.store.evidence.badges import Award, Judgement
from plugin.store.operation import audits
from plugin.store.operation.leased_work import LeaseLost
from plugin.store.people import persons, rulings
from plugin.texts import _, stored

RECHECK: Mapping[BadgeVerdict, timedelta] = {
    BadgeVerdict.VALID: timedelta(days=7),
    BadgeVerdict.INVALID: timedelta(days=30),
}
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=15), timedelta(days=1)
LEASE = timedelta(minutes=15)  # longer than the documents of any badge may take
MOST_ATTEMPTS = 5
BROKEN = "check_broken"
_LOG = logging.getLogger(__name__)


def check_due(core: Core, *, limit: int = 50, found_in: Documents | None = None) -> int:
    """Checks the awards whose time has come, except those that another worker checks; their number. Each is judged in its own
    transaction, and one whose check breaks never stops the next.

    Without ``found_in`` a client is opened for this batch and closed. Issuers and badge classes are fetched once a batch.
    """
    with core.database.reading() as tx:
        awards = badges.due(tx, core.clock(), limit)
    if not awards:
        return 0
    with (
        nullcontext(found_in) if found_in else badge_documents.opened(core.settings.badge_networks) as source
    ):
        once = badge_documents.OncePerBatch(source)
        return sum(check(core, award, once) for award in awards)


def check(core: Core, award: Award, source: Documents) -> bool:
    """Verifies one award and stores verdict, steps, facts and the issuer's trust; tells subscribers what changed. False when
    another worker has it.

    What was changed meanwhile keeps no verdict about what it was, and is due at once. A check that breaks is tried again ever more
    rarely; after MOST_ATTEMPTS, those that took their worker with them included, the award is undetermined and tried once a day.
    """
    with core.database.transaction() as tx:
        held = badges.claim(tx, award, core.clock() + LEASE)
    if held is None:
        return False
    try:
        _attempt(core, held, source)
    except LeaseLost:
        _LOG.info("badge %s was changed while it was checked", held.id)
        with core.database.transaction() as tx:
            badges.put_off(tx, held, core.clock())
    return True


def _attempt(core: Core, held: Award, source: Documents) -> None:
    if held.attempts <= MOST_ATTEMPTS:  # else the last one took its worker with it
        try:
            _check(core, held, source)
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one badge holds, the others are checked
            _LOG.error("check %s of badge %s failed: %s", held.attempts, held.id, described(error))
        else:
            return
    if held.attempts >= MOST_ATTEMPTS:
        _give_up(core, held)
        return
    with core.database.transaction() as tx:
        badges.put_off(tx, held, core.clock() + _later(held.attempts - 1))


def _give_up(core: Core, held: Award) -> None:
    says = _(
        "The check stopped %(num)s times with an unexpected error. Look for it in the worker's log, then check the badge again.",
        num=MOST_ATTEMPTS,
    )
    step: JsonObject = {"name": "evidence", "state": StepState.UNKNOWN, "code": BROKEN, "message": says}
    now = core.clock()
    values: Judgement = {"verdict": BadgeVerdict.UNDETERMINED, "codes": [BROKEN], "steps": [step]}
    values |= {"checked_at": now, "recheck_at": now + LONGEST_RETRY, "attempts": MOST_ATTEMPTS - 1}
    with core.database.transaction() as tx:
        badges.judge(tx, held.id, held, **values)
        _tell(tx, now, held, BadgeVerdict.UNDETERMINED, held.trust)


def _check(core: Core, award: Award, source: Documents) -> None:
    with core.database.reading() as tx:
        addresses = rulings.addresses_on(tx, award.person_id, award.issued_on)
    if not award.credential:
        verdict = None
    else:
        verdict = verify(award.credential, documents=source, now=core.clock(), recipients=addresses)
    with core.database.transaction() as tx:
        _store(tx, core.clock(), award, verdict)


def _store(tx: Tx, now: datetime, award: Award, verdict: Verdict | None) -> None:
    found = _Found.of(verdict)
    trust, issuer_ref = _trust(tx, now, verdict)
    values: Judgement = {
        "verdict": found.verdict,
        "codes": found.codes,
        "steps": found.steps,
        "checked_at": now,
    }
    values |= {
        "recheck_at": _next(now, found, award.checks),
        "trust": trust,
        "issuer_ref": issuer_ref,
    }
    if verdict is not None and verdict.badge is not None and found.verdict == BadgeVerdict.VALID:
        values |= _facts(tx, award, verdict.badge)
    badges.judge(tx, award.id, award, **values)
    if found.verdict == BadgeVerdict.INVALID or trust == Trust.BLOCKED:
        skill_ledger.open_reviews_in(tx, now, award_id=award.id)
    _tell(tx, now, award, found.verdict, trust)


@dataclass(frozen=True)
class _Found:
    verdict: BadgeVerdict
    codes: list[str]
    steps: list[Json]

    @staticmethod
    def of(verdict: Verdict | None) -> _Found:
        if verdict is None:
            step: JsonObject = {"name": "evidence", "state": StepState.UNKNOWN, "code": "no_credential"}
            step["message"] = _("The source sent the badge's name only, without a badge to verify.")
            return _Found(BadgeVerdict.UNDETERMINED, ["no_credential"], [step])
        return _Found(
            verdict.verdict,
            list(verdict.codes),
            [cast("Json", {**step.as_json(), "message": stored(step.message)}) for step in verdict.steps],
        )


def _next(now: datetime, found: _Found, checks: int) -> datetime:
    """Valid badges weekly (revocation, expiry), invalid ones monthly, undecided and suspended ones soon and then ever more rarely."""
    later = _later(checks)
    return now + (later if "suspended" in found.codes else RECHECK.get(found.verdict, later))


def _later(times: int) -> timedelta:
    longer: timedelta = min(FIRST_RETRY * int(2 ** min(times, 10)), LONGEST_RETRY)
    return longer


def _facts(tx: Tx, award: Award, badge: BadgeFacts) -> Judgement:
    """What the verified badge says replaces what the source said of it."""
    values: Judgement = {}
    if badge.issued_on:
        values["issued_on"] = badge.issued_on.date()
    values["expires_on"] = badge.expires_on.date() if badge.expires_on else None
    said: JsonObject = {
        "tags": list(badge.tags[:50]),
        "achievement_type": badge.achievement_type,
        "level": badge.level,
        "alignments": [{"name": one.name, "url": one.url} for one in badge.skills[:50]],
    }
    made_by = {"issuer_id": badge.issuer.id[:1000], "issuer_name": badge.issuer.name[:500]}
    class_id, name = (
        (badge.achievement_id or award.badge_class_id)[:1000],
        badge.achievement_name[:500] or award.badge_name,
    )
    values["catalogue_entry_id"] = badges.entry_for(
        tx, badge_class_id=class_id, name=name, **made_by, facts=said
    )
    return values


def _trust(tx: Tx, now: datetime, verdict: Verdict | None) -> tuple[Trust, int | None]:
    if verdict is None or verdict.badge is None:
        return Trust.UNKNOWN, None
    claimed = verdict.badge.issuer
    entries = [
        IssuerEntry(one.kind, one.value, blocked=one.trust == Trust.BLOCKED)
        for one in badges.decided_issuers(tx)
    ]
    named = _line(claimed, entries)
    ref = (
        badges.seen(tx, now, kind=named[0], value=named[1][:1000], name=claimed.name[:500]) if named else None
    )
    return trust.decide(claimed, entries), ref


def _line(claimed: Issuer, entries: Sequence[IssuerEntry]) -> tuple[IssuerKind, str] | None:
    """What the proof of this badge rests on, as a line for the list.

    A hosted issuer is listed by its own address, since one site may host many; by the site only where a person listed that.
    """
    if claimed.binding == DID:
        return IssuerKind.DID, claimed.id
    if claimed.binding in ("hosted", "https") and claimed.origin:
        by_site = any(
            one.kind is IssuerKind.ORIGIN and origin_of(one.value) == claimed.origin for one in entries
        )
        return (IssuerKind.ORIGIN, claimed.origin) if by_site else (IssuerKind.ISSUER, claimed.id)
    return (IssuerKind.KEY, claimed.key) if claimed.key else None


def _tell(tx: Tx, now: datetime, award: Award, verdict: BadgeVerdict, trust: Trust) -> None:
    counted = (
        award.verdict == BadgeVerdict.VALID
        and award.trust == Trust.TRUSTED
        and award.state == AwardState.ACTIVE
    )
    counts = verdict == BadgeVerdict.VALID and trust == Trust.TRUSTED and award.state == AwardState.ACTIVE
    if counted == counts:
        return
    who = persons.get(tx, award.person_id)
    data = skill_writes.told_of(award)
    events.publish(
        tx,
        now,
        "badge.verified" if counts else "badge.revoked",
        who,
        data,
        subject=f"badge:{award.id}:{award.checks}",
    )
    if counts:
        skill_writes.of_award(tx, now, award.id)
    else:
        skill_writes.stopped(tx, now, [award])
    audits.append(
        tx,
        now,
        "system:worker",
        "badge.counts" if counts else "badge.stops",
        f"badge:{award.id}",
        {"verdict": verdict, "trust": trust},
    )


# --- for people -----------------------------------------------------------------------------------------------------


def page(
    core: Core,
    *,
    person_id: int | None = None,
    verdict: BadgeVerdict | None = None,
    trust: Trust | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[Award]:
    """In the order of ids; ``after`` is the id of the last one of the page before."""
    with core.database.reading() as tx:
        return badges.page(tx, person_id=person_id, verdict=verdict, trust=trust, after=after, limit=limit)


def get(core: Core, award_id: int) -> Award:
    with core.database.reading() as tx:
        return badges.get(tx, award_id)


def counts(core: Core) -> dict[str, int]:
    with core.database.reading() as tx:
        return badges.counts(tx)


def issuers(
    core: Core, *, trust: Trust | None = None, after: int = 0, limit: int = 50
) -> list[badges.Issuer]:
    with core.database.reading() as tx:
        return badges.issuers(tx, trust=trust, after=after, limit=limit)


def decide_issuer(core: Core, actor: Actor, issuer_id: int, trust: str) -> int:
    """Trusts or blocks an issuer and checks its badges again soon; the number of badges."""
    if trust not in set(Trust):
        raise InvalidInput(
            _("unknown trust level"), fields={"trust": _("must be trusted, unknown or blocked")}
        )
    now = core.clock()
    with core.database.transaction() as tx:
        badges.decide(tx, now, issuer_id, Trust(trust), actor.name)
        audits.append(tx, now, actor.name, "issuer.decide", f"issuer:{issuer_id}", {"trust": trust})
        return badges.recheck(tx, now, issuer_ref=issuer_id)


def add_issuer(
    core: Core, actor: Actor, *, kind: str, value: str, name: str, trust: str = Trust.TRUSTED
) -> int:
    """Puts an issuer on the list before any badge of it was met. InvalidInput names the field."""
    if kind not in set(IssuerKind):
        raise InvalidInput(
            _("unknown kind of issuer"), fields={"kind": _("must be did, issuer, key or origin")}
        )
    if kind == IssuerKind.ORIGIN and not re.fullmatch(r"https?://[^/?#\s]+", value):
        raise InvalidInput(
            _("the issuer's origin is not valid"),
            fields={"value": _("must look like https://badges.example.org")},
        )
    with core.database.transaction() as tx:
        added = badges.seen(
            tx, core.clock(), kind=IssuerKind(kind), value=value.strip(), name=name.strip() or value
        )
    decide_issuer(core, actor, added, trust)
    return added


def recheck(core: Core, actor: Actor, award_id: int) -> None:
    """Checks one badge again at the next turn."""
    with core.database.transaction() as tx:
        badges.get(tx, award_id)
        badges.recheck(tx, core.clock(), award_id=award_id)
        audits.append(tx, core.clock(), actor.name, "badge.recheck", f"badge:{award_id}")
