"""No text for people stands outside of gettext."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.texts.catalogues import PLUGIN, name_of, sources
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


def test_no_word_is_made_of_a_code() -> None:
    """``pay_changed`` is shown by its word in the reader's language, or as the code that it is, never as English made of it."""
    made = re.compile(r"""replace\(\s*["']_["']\s*,\s*["'] ["']\s*\)""")
    places = [path for path in (PLUGIN / "web").rglob("*.*") if path.suffix in (".py", ".html")]
    places += (PLUGIN / "cli").rglob("*.py")
    found = [path.relative_to(PLUGIN).as_posix() for path in places if made.search(path.read_text("utf-8"))]
    assert found == ["web/analyst/card.py"]  # patterns of names that may be no input of a model, not words
