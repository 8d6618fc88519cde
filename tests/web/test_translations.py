"""Every sentence of the pages stands in both languages, and no words stand outside of them."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2 import Environment
from jinja2.ext import babel_extract

from filing.web import i18n

WEB = Path(i18n.__file__).parent
TEMPLATES = sorted(WEB.rglob("templates/**/*.html"))
MODULES = sorted(WEB.rglob("*.py"))
CATALOGUES = sorted((WEB / "translations").glob("en/*.po"))
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None}
HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
#: A language is named in itself, whatever the language of the page.
AS_IT_IS = {"中文"}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def messages(path):
    with path.open("rb") as stream:
        if path.suffix == ".html":
            options = {"trimmed": "true", "silent": "false"}
            yield from babel_extract(stream, list(KEYWORDS), [], options)
        else:
            for line, words, comments, _ in extract("python", stream, KEYWORDS):
                yield line, None, words, comments


def asked_for():
    found = {}
    for path in TEMPLATES + MODULES:
        for line, _, words, _ in messages(path):
            key = words if isinstance(words, str) else next(one for one in words if one)
            found.setdefault(key, f"{path.relative_to(WEB)}:{line}")
    return found


def translated(path):
    with path.open("rb") as stream:
        return [one for one in read_po(stream, locale="en") if one.id]


def first(message):
    return message.id if isinstance(message.id, str) else message.id[0]


def test_every_sentence_has_its_english():
    known = i18n.catalogue("en")
    missing = {text: at for text, at in asked_for().items() if text not in known}
    assert missing == {}


def test_the_english_of_a_sentence_that_is_gone_goes_too():
    asked = asked_for()
    stale = {first(one) for path in CATALOGUES for one in translated(path)} - set(asked)
    assert stale == set()


def test_two_areas_do_not_translate_one_sentence_differently():
    several = {}
    for path in CATALOGUES:
        for one in translated(path):
            several.setdefault(first(one), set()).add(str(one.string))
    assert {text: words for text, words in several.items() if len(words) > 1} == {}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda one: one.name)
def test_a_translation_fills_in_what_the_sentence_fills_in(path):
    for one in translated(path):
        strings = [one.string] if isinstance(one.string, str) else one.string
        for words in strings:
            wanted = set(PLACEHOLDER.findall(first(one)))
            assert set(PLACEHOLDER.findall(words)) <= wanted, words
            if not isinstance(one.id, tuple):
                assert set(PLACEHOLDER.findall(words)) == wanted, words


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda one: one.name)
def test_english_is_english(path):
    chinese = [one.string for one in translated(path) if HAN.search(str(one.string))]
    # Terms of the field are given beside their English, in brackets or as they are written.
    allowed = re.compile(r"[（(][^()（）]*[)）]|档号|文种|全宗|修改型|电子文件号")
    assert [one for one in chinese if HAN.search(allowed.sub("", str(one)))] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda one: one.name)
def test_no_words_stand_in_a_template_untranslated(path):
    text = path.read_text(encoding="utf-8")
    if "api" in path.parts:
        pytest.skip("the interface's page has both languages side by side")
    stray = [
        (line, value.strip())
        for line, kind, value in Environment().lex(text)
        if kind == "data" and HAN.search(value) and value.strip() not in AS_IT_IS
    ]
    assert stray == []


def test_a_string_is_translated_where_it_is_shown_not_pasted_together():
    # An f-string cannot be looked up: its sentence is known only when it is too late.
    bad = re.compile(r"\b(?:_|gettext|marked)\(\s*f[\"']")
    found = [path.name for path in TEMPLATES + MODULES if bad.search(path.read_text("utf-8"))]
    assert found == []


def test_what_is_missing_is_found():
    assert Counter(HAN.findall("a 归 𠀀")) == Counter("归𠀀")
