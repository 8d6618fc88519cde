"""Names that are unsafe, or could be taken for one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.adapters.packages.names import check_names, skeleton, what_is_unsafe
from tests.adapters.packages.build import codes


@pytest.mark.parametrize(
    "name", ["正文.ofd", "附件/表 1.xlsx", "𠮷田.pdf", "a.b.c", "..a", "con-1"]
)
def test_usual_names_are_safe(name):
    assert what_is_unsafe(name) == ""


@given(st.text(max_size=30))
def test_a_safe_name_stays_below_its_folder(name):
    if what_is_unsafe(name) == "":
        steps = name.removesuffix("/").split("/")
        assert not {"", ".", ".."} & set(steps)
        assert not any(ord(one) < 32 or one in '\\:*?"<>|' for one in name)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("a", "a", "duplicate"),
        ("A.pdf", "a.PDF", "case-collision"),
        ("caf\u00e9", "cafe\u0301", "look-alike"),
        ("Ａ.pdf", "a.pdf", "look-alike"),
        ("a·b", "a•b", "look-alike"),
        ("a-b", "a–b", "look-alike"),
        ("scan.pdf", "sc\u0430n.pdf", "look-alike"),
        ("\u0410\u0412.pdf", "AB.pdf", "look-alike"),
        ("B\u03bf\u0301.pdf", "b\u00f3.pdf", "look-alike"),
        ("正文.pdf", "正文\ufe00.pdf", "look-alike"),
        ("正文.pdf", "正文\U000e0100.pdf", "look-alike"),
        ("正文.pdf", "正文\u3164.pdf", "look-alike"),
        ("附件", "附件/a", "file-and-folder"),
        ("附件/a", "附件", "file-and-folder"),
        ("D/a", "d/b", "case-collision"),
        ("x/", "x", "file-and-folder"),
    ],
)
def test_names_that_collide_are_found(one, other, reason):
    findings, refused = check_names([one, other], 10)
    assert codes(findings) == [("ZX-4-4", reason)]
    assert refused == {1}


@given(st.text(max_size=20))
def test_a_skeleton_is_its_own_skeleton(name):
    assert skeleton(skeleton(name)) == skeleton(name)


def test_names_that_only_resemble_each_other_do_not_collide():
    names = ["已.pdf", "己.pdf", "附件1.pdf", "附件一.pdf", "附件I.pdf", "ж.pdf", "λ.pdf", "A.pdf"]
    assert check_names(names, 10) == ([], frozenset())


def test_findings_are_limited_but_every_name_is_judged():
    findings, refused = check_names(["../x"] * 50, 3)
    assert len(findings) == 3
    assert len(refused) == 50
