"""Every text a page shows passes here: what cannot be seen in it is shown by its code point.

Templates need not think of it. When one is compiled, each ``{{ … }}`` is wrapped by
where it stands: between tags a code point gets a mark of its own, in a title, an option or
a label read aloud it is put in brackets. What a form sends back, an address and
anything already made into markup stay as they are.

Does not know which values came from outside: it looks at all of them.
"""

import re
from collections.abc import Iterator

from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup, escape

from filing.model.unseen import in_words, is_clean, named

_MARK = '<span class="unseen">{}</span>'
#: Elements that hold text and no markup; True where that text is read, and not sent back.
_PLAIN = {"title": True, "option": True, "textarea": False, "script": False, "style": False}
#: Attributes that are read.
_READ = frozenset({"alt", "aria-description", "aria-label", "data-name", "placeholder", "title"})
_TAG = re.compile(r"<!--.*?-->|<(/?)([A-Za-z][\w-]*)", re.DOTALL)
_IN_TAG = re.compile(r"(>)|([\w:-]+)\s*=\s*([\"'])")


def marked(text: str, *, layout: bool = True) -> Markup:
    """A text as markup, with a mark in the place of each character that cannot be seen."""
    return Markup(named(str(escape(text)), _MARK.format, layout=layout))


def between_tags(value: object) -> object:
    """What is shown of a value in the text of a page."""
    if not isinstance(value, str) or hasattr(value, "__html__") or is_clean(value):
        return value
    return marked(value)


def where_text_stands_alone(value: object) -> object:
    """What is shown of a value where no mark can stand."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return in_words(value)


class Reader:
    """Follows a template's own text, to know where the next value stands."""

    def __init__(self) -> None:
        self._element = self._opened = self._attribute = self._quote = ""
        self._in_tag = False

    def read(self, text: str) -> None:
        """Go on over a piece of the template."""
        at = 0
        while 0 <= at < len(text):
            if self._quote:
                at = self._value(text, at)
            else:
                at = self._within(text, at) if self._in_tag else self._outside(text, at)

    @property
    def filter(self) -> str:
        """The name of the filter for a value at this place; "" for none."""
        if self._quote:
            read = self._attribute in _READ
        elif self._in_tag:
            read = False
        elif self._element:
            read = _PLAIN.get(self._element, False)
        else:
            return "between_tags"
        return "where_text_stands_alone" if read else ""

    def enter(self, element: str) -> str:
        """Go on as inside of an element; where it was before, to be entered again."""
        self._element, before = element, self._element
        return before

    @property
    def is_between_tags(self) -> bool:
        return not (self._in_tag or self._element or self._quote)

    def _value(self, text: str, at: int) -> int:
        end = text.find(self._quote, at)
        if end < 0:
            return -1
        self._quote = ""
        return end + 1

    def _within(self, text: str, at: int) -> int:
        found = _IN_TAG.search(text, at)
        if found is None:
            return -1
        if found[1]:
            self._in_tag, self._element = False, self._opened
        else:
            self._attribute, self._quote = found[2].lower(), found[3]
        return found.end()

    def _outside(self, text: str, at: int) -> int:
        found = _TAG.search(text, at)
        if found is None:
            return -1
        name = (found[2] or "").lower()
        if name and (not self._element or (found[1] and name == self._element)):
            self._in_tag = True
            self._opened = name if name in _PLAIN and not found[1] else ""
        return found.end()


class Unseen(Extension):
    """Wraps every value of a template by where it stands."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(
            between_tags=between_tags, where_text_stands_alone=where_text_stands_alone
        )
        environment.tests["unseen"] = lambda text: in_words(text) != text

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The tokens of a template, each value in brackets and through its filter."""
        reader, blocks, name = Reader(), list[str](), ""
        before = Token(0, "", "")
        for token in stream:
            if token.type == "data":
                reader.read(token.value)
            elif before.type == "block_begin" and token.value == "endblock":
                reader.enter(blocks.pop())
            elif before.test("name:block") and token.type == "name":
                # The title's block stands in another template than the element it fills.
                blocks.append(reader.enter("title" if token.value == "title" else ""))
            if token.type == "variable_end" and name:
                for kind, text in (("rparen", ")"), ("pipe", "|"), ("name", name)):
                    yield Token(token.lineno, kind, text)
            yield token
            if token.type == "variable_begin" and (name := reader.filter):
                yield Token(token.lineno, "lparen", "(")
            before = token
