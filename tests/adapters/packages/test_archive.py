"""The unzipper believes an archive only where its parts agree."""

import io
import stat
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.adapters.packages.archive import read_archive
from filing.model.limits import Limits
from tests.adapters.packages.build import MemorySink, a_zip, codes

LIMITS = Limits()


#: zipfile itself cuts a name at a zero byte.
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=6
)


def opened(raw, limits=LIMITS):
    return read_archive(io.BytesIO(raw), limits, MemorySink())


def raw_zip(entries, *, comment=b"", before=b"", between=b""):
    """A ZIP byte by byte; each entry a dict: name, body, and fields to lie about."""
    out, directory = bytearray(before), bytearray()
    for one in entries:
        name, body = one["name"], one.get("body", b"text")
        packed = one.get("packed", body)
        values = {
            "flags": 0,
            "method": 0,
            "crc": zlib.crc32(body),
            "csize": len(packed),
            "size": len(body),
            "attributes": 0,
            "system": 3,
            "at": len(out),
            "local_name": name,
            "extra": b"",
        } | one
        head = (20, values["flags"], values["method"], 0, 0, values["crc"])
        sizes = (values["csize"], values["size"])
        local = values["local_name"]
        out += struct.pack("<4s5H3L2H", b"PK\3\4", *head, *sizes, len(local), 0) + local + packed
        out += between
        directory += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", values["system"] << 8 | 20, *head, *sizes,
            len(name), len(values["extra"]), 0, 0, 0, values["attributes"] << 16, values["at"],
        ) + name + values["extra"]  # fmt: skip
    at, count = len(out), len(entries)
    end = (0, 0, count, count, len(directory), at, len(comment))
    return bytes(out + directory + struct.pack("<4s4H2LH", b"PK\5\6", *end) + comment)


def test_a_usual_archive_is_read_whole():
    members = {"正文.ofd": b"x" * 70_000, "附件/表.pdf": b"", "a.txt": b"PK\5\6 not the end"}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        archive = opened(a_zip(members, method), Limits(max_ratio=10_000))
        assert archive.findings == ()
        assert {one.member: one.body for one in archive.members} == members


def test_a_comment_and_folders_and_sixty_four_bit_sizes_are_read():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.mkdir("附件")
        with archive.open("附件/大.bin", "w", force_zip64=True) as member:
            member.write(b"z" * 1000)
        archive.comment = b"PK\5\6 sent by OA"
    found = opened(buffer.getvalue())
    assert found.findings == ()
    assert [one.member for one in found.members] == ["附件/大.bin"]


def test_an_archive_written_as_a_stream_is_read():
    class Pipe(io.RawIOBase):
        taken = b""

        def writable(self):
            return True

        def write(self, data):
            Pipe.taken += bytes(data)
            return len(data)

    with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"text" * 100)
        archive.writestr("b.txt", b"more")
    assert struct.unpack_from("<H", Pipe.taken, 6)[0] & 8
    found = opened(Pipe.taken)
    assert found.findings == ()
    assert [one.size_bytes for one in found.members] == [400, 4]


@pytest.mark.parametrize(
    ("raw_name", "flags", "seen"),
    [
        ("正文.ofd".encode(), 0x800, "正文.ofd"),
        ("正文.ofd".encode(), 0, "正文.ofd"),
        ("正文·附件.ofd".encode("gbk"), 0, "正文·附件.ofd"),
        ("镕基.ofd".encode("gbk"), 0, "镕基.ofd"),
        (b"caf\x82.txt", 0, "café.txt"),
    ],
)
def test_names_are_read_as_their_zipper_wrote_them(raw_name, flags, seen):
    found = opened(raw_zip([{"name": raw_name, "flags": flags}]))
    assert found.findings == ()
    assert [one.member for one in found.members] == [seen]


