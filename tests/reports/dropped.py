"""Reads small files as a run does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from plugin.connectors import load
from plugin.connectors.base import Context, Http
from plugin.domain import Record, Stream
from plugin.manifest import manifest_of
from plugin.testing.driver import Inbox, context

CSV = load("csv_folder")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Dropped:
    """A folder with files, and what one reading of it makes of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inbox = Inbox()

    def put(self, name: str, text: str | bytes) -> None:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    def ctx(self, **settings: object) -> Context:
        values = {"folder": self.folder.name, **settings}
        manifest = manifest_of("csv_folder")
        return context(manifest, values, cast("Http", None), clock=lambda: NOW, files=self.folder.parent)  # type: ignore[arg-type]

    def read(self, stream: Stream, **settings: object) -> dict[str, Record]:
        """Records by key; what was refused is in ``faults``."""
        ctx = self.ctx(**settings)
        self.inbox.rejects.clear()
        self.inbox.run(CSV, ctx, stream)
        records, skipped = self.inbox.records(CSV, ctx, stream)
        assert skipped == {}
        return records

    @property
    def faults(self) -> dict[str, str]:
        """Code by line, and by line and cell where only the cell was refused."""
        return {place.partition(" line ")[2]: code for (_, place), code in self.inbox.rejects.items()}


@pytest.fixture
def dropped(tmp_path: Path) -> Dropped:
    (tmp_path / "in").mkdir()
    return Dropped(tmp_path / "in")
