"""Authenticity checks (真实性): the package is what its sender sent.

Each function answers to one code of schemas/checks/authenticity.toml. The checks on
single metadata values stand in metadata_table, those of the readers in the package.
"""

from collections.abc import Iterator
from datetime import date

from filing.evidence import algorithm_names
from filing.model.finding import Finding, Outcome, Place
from filing.model.identifiers import LOOKALIKE_DOTS, ArchivalCode
from filing.model.package import Form, PackageSignature
from filing.rules.answers import failed, not_applicable, undetermined
from filing.rules.case import Case, FileCase, elsewhere, renamed, size_lies
from filing.rules.metadata_table import read_date

_EXAMPLES = {"dat13": "Z109-WS·2026·Y·BGS-0001", "dat22": "Z109-WS·2026-Y-BGS-0001"}
_OF_ALGORITHM = {"weak-algorithm", "unknown-algorithm", "message-too-large", "key-unfit"}
_ORIGINAL, _MODIFIED = "原始型", "修改型"


def _at(case: Case, path: str) -> Place:
    some = case.package.all(path)
    place = some[0].place if some else Place()
    return Place(place.path, place.line, place.xpath, path)


def signatures_hold(case: Case) -> Iterator[Finding]:
    """GD-1-1: every signature holds over the bytes as received."""
    code = "GD-1-1"
    judged = set()
    for fact in case.facts.signatures:
        one = fact.signature
        judged.add(one.identifier if not one.lock else f"\0{one.locks}")
        place = Place(one.place.path, one.place.line, one.place.xpath, _signature_name(one))
        found = {"short-key": fact.key, "unknown-rule": one.rule}.get(fact.reason, fact.subject)
        if fact.reason in _OF_ALGORITHM:
            found = algorithm_names.described(one.algorithm)
        expected = fact.key if fact.reason == "key-unfit" else ""
        if fact.outcome is Outcome.FAILED:
            yield failed(code, fact.reason or "digest-differs", place, expected, found)
        elif fact.outcome is not Outcome.PASSED:
            yield undetermined(code, fact.reason or "not-verified", place, found=found)
    for one in case.package.signatures:
        if (one.identifier if not one.lock else f"\0{one.locks}") not in judged:
            yield undetermined(code, "not-verified", one.place)
    sealed = False
    for file in case.files:
        if file.inspection and file.inspection.signatures:
            sealed = True
            number = str(file.inspection.signatures)
            yield undetermined(code, "seal-not-verified", file.place, found=number)
    if not sealed and not case.package.signatures and not case.facts.signatures:
        yield not_applicable(code, "no-signature")


def _signature_name(one: PackageSignature) -> str:
    return f"锁定签名（{one.locks}）" if one.lock else one.identifier or "电子签名"


def values_hang_together(case: Case) -> Iterator[Finding]:
    """GD-1-5: classification fits this network, date fits year (single values: the table)."""
    level = case.package.value("内容描述/密级")
    if level in case.rules.table.secret:
        yield failed("GD-1-5", "classified-online", _at(case, "内容描述/密级"), found=level)
    if {"内容描述/日期", "档号/年度"} & case.judged.spoilt:
        return
    year, day = case.package.value("档号/年度"), read_date(case.package.value("内容描述/日期"))
    if isinstance(day, date) and year.isascii() and year.isdigit() and day.year > int(year) + 1:
        yield failed("GD-1-5", "date-after-year", _at(case, "内容描述/日期"), year, day.isoformat())


def archival_code_follows_its_rule(case: Case) -> Iterator[Finding]:
    """GD-1-7: the 档号 has the form of its fonds and agrees with the description."""
    text = case.package.value("档号")
    if not text or "档号" in case.judged.spoilt:
        yield not_applicable("GD-1-7", "no-archival-code")
        return
    place = _at(case, "档号")
    if case.code is None:
        sender = case.facts.sender
        rule = sender.rule(case.fonds or text.partition("-")[0]) if sender else None
        forms = rule.forms if rule else ("dat13", "dat22")
        dot = next((one for one in text if one in LOOKALIKE_DOTS), "")
        if dot and _parses(text.replace(dot, "·"), forms):
            yield failed("GD-1-7", "lookalike-dot", place, f"U+{ord(dot):04X}", text)
        else:
            example = " / ".join(_EXAMPLES[form] for form in forms if form in _EXAMPLES)
            yield failed("GD-1-7", "wrong-form", place, example, text)
        return
    if (right := case.code.rightly_padded(text)) != text:
        yield failed("GD-1-7", "item-width", place, right, text)
    yield from _parts_agree(case, case.code, place)


