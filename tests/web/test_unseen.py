"""Whatever a page shows passes one place: no template can forget to show what cannot be seen."""

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

import filing.web
from filing.web.unseen import Reader, Unseen

TEMPLATES = sorted(Path(filing.web.__file__).parent.glob("templates/**/*.html"))
MARK = '<span class="unseen">U+200B</span>'
TEXT = "a\u200bb"


def shown(source, **templates):
    environment = Environment(
        loader=DictLoader({"page": source, **templates}),
        autoescape=True,
        extensions=[Unseen],
        undefined=StrictUndefined,
    )
    return environment.get_template("page").render(x=TEXT, empty="", made=Markup(TEXT), n=7)


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("<p>{{ x }}</p>", f"<p>a{MARK}b</p>"),
        ("<p>{{ empty or x }}</p>", f"<p>a{MARK}b</p>"),
        ("<p>{{ x if n else empty }}{{ '<' ~ x }}</p>", f"<p>a{MARK}b&lt;a{MARK}b</p>"),
        ("{{ x|upper }}{{ n }}{{ empty }}", f"A{MARK}B7"),
        ('<a title="{{ x }}">{{ x }}</a>', f'<a title="a[U+200B]b">a{MARK}b</a>'),
        ("<img alt='{{ x }}'>{{ x }}", f"<img alt='a[U+200B]b'>a{MARK}b"),
        ('<input value="{{ x }}"{% if n %} checked{% endif %}>', f'<input value="{TEXT}" checked>'),
        (
            '<a href="/?q={{ x }}" aria-label="{{ x }}">',
            f'<a href="/?q={TEXT}" aria-label="a[U+200B]b">',
        ),
        (
            "<textarea id='i'>{{ x }}</textarea>{{ x }}",
            f"<textarea id='i'>{TEXT}</textarea>a{MARK}b",
        ),
        ("<option value='{{ x }}'>{{ x }}</option>", f"<option value='{TEXT}'>a[U+200B]b</option>"),
        ("<title>{{ x }}</title><p>{{ x }}", f"<title>a[U+200B]b</title><p>a{MARK}b"),
        ("{% macro m(v) %}<b>{{ v }}</b>{% endmacro %}{{ m(x) }}", f"<b>a{MARK}b</b>"),
        ("{{ made }}", TEXT),
        ("<!-- <option> -->{{ x }}", f"<!-- <option> -->a{MARK}b"),
        ("<p{{ {'value': x}|xmlattr }}>", f'<p value="{TEXT}">'),
    ],
)
def test_a_value_is_shown_by_where_it_stands(source, page):
    assert shown(source) == page


def test_the_title_of_a_page_is_known_by_its_block():
    block = "{% block title %}{{ x }}{% endblock %}"
    base = f"<title>{block} · {{{{ x }}}}</title>{{% block main %}}{{% endblock %}}"
    page = f"{{% extends 'base' %}}{block}{{% block main %}}{{{{ x }}}}{{% endblock %}}"
    assert shown(page, base=base) == f"<title>a[U+200B]b · a[U+200B]b</title>a{MARK}b"


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_every_template_ends_where_it_began(file):
    """Else the reader has lost its way in it, and would take a value's place for another."""
    environment, reader = Environment(), Reader()
    for token in environment._tokenize(file.read_text(encoding="utf-8"), file.name):
        if token.type == "data":
            reader.read(token.value)
    assert reader.is_between_tags
