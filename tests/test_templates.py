"""Templates that a person can review: no line longer than the formatter's width, and the formatter changes no meaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin import texts
from plugin.app import create_app
from plugin.services.core import Core
from tests.template_format import WIDTH, formatted

TEMPLATES = Path(__file__).parents[1] / "plugin" / "web" / "templates"


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_no_line_is_too_long_to_be_reviewed(path: Path) -> None:
    long = [line for line in path.read_text(encoding="utf-8").split("\n") if len(line) > WIDTH]
    assert long == [], "run: python -m tests.template_format FILE"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("<tr><td>" + "a" * 70 + "</td><td>" + "b" * 70 + "</td></tr>", 2),
        ("{% if x %} " + "word " * 40 + "{% endif %}", 2),
        (
            "<a {% if x %} class='b'{% endif %} href=\"{{ url_for('a', one=1, two=2) }}\">"
            + "c" * 100
            + "</a>",
            2,
        ),
        ("{{ _('" + "word " * 40 + "end') }}", 3),
        ("<pre>" + "x " * 100 + "</pre>", 1),
    ],
)
def test_lines_end_only_where_white_space_means_nothing(source: str, lines: int) -> None:
    made = formatted(source)
    assert made.count("\n") + 1 == lines
    assert "%}\n " not in made
    assert formatted(made) == made


def test_no_template_writes_words_small_by_itself() -> None:
    """A German noun keeps its capital: the filter ``inside`` knows the reader's language."""
    small = [path.name for path in TEMPLATES.rglob("*.html") if "|lower" in path.read_text(encoding="utf-8")]
    assert small == []


def test_a_constant_is_written_anew_for_each_reader(core: Core) -> None:
    app = create_app(core)
    with app.app_context():
        template = app.jinja_env.from_string("{{ '120000.5'|example }}")
        said = []
        for name in ("en", "de", "en"):
            with texts.reading(name):
                said.append(template.render())
    assert said == ["120,000.5", "120.000,5", "120,000.5"]
