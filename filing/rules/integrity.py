"""Integrity checks (完整性): nothing is missing and everything hangs together.

Each function answers to one code of schemas/checks/integrity.toml.
"""

from collections.abc import Iterator

from filing.model.finding import Finding, Place
from filing.model.package import Component
from filing.rules.answers import failed, not_applicable
from filing.rules.case import Case, elsewhere

_ROOT = Place()


def items_as_registered(case: Case) -> Iterator[Finding]:
    """GD-2-1: a package holds one record; so many were registered."""
    stated = case.facts.registration.items
    if stated is None:
        yield not_applicable("GD-2-1", "not-stated")
    elif stated != 1:
        yield failed("GD-2-1", "items-differ", _ROOT, str(stated), "1")


def bytes_as_registered(case: Case) -> Iterator[Finding]:
    """GD-2-2: the content files have as many bytes as were registered."""
    stated = case.facts.registration.total_bytes
    if stated is None:
        yield not_applicable("GD-2-2", "not-stated")
        return
    described = sum(one.content.size_bytes for one in case.files if one.content)
    everything = sum(one.size_bytes for one in case.package.contents())
    if not case.files:
        # That there is no content is reported by GD-2-7, or by what kept it from being read.
        yield not_applicable("GD-2-2", "no-content")
        return
    # With files that nobody described, GD-4-3 is the one to speak.
    if stated in {described, everything}:
        return
    if faults := case.faults():
        yield not_applicable("GD-2-2", "content-in-doubt", expected="、".join(faults))
    else:
        yield failed("GD-2-2", "bytes-differ", _ROOT, str(stated), str(described))


def files_as_registered(case: Case) -> Iterator[Finding]:
    """GD-2-11: the package holds as many files as were registered."""
    stated = case.facts.registration.files
    if stated is None:
        yield not_applicable("GD-2-11", "not-stated")
        return
    if not case.files:
        yield not_applicable("GD-2-11", "no-content")
        return
    present = sum(1 for one in case.files if one.content)
    everything = sum(1 for _ in case.package.contents())
    # A file described but absent is GD-1-11's, one not described GD-4-3's.
    if stated not in {present, everything, len(case.files)}:
        yield failed("GD-2-11", "files-differ", _ROOT, str(stated), str(present))


def process_is_documented(case: Case) -> Iterator[Finding]:
    """GD-2-5: of each agreed group of 业务行为, one has taken place."""
    if "业务实体块" in case.structure.absent or "业务实体" in case.structure.absent:
        yield not_applicable("GD-2-5", "judged-elsewhere", Place(field="业务实体"), "GD-2-10")
        return
    sender = case.facts.sender
    if sender is None:
        yield not_applicable("GD-2-5", "sender-not-stated")
        return
    done = [one.action.strip() for one in case.package.activities if one.status != "计划任务"]
    if not all(done):
        yield not_applicable("GD-2-5", "judged-elsewhere", Place(field="业务行为"), "GD-2-10")
        return
    where = case.package.activities[0].place if case.package.activities else _ROOT
    for group in sender.process:
        if not any(word in action for word in group for action in done):
            shown = "、".join(dict.fromkeys(done)) or "—"
            yield failed("GD-2-5", "process-missing", where, "、".join(group), shown)


def documents_are_numbered(case: Case) -> Iterator[Finding]:
    """GD-2-6: 文档序号 run from 1 without gap or repetition."""
    code = "GD-2-6"
    documents: dict[str, Component] = {}
    for one in case.package.components:
        documents.setdefault(one.document or one.identifier, one)
    numbers = {name: one.sequence.strip() for name, one in documents.items()}
    if not any(numbers.values()):
        yield not_applicable(code, "not-stated")
        return
    if not all(numbers.values()):
        for name, number in numbers.items():
            if not number:
                yield failed(code, "missing-number", documents[name].numbered, found=name)
        return
    if not all(number.isascii() and number.isdigit() for number in numbers.values()):
        # Not a number: GD-1-3 says so.
        yield not_applicable(code, "judged-elsewhere", Place(field="文档序号"), "GD-1-3")
        return
    plain = {name: number.lstrip("0") or "0" for name, number in numbers.items()}
    first: dict[str, str] = {}
    again = [name for name, number in plain.items() if first.setdefault(number, name) != name]
    for name in again:
        yield failed(code, "repeated", documents[name].numbered, found=plain[name])
    wanted = [str(number) for number in range(1, len(plain) + 1)]
    if not again and set(first) != set(wanted):
        shown = sorted(first, key=lambda number: (len(number), number))
        # The first that is not the next: before it the gap is.
        behind = next(one for one, due in zip(shown, wanted, strict=True) if one != due)
        place = documents[first[behind]].numbered
        yield failed(code, "gap", place, "、".join(wanted), "、".join(shown))


def content_is_present(case: Case) -> Iterator[Finding]:
    """GD-2-7: there is content, none of it empty, and a main document."""
    code = "GD-2-7"
    if case.unbuilt:
        yield not_applicable(code, "judged-elsewhere", Place(field="文件数据"), "GD-2-10")
        return
    if not case.files:
        yield failed(code, "no-content", _ROOT)
        return
    undecoded = any(one.code == code for one in (*case.package.findings, *case.structure.values))
    for one in case.files:
        if one.fault != code or (one.content is None and undecoded):
            continue
        yield failed(code, "empty", one.place)
    roles = {one.component.role for one in case.files} - {""}
    # A role outside the list is GD-1-4's; it may have meant the main document.
    if roles == {"附属文档"}:
        yield failed(code, "no-main-document", _ROOT)
    for one in case.files:
        if one.fault == "GD-1-11":
            yield elsewhere(code, one)


