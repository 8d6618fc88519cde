"""What a change touches without naming it: values below an element taken out or put in.

The table of what may be corrected names fields. An element that is removed takes with it
whatever stands in it, one that is added may stand before another of its name and speak in
its place; so the values themselves are compared, and each that is no longer the same must
be one the person may change.

Content files are guarded elsewhere; see filing.ingest.with_draft.must_keep_signed.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from filing.errors import NotAllowed
from filing.model.correction import Change, ChangeKind
from filing.model.package import Package
from filing.model.roles import Role
from filing.rules.correction import FILE, CorrectionRules

OF_FILES = frozenset({ChangeKind.REPLACE_FILE, ChangeKind.ADD_FILE, ChangeKind.REMOVE_FILE})
_STRUCTURAL = frozenset({ChangeKind.ADD, ChangeKind.REMOVE})
#: Base64 of content, or the digest of a file beside the document: a file's matter.
_CONTENT = "文件数据/文档/文档数据/编码/编码数据"


def plain(one: Change) -> Change:
    """What is asked for, without what only the archive says, or what is not of its kind.

    A change of metadata names no file: whoever reads the seal would take it for one.
    """
    bare = replace(one, field="", before=None, old=None)
    if one.kind in OF_FILES:
        return replace(bare, xpath="", after=None)
    return replace(bare, member="")


def must_name_allowed(rules: CorrectionRules, roles: Collection[Role], one: Change) -> None:
    """Raises NotAllowed unless one of the roles may change what ``one`` names."""
    field = FILE if one.kind in OF_FILES else one.field
    _must(rules, roles, field, one.before or "")


def is_structural(one: Change) -> bool:
    """Whether it may touch what it does not name."""
    return one.kind in _STRUCTURAL and "/@" not in one.xpath


def must_touch_allowed(
    rules: CorrectionRules, roles: Collection[Role], before: Package, after: Package
) -> None:
    """Raises NotAllowed where a value differs that none of the roles may change."""
    for path in _changed(before, after):
        for value in [one.value for one in before.all(path)] or [""]:
            _must(rules, roles, path, value)


def _changed(before: Package, after: Package) -> Iterator[str]:
    for path in dict.fromkeys((*before.by_path, *after.by_path)):
        if path == _CONTENT:
            continue
        if [one.value for one in before.all(path)] != [one.value for one in after.all(path)]:
            yield path


def _must(rules: CorrectionRules, roles: Collection[Role], field: str, value: str) -> None:
    if why := rules.may_change(roles, field, value):
        said = rules.why[why]
        raise NotAllowed(f"{field}: {said.en} ({why})", f"{field}：{said.zh}")
