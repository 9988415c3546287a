"""The forms of a page as a browser would send them, and the figures that stand in its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

TYPED = ("text", "date", "number", "search")


@dataclass
class Form:
    """``typed``: fields that show a figure or a day."""

    action: str
    method: str
    data: dict[str, list[str]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)

    def add(self, name: str | None, value: str) -> None:
        if name:
            self.data.setdefault(name, []).append(value)


class Page(HTMLParser):
    """``rows``: the cells of every table row; ``links``: addresses within the product."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.rows: list[list[str]] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select: tuple[str | None, list[tuple[str, bool]]] | None = None
        self._area: str | None = None
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(found.get("action", ""), found.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a" and found.get("href", "").startswith("/"):
            self.links.append(found["href"].partition("#")[0])
        elif tag == "tr":
            self._in_cell = False  # a table within a cell
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self._in_cell = True
            self.rows[-1].append("")
        elif self._form is not None:
            self._field(tag, found, self._form)

    def _field(self, tag: str, found: dict[str, str], form: Form) -> None:
        if tag == "input":
            self._input(found, form)
        elif tag == "textarea":
            self._area = found.get("name")
            form.add(self._area, "")
        elif tag == "select":
            self._select = (found.get("name"), [])
        elif tag == "option" and self._select is not None:
            self._select[1].append((found.get("value", ""), "selected" in found))

    def _input(self, found: dict[str, str], form: Form) -> None:
        kind, value = found.get("type", "text"), found.get("value", "")
        if kind in ("file", "submit", "password") or (
            kind in ("checkbox", "radio") and "checked" not in found
        ):
            return
        form.add(found.get("name"), value)
        if kind in TYPED and any(sign.isdigit() for sign in value) and "readonly" not in found:
            form.typed.append(found.get("name", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag in ("td", "th"):
            self._in_cell = False
        elif tag == "select" and self._select is not None and self._form is not None:
            name, options = self._select
            chosen = next(
                (value for value, is_chosen in options if is_chosen), options[0][0] if options else None
            )
            if chosen is not None:
                self._form.add(name, chosen)
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data
        if self._area is not None and self._form is not None:
            self._form.data[self._area][-1] += data
