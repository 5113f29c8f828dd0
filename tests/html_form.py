"""Read a form of a page as a browser would send it, so that tests change what a person changes."""

from __future__ import annotations

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.wanted, self.inside = form_id, False
        self.fields: list[tuple[str, str]] = []
        self._select = self._area = ""
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = about.get("id") == self.wanted
        ours = self.inside or about.get("form") == self.wanted
        if tag == "option" and self._select:
            self._options.append((about.get("value", ""), "selected" in about))
        if not ours or not about.get("name"):
            return
        if tag == "input" and about.get("type") in {"checkbox", "radio"}:
            if "checked" in about:
                self.fields.append((about["name"], about.get("value", "on")))
        elif tag == "input":
            self.fields.append((about["name"], about.get("value", "")))
        elif tag == "select":
            self._select, self._options = about["name"], []
        elif tag == "textarea":
            self._area = about["name"]
            self.fields.append((self._area, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected]
            chosen = chosen or [value for value, _ in self._options][:1]
            self.fields += [(self._select, value) for value in chosen]
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            name, value = self.fields[-1]
            self.fields[-1] = (name, (value + data).removeprefix("\n"))


def form_of(page: str, form_id: str) -> dict[str, list[str]]:
    """Return the fields of a form as they stand: a name may have several values."""
    reader = _Reader(form_id)
    reader.feed(page)
    found: dict[str, list[str]] = {}
    for name, value in reader.fields:
        found.setdefault(name, []).append(value)
    return found
