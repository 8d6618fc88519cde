"""The pages' two languages: Chinese stands in the code and templates, English in catalogues.

The message id is the Chinese sentence. The English of each area is one file,
translations/en/<area>.po, read once at start; nothing is compiled. A sentence
without English is shown in Chinese; a test finds it before a reader does.

Does not choose words for dates and numbers; see filing.web.formats.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask import Request, g, has_request_context, request
from markupsafe import Markup, escape

from filing.errors import FilingError
from filing.web.visitor import visitor

LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "lang"

#: A first word that is one of the language, and an end to which a full stop belongs.
_WORD = re.compile(r"[a-z]+[ ,]")
_ENDS = re.compile(r"[\u3400-\u9fff）”》]$")
_CATALOGUES = Path(__file__).parent / "translations"


@cache
def catalogue(lang: str) -> Mapping[str, str | tuple[str, ...]]:
    """Every translated message of a language: Chinese sentence -> its words there.

    A message with a plural has a tuple, one form per number.
    """
    found: dict[str, str | tuple[str, ...]] = {}
    for file in sorted((_CATALOGUES / lang).glob("*.po")):
        with file.open("rb") as stream:
            for message in read_po(stream, locale=lang):
                key = message.id if isinstance(message.id, str) else message.id[0]
                words = message.string
                if key and words and (isinstance(words, str) or all(words)):
                    found[key] = words if isinstance(words, str) else tuple(words)
    return found


def language() -> str:
    """The language of the page at hand: "zh" or "en".

    What the address asks for (?lang=), else what was chosen before (a cookie), else
    what the account says, else Chinese.
    """
    if not has_request_context():
        return "zh"
    if "page_language" not in g:  # a page asks some hundred times
        g.page_language = _language()
    return str(g.page_language)


def _language() -> str:
    wish = asked(request) or request.cookies.get(COOKIE, "")
    if wish not in LANGUAGES:
        person = visitor()
        wish = "" if person is None else person.language
    return wish if wish in LANGUAGES else "zh"


def asked(at: Request) -> str:
    """The language the address asks for, or "" where it asks for none."""
    wish = at.args.get("lang", "")
    return wish if wish in LANGUAGES else ""


def gettext(sentence: str, **values: object) -> str:
    """A Chinese sentence in the language of the page, its %(name)s filled in; of one with a
    plural, the words for one."""
    words = catalogue(language()).get(sentence, sentence)
    return _filled(words if isinstance(words, str) else words[0], values)


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """As ``gettext``, by number; %(n)s is the number. Chinese has one form: one == many."""
    words = catalogue(language()).get(one, (one, many))
    forms = (words, words) if isinstance(words, str) else words
    return _filled(forms[0] if n == 1 else forms[-1], {"n": n, **values})


def refused(error: FilingError | None) -> str:
    """What a refusal says, as a sentence in the language of the page; "" for none.

    Refusals are worded to stand behind others ("misconfigured: the key …"), on a page they
    stand alone: with a capital, unless an identifier begins them, and a full stop.
    """
    if error is None:
        return ""
    if language() == "en" or not error.zh:
        words = str(error)
        begun = words[:1].upper() + words[1:] if _WORD.match(words) else words
        return begun + ("." if words[-1:].isalnum() or words.endswith(")") else "")
    return error.zh + ("。" if _ENDS.search(error.zh) else "")


def marked(sentence: str) -> str:
    """The sentence itself: says that it is to be translated when it is shown."""
    return sentence


def _filled(words: str, values: Mapping[str, object]) -> str:
    if not values:
        return words
    if any(hasattr(one, "__html__") for one in values.values()):
        return Markup(escape(words)) % values
    return words % values
