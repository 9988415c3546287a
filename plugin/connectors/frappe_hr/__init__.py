"""Frappe HR: people, ratings, pay, leaves and skills in; skills, training results and approved raises out; signed webhooks as hints."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from plugin.connectors.base import Context, Field, Hint, Page, Probe, RawRequest, Slice, Verified
from plugin.connectors.frappe_hr import answers, assignments, checklist, payslips, reading, records
from plugin.connectors.frappe_hr.writes import SINKS
from plugin.connectors.writing import (
    Action,
    Create,
    Desired,
    Outcome,
    Patch,
    Remote,
    Retryable,
    Withdraw,
    failed_write,
)
from plugin.domain import Json, JsonObject, Record, Stream, content_hash
from plugin.errors import AdvisorError, AuthError
from plugin.http_client import Response
from plugin.texts import _

_STREAM_OF = {
    "Employee": Stream.PEOPLE,
    "Appraisal": Stream.RATINGS,
    "Appraisal Cycle": Stream.RATINGS,
    "Salary Structure Assignment": Stream.PAY,
    "Leave Application": Stream.LEAVES,
    "Employee Skill Map": Stream.SKILLS,
}


class FrappeHr:
    """Cursors are the site's own ``modified`` texts."""

    def check(self, ctx: Context) -> list[Probe]:
        return checklist.probes(ctx)

    def discover(self, ctx: Context) -> list[Field]:
        """How often each field is filled in the first rows; one that is never filled may be hidden from the API user's role."""
        found: list[Field] = []
        for stream in reading.STREAMS[:-1]:
            rows = reading.look(ctx, stream, 50)
            found += [
                Field(
                    stream.value,
                    name,
                    sum(checklist.is_filled(row.get(name)) for row in rows) / len(rows) if rows else None,
                )
                for name in reading.listing(ctx, stream).fields
            ]
        return found

    def classify(self, response: Response) -> AdvisorError | None:
        return answers.classify(response)

    # --- reading ---

    def slices(self, ctx: Context, stream: Stream, cursors: Mapping[str, str | None]) -> Iterator[Slice]:
        return reading.slices(ctx, stream, cursors)

    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        return reading.read(ctx, stream, part)

    def map(self, ctx: Context, stream: Stream, raw: JsonObject) -> Record:
        return records.record(ctx, stream, raw)

    # --- writing ---

    def lookup(self, ctx: Context, desired: Sequence[Desired]) -> Mapping[str, Remote]:
        found = {one.key: SINKS[one.sink].lookup(ctx, one) for one in desired}
        return {key: remote for key, remote in found.items() if remote is not None}

    def plan(self, ctx: Context, desired: Desired, remote: Remote | None) -> Action:
        return SINKS[desired.sink].plan(ctx, desired, remote)

    def apply(self, ctx: Context, action: Create | Patch | Withdraw, op_id: UUID) -> Outcome:
        try:
            return SINKS[action.desired.sink].do(ctx, action, op_id)
        except AdvisorError as error:
            if error.code in ("changed_meanwhile", "duplicate"):
                return Retryable(1.0, _("another user saved a change at the same time"))
            return failed_write(error)

    def preview(self, ctx: Context, desired: Desired) -> JsonObject:
        last = assignments.last_assignment(ctx, desired)
        return payslips.preview(ctx, str(last["salary_structure"]), desired)

    # --- webhooks ---

    def verify(self, ctx: Context, raw: RawRequest) -> Verified:
        """The signature is Base64 of HMAC-SHA256 over the raw body. There is no id and no time in it: a replay is the same
        (doctype, name, modified), which is the message's id here."""
        secret = ctx.settings.get("webhook_secret") or ""
        wanted = b64encode(hmac.digest(secret.encode(), raw.body, "sha256"))
        given = raw.headers.get("x-frappe-webhook-signature", "").encode("utf-8", "replace")
        if not (hmac.compare_digest(wanted, given) and secret):
            raise AuthError(_("the webhook's signature is not valid"), code="signature")
        try:
            payload = json.loads(raw.body)
            about = [str(payload[name]) for name in ("doctype", "name", "modified")]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise AuthError(_("the webhook's body does not have the agreed format"), code="body") from error
        return Verified(content_hash(list[Json](about)), payload)

    def hints(self, ctx: Context, event: Verified) -> list[Hint]:
        doctype = event.payload.get("doctype") if isinstance(event.payload, dict) else None
        stream = _STREAM_OF.get(str(doctype))
        found = [Hint(stream)] if stream else []
        if stream is Stream.PEOPLE and ctx.settings["pay_source"] == "ctc":
            found.append(Hint(Stream.PAY))
        return found


CONNECTOR = FrappeHr()