def _parses(text: str, forms: tuple[str, ...]) -> bool:
    try:
        ArchivalCode.parse(text, forms)
    except ValueError:
        return False
    return True


def _parts_agree(case: Case, code: ArchivalCode, place: Place) -> Iterator[Finding]:
    package, spoilt = case.package, case.judged.spoilt
    period = package.value("档号/保管期限")
    retention = case.rules.table.retention_code(period)
    if period and code.retention and not retention and "档号/保管期限" not in spoilt:
        yield undetermined(
            "GD-1-7", "retention-unread", _at(case, "档号/保管期限"), code.retention, period
        )
    item = package.value("档号/室编件号")
    number = item.lstrip("0") if item.isascii() and item.isdigit() else ""
    pairs = (
        ("档号/全宗号", code.fonds, package.value("档号/全宗号")),
        ("档号/年度", str(code.year), package.value("档号/年度")),
        ("档号/保管期限", code.retention, retention),
        ("档号/机构或问题", code.unit, package.value("档号/机构或问题")),
        ("档号/室编件号", str(code.item), number),
    )
    for path, in_code, described in pairs:
        # The unit stands in the code by its short code, in the description often by name.
        if not described or not in_code or path in spoilt or in_code == described:
            continue
        if path == "档号/机构或问题" and in_code.isascii() != described.isascii():
            continue
        where = Place(place.path, place.line, place.xpath, path)
        yield failed("GD-1-7", "part-differs", where, described, in_code)


def nothing_is_filed_twice(case: Case) -> Iterator[Finding]:
    """GD-1-8: 档号 and 电子文件号 are new, file names are unique in the package."""
    package, holding = case.package, case.facts.holding
    if holding is None:
        yield not_applicable("GD-1-8", "holding-not-asked")
    else:
        if holding.archival_code:
            yield failed(
                "GD-1-8",
                "archival-code-held",
                _at(case, "档号"),
                holding.archival_code,
                package.value("档号"),
            )
        if holding.electronic_code:
            yield failed(
                "GD-1-8",
                "electronic-code-held",
                _at(case, "电子文件号"),
                holding.electronic_code,
                package.value("电子文件号"),
            )
    seen: set[str] = set()
    for one in case.files:
        name = one.component.file_name.strip().casefold()
        if name and not one.carried:
            if name in seen:
                yield failed("GD-1-8", "file-name-twice", one.place, found=name)
            seen.add(name)


def attributes_agree(case: Case) -> Iterator[Finding]:
    """GD-1-10: name, size and format are those of the bytes."""
    code = "GD-1-10"
    if not case.files:
        yield not_applicable(code, "no-content")
    for one in case.files:
        if one.carried:
            continue
        if one.fault in {"GD-1-11", "GD-2-7", "GD-1-14"}:
            yield elsewhere(code, one)
            continue
        if size_lies(one) and one.content:
            declared = one.component.declared_size.strip()
            yield failed(code, "size-differs", one.place, declared, str(one.content.size_bytes))
        yield from _format_agrees(case, one)


def _format_agrees(case: Case, one: FileCase) -> Iterator[Finding]:
    code, formats = "GD-1-10", case.rules.formats
    component = one.component
    by_name = formats.by_extension.get(component.file_name.rpartition(".")[2].strip().lower())
    by_format = formats.declared(component.declared_format)
    if one.fault == "GD-1-10" and one.inspection:
        claimed = one.claimed.en if one.claimed else component.extension
        found = one.inspection.format.name if one.inspection.format else "?"
        yield failed(code, "format-differs", one.place, claimed, found)
        return
    for other in (by_format, one.claimed):
        if other and by_name and other is not by_name:
            yield failed(code, "extension-differs", one.place, other.en, by_name.name)
            return
    if one.inspection is None:
        yield undetermined(code, "not-inspected", one.place)
    elif one.inspection.format is None and not one.fault:
        claimed = one.claimed.en if one.claimed else component.extension or component.file_name
        yield undetermined(code, "format-unproven", one.place, claimed)


