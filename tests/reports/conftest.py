from __future__ import annotations

from tests.reports.dropped import dropped

__all__ = ["dropped"]
