"""The XSDs of packages: where they are, compiled once and used again, and their grammar.

The schema files stand under ``schemas/packages`` of the checkout; an installed
copy carries them as data beside the package. The grammar (which element may
stand in which, and which are plain values) is read from the same file that
validates, so that a form, a reader and the validator never differ.
"""

import hashlib
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from filing.errors import Misconfigured

_XS = "{http://www.w3.org/2001/XMLSchema}"
# libxml2 knows only the first and last ideograph of each block by these classes.
_BROKEN_CLASS = re.compile(r"\\[pP]\{L[a-z]?\}|\\[iI]")
#: Compiled schemas nobody uses at the moment. Adding to a list and taking from it is atomic.
_idle: dict[str, list[etree.XMLSchema]] = {}
# libxml2 makes its built-in types with the first schema; two threads must not both do it.
_compiling = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Grammar:
    """What an XSD says about names. One object per schema, equal only to itself.

    namespace   target namespace
    children    element -> elements that may stand directly in it; () for plain values
    mixed       elements that carry text of their own beside children (档号)
    attributes  element -> its attributes and their simple types without prefix
    typed       simple type ("ID", "IDREF") -> element -> "" when the element itself has
                it, else the attribute that has
    """

    namespace: str
    children: dict[str, frozenset[str]]
    mixed: frozenset[str]
    attributes: dict[str, dict[str, str]]
    typed: dict[str, dict[str, str]]


class Step(NamedTuple):
    """One element on the way down a document.

    path        of names, as Field.path has it
    has_value   it has text of its own; with ``below``, text between its children
    attributes  (name, path) of those that are values, not identifiers
    below       name -> step, of the elements that may stand in it
    """

    path: str
    has_value: bool
    attributes: tuple[tuple[str, str], ...]
    below: "dict[str, Step]"


def schema_folder() -> Path:
    """The folder with the package schemas. Raises Misconfigured if it is missing."""
    for base in (Path(__file__).resolve().parents[3], Path(sys.prefix) / "share" / "filing"):
        folder = base / "schemas" / "packages"
        if folder.is_dir():
            return folder
    raise Misconfigured("the folder schemas/packages is missing", "缺少目录 schemas/packages")


def digests() -> dict[str, str]:
    """File name -> "sha256:…" of every package schema in force."""
    return {
        path.name: f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in sorted(schema_folder().glob("*.xsd"))
    }


def schema(name: str) -> etree.XMLSchema:
    """``name`` ("eep-2009.xsd"), compiled."""
    with _compiling:
        return etree.XMLSchema(_source(name))


@contextmanager
def validator(name: str) -> Iterator[etree.XMLSchema]:
    """A compiled ``name`` that nobody else uses while the block runs.

    A validator keeps the errors of its last document, so threads do not share one at the
    same time. The one given back last is taken first: it is still in the processor's caches,
    which one for each thread seldom is.
    """
    idle = _idle.setdefault(name, [])
    try:
        one = idle.pop()
    except IndexError:
        one = schema(name)
    try:
        yield one
    finally:
        idle.append(one)


@cache
def grammar(name: str) -> Grammar:
    """The grammar of ``name``."""
    root = _source(name).getroot()
    elements = {str(one.get("name")): one for one in root.iterfind(f"{_XS}element")}
    children = {
        element: frozenset(str(ref.get("ref")) for ref in one.iterfind(f".//{_XS}element[@ref]"))
        for element, one in elements.items()
    }
    mixed = [
        element
        for element, one in elements.items()
        if one.find(f"{_XS}complexType[@mixed='true']") is not None
    ]
    attributes = {
        element: {str(of.get("name")): _type(of) for of in one.iter(f"{_XS}attribute")}
        for element, one in elements.items()
    }
    typed: dict[str, dict[str, str]] = {"ID": {}, "IDREF": {}}
    for element, one in elements.items():
        for item, kind in [("", _type(one)), *attributes[element].items()]:
            if kind in typed:
                typed[kind][element] = item
    namespace = str(root.get("targetNamespace"))
    return Grammar(namespace, children, frozenset(mixed), attributes, typed)


@cache
def steps(of: Grammar, element: str, prefix: str, skip: frozenset[str]) -> dict[str, Step]:
    """The elements that may stand in ``element``, to any depth; {} when it is unknown.

    prefix   path of ``element`` itself, "" or ending in "/"
    skip     names to leave out, with all below them; they must break every circle

    Worked out once: paths and attributes are the same in every document.
    """
    return {
        name: Step(
            path=prefix + name,
            has_value=name in of.mixed or not of.children[name],
            attributes=values(of, name, prefix + name),
            below=steps(of, name, f"{prefix}{name}/", skip),
        )
        for name in of.children.get(element, frozenset()) - skip
    }


@cache
def values(of: Grammar, element: str, path: str) -> tuple[tuple[str, str], ...]:
    """(name, path) of the element's attributes that are values; identifiers are not."""
    return tuple(
        (name, f"{path}/@{name}")
        for name, kind in of.attributes[element].items()
        if kind not in {"ID", "IDREF"}
    )


def lint(text: str) -> list[str]:
    """Pattern classes in a schema that libxml2 gets wrong for Chinese."""
    return _BROKEN_CLASS.findall(text)


def _type(declared: etree._Element) -> str:
    return str(declared.get("type") or "").rpartition(":")[2]


def _source(name: str) -> etree._ElementTree:
    path = schema_folder() / name
    if broken := lint(path.read_text("utf-8")):
        raise Misconfigured(f"{name} uses {broken[0]}, which libxml2 gets wrong for ideographs")
    return etree.parse(str(path), etree.XMLParser(resolve_entities=False, no_network=True))
