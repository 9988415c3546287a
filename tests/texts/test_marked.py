"""No text for people stands outside of gettext, but for the files that still wait (lists that only get shorter)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.texts.catalogues import ROOT, name_of, sources
from tests.texts.finding import not_done, outside

WAITING = not_done()


@pytest.mark.parametrize("path", [path for path in sources() if name_of(path) not in WAITING], ids=name_of)
def test_no_text_stands_outside_of_a_marker(path: Path) -> None:
    assert outside(path) == []


def test_a_file_that_is_done_is_taken_off_its_list() -> None:
    done = [name for name in WAITING if not (ROOT / name).exists() or not outside(ROOT / name)]
    assert done == [], "take these off tests/texts/not_done"


def test_what_is_not_marked_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<p class=\"{{ 'lane' if x else 'row' }}\">Send it {{ _('Marked %(n)s', n=n) }}</p>\n"
        "<a title=\"Open\">{{ 'yes' if x else _('no') }}</a>\n"
        "{{ button('Take back', address) }}{% trans %}Marked too{% endtrans %}\n"
    )
    assert outside(page) == ["Send it", "Open", "yes", "Take back"]
