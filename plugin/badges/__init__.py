"""Open Badges and CLR verification: one function, three verdicts, and a separate decision on issuers."""

from plugin.badges.codes import CODES
from plugin.badges.limits import Limits
from plugin.badges.reading.documents import (
    Document,
    Documents,
    FetchRefused,
    IndexDocuments,
    MappedDocuments,
    NoDocuments,
    PublicOnly,
    Unreachable,
)
from plugin.badges.trust import IssuerEntry, decide
from plugin.badges.verdict import BadgeFacts, Issuer, Step, Verdict
from plugin.badges.verification import verify

__all__ = [
    "CODES",
    "BadgeFacts",
    "Document",
    "Documents",
    "FetchRefused",
    "IndexDocuments",
    "Issuer",
    "IssuerEntry",
    "Limits",
    "MappedDocuments",
    "NoDocuments",
    "PublicOnly",
    "Step",
    "Unreachable",
    "Verdict",
    "decide",
    "verify",
]
