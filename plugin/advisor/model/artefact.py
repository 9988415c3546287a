"""The model as an artefact that is stored by its content's hash and trusted only when the hash still fits."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from functools import cached_property

from plugin.advisor.model import wording
from plugin.advisor.model.tables import Evaluation
from plugin.domain import JsonObject, canonical_json
from plugin.errors import Tampered
from plugin.texts import _

MAGIC = b"RAISEADV1\n"


@dataclass(frozen=True)
class Artefact:
    """A trained model as bytes: no pickle, only UBJ (XGBoost) or JSON (ridge) blobs and JSON metadata.

    ``blobs`` maps "model" and, with intervals, "lower" and "upper" to bytes. ``metadata`` holds the feature list, directions,
    metrics, verdict, interval calibration, ranges seen in training, training data hash and versions.
    """

    metadata: JsonObject
    blobs: dict[str, bytes]

    @cached_property
    def sha256(self) -> str:
        """The address: SHA-256 of ``pack()``."""
        return hashlib.sha256(self.pack()).hexdigest()

    def pack(self) -> bytes:
        """One byte string: magic, length of the header, header (metadata and the blobs' hashes and sizes), blobs."""
        names = sorted(self.blobs)
        header = canonical_json(
            {
                "metadata": self.metadata,
                "blobs": [[n, len(self.blobs[n]), hashlib.sha256(self.blobs[n]).hexdigest()] for n in names],
            }
        )
        return MAGIC + struct.pack(">Q", len(header)) + header + b"".join(self.blobs[n] for n in names)

    @property
    def approved(self) -> bool:
        """Whether the held-out cycle let the model speak."""
        return bool(_verdict(self.metadata).get("approved"))

    @property
    def verdict_sentence(self) -> str:
        """The verdict in the reader's language."""
        return wording.verdict(_verdict(self.metadata))


def unpack(data: bytes, *, expected_sha256: str) -> Artefact:
    """The artefact; Tampered when the bytes are not those of ``expected_sha256``."""
    if hashlib.sha256(data).hexdigest() != expected_sha256:
        raise Tampered(
            _("The stored model does not match its hash."),
            remedy=_("Restore it from a backup, or train again."),
        )
    start = len(MAGIC) + 8
    (size,) = struct.unpack(">Q", data[len(MAGIC) : start])
    header = json.loads(data[start : start + size])
    blobs: dict[str, bytes] = {}
    at = start + size
    for name, length, _digest in header["blobs"]:
        blobs[name] = data[at : at + length]
        at += length
    return Artefact(header["metadata"], blobs)


def _verdict(metadata: JsonObject) -> JsonObject:
    found = metadata.get("verdict")
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Trained:
    """What ``training.train`` gives back: the artefact and its evaluation."""

    artefact: Artefact
    evaluation: Evaluation
