"""What every page has: headers, a language, and an answer to everything that goes wrong."""

import re

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from filing import errors as known
from filing.web import errors, front, i18n, pages
from filing.web.errors import SAID, STATUSES
from tests.fakes import FakeServices
from tests.web.fakes import a_site


def a_client(login="", lang="", made=None):
    client = a_site(made).test_client()
    if login:
        client.set_cookie("filing-session", login)
    if lang:
        client.set_cookie("lang", lang)
    return client


CLIENT = a_client("clerk")


@pytest.mark.parametrize("path", ["/", "/help/keys", "/nothing-here", "/desk"])
def test_a_page_of_any_status_says_what_a_browser_may_do_with_it(path):
    headers = a_client("clerk").get(path).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/help/keys", "/desk", "/desk/causes", "/desk/acts"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_stands_inline(path, lang):
    page = a_client("clerk", lang).get(path).get_data(as_text=True)
    assert not re.search(r"<script>|<style|\sstyle=|\son[a-z]+=|javascript:", page)


def test_a_chosen_language_stays():
    client = a_client()
    assert '<html lang="en">' in client.get("/?lang=en").get_data(as_text=True)
    assert '<html lang="en">' in client.get("/help/keys").get_data(as_text=True)
    assert '<html lang="zh-CN">' in client.get("/help/keys?lang=zh").get_data(as_text=True)


@pytest.mark.parametrize("wish", ["", "fr", "EN", "\x00", "en" * 1000, "%ff"])
def test_an_unknown_language_is_chinese(wish):
    answer = a_client().get("/", query_string={"lang": wish})
    assert '<html lang="zh-CN">' in answer.get_data(as_text=True)
    assert "lang=" not in answer.headers.get("Set-Cookie", "")


def test_the_other_language_keeps_the_rest_of_the_address():
    page = a_client("clerk").get("/desk?q=%E9%80%9A&state=all").get_data(as_text=True)
    assert 'href="/desk?q=%E9%80%9A&amp;state=all&amp;lang=en"' in page


@pytest.mark.parametrize("path", ["/nope", "/desk/nope/nope", "/submissions", "/%ff%00", "/a//b"])
@pytest.mark.parametrize(("lang", "words"), [("zh", "未找到"), ("en", "Not found")])
def test_what_is_not_there_is_a_page(path, lang, words):
    answer = a_client("clerk", lang).get(path)
    assert answer.status_code == 404
    assert words in answer.get_data(as_text=True)


def test_a_wrong_method_says_which_are_right():
    answer = a_client().post("/help/keys")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_every_kind_of_error_has_a_status_and_every_status_its_words():
    def below(kind):
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    ours = {one for one in below(known.FilingError) if one.__module__ == known.__name__}
    unsaid = ours - set(STATUSES) - {known.FilingError, known.NotGenuine, known.Misconfigured}
    assert unsaid == set()
    assert set(STATUSES.values()) <= set(SAID)


@pytest.mark.parametrize("kind", STATUSES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_refusal_is_shown_in_the_readers_language(kind, lang):
    app = a_site()

    @app.get("/refused")
    def refused():
        raise kind("the very reason", "确切的原因")

    client = app.test_client()
    client.set_cookie("lang", lang)
    answer = client.get("/refused")
    assert answer.status_code == STATUSES[kind]
    said = "The very reason." if lang == "en" else "确切的原因。"
    assert said in answer.get_data(as_text=True)
    if answer.status_code == 503:
        assert answer.headers["Retry-After"]


def test_what_nobody_foresaw_is_a_page_that_tells_nothing(caplog):
    app = a_site()

    @app.get("/broken")
    def broken():
        raise RuntimeError("a secret path")

    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert "系统内部错误" in answer.get_data(as_text=True)
    assert "secret" not in answer.get_data(as_text=True)
    assert "a secret path" in caplog.text


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "配置有误"), ("en", "A setting of this archive")]
)
def test_what_only_the_operator_can_mend_is_told_him_and_shown_to_nobody_else(lang, words, caplog):
    app = a_site()

    @app.get("/misconfigured")
    def misconfigured():
        raise known.Misconfigured(
            "/srv/keys/people.key is missing", "缺少密钥 /srv/keys/people.key"
        )

    client = app.test_client()
    client.set_cookie("lang", lang)
    answer = client.get("/misconfigured")
    assert answer.status_code == 500
    assert words in answer.get_data(as_text=True)
    assert "/srv" not in answer.get_data(as_text=True)
    assert "event=misconfigured why=/srv/keys/people.key is missing" in caplog.text