def metadata_finds_its_content(case: Case) -> Iterator[Finding]:
    """GD-1-11: every file the metadata names is there."""
    if not case.files:
        yield not_applicable("GD-1-11", "no-content")
    # A file that was there and was refused is not absent as well.
    refused = {
        one.place.path: one.code
        for one in case.package.findings
        if one.code.startswith(("ZX-3-", "ZX-4-")) and one.place.path
    }
    for one in case.files:
        # Without a name there is nothing to look for: GD-2-3 or GD-2-4 says so.
        if one.fault != "GD-1-11" or not one.component.file_name.strip():
            continue
        actual = renamed(case, one)
        reported = refused.get(one.component.file_name.strip())
        if actual:
            yield failed("GD-1-11", "misnamed", one.place, found=actual)
        elif reported:
            yield not_applicable("GD-1-11", "judged-elsewhere", one.place, reported)
        else:
            yield failed("GD-1-11", "absent", one.place)


def statements_agree(case: Case) -> Iterator[Finding]:
    """GD-1-12: package type, its description and its layers agree (structure: the schema)."""
    package = case.package
    if package.form not in {Form.EEP, Form.EEP_ZIP}:
        return
    path = "被签名对象/封装包类型"
    kind = package.eep_type
    if kind not in {_ORIGINAL, _MODIFIED}:
        return
    described = package.value("被签名对象/封装包类型描述")
    says = _MODIFIED if "修改封装" in described else _ORIGINAL if "原始封装" in described else kind
    layered = _MODIFIED if package.layers else _ORIGINAL
    for other in (says, layered):
        if other != kind:
            yield failed("GD-1-12", "type-disagrees", _at(case, path), other, kind)
            return


def content_is_as_promised(case: Case) -> Iterator[Finding]:
    """GD-1-14: every file has the digest the metadata promised."""
    code, promises = "GD-1-14", False
    for one in case.files:
        promised, content = one.component.promised, one.content
        if promised is None or one.carried:
            continue
        promises = True
        if content is None or one.fault == "GD-2-7":
            yield elsewhere(code, one)
        elif (found := content.digest(promised.algorithm)) is None:
            yield undetermined(code, "algorithm-not-computed", one.place, promised.algorithm)
        elif found != promised:
            yield failed(code, "digest-differs", one.place, str(promised), str(found))
    if not promises:
        yield not_applicable(code, "no-promise")


def signed_when_required(case: Case) -> Iterator[Finding]:
    """ZX-1-2: an agency that agreed to sign has signed."""
    sender = case.facts.sender
    if sender is None:
        yield not_applicable("ZX-1-2", "sender-not-stated")
    elif sender.signature != "required":
        yield not_applicable("ZX-1-2", "signature-optional")
    elif all(one.lock for one in case.package.signatures):
        yield failed("ZX-1-2", "signature-absent", Place())


def sender_files_its_own(case: Case) -> Iterator[Finding]:
    """ZX-1-3: unit name and fonds belong to the sender."""
    sender = case.facts.sender
    if sender is None:
        yield not_applicable("ZX-1-3", "sender-not-stated")
        return
    path = "来源/立档单位名称"
    name, names = case.package.value(path), (sender.name, *sender.names)
    if name and path not in case.judged.spoilt and name not in names:
        wanted = "、".join(dict.fromkeys(names))
        yield failed("ZX-1-3", "name-not-sender", _at(case, path), wanted, name)
    if case.fonds and sender.rule(case.fonds) is None:
        wanted = "、".join(rule.fonds for rule in sender.rules)
        where = _at(case, "档号/全宗号" if case.package.value("档号/全宗号") else "档号")
        yield failed("ZX-1-3", "fonds-not-sender", where, wanted, case.fonds)


CHECKS = (
    ("GD-1-1", signatures_hold),
    ("GD-1-5", values_hang_together),
    ("GD-1-7", archival_code_follows_its_rule),
    ("GD-1-8", nothing_is_filed_twice),
    ("GD-1-10", attributes_agree),
    ("GD-1-11", metadata_finds_its_content),
    ("GD-1-12", statements_agree),
    ("GD-1-14", content_is_as_promised),
    ("ZX-1-2", signed_when_required),
    ("ZX-1-3", sender_files_its_own),
)
