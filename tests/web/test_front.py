import re

import pytest
from flask import Flask

from filing.errors import NotFound, OutsideUnavailable
from filing.web.front import LogView, create_blueprint, read_log
from tests.fakes import FakeServices


def a_page(services=None, query=""):
    app = Flask("site", static_folder=None)
    app.register_blueprint(create_blueprint(services or FakeServices()))
    return app.test_client().get(f"/{query}")


@pytest.mark.parametrize(
    ("query", "words", "language"),
    [
        ("", "立档单位", "zh-CN"),
        ("?lang=en", "signed receipt", "en"),
        ("?lang=%FF", "立档单位", "zh-CN"),
    ],
)
def test_the_front_page_says_what_this_is_in_two_languages(query, words, language):
    page = a_page(query=query).get_data(as_text=True)
    assert words in page
    assert f'<html lang="{language}">' in page


def test_it_says_how_far_the_log_has_grown():
    assert '<dd class="size">7</dd>' in a_page().get_data(as_text=True)


@pytest.mark.parametrize(
    ("error", "said"),
    [(NotFound("no checkpoint yet"), "还没有检查点"), (OutsideUnavailable("busy"), "读不到检查点")],
)
def test_it_is_there_without_a_checkpoint_and_leads_to_none(error, said):
    services = FakeServices()

    def none():
        raise error

    services.checkpoint = none
    answer = a_page(services)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert said in page
    assert "/log/checkpoint" not in page


def test_it_has_no_inline_script_and_nothing_from_elsewhere():
    answer = a_page()
    page = answer.get_data(as_text=True)
    assert not re.search(r"<script>|<style|style=|\son\w+=|https?://", page)
    assert re.findall(r'<script src="(.*?)\?', page) == [
        "/static/package/htmx.min.js",
        "/static/filing.js",
    ]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")


@pytest.mark.parametrize(
    "text",
    [b"", b"a\nb\nc\n\n", "a\n٣\nc\n\n".encode(), b"a\n" + b"9" * 5000 + b"\nc\n\n", b"\xff\n"],
)
def test_what_is_no_checkpoint_is_not_shown(text):
    assert read_log(text) is None


def test_a_checkpoint_is_read():
    assert read_log(b"origin\n0\nAA=\n\n") == LogView("origin", 0, "AA=")


def test_its_styles_are_served():
    app = Flask("site", static_folder=None)
    app.register_blueprint(create_blueprint(FakeServices()))
    with app.test_client().get("/static/filing.css") as answer:
        assert answer.content_type.startswith("text/css")