def test_a_part_asked_for_by_a_script_gets_the_sentence_alone():
    answer = a_client("clerk").get("/desk?page=x", headers={"HX-Request": "true"})
    assert answer.status_code == 400
    assert answer.headers["HX-Retarget"] == "#alerts"
    assert "<html" not in answer.get_data(as_text=True)


def test_a_page_is_shown_while_it_cannot_be_told_who_looks():
    app = a_site()

    def unavailable(token):
        raise known.OutsideUnavailable("the database does not answer", "数据库没有应答")

    app.extensions["filing-people"].people.session = unavailable
    client = app.test_client()
    client.set_cookie("filing-session", "clerk")
    answer = client.get("/desk")
    assert answer.status_code == 503
    assert "数据库没有应答" in answer.get_data(as_text=True)


def test_what_is_for_systems_is_answered_by_their_own_face():
    app = Flask("site", static_folder=None)
    app.register_blueprint(front.create_blueprint(FakeServices()))
    errors.install(app)
    assert "<main" not in app.test_client().get("/api/v1/nothing").get_data(as_text=True)


def test_a_static_file_named_by_its_digest_is_kept():
    app = a_site()
    with app.test_request_context():
        address = pages.asset("filing.css")
    with app.test_client().get(address) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    with app.test_client().get("/static/filing.css") as answer:
        assert "immutable" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("name", ["htmx.js", "..%2f..%2f__init__.py", "../apps.py", ""])
def test_only_one_file_comes_out_of_the_package(name):
    assert a_client().get(f"/static/package/{name}").status_code == 404


def test_links_of_the_header_are_those_the_person_may_follow():
    clerk = a_client("clerk").get("/").get_data(as_text=True)
    auditor = a_client("auditor").get("/").get_data(as_text=True)
    nobody = a_client().get("/").get_data(as_text=True)
    assert 'href="/desk"' in clerk
    assert 'href="/admin/events"' not in clerk  # no such area in this application
    assert 'href="/desk"' not in auditor
    assert 'href="/desk"' not in nobody
    assert 'href="/sign-in"' in nobody


@given(
    st.sampled_from(["/desk", "/desk/causes"]),
    st.sampled_from(["q", "page", "state", "from", "agency", "lang", "assigned"]),
    st.text(max_size=60),
)
def test_any_text_in_an_address_is_answered(path, name, text):
    assert CLIENT.get(path, query_string={name: text}).status_code in (200, 303, 400)


@pytest.mark.parametrize(
    ("error", "lang", "said"),
    [
        (known.BadRequest("no such file", "没有这个文件"), "en", "No such file."),
        (known.BadRequest("no such file", "没有这个文件"), "zh", "没有这个文件。"),
        (
            known.BadRequest("a.pem is no key (DER)", "密钥有误（DER）"),
            "en",
            "a.pem is no key (DER).",
        ),
        (known.BadRequest("a.pem is no key (DER)", "密钥有误（DER）"), "zh", "密钥有误（DER）。"),
        (known.BadRequest("try: filing check", "请运行 filing check"), "zh", "请运行 filing check"),
        (known.BadRequest("Done.", "已做。"), "en", "Done."),
        (known.BadRequest("Done.", "已做。"), "zh", "已做。"),
        (None, "zh", ""),
    ],
)
def test_a_refusal_stands_as_a_sentence_of_its_own(error, lang, said):
    with Flask("site").test_request_context(f"/?lang={lang}"):
        assert i18n.refused(error) == said


def test_a_form_that_was_understood_is_not_called_a_riddle():
    answer = a_client("clerk").post("/desk/assign", data={"form_token": "token"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "没有选中任何一项。" in page
    assert "不能这样办理" in page
    assert "请求无法理解" not in page
