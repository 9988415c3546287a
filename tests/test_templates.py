"""Templates that a person can review: no line longer than the formatter's width, and the formatter changes no meaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.template_format import WIDTH, formatted

TEMPLATES = Path(__file__).parents[1] / "plugin" / "web" / "templates"
NOT_YET = frozenset({"manager"})  # folders to format; each goes once its pages' words are done


def _pages(folders: frozenset[str], *, inside: bool) -> list[Path]:
    return [path for path in sorted(TEMPLATES.rglob("*.html")) if (path.parent.name in folders) is inside]


@pytest.mark.parametrize(
    "path", _pages(NOT_YET, inside=False), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_no_line_is_too_long_to_be_reviewed(path: Path) -> None:
    long = [line for line in path.read_text(encoding="utf-8").split("\n") if len(line) > WIDTH]
    assert long == [], "run: python -m tests.template_format FILE"


@pytest.mark.parametrize("folder", sorted(NOT_YET))
def test_a_folder_that_is_formatted_is_taken_off_the_list(folder: str) -> None:
    lines = [
        line for path in _pages(frozenset({folder}), inside=True) for line in path.read_text().split("\n")
    ]
    assert any(len(line) > WIDTH for line in lines)


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
