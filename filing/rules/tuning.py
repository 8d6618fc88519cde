"""Tuning: rules changed for an agency or a kind of record, derived from the shipped ones.

``derive`` lays tunings over a rule set, the broadest first, and gives one that is
different by name and digest when and only when it judges by anything different. Its
``text`` holds every difference, so that text and release give the same rules again.

What may not be weakened stands in filing.rules.protected. Keeps nothing: see
filing.administration.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any  # what JSON holds is checked field by field below

from filing.evidence.canonical import canonical
from filing.model.tuning import CheckTuning, FieldTuning, Tuned, Tuning
from filing.rules.catalogue import Catalogue, Check, Text
from filing.rules.metadata_table import Element, MetadataTable
from filing.rules.protected import GUARDED, NOT_LONGER, PROTECTED, REASONS, TUNABLE
from filing.rules.rule_set import RuleSet

TYPE = "filing-rules/1"
MAX_VALUES = 200
MAX_VALUE = 200
_SEPARATOR = "、"
#: Fields of one record as a whole; those of its files, acts and agents follow the package.
_NOT_TUNED = ("文件数据/", "业务实体块/", "机构人员实体块/", "被签名对象/", "权限管理/授权/")
_STRICT = {"note": 0, "accept": 0, "reject": 1}


def tunable_fields(table: MetadataTable) -> tuple[Element, ...]:
    """The fields whose obligation, length or values may be set, in the table's order."""
    return tuple(
        one
        for path, one in table.elements.items()
        if not path.startswith(_NOT_TUNED) and one.must in {"", "value"}
    )


def takes_values(element: Element) -> bool:
    """Whether a list may be given: no closed list of the standard is opened or narrowed."""
    return element.type == "text" and not element.error and element.path not in GUARDED


def faults(tuning: Tuning, base: RuleSet) -> Iterator[Text]:
    """Why this tuning may not be; nothing when it may."""
    for code, check in tuning.checks.items():
        yield from _check_faults(code, check, base.catalogue)
    known = {one.path: one for one in tunable_fields(base.table)}
    for path, field in tuning.fields.items():
        element = known.get(path)
        if element is None:
            yield Text(f"字段“{path}”不能设置", f"field {path!r} cannot be tuned")
        else:
            yield from _field_faults(field, element, base.table.default_max)


def _check_faults(code: str, tuned: CheckTuning, catalogue: Catalogue) -> Iterator[Text]:
    shipped = catalogue.checks.get(code)
    if shipped is None or (code not in TUNABLE and code not in PROTECTED):
        yield Text(f"没有可设置的检测项“{code}”", f"there is no check {code!r} to tune")
        return
    if tuned.severity not in {"", "reject", "note"}:
        yield Text(f"{code} 的处理须为退回或提示", f"{code}: severity is reject or note")
        return
    if tuned.undetermined not in {"", "reject", "accept"}:
        yield Text(f"{code} 无法判定时须为退回或接收", f"{code}: undetermined is reject or accept")
        return
    if code in PROTECTED and _is_weaker(tuned, shipped):
        why = REASONS[PROTECTED[code]]
        yield Text(f"{code} 不能放宽：{why.zh}", f"{code} cannot be weakened: {why.en}")


def _is_weaker(tuned: CheckTuning, shipped: Check) -> bool:
    pairs = (tuned.severity, shipped.severity), (tuned.undetermined, shipped.undetermined)
    return any(new and _STRICT[new] < _STRICT[old] for new, old in pairs)


def _field_faults(tuned: FieldTuning, element: Element, default_max: int) -> Iterator[Text]:
    path = element.path
    if tuned.must not in {"", "required", "optional"}:
        yield Text(f"“{path}”须为必填或选填", f"{path}: required or optional")
    elif tuned.must == "optional" and element.must == "value":
        yield Text(
            f"“{path}”是标准规定的必填项，不能改为选填",
            f"{path} is mandatory by the standard and stays so",
        )
    longest = element.max if path in NOT_LONGER else max(default_max, element.max)
    if tuned.max and not 1 <= tuned.max <= longest:
        yield Text(f"“{path}”的长度须在 1 至 {longest} 之间", f"{path}: length is 1 to {longest}")
    if tuned.values is None:
        if tuned.closed:
            yield Text(f"“{path}”没有给出值域", f"{path}: no values are given to choose from")
    elif not takes_values(element):
        yield Text(f"“{path}”不能设置值域", f"{path}: no list of values can be set")
    else:
        yield from _value_faults(tuned, tuned.values, element)


def _value_faults(tuned: FieldTuning, values: tuple[str, ...], element: Element) -> Iterator[Text]:
    path, longest = element.path, min(MAX_VALUE, tuned.max or element.max)
    if len(values) > MAX_VALUES or len(set(values)) != len(values):
        yield Text(
            f"“{path}”的取值至多 {MAX_VALUES} 个且不得重复",
            f"{path}: at most {MAX_VALUES} values, none twice",
        )
    if tuned.closed and not values:
        yield Text(f"“{path}”没有给出值域", f"{path}: no values are given to choose from")
    for one in values:
        if one != one.strip() or not one.isprintable() or not 0 < len(one) <= longest:
            yield Text(f"“{path}”的取值“{one}”不可用", f"{path}: {one!r} cannot be a value")
        elif _SEPARATOR in one:
            yield Text(f"“{path}”的取值不得含顿号", f"{path}: no value holds {_SEPARATOR!r}")


