"""Every form of a page, as a browser would send it, to be sent otherwise."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin


@dataclass
class Form:
    """Where a form goes and what it would send. ``files`` are names of its file fields."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """What it sends, each name once, but for the token."""
        return [name for name in dict(self.values) if name != "form_token"]

    def filled(self, **other: str) -> dict[str, list[str]]:
        """What it sends with some values changed."""
        found: dict[str, list[str]] = {}
        for name, value in self.values:
            found.setdefault(name, []).append(value)
        return found | {name: [value] for name, value in other.items()}


class _Reader(HTMLParser):
    def __init__(self, at: str) -> None:
        super().__init__()
        self.at, self.forms, self.links = at, [], set()
        self._form: Form | None = None
        self._area = self._choice = ""
        self._undecided, self._at_choice = False, 0
        self._text: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.add(given["href"].partition("#")[0])
        if tag == "form":
            action = urljoin(self.at, given.get("action") or self.at)
            self._form = Form(action, given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is None or not name:
            if tag == "option" and self._choice:
                self._option(given)
        elif tag == "textarea":
            self._area, self._text = name, []
        elif tag == "select":
            self._choice, self._undecided = name, True
            self._at_choice = len(self._form.values)
            self._form.values.append((name, ""))
        elif tag == "button":
            self._form.values.append((name, given.get("value", "")))
        elif tag == "input":
            self._input(name, given)

    def _option(self, given):
        """The first one, until one says that it is selected."""
        if self._form is not None and (self._undecided or "selected" in given):
            self._form.values[self._at_choice] = (self._choice, given.get("value", ""))
            self._undecided = False

    def _input(self, name, given):
        kind = given.get("type", "text")
        if kind == "file":
            self._form.files.append(name)
        elif kind not in ("checkbox", "radio") or "checked" in given:
            self._form.values.append((name, given.get("value", "")))

    def handle_data(self, data):
        if self._area:
            self._text.append(data)

    def handle_endtag(self, tag):
        if tag == "textarea" and self._form is not None and self._area:
            text = "".join(self._text)
            self._form.values.append((self._area, text.removeprefix("\n")))
            self._area = ""
        elif tag == "select":
            self._choice = ""
        elif tag == "form":
            self._form = None


def forms_of(page: str, at: str) -> tuple[list[Form], set[str]]:
    """The forms of a page, and where its links lead on this site."""
    reader = _Reader(at)
    reader.feed(page)
    reader.close()
    return reader.forms, reader.links
