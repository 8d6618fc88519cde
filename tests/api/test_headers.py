import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from filing.api import headers
from filing.errors import BadRequest

ZEROS = base64.b64encode(bytes(32)).decode()
#: SHA-256 of {"hello": "world"} and a line feed: RFC 9530, appendix B.1 prints it so.
RFC_9530 = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
LONG_ZEROS = base64.b64encode(bytes(64)).decode()


def test_the_example_of_the_standard_is_read():
    found = headers.content_digest(RFC_9530)["sha256"]
    assert found == headers.byte_sequence(RFC_9530.removeprefix("sha-256="), "Content-Digest")
    assert found.hex().startswith("44aff4ab2d7c3250")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", set()),
        (f"sha-256=:{ZEROS}:", {"sha256"}),
        (f"sm3=:{ZEROS}: ,  sha-256=:{ZEROS}:", {"sm3", "sha256"}),
        (f"sha-512=:{LONG_ZEROS}:", {"sha512"}),
        (f'md5=:AA==:, x="a, b";p=1, sha-256=:{ZEROS}:;q', {"sha256"}),
        (f"sha=:AA==:, sha-512-256=:{ZEROS}:, unixsum=:AA==:", set()),
        ("crc32c=:AAAA:", set()),
    ],
)
def test_known_digests_are_taken_and_others_passed_over(text, names):
    assert set(headers.content_digest(text)) == names


@pytest.mark.parametrize(
    "text",
    [
        "sha-256",
        "sha-256=",
        f"sha-256={ZEROS}",
        f"sha-256=:{ZEROS}",
        f"SHA-256=:{ZEROS}:",
        f"sha-256=:{ZEROS}:,",
        f"sha-256=:{ZEROS}: sm3=:{ZEROS}:",
        "sha-256=:AAAA:",
        f"sha-256=:{LONG_ZEROS}:",
        f"sha-512=:{ZEROS}:",
        f'sha-512="{LONG_ZEROS}"',
        "sha-256=:AAA:",
        "sha-256=?1",
        "\xff",
        ",",
    ],
)
def test_a_digest_written_wrongly_is_refused_not_passed_over(text):
    with pytest.raises(BadRequest, match="Content-Digest") as caught:
        headers.content_digest(text)
    assert "Content-Digest" in caught.value.zh


@given(st.text(alphabet=' ,;:="ab*-1\\=', max_size=200))
def test_any_digest_header_is_read_or_refused(text):
    with contextlib.suppress(BadRequest):
        assert set(headers.content_digest(text)) <= {"sha256", "sha512", "sm3"}


def test_a_long_hostile_digest_header_does_not_take_long():
    with pytest.raises(BadRequest):
        headers.content_digest("a=1" + ";a=:a:" * 1300 + '"')


@given(st.binary(min_size=32, max_size=32))
def test_a_digest_written_is_the_digest_read(value):
    assert headers.content_digest(headers.written_digest("sha-256", value)) == {"sha256": value}


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=40))
def test_a_name_to_save_under_is_read_back_the_same(name):
    written = headers.attachment(name)
    assert written.isascii()
    assert parse_options_header(written)[1]["filename"] == name
    assert headers.extended_value(written.partition("filename*=")[2]) == name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("respond-async", True),
        ("wait=5,  Respond-Async ; x=1", True),
        ("", False),
        ("return=minimal", False),
        ("no-respond-async", False),
    ],
)
def test_prefer_is_read(text, wanted):
    assert headers.prefers_async(text) is wanted
