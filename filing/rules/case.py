"""One package before the checks: facts, and what several checks would ask twice.

A fault has one home. ``FileCase.fault`` names the check that reports what is wrong
with a file, so that the others do not report its consequences; they say where to look.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from filing.model.digest import Digest
from filing.model.finding import Finding, Outcome, Place
from filing.model.identifiers import ArchivalCode
from filing.model.inspection import Inspection
from filing.model.package import Component, Content, Form, Package
from filing.rules.answers import not_applicable
from filing.rules.facts import Facts
from filing.rules.formats import Family, Formats
from filing.rules.metadata_table import Judged, judge_fields
from filing.rules.rule_set import RuleSet
from filing.rules.schema_findings import Structure, read_structure

_CONTENT_ELEMENTS = frozenset(
    {"文件数据", "文档", "文档数据", "编码", "电子属性", "编码数据", "文件", "计算机文件名"}
)


@dataclass(frozen=True, slots=True)
class FileCase:
    """One component with what was found out about it.

    fault       code of the check that reports what is wrong with its bytes; ""
    carried     True when an earlier layer holds its bytes (引用编码数据ID)
    main        whether it belongs to a main document
    identified  family by content; ``claimed`` by declared extension or format
    """

    component: Component
    place: Place
    inspection: Inspection | None
    fault: str
    carried: bool
    main: bool
    identified: Family | None
    claimed: Family | None

    @property
    def content(self) -> Content | None:
        """The bytes, or None."""
        return self.component.content


@dataclass(frozen=True, slots=True)
class Case:
    """Facts and the answers shared by checks.

    strays    members no component has, by digest
    unbuilt   True when the schema misses the elements that hold content
    code      the 档号 taken apart, or None
    """

    facts: Facts
    rules: RuleSet
    structure: Structure
    judged: Judged
    files: tuple[FileCase, ...]
    unbuilt: bool
    code: ArchivalCode | None
    fonds: str
    strays: Mapping[Digest, str]

    @property
    def package(self) -> Package:
        """The package judged."""
        return self.facts.package

    def faults(self) -> tuple[str, ...]:
        """Codes that report files missing, empty, changed or of another size."""
        doubtful = {"GD-1-11", "GD-2-7", "GD-1-14"}
        found = {one.fault for one in self.files} & doubtful
        if any(size_lies(one) for one in self.files):
            found.add("GD-1-10")
        return tuple(sorted(found))


def open_case(facts: Facts, rules: RuleSet) -> Case:
    """Look at the package once for all checks."""
    package = facts.package
    structure = read_structure(package, rules.table)
    judged = judge_fields(package, rules.table, facts.today, structure.absent)
    fonds, code = _archival_code(facts)
    return Case(
        facts=facts,
        rules=rules,
        structure=structure,
        judged=judged,
        files=tuple(_file_cases(facts, rules.formats, structure)),
        unbuilt=not _CONTENT_ELEMENTS.isdisjoint(structure.absent),
        code=code,
        fonds=fonds,
        strays=_strays(package),
    )


def _archival_code(facts: Facts) -> tuple[str, ArchivalCode | None]:
    package = facts.package
    text = package.value("档号")
    stated = package.value("档号/全宗号")
    fonds = stated or text.partition("-")[0]
    rule = facts.sender.rule(fonds) if facts.sender else None
    try:
        code = ArchivalCode.parse(text, rule.forms) if rule else ArchivalCode.parse(text)
    except ValueError:
        return stated, None
    return stated or code.fonds, code


def _file_cases(facts: Facts, formats: Formats, structure: Structure) -> Iterator[FileCase]:
    package = facts.package
    # By 编码, by 编码数据 within it, or by identifier: readers name either.
    undecoded = {
        name
        for one in (*package.findings, *structure.values)
        if one.code == "GD-2-7"
        for name in (one.place.xpath, one.place.xpath.rpartition("/")[0], one.place.path)
        if name
    }
    roles = any(one.role for one in package.components)
    first = package.components[0].document if package.components else ""
    for component in package.components:
        content = component.content
        inspection = facts.inspections.get(content.member) if content else None
        claimed = formats.by_extension.get(_extension(component)) or formats.declared(
            component.declared_format
        )
        identified = formats.identified(inspection) if inspection else None
        carried = content is None and bool(component.refers_to)
        fault = "" if carried else _fault(package.form, component, inspection, undecoded)
        if not fault and inspection and _pretends(component, inspection, identified, claimed):
            fault = "GD-1-10"
        if not fault and inspection and inspection.packed:
            fault = "GD-3-8"
        place = component.place
        named = Place(
            place.path,
            place.line,
            place.xpath,
            component.file_name or component.title or component.identifier,
        )
        main = component.role == "主文档" if roles else component.document == first
        yield FileCase(component, named, inspection, fault, carried, main, identified, claimed)


def _extension(component: Component) -> str:
    written = component.extension.strip().lstrip(".").lower()
    # With content outside the XML the keyword may name the digest instead.
    if written and written.isalnum() and len(written) <= 5:
        return written
    return component.file_name.rpartition(".")[2].strip().lower()


def _fault(
    form: Form,
    component: Component,
    inspection: Inspection | None,
    undecoded: set[str],
) -> str:
    content = component.content
    if content is None:
        spoilt = component.place.xpath in undecoded or component.identifier in undecoded
        return "GD-2-7" if form is Form.EEP or spoilt else "GD-1-11"
    if not content.size_bytes:
        return "GD-2-7"
    if component.promised is not None:
        found = content.digest(component.promised.algorithm)
        if found is not None and found != component.promised:
            return "GD-1-14"
    if inspection is None:
        return ""
    if inspection.encrypted:
        return "GD-3-8"
    return "GD-3-4" if inspection.opens is Outcome.FAILED else ""


def _pretends(
    component: Component,
    inspection: Inspection,
    identified: Family | None,
    claimed: Family | None,
) -> bool:
    """Whether the file claims a kind its bytes are not."""
    if claimed is None or identified is claimed:
        return False
    if _extension(component) in inspection.extensions:
        return False
    if inspection.format is None:
        # Nothing recognised: kinds of text have no signature to be missed.
        return claimed.binary
    return claimed.binary or (identified is not None and identified.binary)


def size_lies(one: FileCase) -> bool:
    """Whether the declared size is a number other than the real one."""
    declared = one.component.declared_size.strip()
    if one.content is None or not declared.isascii() or not declared.isdigit():
        return False
    return len(declared) > 15 or int(declared) != one.content.size_bytes


def elsewhere(code: str, one: FileCase) -> Finding:
    """``code`` does not judge this file: the check of its fault does."""
    return not_applicable(code, "judged-elsewhere", one.place, one.fault)


def renamed(case: Case, one: FileCase) -> str:
    """The member with the promised bytes under another name, or ""."""
    promised = one.component.promised
    return case.strays.get(promised, "") if promised else ""


def _strays(package: Package) -> dict[Digest, str]:
    named = {one.content.member for one in package.components if one.content}
    return {
        digest: member.member
        for member in package.members
        if member.member not in named
        for digest in member.digests
    }
