"""Split an XML document: its markup stays, its Base64 content goes elsewhere.

A small exact lexer of markup (comments, CDATA, processing instructions, tags
with quoted attributes) goes through the raw bytes once, in fixed memory. It
notes where every element begins and ends, and streams the character data of
the withheld elements through Base64 into a sink. What remains, the slim
document, is small enough to be parsed whole.

Exact because every markup character is below 0x40 and so never the second
byte of a GBK or GB18030 character; the one exception, ``]]>``, is looked at
with a decoder. Where this lexer is laxer than XML the parser refuses the slim
document; safe_xml.py compares what both saw.

Does not know namespaces, and parses nothing; see safe_xml.py.
Source: XML 1.0 (fifth edition), sections 2.4 to 2.8; GB 18030-2022.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import BinaryIO, NoReturn, Protocol

from filing.adapters import xml_complaints
from filing.adapters.packages.base64_run import BadReference, Base64Run
from filing.model.limits import Limits
from filing.model.package import Content

#: Encodings read, by the name in the XML declaration (lower case) -> codec.
ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "gb18030": "gb18030",
    "gbk": "gbk",
    # Read as its superset: Python's own gb2312 makes U+30FB of the dot in 档号 (A1A4).
    "gb2312": "gbk",
}
# Text, then one of: an end tag (1); a start tag (2) with its attributes (3) and, where
# nothing but short text stands in the element, all the rest of it (4); an empty tag (3, 5).
# No group takes part where something else follows the text. So it matches wherever it is
# tried: finditer leaves no gap, and never looks further on, which would take the square of
# the text. Groups stand in no possessive repeat: early releases of Python 3.11 lose them
# there. What is tried again without them fails at its first byte.
_TAG = re.compile(
    rb"""
    [^<]*+
    (?: </ ( [^\x00-\x20<>/!?"'=&]++ ) [ \t\r\n]*+ >
      | <  ( [^\x00-\x20<>/!?"'=&]++ )
           ( [ \t\r\n] (?: [^<>"'/]++ | "[^<"]*+" | '[^<']*+' | /(?!>) )*+ )?
           (?: > ( [^<]{0,1000}+ </ \2 [ \t\r\n]*+ > )? | (/) > )
    )?
    """,
    re.VERBOSE,
)
_DECLARED = re.compile(rb"""^<\?xml[ \t\r\n][^>]*?encoding[ \t\r\n]*=[ \t\r\n]*["']([^"'>]*)["']""")
_WIDE = (b"\xfe\xff", b"\xff\xfe", b"\x00<", b"<\x00", b"\x00\x00")
_BOM = codecs.BOM_UTF8
CHUNK = 1 << 20


class Writer(Protocol):
    """Takes the bytes of one file."""

    def write(self, data: bytes, /) -> object: ...
    def close(self) -> Content:
        """Everything was written: the file, staged and digested."""


class Sink(Protocol):
    """Where content goes while it is read: staging."""

    def open(self, member: str, /) -> Writer:
        """Begin a file. ``member`` is for people; it may repeat and is not a path to use."""


class Refused(Exception):
    """The document cannot be read; becomes a finding, never leaves this package.

    line    1-based, in the document as received; 0 when unknown
    field   name of the element it is about, or ""
    """

    field = ""

    def __init__(self, code: str, reason: str, line: int, found: str, expected: str = "") -> None:
        super().__init__(f"{code} {reason} at line {line}: {found}")
        self.code, self.reason, self.line = code, reason, line
        self.found, self.expected = found, expected


@dataclass(frozen=True, slots=True)
class Withheld:
    """The character data of one withheld element.

    content          None when there was none, or it was not Base64
    offset, length   of the element's inside, in bytes of the raw document
    wrong            "" or why it was not Base64
    """

    content: Content | None
    offset: int
    length: int
    wrong: str = ""


@dataclass(slots=True)
class Outline:
    """What the lexer saw. The lists run parallel, one entry per element in document order.

    slim      the document without withheld character data, in its own encoding
    codec     Python's name of that encoding
    names     as written, with prefix
    parents   index of the parent; -1 for the root
    starts    byte offset of the ``<`` of the start tag
    ends      byte offset behind the ``>`` of the end tag
    lines     1-based line of the start tag
    withheld  index of the element -> its content
    cuts      (line of the slim document, lines left out up to there)
    """

    codec: str = "utf-8"
    slim: bytes = b""
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    withheld: dict[int, Withheld] = field(default_factory=dict)
    cuts: list[tuple[int, int]] = field(default_factory=list)

    def raw_line(self, slim_line: int) -> int:
        """The line of the received document that became ``slim_line``."""
        left_out = 0
        for line, omitted in self.cuts:
            if line >= slim_line:
                break
            left_out = omitted
        return slim_line + left_out


def split(
    stream: BinaryIO,
    limits: Limits,
    withheld: str = "",
    sink: Sink | None = None,
    chunk: int = CHUNK,
) -> Outline:
    """Split the document in ``stream``.

    withheld   local name of the elements whose character data is Base64 to be
               streamed into ``sink``; "" for none
    chunk      bytes read at a time; the outcome does not depend on it

    Raises Refused.
    """
    return _Splitter(stream, limits, withheld, sink, chunk).run()


class _Open:
    """A withheld element that is being read."""

    def __init__(self, writer: Writer, offset: int) -> None:
        self.writer, self.offset = writer, offset
        self.base64 = Base64Run(writer.write)


class _Splitter:
    """One pass over one document. ``buf[pos:]`` is unread; ``base`` is the offset of buf[0].

    kept      from where on ``buf`` still has to go into the slim document
    counted   up to where line breaks of ``buf`` were counted into ``line``
    """

    def __init__(
        self, stream: BinaryIO, limits: Limits, withheld: str, sink: Sink | None, chunk: int
    ) -> None:
        self.read, self.limits, self.sink, self.chunk = stream.read, limits, sink, chunk
        self.buf, self.pos, self.base = b"", 0, 0
        self.kept, self.counted, self.line = 0, 0, 1
        self.pieces: list[bytes] = []
        self.size, self.total, self.left_out, self.others = 0, 0, 0, 0
        self.open: dict[int, _Open] = {}
        self.raw_names: list[bytes] = []
        self.stack: list[int] = []
        self.seen = Outline()
        # No tag within the limits is longer than this.
        self._longest_tag = limits.max_attribute_bytes + limits.max_name_bytes + 4
        self._begin(withheld)

    # 1. the head: encoding

    def _begin(self, withheld: str) -> None:
        """Read the head: byte order mark, XML declaration, encoding."""
        while len(self.buf) < 256 and self.more():
            pass
        if self.buf.startswith(_WIDE):
            self.refuse("GD-3-1", "wrong-encoding", "UTF-16/UTF-32", "UTF-8, GB18030, GBK, GB2312")
        self.pos = len(_BOM) if self.buf.startswith(_BOM) else 0
        declared = _DECLARED.match(self.buf[self.pos : self.pos + 256])
        name = declared[1].decode("ascii", "replace") if declared else "utf-8"
        codec = ENCODINGS.get(name.lower())
        if codec is None:
            self.refuse("GD-3-1", "wrong-encoding", name, "UTF-8, GB18030, GBK, GB2312")
        if self.pos and codec != "utf-8":
            self.refuse("GD-3-1", "wrong-encoding", f"UTF-8 (BOM), {name}", name)
        self.seen.codec = codec
        self.withheld = withheld.encode(codec, "replace")
        # Name as written -> whether it is the withheld one.
        self.kinds: dict[bytes, bool] = {}

    # 2. the loop over markup

    def run(self) -> Outline:
        """Go through the whole document."""
        while True:
            if self.stack and self.open and self.stack[-1] in self.open:
                self._content(self.open[self.stack[-1]])
            if not (self._tags() or self._special()):
                break
        if not self.raw_names:
            if start := bytes(self.buf).strip()[:40]:
                self._refuse_malformed(xml_complaints.no_markup(self._text(start)))
            self.refuse("GD-3-1", "empty", "")
        if self.stack:
            self._refuse_malformed(self._unclosed())
        self._keep(len(self.buf))
        self.seen.slim = b"".join(self.pieces)
        # Few names occur often: each is decoded once.
        codec = self.seen.codec
        named = {name: name.decode(codec, "replace") for name in self.kinds}
        self.seen.names = list(map(named.__getitem__, self.raw_names))
        return self.seen

    def _tags(self) -> bool:
        """Take tags as long as they come; stop before content, other markup or the end.

        False when the next thing is not a whole tag. Every element of every package
        goes through this loop, so it works on local names and writes back at its end.
        """
        buf, base, opened, limits = self.buf, self.base, self.open, self.limits
        stack, names, kinds, ends = self.stack, self.raw_names, self.kinds, self.seen.ends
        add_name, add_parent, add_end = names.append, self.seen.parents.append, ends.append
        add_start, add_line = self.seen.starts.append, self.seen.lines.append
        max_elements, max_depth = limits.max_elements, limits.max_depth
        pos, line, counted, content = self.pos, self.line, self.counted, -1
        parent = stack[-1] if stack else -1
        for found in _TAG.finditer(buf, pos):
            end, name, attributes, rest, empty = found.groups()
            if name is not None:
                start, index = found.start(2) - 1, len(names)
                kind = kinds.get(name)
                if kind is None:
                    kind = kinds[name] = self._kind(name, start)
                if index >= max_elements or len(stack) >= max_depth:
                    self.pos = start
                    self._refuse_size(index)
                if attributes and len(attributes) > limits.max_attribute_bytes:
                    self.pos = start
                    self._refuse_attribute(name, attributes)
                line += buf.count(b"\n", counted, start)
                pos, counted = found.end(), start
                add_name(name)
                add_parent(parent)
                add_start(base + start)
                add_line(line)
                add_end(base + pos)
                if kind and empty:
                    self.seen.withheld[index] = Withheld(None, base + pos, 0)
                elif kind and self.sink is not None:
                    content = index
                    pos = found.start(4) if rest else pos
                    break
                elif not (rest or empty):
                    stack.append(index)
                    parent = index
            elif end is not None:
                if parent < 0 or names[parent] != end:
                    self.pos = found.start(1)
                    self._refuse_malformed(self._mismatched(parent, self._text(end)))
                pos = found.end()
                ends[stack.pop()] = base + pos
                parent = stack[-1] if stack else -1
            else:
                break
            if opened and parent in opened:
                break
        came, self.pos, self.line, self.counted = pos != self.pos, pos, line, counted
        if content >= 0:
            stack.append(content)
            self._open(content)
        return came

    def _kind(self, name: bytes, start: int) -> bool:
        """Whether elements of this name are the withheld ones; refuses a name too long."""
        if len(name) > self.limits.max_name_bytes:
            self.pos = start
            self._refuse_attribute(name, b"")
        return name.rpartition(b":")[2] == self.withheld

    def _special(self) -> bool:
        """Take a comment, CDATA, processing instruction, or more bytes; False at the end."""
        at = self.buf.find(b"<", self.pos)
        if at < 0 or len(self.buf) - at < 9:
            if self._grow():
                return True
            if at < 0:
                self.pos = len(self.buf)
                return False
        for mark, end in ((b"<!--", b"-->"), (b"<?", b"?>"), (b"<![CDATA[", b"]]>")):
            if self.buf.startswith(mark, at):
                self.pos = at
                self._pass(len(mark), end)
                return True
        self.pos = at
        if self.buf.startswith(b"<!", at):
            self.refuse("ZX-4-6", "doctype", self._text(self.buf[at : at + 9]), "")
        if len(self.buf) - at <= self._longest_tag and self._grow():
            return True
        head = self.buf[at : at + self._longest_tag]
        if len(head) == self._longest_tag and not {60, 62} & set(head[1:]):
            self._refuse_attribute(b"", head)
        return self._refuse_malformed(xml_complaints.torn(self._text(head[:40])))

    def _pass(self, skip: int, end: bytes) -> None:
        """Go behind ``end``; everything up to there stays in the slim document."""
        self._count()
        skipped = self.base + self.pos + skip
        decoder = None
        if end == b"]]>" and self.seen.codec.startswith("gb"):
            decoder = codecs.getincrementaldecoder(self.seen.codec)()
        decoded = skipped
        while True:
            at = self.buf.find(end, skipped - self.base)
            if at < 0:
                # The end mark may be cut in two: look at its first bytes again.
                skipped = max(skipped, self.base + len(self.buf) - len(end) + 1)
                if not self._grow():
                    start = self._text(self.buf[self.pos : self.pos + 40])
                    self._refuse_malformed(xml_complaints.unended(end.decode(), start))
                continue
            if decoder is None or self._on_boundary(decoder, decoded - self.base, at):
                self.pos = at + len(end)
                return
            decoded, skipped = self.base + at, self.base + at + 1

    def _count(self) -> None:
        """One more piece of markup that is no tag: each costs time, however short it is."""
        self.others += 1
        if self.others > self.limits.max_elements:
            self._refuse_size(self.others - 1)

    def _on_boundary(self, decoder: codecs.IncrementalDecoder, since: int, at: int) -> bool:
        """Whether ``at`` begins a character: "]" may be the second byte of one."""
        try:
            decoder.decode(self.buf[since:at])
        except UnicodeDecodeError:
            found = xml_complaints.WRONG_BYTES
            self.refuse("GD-3-1", "wrong-encoding", found, self.seen.codec)
        return not decoder.getstate()[0]

    # 3. withheld content

    def _open(self, index: int) -> None:
        """A withheld element begins: ``pos`` stands behind its start tag."""
        if len(self.seen.withheld) + len(self.open) >= self.limits.max_members:
            self.refuse("ZX-4-2", "too-many-members", str(index), str(self.limits.max_members))
        assert self.sink is not None  # asked by the only caller
        writer = self.sink.open(f"{len(self.seen.withheld) + len(self.open) + 1}")
        self.open[index] = _Open(writer, self.base + self.pos)

    def _content(self, run: _Open) -> None:
        """Stream character data out of the document, up to the next markup that stays."""
        try:
            while True:
                self._stream(run, b"<", run.base64.text)
                while len(self.buf) - self.pos < 9 and self.more():
                    pass
                run.base64.end_text()
                if not self.buf.startswith(b"<![CDATA[", self.pos):
                    break
                self._count()
                self._drop(self.pos + 9)
                self._stream(run, b"]]>", run.base64.literal)
                self._drop(self.pos + 3)
        except BadReference as stray:
            self.refuse("ZX-4-6", "entity", str(stray))
        if self.buf.startswith(b"</", self.pos):
            self._close(run)

    def _stream(self, run: _Open, end: bytes, feed: Callable[[bytes], None]) -> None:
        """Feed bytes up to ``end``; they leave the document."""
        while True:
            at = self.buf.find(end, self.pos)
            stop = at if at >= 0 else max(self.pos, len(self.buf) - len(end) + 1)
            if stop > self.pos:
                piece = self.buf[self.pos : stop]
                if end == b"]]>" and not piece.isascii() and self.seen.codec != "utf-8":
                    self.refuse("GD-3-1", "ambiguous-markup", "CDATA")
                feed(piece)
                self._drop(stop)
                self._judge(run)
            if at >= 0:
                return
            if not self.more():
                self._refuse_malformed(self._unclosed())

    def _judge(self, run: _Open) -> None:
        decoded = run.base64.decoded
        if decoded > self.limits.max_member_bytes:
            self.refuse("ZX-4-2", "member-too-large", "", str(self.limits.max_member_bytes))
        if self.total + decoded > self.limits.max_total_bytes:
            self.refuse("ZX-4-2", "total-too-large", "", str(self.limits.max_total_bytes))

    def _close(self, run: _Open) -> None:
        """The end tag of a withheld element follows at ``pos``."""
        index = self.stack[-1]
        good = run.base64.finish()
        self._judge(run)
        content = run.writer.close()
        self.total += run.base64.decoded
        length = self.base + self.pos - run.offset
        del self.open[index]
        if good and run.base64.seen:
            content = replace(content, offset=run.offset, length=length)
            self.seen.withheld[index] = Withheld(content, run.offset, length)
        else:
            self.seen.withheld[index] = Withheld(None, run.offset, length, run.base64.failed)

    # 4. the buffer

    def more(self) -> bool:
        """Read on; what was passed leaves the buffer. False at the end of the document."""
        fresh = self.read(max(self.chunk, len(self.buf) - self.pos))
        if not fresh:
            return False
        self._keep(self.pos)
        self.line += self.buf.count(b"\n", self.counted, self.pos)
        self.buf = self.buf[self.pos :] + fresh if self.pos < len(self.buf) else fresh
        self.base += self.pos
        self.pos = self.kept = self.counted = 0
        return True

    def _grow(self) -> bool:
        """Read on while one token is incomplete; a token counts against the metadata."""
        if self.size + len(self.buf) - self.kept > self.limits.max_metadata_bytes:
            self._refuse_metadata()
        return self.more()

    def _keep(self, until: int) -> None:
        """``buf`` up to ``until`` belongs to the slim document."""
        if until > self.kept:
            self.pieces.append(self.buf[self.kept : until])
            self.size += until - self.kept
            self.kept = until
            if self.size > self.limits.max_metadata_bytes:
                self._refuse_metadata()

    def _drop(self, until: int) -> None:
        """``buf`` from ``pos`` to ``until`` does not belong to the slim document."""
        self._keep(self.pos)
        self.line += self.buf.count(b"\n", self.counted, self.pos)
        # Finding that there is none is some thirty times faster than counting to nought.
        if self.buf.find(b"\n", self.pos, until) >= 0:
            dropped = self.buf.count(b"\n", self.pos, until)
            self.line += dropped
            self.left_out += dropped
            self.seen.cuts.append((self.line - self.left_out, self.left_out))
            if len(self.seen.cuts) > 1 and self.seen.cuts[-2][0] == self.seen.cuts[-1][0]:
                del self.seen.cuts[-2]
        self.pos = self.kept = self.counted = until

    # 5. refusals

    def refuse(self, code: str, reason: str, found: str, expected: str = "") -> NoReturn:
        """Give up at the present place."""
        line = self.line + self.buf.count(b"\n", self.counted, max(self.pos, self.counted))
        raise Refused(code, reason, line, found, expected)

    def _refuse_malformed(self, found: str) -> NoReturn:
        self.refuse("GD-3-1", "not-well-formed", found)

    def _unclosed(self) -> str:
        index = self.stack[-1]
        return xml_complaints.unclosed(self._text(self.raw_names[index]), self.seen.lines[index])

    def _mismatched(self, index: int, end: str) -> str:
        if index < 0:
            return xml_complaints.unopened(end)
        name, line = self._text(self.raw_names[index]), self.seen.lines[index]
        return xml_complaints.mismatched(name, line, end)

    def _refuse_metadata(self) -> NoReturn:
        limit = str(self.limits.max_metadata_bytes)
        self.refuse("ZX-4-2", "metadata-too-large", "", limit)

    def _refuse_size(self, elements: int) -> NoReturn:
        if elements >= self.limits.max_elements:
            limit = str(self.limits.max_elements)
            self.refuse("ZX-4-7", "element-count", str(elements + 1), limit)
        limit = str(self.limits.max_depth)
        self.refuse("ZX-4-7", "depth", str(len(self.stack) + 1), limit)

    def _refuse_attribute(self, name: bytes, attributes: bytes) -> NoReturn:
        if len(name) > self.limits.max_name_bytes:
            limit = str(self.limits.max_name_bytes)
            self.refuse("ZX-4-7", "attribute-size", str(len(name)), limit)
        limit = str(self.limits.max_attribute_bytes)
        self.refuse("ZX-4-7", "attribute-size", str(len(attributes)), limit)

    def _text(self, raw: bytes) -> str:
        return raw.decode(self.seen.codec, "replace")
