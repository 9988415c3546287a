"""The frozen cases of the advisor's engines: inputs and what was stored of them, as files."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

from plugin.advisor.model.artefact import Artefact, unpack
from plugin.advisor.policy import pay_policy
from plugin.advisor.policy.pay_policy import Policy
from plugin.advisor.policy.settings import AdvisorSettings, as_stored
from plugin.advisor.recommendation import snapshot
from plugin.advisor.recommendation.snapshot import Snapshot
from plugin.domain import JsonObject

FOLDER = Path(__file__).parent / "frozen"


@dataclass(frozen=True)
class Frozen:
    """``contents`` are the bytes of each person's document, in the snapshot's order."""

    snapshot: Snapshot
    policy: Policy
    settings: AdvisorSettings
    model: Artefact | None
    contents: tuple[bytes, ...]
    hashes: JsonObject


def names(engine: int) -> list[str]:
    return sorted(path.name for path in (FOLDER / f"engine_{engine}").iterdir())


def load(engine: int, name: str) -> Frozen:
    folder = FOLDER / f"engine_{engine}" / name
    hashes = json.loads((folder / "hashes.json").read_text())
    model = folder / "model.bin.gz"
    return Frozen(
        snapshot.from_json(
            gzip.decompress((folder / "snapshot.json.gz").read_bytes()), expected_hash=hashes["snapshot"]
        ),
        pay_policy.from_json((folder / "policy.json").read_bytes()),
        as_stored(json.loads((folder / "settings.json").read_bytes())),
        unpack(gzip.decompress(model.read_bytes()), expected_sha256=hashes["model"])
        if model.exists()
        else None,
        tuple(gzip.decompress((folder / "documents.jsonl.gz").read_bytes()).split(b"\n")),
        hashes,
    )
