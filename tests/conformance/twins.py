"""What a clerk would change to make a bad sample the lawful one it was made from.

The difference of the two documents, element by element, as changes at their places; and
of the files, as files to be replaced, added or removed. Nothing is taken from the code
that applies changes: lxml reads both sides.
"""

import base64
import binascii
import io
import zipfile
from dataclasses import dataclass, replace

from lxml import etree

from examples import eep
from examples.bad import FAULTS
from examples.bad.plan import lawful
from examples.documents import agency, official
from examples.good import deliver
from examples.sample import Sample
from filing.model.correction import Change, ChangeKind, FileFact
from filing.model.package import Form

_DOCUMENTS = ("eep.xml", "metadata.xml")
_SKIPPED = frozenset(("原封装包", "电子签名块", "锁定签名"))
_CONTENT = "编码数据"


@dataclass(frozen=True)
class Mending:
    """What is to be done. ``files``: (change, bytes), in order behind the changes."""

    changes: tuple[Change, ...]
    files: tuple[tuple[Change, bytes], ...]


def twin(fault, form: Form) -> Sample:
    """The lawful delivery that the fault's sample should have been."""
    number = 2000 + FAULTS.index(fault)
    retention = "D10" if fault.agency == "sample-short-term" else "Y"
    # A code that is held already: the record gets one of its own.
    number += 5000 if fault.code == "GD-1-8" and "held" in fault.reason else 0
    document = official(number, 1, agency(fault.agency), annexes=1, sent=True, retention=retention)
    if fault.slug == "composite_without_annex":
        document = replace(document, documents=document.documents[:1])
    if fault.slug == "revision_refers_to_content_that_is_not_there":
        return deliver(document, form, eep.package(document, revisions=1))
    return lawful(form)(document)


def mending(bad: Sample, good: Sample) -> Mending:
    """From the bad one to the good one."""
    (one, files), (other, wanted) = _taken_apart(bad), _taken_apart(good)
    diff = _Difference()
    diff.root(_parsed(one), _parsed(other))
    beside = list(_beside(files, wanted, diff.promises))
    return Mending(tuple(diff.changes), (*diff.files, *beside))


def _taken_apart(sample: Sample) -> tuple[bytes, dict[str, bytes]]:
    if sample.parts:
        document = next(one.body for one in sample.parts if one.name == "metadata")
        return document, {one.file_name: one.body for one in sample.parts if one.name == "file"}
    if sample.form is Form.EEP:
        return sample.body, {}
    with zipfile.ZipFile(io.BytesIO(sample.body)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    name = next(one for one in _DOCUMENTS if one in found)
    return found.pop(name), found


def _parsed(document: bytes):
    return etree.fromstring(document, etree.XMLParser(huge_tree=True))


def _name(element) -> str:
    return etree.QName(element).localname


def _own(element) -> str:
    return (element.text or "") + "".join(one.tail or "" for one in element)


class _Difference:
    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.files: list[tuple[Change, bytes]] = []
        self.promises: set[str] = set()

    def root(self, one, other) -> None:
        place = f"/{_name(one)}"
        if etree.QName(one).namespace != etree.QName(other).namespace:
            self.put(ChangeKind.SET, f"{place}/@xmlns", etree.QName(other).namespace)
        self.element(one, other, place)

    def put(self, kind, xpath, after=None) -> None:
        self.changes.append(Change(kind, xpath, after=after))

    def element(self, one, other, place: str) -> None:
        if _name(one) == _CONTENT:
            self.content(one, other, place)
            return
        mine, theirs = _own(one), _own(other)
        if mine != theirs if not len(one) else mine.strip() != theirs.strip():
            self.put(ChangeKind.SET, place, theirs if not len(other) else theirs.strip())
        self.attributes(one, other, place)
        self.children(one, other, place)

    def attributes(self, one, other, place: str) -> None:
        for name in set(one.attrib) - set(other.attrib):
            self.put(ChangeKind.REMOVE, f"{place}/@{name}")
        for name, value in other.attrib.items():
            if one.get(name) != value:
                kind = ChangeKind.SET if name in one.attrib else ChangeKind.ADD
                self.put(kind, f"{place}/@{name}", value)

    def children(self, one, other, place: str) -> None:
        names = [name for name in dict.fromkeys(map(_name, (*one, *other))) if name not in _SKIPPED]
        strays = self.strays(one, other)
        for name in names:
            mine = [each for each in one if _name(each) == name]
            theirs = [each for each in other if _name(each) == name]
            if name in strays:
                for at in range(len(mine), 0, -1):
                    self.put(ChangeKind.REMOVE, f"{place}/{name}[{at}]")
                mine = []
            for at, (each, wanted) in enumerate(zip(mine, theirs, strict=False), start=1):
                self.element(each, wanted, f"{place}/{name}[{at}]")
            for at in range(len(mine), len(theirs), -1):
                self.put(ChangeKind.REMOVE, f"{place}/{name}[{at}]")
            for at in range(len(mine), len(theirs)):
                self.add(theirs[at], f"{place}/{name}[{at + 1}]")

    def strays(self, one, other) -> set[str]:
        """Names that stand behind one they should stand before."""
        order = list(dict.fromkeys(map(_name, other)))
        found, reached = set(), -1
        for each in map(_name, one):
            if each not in order:
                continue
            if order.index(each) < reached:
                found.add(each)
            reached = max(reached, order.index(each))
        return found

    def add(self, wanted, place: str) -> None:
        if _name(wanted) == _CONTENT:
            for name, value in wanted.attrib.items():
                self.put(ChangeKind.ADD, f"{place}/@{name}", value)
            self.file(wanted.get("编码数据ID"), base64.b64decode(wanted.text or ""))
            return
        if not len(wanted):
            self.put(ChangeKind.ADD, place, wanted.text or "")
        for name, value in wanted.attrib.items():
            self.put(ChangeKind.ADD, f"{place}/@{name}", value)
        seen: dict[str, int] = {}
        for each in wanted:
            seen[_name(each)] = seen.get(_name(each), 0) + 1
            self.add(each, f"{place}/{_name(each)}[{seen[_name(each)]}]")

    def content(self, one, other, place: str) -> None:
        self.attributes(one, other, place)
        try:
            mine = base64.b64decode("".join((one.text or "").split()), validate=True)
        except binascii.Error:
            mine = None
        theirs = base64.b64decode("".join((other.text or "").split()))
        if mine == theirs:
            return
        keyword = next(each for each in other.getparent() if _name(each) == "反编码关键字")
        attributes = next(each for each in other.getparent() if _name(each) == "电子属性")
        name = next(each.text for each in attributes if _name(each) == "计算机文件名")
        if "base64Binary" in keyword.text:
            self.promises.add(name)
        else:
            self.file(one.get("编码数据ID"), theirs, name)

    def file(self, member: str, body: bytes, name: str = "") -> None:
        fact = FileFact(name or member, 0, ())
        self.files.append((Change(ChangeKind.REPLACE_FILE, member=member, new=fact), body))


def _beside(files, wanted, promises):
    """Files to be removed, added and replaced; one whose promise was wrong comes again."""
    for name in files.keys() - wanted.keys():
        yield Change(ChangeKind.REMOVE_FILE, member=name), b""
    for name, body in wanted.items():
        kind = ChangeKind.REPLACE_FILE if name in files else ChangeKind.ADD_FILE
        if files.get(name) != body or name in promises:
            yield Change(kind, member=name, new=FileFact(name, 0, ())), body
