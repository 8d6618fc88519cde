"""docs/checks.md, written from the catalogue: what is checked, and what to do.

Pure: catalogue in, Markdown out. A test compares the file with what this gives, and
``python -m filing.rules.checks_document`` prints it.
"""

from collections.abc import Iterable, Iterator

from filing.rules.catalogue import PROPERTIES, Catalogue, Check, Reason

_HEAD = """# 四性检测项 · Checks

本文件由 schemas/checks 生成，请勿手改。
Generated from schemas/checks; do not edit by hand.

编号 GD-x-y 取自 DA/T 70-2018 归档环节；标准没有的，编号 ZX（在线）。标 † 的，名称或次序尚未核实。
Codes GD-x-y are those of DA/T 70-2018, filing stage; ZX (在线, online) are ours where the
standard has none. † marks names or numbers not yet confirmed.

结果有四种：通过、不通过、无法判断、不适用。“无法判断”从不当作“通过”。
Four outcomes: passed, failed, undetermined, not applicable. “Could not tell” is never “passed”.
"""
_ACTORS = {"agency": "立档单位 · agency", "archive": "档案馆 · archive", "clerk": "经办人 · clerk"}
_SEVERITY = {"reject": "退回 · refuses", "note": "仅提示 · note"}
_UNDETERMINED = {"accept": "可接收 · may be accepted", "reject": "退回 · refuses"}


def checks_document(catalogue: Catalogue) -> str:
    """The whole document, ending in a newline."""
    return "\n".join(_lines(catalogue)) + "\n"


def _lines(catalogue: Catalogue) -> Iterator[str]:
    yield _HEAD
    for name in PROPERTIES:
        title = catalogue.properties[name]
        checks = [one for one in catalogue.checks.values() if one.property == name]
        yield f"## {title.zh} · {title.en}\n"
        yield "| 编号 Code | 名称 | Name | 不通过 Failed | 无法判断 Undetermined |"
        yield "| --- | --- | --- | --- | --- |"
        for check in checks:
            yield (
                f"| {_code(check)} | {_cell(check.name.zh)} | {_cell(check.name.en)} "
                f"| {_SEVERITY[check.severity]} | {_UNDETERMINED[check.undetermined]} |"
            )
        yield ""
        for check in checks:
            yield from _check(check)
    yield "## 各项共用的原因 · Reasons any check may give\n"
    yield from _reasons(catalogue.common.values())


def _code(check: Check) -> str:
    return check.code if check.confirmed else f"{check.code} †"


def _check(check: Check) -> Iterator[str]:
    yield f"### {_code(check)} {check.name.zh} · {check.name.en}\n"
    rows = (
        ("分组 Group", check.group),
        ("目的 Purpose", check.purpose),
        ("对象 Object", check.object),
        ("方法 Method", check.method),
    )
    for label, text in rows:
        yield f"- {label}：{text.zh} {text.en}"
    yield f"- 依据 Basis：{check.basis}"
    if check.cannot_fail is not None:
        yield f"- 不会不通过 Cannot fail：{check.cannot_fail.zh} {check.cannot_fail.en}"
    yield ""
    if check.reasons:
        yield from _reasons(check.reasons.values())


def _reasons(reasons: Iterable[Reason]) -> Iterator[str]:
    yield "| 原因 Reason | 说明 Message | 处理 Remedy | 由谁 Who |"
    yield "| --- | --- | --- | --- |"
    for one in reasons:
        yield (
            f"| `{one.slug}` | {_cell(one.message.zh)}<br>{_cell(one.message.en)} "
            f"| {_cell(one.remedy.zh)}<br>{_cell(one.remedy.en)} | {_ACTORS[one.actor]} |"
        )
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    from filing.rules.rule_set import load_rule_set

    print(checks_document(load_rule_set().catalogue), end="")
