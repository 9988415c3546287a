"""Every connector of this installation keeps the contract; a new one is collected by its manifest, nothing here names any."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.testing.contract import Check, Subject, checks_for, subjects

pytestmark = pytest.mark.dates

SUBJECTS = subjects(Path(__file__).parent)


@pytest.mark.parametrize(
    ("subject", "check"),
    [(subject, check) for subject in SUBJECTS for check in checks_for(subject)],
    ids=lambda value: value.name if isinstance(value, Check) else value.manifest.slug,
)
def test_connector_keeps_the_contract(subject: Subject, check: Check) -> None:
    check.run(subject)
