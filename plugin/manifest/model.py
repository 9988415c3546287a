"""A connector's declaration as values: what it reads and writes, what an admin must enter, and what its facts rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from plugin.domain import Json, Sink, Stream


class SettingType(StrEnum):
    """Kinds of setting; each has one form field and one check (settings_form.py)."""

    STRING = "string"
    URL = "url"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    KEY = "key"  # a secret of several lines
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    PATH = "path"  # relative to the installation's files root
    NETWORKS = "networks"  # list of CIDR
    MAPPING = "mapping"  # texts by name


SECRET_TYPES = (SettingType.SECRET, SettingType.KEY)


class Mark(StrEnum):
    """How a fact about a vendor is known."""

    SEEN = "seen"  # watched on a running system
    SOURCE = "V-src"  # read in the vendor's or project's own source
    DOCUMENTED = "V-doc"  # read in the vendor's own documentation
    CLIENT = "C"  # read in a client that works against the vendor
    MEMORY = "M"  # from memory, unverified


QUALITY_RULES: Mapping[str, str] = {
    "incremental": "reads what changed, by the server's own watermark or with an overlap",
    "retractions": "withdrawn records are noticed and reported as such",
    "bad_record": "one bad record is set aside with its code and never stops the next",
    "idempotent_writes": "a repeated or ambiguous write is read back and never doubled",
    "coverage": "the connection test says what will not be seen",
    "fake": "a fake vendor with faults ships in plugin.testing",
    "live": "was run against the real system",
}


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class Setting:
    """One thing that an admin enters. ``maximum`` of a text is its length. ``group``: the heading that it stands under, apart from the others. Once it is set, each of
    ``requires`` must be (``a|b``: one of them), and none of ``without`` may be."""

    name: str
    label: str
    type: SettingType
    required: bool = False
    help: str = ""
    example: str = ""
    default: Json = None
    choices: tuple[Choice, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    group: str = ""
    requires: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    destination: bool = False  # where the connection leads to, as every address: secrets are bound to it


@dataclass(frozen=True)
class StreamSpec:
    """A stream that is read: which of the vendor's objects and fields, and why each is needed (the consent screen's text)."""

    stream: Stream
    reads: str
    fields: tuple[str, ...]
    why: str
    needs: str = ""


@dataclass(frozen=True)
class SinkSpec:
    """A sink that is written: where it ends up in the vendor's system, and which right that takes.

    ``lump_sum_setting``, of the sink for raises: which setting must be filled before what is paid once can be written; "" =
    this connector writes base pay alone.
    """

    sink: Sink
    writes: str
    why: str
    needs: str = ""
    lump_sum_setting: str = ""


@dataclass(frozen=True)
class Limits:
    """Bounds that the kernel holds for every call of this connector: time in all, and size of an answer."""

    total_seconds: int = 30
    max_megabytes: int = 16


@dataclass(frozen=True)
class Webhook:
    """``authoritative``: the signed payload is the record; else it is only a hint to fetch. ``template``: the body to set there."""

    dialect: str
    authoritative: bool = False
    help: str = ""
    template: str = ""


@dataclass(frozen=True)
class Evidence:
    what: str
    source: str
    mark: Mark


@dataclass(frozen=True)
class Quality:
    """One of QUALITY_RULES, done, or exempt with a reason."""

    rule: str
    done: bool
    reason: str = ""


@dataclass(frozen=True)
class Manifest:
    """The only declaration of a connector."""

    slug: str
    title: str
    summary: str
    systems: tuple[str, ...]
    version: str
    streams: tuple[StreamSpec, ...] = ()
    sinks: tuple[SinkSpec, ...] = ()
    settings: tuple[Setting, ...] = ()
    limits: Limits = field(default_factory=Limits)
    webhook: Webhook | None = None
    evidence: tuple[Evidence, ...] = ()
    quality: tuple[Quality, ...] = ()
    not_seen: tuple[str, ...] = ()

    @property
    def secret_names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.settings if one.type in SECRET_TYPES)

    def reads(self, stream: Stream) -> bool:
        return any(one.stream is stream for one in self.streams)

    def writes(self, sink: Sink) -> bool:
        return any(one.sink is sink for one in self.sinks)

    def pays_once(self, settings: Mapping[str, Json]) -> bool:
        """Whether a connection with these settings takes lump sums beside raises."""
        named = [one.lump_sum_setting for one in self.sinks if one.sink is Sink.RAISES]
        return any(name and settings.get(name) for name in named)
