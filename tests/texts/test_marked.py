"""No text for people stands outside of gettext."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.texts.catalogues import name_of, sources
from tests.texts.finding import outside


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_no_text_stands_outside_of_a_marker(path: Path) -> None:
    assert outside(path) == []


def test_what_is_not_marked_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<p class=\"{{ 'lane' if x else 'row' }}\">Send it {{ _('Marked %(n)s', n=n) }}</p>\n"
        "<a title=\"Open\">{{ 'yes' if x else _('no') }}</a>\n"
        "{{ button('Take back', address) }}{% trans %}Marked too{% endtrans %}\n"
    )
    assert outside(page) == ["Send it", "Open", "yes", "Take back"]
