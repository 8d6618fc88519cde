"""The XSD validator's complaints as findings with a code and a reason.

libxml2 says "this element is not expected, expected is (…)" for an element left out,
one too many and one out of order alike; the table of children tells them apart.

Its messages are read by their stable beginnings; one that is not known becomes
GD-1-12 "other-schema-error" with a Chinese sentence by its type and its own text, never
nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from filing.model.finding import Finding, Place
from filing.model.package import Package, SchemaError
from filing.rules.answers import failed
from filing.rules.metadata_table import MetadataTable

# Not the set of an enumeration, which is quoted: {'a', 'b'}; nor braces in a value or pattern.
_NAMESPACE = re.compile(r"\{[^{}'\s]+:[^{}'\s]+\}(?=\w)")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*) \)")
_ATTRIBUTE = re.compile(r"[Aa]ttribute '([^']*)'")
_VALUE = re.compile(r"(?:: |value )'(.*?)' (?:is not|does not|has)", re.DOTALL)
_TYPE = re.compile(r"atomic type '(?:xs:)?([^']*)'")
_SET = re.compile(r"of the set \{(.*)\}", re.DOTALL)
_FIXED = re.compile(r"fixed value constraint '(.*)'", re.DOTALL)
_LENGTHS = re.compile(r"length of '(\d+)'.*length of '(\d+)'")
_PATTERN = re.compile(r"by the pattern '(.*)'", re.DOTALL)
_POSITION = re.compile(r"\[\d+\]")

#: DA/T 48's own elements inside 文件实体: without them it is the package that is incomplete.
_ENCAPSULATION = frozenset(
    {"文件数据", "文档", "文档标识符", "文档主从声明", "文档数据", "编码", "编码描述"}
    | {"反编码关键字", "编码数据"}
)
#: What the package says of itself; another wording is GD-1-12, not a wrong value.
_STATEMENTS = frozenset({"封装包格式描述", "版本", "封装包类型", "封装包类型描述", "eep版本"})
_IDENTIFIERS = frozenset({"ID", "IDREF", "IDREFS", "NCName"})
_TYPE_WORDS = {
    "gYear": "year",
    "date": "date",
    "dateTime": "datetime",
    "positiveInteger": "whole",
    "nonNegativeInteger": "bytes",
}
#: An attribute is missing, or is there and must not be, of a complex or a simple type.
_ATTRIBUTES = frozenset(
    {"SCHEMAV_CVC_COMPLEX_TYPE_4", "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1", "SCHEMAV_CVC_TYPE_3_1_1"}
)
#: Complaints about xsi:nil and xsi:type, which no package needs, and what they are about.
_INSTANCE = {"SCHEMAV_CVC_ELT_3": "xsi:nil", "SCHEMAV_CVC_ELT_4": "xsi:type"}
_INSTANCE_TYPES = {"boolean": "xsi:nil", "QName": "xsi:type"}
#: The Chinese for complaints that none of our sentences fits; any other gets _UNLISTED.
_OTHERS = {
    "SCHEMAV_CVC_ELT_1": "规范中没有以此为根的文档",
    "SCHEMAV_CVC_LENGTH_VALID": "长度是 {0}，应为 {1}",
    "SCHEMAV_CVC_MINLENGTH_VALID": "长度是 {0}，至少应为 {1}",
    "SCHEMAV_CVC_IDC": "唯一性或引用约束不成立",
}
_UNLISTED = "XML Schema 校验不通过，原因见英文说明"


@dataclass(frozen=True, slots=True)
class Structure:
    """What the schema found.

    findings   without those on values, which wait for the table's word; see ``values``
    values     findings on a value: dropped where the table judged the same place
    absent     names of elements that are missing, or stand under a wrong name
    """

    findings: tuple[Finding, ...]
    values: tuple[Finding, ...]
    absent: frozenset[str]


def read_structure(package: Package, table: MetadataTable) -> Structure:
    """Translate every complaint about ``package``."""
    if not package.schema_errors:
        return Structure((), (), frozenset())
    findings: list[Finding] = []
    values: list[Finding] = []
    absent: set[str] = set()
    repeated = _repeated(name for name, _, _ in package.identifiers)
    strange_root = any(one.code == "ZX-1-1" for one in package.findings)
    for error in package.schema_errors:
        if strange_root and error.kind == "SCHEMAV_CVC_ELT_1":
            continue  # The validator does not know the root; ZX-1-1 says why.
        message = _NAMESPACE.sub("", error.message)
        if error.kind == "SCHEMAV_ELEMENT_CONTENT":
            found, names = _content(error, message, package, table)
            findings += found
            absent |= names
        elif error.kind in _ATTRIBUTES:
            findings += _attribute(error, message)
        elif (name := _INSTANCE.get(error.kind[:17])) is not None:
            findings.append(failed("GD-1-12", "unexpected-attribute", error.place, found=name))
        elif error.kind.startswith(("SCHEMAV_CVC_COMPLEX_TYPE_2", "SCHEMAV_CVC_TYPE_3")):
            findings.append(failed("GD-1-12", "unexpected-text", error.place))
        else:
            values += _value(error, message, table, repeated)
    return Structure(tuple(findings), tuple(values), frozenset(absent))


def _repeated(names: Iterable[str]) -> frozenset[str]:
    seen: set[str] = set()
    return frozenset(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]  # add returns None on purpose: first sight is not a repeat


def _content(
    error: SchemaError, message: str, package: Package, table: MetadataTable
) -> tuple[list[Finding], set[str]]:
    listed = _EXPECTED.search(message)
    expected = [name.strip() for name in listed[1].split(",")] if listed else []
    path = _POSITION.sub("", error.place.xpath)
    if "Missing child" in message:
        names = _mandatory(expected, table, path.rpartition("/")[2] or error.element)
        return [_absent(name, error.place, path) for name in names], set(names)
    parent = path.rpartition("/")[0].rpartition("/")[2]
    children = table.children.get(parent, {})
    if error.element not in children:
        names = _mandatory(expected, table, parent)
        found = failed(
            "GD-1-12", "unexpected-element", error.place, "、".join(expected) or "—", error.element
        )
        return [found], set(names)
    order = list(children)
    left_out = [
        name
        for name in _mandatory(expected, table, parent)
        if name in children
        and order.index(name) < order.index(error.element)
        and not _stands_elsewhere(package, error.place.xpath, name)
    ]
    if left_out:
        above = Place(error.place.path, error.place.line, error.place.xpath.rpartition("/")[0], "")
        above_path = path.rpartition("/")[0]
        return [_absent(name, above, above_path) for name in left_out], set(left_out)
    wanted = "、".join(expected) or "—"
    return [failed("GD-1-12", "misplaced-element", error.place, wanted, error.element)], set(
        expected
    )


def _mandatory(expected: list[str], table: MetadataTable, parent: str) -> list[str]:
    children = table.children.get(parent, {})
    return [name for name in expected if children.get(name) is False] or expected[:1]


def _stands_elsewhere(package: Package, xpath: str, name: str) -> bool:
    start = f"{xpath.rpartition('/')[0]}/{name}"
    ends = ("", "/", "[")
    return any(
        one.place.xpath.startswith(start) and one.place.xpath[len(start) : len(start) + 1] in ends
        for one in package.fields
    )


def _absent(name: str, place: Place, path: str) -> Finding:
    parent = path.rpartition("/")[2]
    # In a record document 文件实体 may be the root; in an EEP it stands further in.
    in_record = "文件实体" in path.split("/") and name not in _ENCAPSULATION
    code = "GD-2-3" if in_record else "GD-2-10"
    named = Place(place.path, place.line, place.xpath, f"{parent}/{name}" if parent else name)
    return failed(code, "missing-element", named)


def _attribute(error: SchemaError, message: str) -> list[Finding]:
    hits = _ATTRIBUTE.findall(message)
    name = hits[-1] if hits else ""
    if error.kind == "SCHEMAV_CVC_COMPLEX_TYPE_4":
        return [failed("GD-2-10", "missing-attribute", error.place, name)]
    return [failed("GD-1-12", "unexpected-attribute", error.place, found=name)]


def _value(
    error: SchemaError, message: str, table: MetadataTable, repeated: frozenset[str]
) -> list[Finding]:
    hits = _ATTRIBUTE.findall(message.partition(":")[0])
    subject = hits[0] if hits else error.element
    shown = _VALUE.search(message)
    value = shown[1] if shown else ""
    kind = _TYPE.search(message)
    type_name = kind[1] if kind else ""
    place = error.place
    fixed, listed = _FIXED.search(message), _SET.search(message)
    if subject in _STATEMENTS:
        wanted = fixed[1] if fixed else (listed[1] if listed else "").replace("'", "")
        return [failed("GD-1-12", "wrong-statement", place, wanted or "DA/T 48-2009", value)]
    if type_name in _IDENTIFIERS:
        # A repeated identifier is reported once, by the check on references.
        return [] if value in repeated else [failed("ZX-2-1", "bad-id", place, found=value)]
    if type_name == "base64Binary" and subject == "编码数据":
        return [failed("GD-2-7", "not-base64", place)]
    if listed or fixed:
        wanted = fixed[1] if fixed else listed[1].replace("'", "") if listed else ""
        return [failed("GD-1-4", "not-in-list", place, wanted, value)]
    if (lengths := _LENGTHS.search(message)) and "exceeds" in message:
        return [failed("GD-1-2", "too-long", place, lengths[2], lengths[1])]
    if type_name in _INSTANCE_TYPES:
        name = _INSTANCE_TYPES[type_name]
        return [failed("GD-1-12", "unexpected-attribute", place, found=name)]
    if type_name:
        words = table.types.get(_TYPE_WORDS.get(type_name, ""), type_name)
        return [failed("GD-1-3", "wrong-type", place, words, value)]
    if pattern := _PATTERN.search(message):
        return [failed("GD-1-3", "wrong-pattern", place, pattern[1], value)]
    chinese = _OTHERS.get(error.kind, _UNLISTED)
    if "{" in chinese:
        chinese = chinese.format(*lengths.groups()) if lengths else _UNLISTED
    return [failed("GD-1-12", "other-schema-error", place, found=f"{chinese} / {message}")]
