"""What cannot be seen is named, and what can be seen is left alone."""

import sys
import unicodedata

import pytest

from filing.model.unseen import in_words, named


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("关于\u200b的通知", "关于[U+200B]的通知"),
        ("\u202egpj.exe", "[U+202E]gpj.exe"),
        ("定期\u00a030年", "定期[U+00A0]30年"),
        ("a\u3164b\u2800c", "a[U+3164]b[U+2800]c"),
        ("a\x00b\x1bc", "a[U+0000]b[U+001B]c"),
        ("\ue000", "[U+E000]"),
        ("\U000e0041", "[U+E0041]"),
        ("\ud800", "[U+D800]"),
        ("\u3000一行", "[U+3000]一行"),
        ("一\r二", "一[U+000D]二"),
    ],
)
def test_what_cannot_be_seen_is_named(text, shown):
    assert in_words(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "关于\u3007\u30fb的通知（2025）—“一”",
        "rare \U00020000\U0002a6d6\U00030000\U00031350\U0002ebf0",  # one newer than Python's tables
        "\u3000\u3000第一段\r\n\u3000\u3000第二段\n\t三",  # how lines are laid out
        "e\u0301 \u0645\u0631\u062d\u0628\u0627",
        "",
    ],
)
def test_what_can_be_seen_stays(text):
    assert in_words(text) == text


def test_ends_of_lines_are_named_where_the_layout_matters():
    assert named("a\nb\tc", "<{}>".format, layout=False) == "a<U+000A>b<U+0009>c"


def test_every_character_python_calls_unprintable_is_named_or_an_ideograph():
    left = [
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if not character.isprintable() and in_words(f"x{character}x") == f"x{character}x"
    ]
    assert {one for one in left if ord(one) < 0x20000} == {"\t", "\n"}
    assert {unicodedata.category(one) for one in left if ord(one) >= 0x20000} == {"Cn"}
    assert max(map(ord, left)) < 0x40000
