"""Reads learning and earned badges from any learning record store that speaks xAPI 1.0.3, among them Ralph with its quirks.

The store's own watermark (X-Experience-API-Consistent-Through) moves the cursor. A store without it is read whole each time, unless
the admin vouches for its ``since``: Ralph compares ``since`` with the time of the event instead of the time of storing (its fs and es
backends alike), so whatever is stored late would be lost. Sources: xAPI-Communication 2.1.3; Ralph 5.1 seen on loopback.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import cast
from urllib.parse import urlsplit

from plugin.connectors.base import (
    Change,
    Context,
    Field,
    Page,
    Probe,
    Reject,
    Retract,
    Slice,
    Upsert,
)
from plugin.connectors.probes import attempt, not_tested
from plugin.connectors.xapi_records import record_of, stream_of
from plugin.domain import JsonObject, Record, Stream, aware
from plugin.domain.web_addresses import same_host
from plugin.errors import AdvisorError, ConfigError, GiveUp, InvalidInput
from plugin.http_client import Response, classify_status
from plugin.texts import _, joined, ngettext
from plugin.xapi import learning
from plugin.xapi.formats import moment
from plugin.xapi.statement import validate

_OVERLAP = timedelta(minutes=60)
_TICK = timedelta(milliseconds=1)  # the coarsest resolution of ``stored`` that was seen
_CONSISTENT_THROUGH = "x-experience-api-consistent-through"
_HEADERS = {"X-Experience-API-Version": "1.0.3"}


class XapiLrs:
    """Streams ``learning`` and ``badges`` of one store; both walk the same statements, in the order of ``stored``."""

    def check(self, ctx: Context) -> list[Probe]:
        probe, response = attempt("reach", _("Reach the store and sign in"), lambda: _reached(ctx))
        if response is None:
            return [
                probe,
                not_tested("clock", _("Compare clocks")),
                not_tested("coverage", _("Visible statements")),
            ]
        return [probe, _clock_probe(ctx, response), *_coverage(response)]

    def discover(self, ctx: Context) -> list[Field]:
        """Parts of the latest statements and how often they are filled."""
        url = f"{ctx.settings['endpoint']}/statements?format=exact&limit=50"
        found = _statements(_get(ctx, url))
        counts = Counter(name for one in found if isinstance(one, dict) for name in one)
        return [Field("learning", name, counts[name] / len(found)) for name in sorted(counts)]

    def classify(self, response: Response) -> AdvisorError | None:
        return classify_status(response)

    def slices(self, ctx: Context, stream: Stream, cursors: Mapping[str, str | None]) -> Iterator[Slice]:  # noqa: ARG002
        """One slice: ``since`` bounds it and every page can be the last of a run."""
        yield Slice("all", cursors.get("all"))

    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        """Pages in the order of ``stored``. GiveUp when the store sends the same page link again and again."""
        url, cursor = _first(ctx, part.cursor, ctx.settings["page_size"]), part.cursor
        response = _get(ctx, url)
        incremental = _may_use_since(ctx, response)
        if cursor and not incremental:
            url, cursor = _first(ctx, None, ctx.settings["page_size"]), None
            response = _get(ctx, url)
        through = _complete_through(ctx, response)
        asked: Counter[str] = Counter()
        while True:
            found = _statements(response)
            changes = [
                change for index, one in enumerate(found) for change in _changes(ctx, stream, one, index)
            ]
            more = _more(ctx, response)
            if incremental:
                reached = through if more is None else _earlier(_last_stored(found, through), through)
                cursor = _later(cursor, reached)
            yield Page(changes, cursor)
            if more is None:
                return
            asked[more] += 1
            if asked[more] > 3:
                raise GiveUp(_("the record store keeps sending the same page"), code="paging_loop")
            response = _get(ctx, more)

    def map(self, ctx: Context, stream: Stream, raw: JsonObject) -> Record:
        """A LearningRecord or BadgeRecord; SkipRecord with a code for what is neither."""
        languages = [tag.strip() for tag in ctx.settings["languages"].split(",") if tag.strip()]
        return record_of(raw, stream, now=ctx.clock(), languages=languages)


CONNECTOR = XapiLrs()


def _changes(ctx: Context, stream: Stream, statement: object, index: int) -> Iterator[Change]:
    """What one statement of a page means for ``stream``: nothing, when the other stream or nobody wants it."""
    name = statement.get("id") if isinstance(statement, dict) else None
    place = _("statement %(number)s of a page", number=index + 1)
    if isinstance(name, str):
        place = _("statement %(name)s", name=name[:100])
    try:
        validate(statement, version="auto")
        if not isinstance(statement, dict) or not isinstance(name, str):
            yield Reject(place, "id_missing", _("the record store sent a statement without an id"))
            return
        voided = learning.voids(statement)
        belongs = stream_of(statement, ctx.clock())
    except InvalidInput as error:
        yield Reject(place, error.code, str(error), key=name.lower() if isinstance(name, str) else "")
        return
    unasked = belongs is None and stream is Stream.LEARNING and ctx.settings["keep"] == "all"
    if voided is not None:
        yield Retract(voided, "voided")
    elif belongs is stream or unasked:
        yield Upsert(name.lower(), statement, version=str(statement.get("stored", "")) or None)


def _reached(ctx: Context) -> Response:
    response = _get(ctx, _first(ctx, None, 1))
    _statements(response)
    return response


def _get(ctx: Context, url: str) -> Response:
    auth = (ctx.settings["username"], ctx.settings["password"])
    return ctx.http.request("GET", url, headers=_HEADERS, auth=auth)


def _first(ctx: Context, since: str | None, limit: int) -> str:
    query = f"format=exact&ascending=true&limit={limit}"
    if since:
        query += "&since=" + since.replace("+", "%2B")
    return f"{ctx.settings['endpoint']}/statements?{query}"


def _statements(response: Response) -> list[object]:
    body = response.json()
    found = body.get("statements") if isinstance(body, dict) else None
    if not isinstance(found, list):
        raise GiveUp(
            _("the response must be a list of statements"),
            code="not_xapi",
            remedy=_("check the endpoint's address"),
        )
    return cast("list[object]", found)


def _more(ctx: Context, response: Response) -> str | None:
    """The next page's address. It is relative to the server's root; one that leads elsewhere would carry our key along."""
    body = response.json()
    link = body.get("more") if isinstance(body, dict) else None
    if not isinstance(link, str) or not link:
        return None
    endpoint, target = urlsplit(ctx.settings["endpoint"]), urlsplit(link)
    if target.netloc and not same_host(
        link if target.scheme else f"{endpoint.scheme}:{link}", endpoint.geturl()
    ):
        raise ConfigError(_("the record store's next page is on another host"), code="more_elsewhere")
    path = target.path if target.path.startswith("/") else f"/{target.path}"
    return f"{endpoint.scheme}://{endpoint.netloc}{path}?{target.query}"


def _may_use_since(ctx: Context, response: Response) -> bool:
    """A store that keeps to the standard sends its watermark; for another one the admin has to vouch."""
    return _CONSISTENT_THROUGH in response.headers or ctx.settings["since"] == "stored"


def _complete_through(ctx: Context, response: Response) -> str:
    """Up to when this answer is complete: the store's word, else its clock less the overlap, else our clock's."""
    said = response.headers.get(_CONSISTENT_THROUGH, "")
    if said and _parsed(said) is not None:
        return said
    return (_server_time(ctx, response) - _OVERLAP).isoformat()


def _last_stored(statements: list[object], otherwise: str) -> str:
    """Just before the last ``stored`` of a page, since the next page may begin with the same instant."""
    times = [_parsed(str(one.get("stored", ""))) for one in statements if isinstance(one, dict)]
    last = times[-1] if times else None
    ascending = all(a is not None and b is not None and a <= b for a, b in pairwise(times))
    return (last - _TICK).isoformat() if last is not None and ascending else _EPOCH if times else otherwise


_EPOCH = "1970-01-01T00:00:00+00:00"


def _later(first: str | None, second: str) -> str:
    return second if first is None or _order(second) > _order(first) else first


def _earlier(first: str, second: str) -> str:
    return first if _order(first) <= _order(second) else second


def _order(text: str) -> datetime:
    return _parsed(text) or moment(_EPOCH)


def _parsed(text: str) -> datetime | None:
    try:
        return moment(text)
    except (ValueError, AdvisorError):
        return None


def _server_time(ctx: Context, response: Response) -> datetime:
    try:
        return aware(parsedate_to_datetime(response.headers.get("date", "")))
    except (ValueError, TypeError, AdvisorError):
        return ctx.clock()


def _clock_probe(ctx: Context, response: Response) -> Probe:
    seconds = abs((_server_time(ctx, response) - ctx.clock()).total_seconds())
    return Probe(
        "clock",
        _("Compare clocks"),
        ok=seconds < 300,
        detail=ngettext("%(num)s second apart", "%(num)s seconds apart", round(seconds)),
        remedy="" if seconds < 300 else _("synchronize the clocks of both machines, for example by NTP"),
    )


def _coverage(response: Response) -> list[Probe]:
    label = _("Visible statements")
    if not _statements(response):
        detail = _("none: the store is empty, or this key may not read statements that others sent")
        return [Probe("coverage", label, ok=True, detail=detail)]
    marked = _CONSISTENT_THROUGH in response.headers
    detail = _("this key sees only the statements that its permissions allow")
    if not marked:
        detail = joined(
            "; ",
            detail,
            _("a statement stored more than an hour late is missed: the store sends no watermark"),
        )
    return [
        Probe(
            "coverage",
            label,
            ok=True,
            detail=detail,
        )
    ]