GOOD = {"name": b"good.txt"}
LINK = {"name": b"l", "attributes": stat.S_IFLNK | 0o777}
PIPE = {"name": b"p", "attributes": stat.S_IFIFO | 0o600}


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ({"name": b"../x"}, ("ZX-4-1", "traversal")),
        ({"name": b"a/../../x"}, ("ZX-4-1", "traversal")),
        ({"name": b"/etc/passwd"}, ("ZX-4-1", "absolute")),
        ({"name": b"C:x"}, ("ZX-4-1", "drive")),
        ({"name": b"a\\b"}, ("ZX-4-1", "backslash")),
        ({"name": b"a\0.pdf"}, ("ZX-4-1", "control-character")),
        ({"name": "a\u202efdp.exe".encode(), "flags": 0x800}, ("ZX-4-1", "control-character")),
        ({"name": b"\xff\xfe", "flags": 0x800}, ("ZX-4-1", "bad-encoding")),
        ({"name": b""}, ("ZX-4-1", "empty-name")),
        ({"name": b"a//b"}, ("ZX-4-1", "empty-name")),
        ({"name": b"com1.txt"}, ("ZX-4-1", "reserved-name")),
        ({"name": b"a.txt "}, ("ZX-4-1", "reserved-name")),
        ({"name": b"x" * 300}, ("ZX-4-1", "too-long")),
        ({"name": b"d/" * 40 + b"x"}, ("ZX-4-1", "too-long")),
        ({"name": b"good.txt"}, ("ZX-4-4", "duplicate")),
        ({"name": b"GOOD.TXT"}, ("ZX-4-4", "case-collision")),
        ({"name": "ｇｏｏｄ.txt".encode()}, ("ZX-4-4", "look-alike")),
        ({"name": "good·txt".encode()}, ("ZX-4-4", "look-alike")),
        ({"name": "good．txt".encode()}, ("ZX-4-4", "look-alike")),
        ({"name": b"good.txt/x"}, ("ZX-4-4", "file-and-folder")),
        (LINK, ("ZX-4-3", "link")),
        (PIPE, ("ZX-4-3", "special-file")),
        ({"name": b"e", "flags": 1}, ("ZX-4-5", "encrypted")),
        ({"name": b"e", "flags": 0x41}, ("ZX-4-5", "encrypted")),
        ({"name": b"m", "method": 12}, ("ZX-4-5", "unsupported-method")),
        ({"name": b"m", "method": 99}, ("ZX-4-5", "unsupported-method")),
        ({"name": b"c", "crc": 1}, ("ZX-3-1", "bad-crc")),
        ({"name": b"d", "method": 8, "packed": b"\xff\xff\xff"}, ("ZX-3-1", "bad-crc")),
        ({"name": b"n", "local_name": b"o"}, ("ZX-3-1", "inconsistent-directory")),
        ({"name": b"s", "size": 9}, ("ZX-3-1", "inconsistent-directory")),
        ({"name": b"f/"}, ("ZX-3-1", "inconsistent-directory")),
        ({"name": b"far", "at": 1 << 30}, ("ZX-3-1", "inconsistent-directory")),
        ({"name": b"again", "at": 0}, ("ZX-3-1", "overlapping-entries")),
    ],
)
def test_each_fault_has_its_code_and_the_good_member_is_still_read(entry, wanted):
    archive = opened(raw_zip([GOOD, entry]))
    assert wanted in codes(archive.findings)
    assert {one.code for one in archive.findings} <= {wanted[0], "ZX-3-1"}
    if wanted[1] != "overlapping-entries":
        assert [one.member for one in archive.members] == ["good.txt"]


def test_all_faults_are_found_in_one_pass():
    entries = [{"name": b"../x", "flags": 1}, LINK, GOOD, {"name": b"c", "crc": 1}]
    found = codes(opened(raw_zip(entries)).findings)
    assert {code for code, _ in found} == {"ZX-4-1", "ZX-4-5", "ZX-4-3", "ZX-3-1"}


def deflated(body):
    packer = zlib.compressobj(9, wbits=-15)
    return packer.compress(body) + packer.flush()


def test_a_bomb_is_refused_by_what_it_declares():
    bomb = raw_zip(
        [{"name": b"b", "body": bytes(2 << 20), "method": 8, "packed": deflated(bytes(2 << 20))}]
    )
    assert codes(opened(bomb).findings) == [("ZX-4-2", "ratio")]
    assert codes(opened(bomb, Limits(max_member_bytes=1 << 20)).findings) == [
        ("ZX-4-2", "member-too-large")
    ]


def test_a_bomb_that_understates_itself_is_stopped_at_what_it_states():
    packed = deflated(bytes(30 << 20))
    entry = {"name": b"b", "method": 8, "packed": packed, "body": bytes(1000)}
    sink = MemorySink()
    archive = read_archive(io.BytesIO(raw_zip([entry])), LIMITS, sink)
    assert codes(archive.findings) == [("ZX-4-2", "size-lies")]
    assert archive.members == ()


def test_counts_and_totals_are_limited():
    raw = a_zip({"a": b"1234", "b": b"1234"}, zipfile.ZIP_STORED)
    assert opened(raw, Limits(max_members=2, max_total_bytes=8)).findings == ()
    assert codes(opened(raw, Limits(max_members=1)).findings) == [("ZX-4-2", "too-many-members")]
    assert codes(opened(raw, Limits(max_total_bytes=7)).findings) == [("ZX-4-2", "total-too-large")]
    assert codes(opened(raw, Limits(max_directory_bytes=20)).findings) == [
        ("ZX-4-2", "total-too-large")
    ]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not-a-zip"),
        (b"text", "not-a-zip"),
        (raw_zip([GOOD])[:40], "truncated"),
        (raw_zip([GOOD]) + b"x", "truncated"),
        (b"MZ" + raw_zip([GOOD]), "inconsistent-directory"),
        (raw_zip([GOOD], before=b"MZ"), "inconsistent-directory"),
        (raw_zip([GOOD, {"name": b"b"}], between=b"hidden"), "inconsistent-directory"),
    ],
)
def test_what_is_not_exactly_one_archive_is_refused(raw, reason):
    assert codes(opened(raw).findings) == [("ZX-3-1", reason)]


def test_hidden_bytes_behind_the_compressed_data_are_found():
    entry = {"name": b"d", "method": 8, "packed": deflated(b"text") + b"hidden"}
    assert codes(opened(raw_zip([entry])).findings) == [("ZX-3-1", "inconsistent-directory")]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_bytes_changed_or_cut_never_crash_it_and_never_pass_unseen(data):
    members = {"a.txt": b"some text " * 9, "目录/b.txt": b"other"}
    method = data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    whole = a_zip(members, method)
    raw = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    archive = opened(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
    if not archive.findings:
        assert {one.body for one in archive.members} <= set(members.values())


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, st.binary(max_size=50), max_size=6))
def test_what_is_accepted_is_what_zipfile_reads(members):
    raw = a_zip(members)
    archive = opened(raw)
    with zipfile.ZipFile(io.BytesIO(raw)) as other:
        for one in archive.members:
            assert other.read(one.member) == one.body
    files = [name for name in members if not name.endswith("/")]  # the others are folders
    assert len(archive.findings) > 0 or len(archive.members) == len(files)
