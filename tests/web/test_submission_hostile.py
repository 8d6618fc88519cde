"""What comes from a package stays text: names, values, files that would like to be pages."""

import contextlib
import re
from dataclasses import replace

import pytest

from examples.good import EEP_NAME, good
from filing.model.package import Content, Form
from filing.web.submission.files import hand_out
from filing.web.submission.source import LONGEST, PAGE, decoded, difference
from tests.web.submission_fakes import ID, FakeDesk, a_site, bad, lawful

URL = f"/submissions/{ID}"
MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"
ACTING = {
    "html": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "xml": b'<?xml version="1.0"?><?xml-stylesheet href="x"?><a/>',
    "js": b"alert(1)",
    "mhtml": b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<script>",
}


class Holding(FakeDesk):
    """A delivery with one file of our choice among its own."""

    def __init__(self, one, member, body):
        super().__init__(one)
        self.extra = Content(member, len(body), (), body)

    def file(self, person, submission_id, member, corrected):
        if member != self.extra.member:
            return super().file(person, submission_id, member, corrected)
        return contextlib.closing(self.extra.open()), self.extra.size_bytes

    def examine(self, person, submission_id):
        found = super().examine(person, submission_id)
        found.package = replace(found.package, members=(*found.package.members, self.extra))
        return found


def client_of(made, folder):
    client = a_site(made, folder).test_client()
    client.set_cookie("filing-session", "clerk")
    return client


@pytest.mark.parametrize("body", ACTING.values(), ids=ACTING)
def test_a_file_that_could_act_is_only_handed_out_for_saving(tmp_path, body):
    client = client_of(Holding(lawful(), "page.html", body), tmp_path)
    given = client.get(f"{URL}/content?member=page.html")
    assert given.data == body
    assert given.headers["Content-Type"] == "application/octet-stream"
    assert given.headers["Content-Disposition"].startswith("attachment")
    assert given.headers["Content-Security-Policy"].startswith("sandbox;")
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"{URL}/frame?member=page.html").status_code == 404
    shown = client.get(f"{URL}/preview?member=page.html").get_data(as_text=True)
    assert "<iframe" not in shown
    assert "<script>alert" not in shown


def test_a_picture_is_shown_as_what_its_bytes_are_in_a_sandbox(tmp_path):
    body = b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"
    client = client_of(Holding(lawful(), "x.html", body), tmp_path)
    given = client.get(f"{URL}/frame?member=x.html")
    assert given.headers["Content-Type"] == "image/png"
    assert "sandbox" in given.headers["Content-Security-Policy"]
    assert "default-src 'none'" in given.headers["Content-Security-Policy"]
    assert given.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_pdf_is_shown_with_nothing_allowed_but_itself(tmp_path):
    client = client_of(Holding(lawful(), "a.pdf", b"%PDF-1.7\n"), tmp_path)
    given = client.get(f"{URL}/frame?member=a.pdf")
    assert given.headers["Content-Type"] == "application/pdf"
    policy = given.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy


def test_what_turns_the_reading_of_a_name_round_is_shown(tmp_path):
    client = client_of(Holding(lawful(), "\u202egpj.exe", b"text"), tmp_path)
    page = client.get(f"{URL}/files").get_data(as_text=True)
    assert '<h2><span class="unseen">U+202E</span>gpj.exe' in page
    assert '<code><span class="unseen">U+202E</span>gpj.exe</code>' in page


@pytest.mark.parametrize(
    "name",
    [MARKUP, "../../etc/passwd", "a\r\nSet-Cookie: x=1", "\u202egpj.exe", "名" * 500, "a'b\"c;d"],
)
def test_a_name_is_text_everywhere(tmp_path, name):
    client = client_of(Holding(lawful(), name, b"text"), tmp_path)
    page = client.get(f"{URL}/files")
    assert page.status_code == 200
    assert "<script>alert" not in page.get_data(as_text=True)
    given = client.get(f"{URL}/content", query_string={"member": name})
    assert given.status_code == 200
    told = given.headers["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename\*=UTF-8''[A-Za-z0-9%._~-]+", told)
    assert "Set-Cookie" not in given.headers