def attachments_fit_the_type(case: Case) -> Iterator[Finding]:
    """GD-2-8: a composite record has attachments, a single item none."""
    code, path = "GD-2-8", "形式特征/文件组合类型"
    kind = case.package.value(path)
    if path in case.judged.spoilt or kind not in {"单件", "组合文件"} or not case.files:
        yield not_applicable(code, "type-not-stated")
        return
    documents = {one.component.document or one.component.identifier for one in case.files}
    if any(one.component.role for one in case.files):
        attached = {
            one.component.document or one.component.identifier
            for one in case.files
            if one.component.role == "附属文档"
        }
        if attached == documents:
            # No main document: GD-2-7 says so.
            yield not_applicable(code, "judged-elsewhere", Place(field="文档主从声明"), "GD-2-7")
            return
        number = len(attached)
    else:
        number = len(documents) - 1
    place = Place(field=path)
    if kind == "组合文件" and not number:
        yield failed(code, "attachment-missing", place, kind)
    elif kind == "单件" and number:
        yield failed(code, "attachment-unexpected", place, kind, str(number))


def record_is_in_scope(case: Case) -> Iterator[Finding]:
    """GD-2-9: category, retention and year are within the scope of the fonds."""
    code, sender = "GD-2-9", case.facts.sender
    if sender is None:
        yield not_applicable(code, "sender-not-stated")
        return
    rule = sender.rule(case.fonds) if case.fonds else None
    if case.fonds and rule is None:
        yield not_applicable(code, "judged-elsewhere", Place(field="档号/全宗号"), "ZX-1-3")
        return
    if rule is None or case.code is None:
        yield not_applicable(code, "no-archival-code")
        return
    place = Place(field="档号")
    if case.code.category not in rule.categories:
        wanted = "、".join(rule.categories)
        yield failed(code, "category-outside", place, wanted, case.code.category)
    if case.code.retention not in rule.retentions:
        wanted = "、".join(rule.retentions)
        yield failed(code, "retention-outside", place, wanted, case.code.retention)
    # A year no record can have is GD-1-5's.
    if case.rules.table.earliest_year <= case.code.year < rule.first_year:
        year = str(case.code.year)
        yield failed(code, "year-outside", place, str(rule.first_year), year)


def references_find_their_targets(case: Case) -> Iterator[Finding]:
    """ZX-2-1: identifiers are unique and every reference finds what it names."""
    code, package = "ZX-2-1", case.package
    kinds: dict[str, str] = {}
    for value, element, place in package.identifiers:
        if value in kinds:
            yield failed(code, "duplicate-id", place, found=value)
        kinds.setdefault(value, element)
    yield from _typed_references(case, kinds)
    agents = {one.identifier.strip() for one in package.agents}
    records = {package.value("电子文件号")} | {one.document.strip() for one in package.components}
    records |= {value for value, element in kinds.items() if element.startswith("文档")}
    # With the target's own element missing or empty, that is the fault, not the reference.
    known_record = bool(package.value("电子文件号"))
    known_agents = bool(agents) and all(agents)
    for one in package.activities:
        at = one.place
        if one.agent.strip() and known_agents and one.agent.strip() not in agents:
            place = Place(at.path, at.line, at.xpath, "业务实体/机构人员标识符")
            yield failed(code, "no-target", place, "机构人员实体", one.agent)
        if one.record.strip() and known_record and one.record.strip() not in records:
            place = Place(at.path, at.line, at.xpath, "业务实体/文件标识符")
            yield failed(code, "no-target", place, "电子文件号 / 文档标识符", one.record)
    for relation in package.relations:
        # 文件实体关系 may lead to a record outside the package; its source is this one.
        ends = (relation.source, relation.target) if relation.of == "agent" else (relation.source,)
        known = agents if relation.of == "agent" else records
        if not (known_agents if relation.of == "agent" else known_record):
            continue
        for end in ends:
            if end.strip() and end.strip() not in known:
                wanted = "机构人员实体" if relation.of == "agent" else "电子文件号 / 文档标识符"
                yield failed(code, "no-target", relation.place, wanted, end)


def _typed_references(case: Case, kinds: dict[str, str]) -> Iterator[Finding]:
    wanted = {
        "引用编码数据ID": ("编码数据", "编码数据ID"),
        "被锁定签名标识符": ("签名标识符", "电子签名"),
    }
    for name, value, place in case.package.references:
        if name not in wanted or not value.strip():
            continue
        kind = kinds.get(value.strip())
        where = Place(place.path, place.line, place.xpath, name)
        if kind is None:
            yield failed("ZX-2-1", "no-target", where, wanted[name][0], value)
        elif kind not in wanted[name]:
            yield failed("ZX-2-1", "wrong-target", where, wanted[name][0], value)


CHECKS = (
    ("GD-2-1", items_as_registered),
    ("GD-2-2", bytes_as_registered),
    ("GD-2-5", process_is_documented),
    ("GD-2-6", documents_are_numbered),
    ("GD-2-7", content_is_present),
    ("GD-2-8", attachments_fit_the_type),
    ("GD-2-9", record_is_in_scope),
    ("GD-2-11", files_as_registered),
    ("ZX-2-1", references_find_their_targets),
)