def derive(base: RuleSet, tuned: Iterable[Tuned]) -> RuleSet:
    """The rules that come of ``base`` with these tunings; ``base`` itself if they change nothing.

    What is protected stays as strict as shipped even where a tuning says otherwise (one
    written by an earlier release, perhaps).
    """
    checks, elements = dict(base.catalogue.checks), dict(base.table.elements)
    fields = {one.path for one in tunable_fields(base.table)}
    for one in sorted(tuned, key=lambda one: one.scope.rank):
        for code, check in one.tuning.checks.items():
            if code in checks and not any(_check_faults(code, check, base.catalogue)):
                checks[code] = _with(checks[code], check)
        for path, field in one.tuning.fields.items():
            if path in fields and not any(
                _field_faults(field, base.table.elements[path], base.table.default_max)
            ):
                elements[path] = _asked(elements[path], field)
    return _made(base, checks, elements)


def _with(check: Check, tuned: CheckTuning) -> Check:
    return replace(
        check,
        severity=tuned.severity or check.severity,
        undetermined=tuned.undetermined or check.undetermined,
    )


def _asked(element: Element, tuned: FieldTuning) -> Element:
    changes: dict[str, Any] = {}  # Any: values of several fields
    if tuned.must:
        changes["must"] = "value" if tuned.must == "required" else ""
    if tuned.max:
        changes["max"] = tuned.max
    if tuned.values is not None:
        some = frozenset(tuned.values)
        changes["error"] = some if tuned.closed else frozenset()
        changes["warn"] = frozenset() if tuned.closed else some
        changes["listed"] = _SEPARATOR.join(tuned.values)
    asked = replace(element, **changes)
    plain = asked.type == "text" and not asked.listed and not asked.past and not asked.between
    return replace(asked, plain=plain)


def unchanged(base: RuleSet) -> bytes:
    """The text of rules that change nothing of ``base``."""
    return _text(base, base.catalogue.checks, base.table.elements)


def _text(base: RuleSet, checks: Mapping[str, Check], elements: Mapping[str, Element]) -> bytes:
    return canonical(
        {
            "type": TYPE,
            "base": {"version": base.version, "digest": base.digest},
            "checks": {
                code: {"severity": one.severity, "undetermined": one.undetermined}
                for code, one in checks.items()
                if one != base.catalogue.checks[code]
            },
            "fields": {
                path: _written(one)
                for path, one in elements.items()
                if one != base.table.elements[path]
            },
        }
    )


def _made(base: RuleSet, checks: Mapping[str, Check], elements: Mapping[str, Element]) -> RuleSet:
    if checks == base.catalogue.checks and elements == base.table.elements:
        return base
    text = _text(base, checks, elements)
    digest = hashlib.sha256(text).hexdigest()
    return RuleSet(
        version=f"{base.version}-{digest[:12]}",
        digest=f"sha256:{digest}",
        catalogue=replace(
            base.catalogue, checks=checks, guarded=GUARDED, shipped=base.catalogue.checks
        ),
        table=replace(
            base.table,
            elements=elements,
            singles=tuple(one for one in elements.values() if one.must in {"value", "present"}),
            conditional=tuple(one for one in elements.values() if one.when),
        ),
        formats=base.formats,
        text=text,
    )


def _written(one: Element) -> dict[str, object]:
    return {
        "must": one.must,
        "max": one.max,
        "values": one.listed.split(_SEPARATOR) if one.listed else [],
        "closed": bool(one.error),
    }


def rebuild(base: RuleSet, text: bytes) -> RuleSet:
    """The rules ``text`` (RuleSet.text) describes, over the release it names.

    Raises ValueError if it is of another release, or not such a text.
    """
    given = json.loads(text)
    if given["type"] != TYPE or given["base"]["digest"] != base.digest:
        raise ValueError("these rules are of another release")
    checks, elements = dict(base.catalogue.checks), dict(base.table.elements)
    for code, check in given["checks"].items():
        checks[code] = _with(checks[code], CheckTuning(**check))
    for path, field in given["fields"].items():
        required = "required" if field["must"] == "value" else "optional"
        asked = FieldTuning(required, field["max"], tuple(field["values"]), field["closed"])
        elements[path] = _asked(elements[path], asked)
    made = _made(base, checks, elements)
    if made.text != text:
        raise ValueError("this text does not describe rules in the form they are written in")
    return made


def write_tuning(tuning: Tuning) -> str:
    """A tuning as canonical JSON; what leaves everything as it is is left out."""
    checks = {
        code: {"severity": one.severity, "undetermined": one.undetermined}
        for code, one in tuning.checks.items()
        if one != CheckTuning()
    }
    fields = {
        path: {
            "must": one.must,
            "max": one.max,
            "values": None if one.values is None else list(one.values),
            "closed": one.closed,
        }
        for path, one in tuning.fields.items()
        if one != FieldTuning()
    }
    return canonical({"checks": checks, "fields": fields}).decode()


def read_tuning(text: str) -> Tuning:
    """A tuning back from its text. Raises ValueError."""
    try:
        given = json.loads(text)
        return Tuning(
            {code: CheckTuning(**one) for code, one in given["checks"].items()},
            {
                path: FieldTuning(
                    one["must"],
                    one["max"],
                    None if one["values"] is None else tuple(one["values"]),
                    one["closed"],
                )
                for path, one in given["fields"].items()
            },
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a tuning: {error!r}") from error
