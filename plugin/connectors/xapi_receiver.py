"""Takes learning and earned badges that a platform pushes to us as xAPI statements; plugin.webhooks.lrs receives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plugin.connectors.base import Context, Field, Page, Probe, Slice
from plugin.connectors.xapi_records import record_of
from plugin.domain import JsonObject, Record, Stream
from plugin.errors import AdvisorError
from plugin.http_client import Response, classify_status
from plugin.texts import _


class XapiReceiver:
    """A source that is never read: a run only applies what was pushed."""

    def check(self, ctx: Context) -> list[Probe]:
        there = bool(ctx.settings["client_id"] and ctx.settings["client_secret"])
        return [
            Probe("credentials", _("Client id and secret"), ok=there),
            Probe(
                "coverage",
                _("Expected data"),
                ok=None,
                detail=_("only what the platform sends from now on; older data can't be fetched"),
                remedy=_("send a test statement from the platform, then check the last arrival"),
            ),
        ]

    def discover(self, ctx: Context) -> list[Field]:  # noqa: ARG002 - nothing can be asked
        return []

    def classify(self, response: Response) -> AdvisorError | None:
        return classify_status(response)

    def slices(self, ctx: Context, stream: Stream, cursors: Mapping[str, str | None]) -> Iterator[Slice]:  # noqa: ARG002
        """None: there is nothing to fetch."""
        yield from ()

    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:  # noqa: ARG002
        """No page, for no slice."""
        yield from ()

    def map(self, ctx: Context, stream: Stream, raw: JsonObject) -> Record:
        """A LearningRecord or BadgeRecord; SkipRecord with a code for what is neither."""
        languages = [tag.strip() for tag in ctx.settings["languages"].split(",") if tag.strip()]
        return record_of(raw, stream, now=ctx.clock(), languages=languages)


CONNECTOR = XapiReceiver()
