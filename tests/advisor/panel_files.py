"""Writes a panel as the file that ``read_panel`` reads."""

from __future__ import annotations

import csv
from dataclasses import fields
from pathlib import Path

import numpy as np

from plugin.advisor.study.panel import COLUMNS, LearningPanel


def write_panel(panel: LearningPanel, path: Path) -> None:
    columns = [np.asarray(getattr(panel, field.name)) for field in fields(panel)]
    columns[-1] = columns[-1].astype(np.int64)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(zip(*(column.tolist() for column in columns), strict=True))