def test_values_are_text_everywhere(tmp_path):
    title = lawful().body.decode("utf-8")
    text = re.sub(
        r"<题名>[^<]*</题名>", "<题名>&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</题名>", title
    )
    made = FakeDesk(replace(bad("GD-1-4"), body=text.encode()))
    made.entry_title = MARKUP
    client = client_of(made, tmp_path)
    for path in ("", "/xml", "/report", "/history", "/return", "/files", "/hand-in"):
        page = client.get(f"{URL}{path}").get_data(as_text=True)
        assert "<script>alert" not in page
        assert ESCAPED in page


def test_a_list_looks_into_files_of_any_form(tmp_path):
    sample = next(good(1, form=Form.EEP_ZIP))
    client = client_of(FakeDesk(sample), tmp_path)
    page = client.get(f"{URL}/files").get_data(as_text=True)
    assert EEP_NAME not in re.findall(r"<h2>([^<]*)", page)
    assert page.count('class="file"') >= 1


def test_what_is_handed_out_is_never_in_memory_whole(tmp_path):
    class Endless:
        read_bytes = 0

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def read(self, most):
            assert most <= 1 << 20
            self.read_bytes += most
            return b"x" * most

    client = a_site(FakeDesk(lawful()), tmp_path)
    with client.test_request_context("/"):
        opener = Endless()
        answer = hand_out(opener, 1 << 40, "application/octet-stream", save_as="a")
        pieces = iter(answer.response)
        for _ in range(3):
            next(pieces)
        assert opener.read_bytes < 4 << 20
        pieces.close()


def test_a_long_document_comes_in_pages_and_long_lines_are_cut(tmp_path):
    start = "<文件数据>"
    long = "<!--" + "\n" * 3000 + "字" * 5000 + "-->\n" + start
    body = lawful().body.replace(start.encode(), long.encode())
    client = client_of(FakeDesk(replace(lawful(), body=body)), tmp_path)
    first = client.get(f"{URL}/xml").get_data(as_text=True)
    assert first.count('<th scope="row"') == PAGE
    assert 'rel="next"' in first
    last = client.get(f"{URL}/xml?from=3010").get_data(as_text=True)
    assert "字" * LONGEST in last
    assert "字" * (LONGEST + 1) not in last
    for odd in ("0", "-1", "x", "9" * 30, "²", "99999999"):
        assert client.get(f"{URL}/xml", query_string={"from": odd}).status_code == 200


def test_a_difference_shows_what_was_taken_and_what_came(tmp_path):
    before = "\n".join(str(number) for number in range(50)).encode()
    after = before.replace(b"\n20\n", b"\ntwenty\n")
    marked = {(one.mark, one.text) for one in difference(before, after) if one.mark}
    assert marked == {("-", "20"), ("+", "twenty")}
    assert len(difference(before, after)) == 8
    assert difference(before, before) == []


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8"])
def test_a_document_is_read_in_the_encoding_it_declares(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<题名>通知</题名>'
    assert decoded(text.encode(encoding)) == text
    assert decoded(b"\xff\xfe\x00") is not None


def test_a_field_says_what_in_its_value_cannot_be_seen(tmp_path):
    page = client_of(FakeDesk(bad("GD-1-6", "zero_width")), tmp_path).get(URL).text
    row = page.partition("看不见的字符以码位标出：")[2]
    assert row.partition("</p>")[0].count('<span class="unseen">U+200B</span>') == 1
    assert "\u200b" in re.search(r"<textarea[^>]*aria-invalid[^>]*>(.*?)</textarea>", page, re.S)[1]
    lawful_page = client_of(FakeDesk(lawful()), tmp_path / "other").get(URL).text
    assert "看不见的字符以码位标出：" not in lawful_page
