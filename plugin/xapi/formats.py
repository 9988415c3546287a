"""The text formats that xAPI borrows (IRI, UUID, language tag, time, duration, mailbox), each as one linear-time check."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from plugin.errors import InvalidInput
from plugin.texts import _

# RFC 3987: characters beyond ASCII that an IRI may hold (ucschar); planes 1 to 14 without their last two code points.
_UCS = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef" + "".join(
    f"{chr(plane * 0x10000 + (0x1000 if plane == 14 else 0))}-{chr(plane * 0x10000 + 0xFFFD)}"
    for plane in range(1, 15)
)
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_HEX = "[0-9A-Fa-f]"
_UNRESERVED = r"A-Za-z0-9\-._~"
_SUB_DELIMS = "!$&'()*+,;="


def _run(characters: str) -> str:
    """Pattern of any number of these characters and percent-encoded octets, without a way to backtrack."""
    return f"[{characters}]*+(?:%{_HEX}{{2}}[{characters}]*+)*+"


def _identifier(beyond: str, private: str) -> re.Pattern[str]:
    """Pattern of RFC 3986/3987 ``scheme ":" hier-part [ "?" query ] [ "#" fragment ]`` with a non-empty rest."""
    user = rf"(?:{_run(_UNRESERVED + _SUB_DELIMS + ':' + beyond)}@)?"
    name = _run(_UNRESERVED + _SUB_DELIMS + beyond)
    host = rf"(?:\[[0-9A-Fa-fvV:.]++\]|{name})(?::[0-9]*+)?"
    path = _run(_UNRESERVED + _SUB_DELIMS + ":@/" + beyond)
    query = _run(_UNRESERVED + _SUB_DELIMS + ":@/?" + beyond + private)
    fragment = _run(_UNRESERVED + _SUB_DELIMS + ":@/?" + beyond)
    web = rf"[hH][tT][tT][pP][sS]?+://{user}(?![:/?\#]|\Z){host}(?:/{path})?"
    other = r"(?![hH][tT][tT][pP][sS]?:)[A-Za-z][A-Za-z0-9+.\-]*+:(?!\Z)"
    other += rf"(?://{user}{host}(?:/{path})?|(?!//){path})"
    return re.compile(rf"(?:{web}|{other})(?:\?{query})?(?:\#{fragment})?")


_IRI = _identifier(_UCS, _PRIVATE)
_URI = _identifier("", "")

_UUID = re.compile(rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}")
_SHA1 = re.compile(rf"{_HEX}{{40}}")
_SHA2 = re.compile(rf"{_HEX}{{56}}|{_HEX}{{64}}|{_HEX}{{96}}|{_HEX}{{128}}")

# RFC 5646 section 2.1, the whole grammar; "irregular" grandfathered tags are listed, the regular ones match langtag.
_LANGUAGE = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+"
    r"|en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)|sgn-(?:be-fr|be-nl|ch-de))",
    re.ASCII | re.IGNORECASE,
)

_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:([0-9]{2})(?:\.[0-9]+)?(?:Z|(?!-00:00)[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_AMOUNT = r"([0-9]+(?:[.,][0-9]+)?)"
_DURATION = re.compile(
    rf"P(?:{_AMOUNT}W|(?=[0-9T])(?:{_AMOUNT}Y)?(?:{_AMOUNT}M)?(?:{_AMOUNT}D)?"
    rf"(?:T(?=[0-9])(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?)"
)
_EARLY_FRACTION = re.compile(r"[.,][0-9]+[A-Z](?=.)")
_SECONDS_PER = tuple(Decimal(seconds) for seconds in (604800, 31536000, 2592000, 86400, 3600, 60, 1))

# RFC 6068 address: what RFC 5322 allows in a dot-atom and an IRI may hold unencoded.
_LOCAL_PART = rf"(?:[A-Za-z0-9!$&'*+/=_~\-{_UCS}]|%{_HEX}{{2}})+"
_LABEL = rf"[A-Za-z0-9{_UCS}](?:[A-Za-z0-9\-{_UCS}]{{0,61}}[A-Za-z0-9{_UCS}])?"
_MAILBOX = re.compile(
    rf"mailto:{_LOCAL_PART}(?:\.{_LOCAL_PART})*@(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.IPv]+\])"
)
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105 - RFC 2045 calls it a token
_MEDIA_TYPE = re.compile(
    rf'{_TOKEN}/{_TOKEN}(?:[ \t]*;[ \t]*{_TOKEN}=(?:{_TOKEN}|"(?:[^"\\\r\n]|\\.)*"))*[ \t]*;?'
)

_LONGEST_CACHED = 256


@lru_cache(maxsize=16384)
def _is_short_iri(value: str) -> bool:
    return _IRI.fullmatch(value) is not None


def is_iri(value: str) -> bool:
    """Whether this is an absolute IRI (RFC 3987, with a scheme); http and https also need a host.

    An IRL is judged the same way: whether an IRI locates something cannot be seen from its text.
    """
    if len(value) <= _LONGEST_CACHED:
        return _is_short_iri(value)
    return _IRI.fullmatch(value) is not None


def is_uri(value: str) -> bool:
    """Whether this is an absolute URI (RFC 3986): an IRI in ASCII only."""
    return _URI.fullmatch(value) is not None


def is_uuid(value: str) -> bool:
    """Whether this is a UUID in standard string form; case and variant are free (the standard's own examples break variant 2)."""
    return _UUID.fullmatch(value) is not None


def is_sha1(value: str) -> bool:
    """Whether this is a SHA-1 in hexadecimal digits."""
    return _SHA1.fullmatch(value) is not None


def is_sha2(value: str) -> bool:
    """Whether this is a SHA-224, 256, 384 or 512 in hexadecimal digits."""
    return _SHA2.fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _is_short_language(value: str) -> bool:
    return _LANGUAGE.fullmatch(value) is not None


def is_language(value: str) -> bool:
    """Whether this is a well-formed RFC 5646 language tag (grammar only; the registry of subtags is not consulted)."""
    return len(value) <= _LONGEST_CACHED and _is_short_language(value)


def is_mailbox(value: str) -> bool:
    """Whether this is ``mailto:`` and exactly one e-mail address, without header fields."""
    return len(value) <= 7 + 320 and _MAILBOX.fullmatch(value) is not None


def is_media_type(value: str) -> bool:
    """Whether this is an Internet media type (RFC 2045/2046), parameters allowed."""
    return len(value) <= 1024 and _MEDIA_TYPE.fullmatch(value) is not None


def is_timestamp(value: str) -> bool:
    """Whether this is an RFC 3339 date and time with a known zone (``-00:00`` says that the zone is unknown), in UTC years 1 to 9999."""
    match = _TIME.fullmatch(value)
    if match is None:
        return False
    if match[1] == "60" or value.startswith(("0001", "9999")):
        return _read(value) is not None
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def moment(value: str) -> datetime:
    """The UTC time of a timestamp, to the microsecond; a leap second becomes the second after it. InvalidInput otherwise."""
    found = _read(value) if _TIME.fullmatch(value) else None
    if found is None:
        raise InvalidInput(_("a time must follow RFC 3339 and include its time zone"))
    return found


def _read(value: str) -> datetime | None:
    """The moment, None when there is none such. Leap seconds are inserted at 23:59:60 UTC only."""
    is_leap = value[17:19] == "60"
    try:
        found = datetime.fromisoformat(f"{value[:17]}59{value[19:]}" if is_leap else value).astimezone(UTC)
        if not is_leap:
            return found
        last = (found.hour, found.minute) == (23, 59)
        return found.replace(microsecond=0) + timedelta(seconds=1) if last else None
    except (ValueError, OverflowError):
        return None


def is_duration(value: str) -> bool:
    """Whether this is an ISO 8601:2004 4.4.3.2 duration: weeks stand alone, only the last component may have a fraction."""
    return _DURATION.fullmatch(value) is not None and _EARLY_FRACTION.search(value) is None


def duration_seconds(value: str) -> Decimal:
    """Seconds of a duration; a year counts 365 days and a month 30, since the text alone does not say which. InvalidInput otherwise."""
    match = _DURATION.fullmatch(value)
    if match is None or not is_duration(value):
        raise InvalidInput(_("a duration must follow ISO 8601 section 4.4.3.2"))
    amounts = zip(match.groups(), _SECONDS_PER, strict=True)
    return sum((_decimal(text) * unit for text, unit in amounts if text), Decimal(0))


def _decimal(text: str) -> Decimal:
    """A number of a duration, cut to 30 characters so that a hostile length costs nothing (it is capped later anyway)."""
    whole, _other, fraction = text.replace(",", ".").partition(".")
    return Decimal(f"{whole if len(whole) <= 30 else '9' * 30}.{fraction[:9] or '0'}")
