"""The four looks of a page. Two of them, with both widths and both modes in them, are in every run, the others in `make slow`."""

from __future__ import annotations

import pytest

LOOKS = [
    (1440, False),
    (390, True),
    pytest.param(1440, True, marks=pytest.mark.slow),
    pytest.param(390, False, marks=pytest.mark.slow),
]
