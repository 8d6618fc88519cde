"""Safety checks (安全性): the package does no harm and came a safe way.

Each function answers to one code of schemas/checks/safety.toml.
"""

from collections.abc import Iterator

from filing.model.agency import Channel
from filing.model.finding import Finding, Outcome, Place
from filing.model.package import Content
from filing.rules.answers import failed, not_applicable, undetermined
from filing.rules.case import Case, renamed

#: From weak to strong, as filing.model.agency lists them.
_STRENGTH = {channel: rank for rank, channel in enumerate(Channel)}


def scanner_is_there(case: Case) -> Iterator[Finding]:
    """GD-4-1: the archive has a virus scanner that answers."""
    if case.facts.scanner is Outcome.FAILED:
        yield failed("GD-4-1", "scanner-silent", Place())
    elif case.facts.scanner is not Outcome.PASSED:
        yield undetermined("GD-4-1", "no-scanner")


def files_are_clean(case: Case) -> Iterator[Finding]:
    """GD-4-2: no file is infected."""
    code, scans = "GD-4-2", case.facts.scans
    answered = any(one.outcome is not Outcome.UNDETERMINED for one in scans.values())
    if not answered and case.facts.scanner is not Outcome.PASSED:
        yield undetermined(code, "nothing-scanned")
        return
    for place, content in _placed(case):
        scan = scans.get(content.member)
        if scan is None:
            yield undetermined(code, "not-scanned", place)
        elif scan.outcome is Outcome.FAILED:
            yield failed(code, "infected", place, found=scan.detail)
        elif scan.outcome is not Outcome.PASSED:
            yield undetermined(code, "not-scanned", place, found=scan.detail)


def nothing_is_smuggled_in(case: Case) -> Iterator[Finding]:
    """GD-4-3: the package holds no file the metadata does not name."""
    if case.unbuilt:
        yield not_applicable("GD-4-3", "judged-elsewhere", Place(field="文件数据"), "GD-2-10")
        return
    named = {one.content.member for one in case.files if one.content}
    # A file under another name than the metadata gives it is GD-1-11's.
    missing = [one for one in case.files if one.fault == "GD-1-11"]
    named |= {renamed(case, one) for one in missing}
    for member in case.package.members:
        # A later layer may drop what an earlier one described; it stays in the earlier one.
        dropped = member.is_inline and case.package.layers
        if member.member not in named and not dropped:
            yield failed("GD-4-3", "extra-file", Place(path=member.member, field=member.member))


def channel_is_strong_enough(case: Case) -> Iterator[Finding]:
    """GD-4-7: the package came over a channel as strong as agreed."""
    facts = case.facts
    if not facts.filing:
        yield not_applicable("GD-4-7", "trial")
    elif facts.sender is None:
        yield failed("GD-4-7", "sender-unknown", Place())
    elif _STRENGTH[facts.channel] < _STRENGTH[facts.sender.channel]:
        yield failed("GD-4-7", "weak-channel", Place(), facts.sender.channel, facts.channel)


def nothing_runs_by_itself(case: Case) -> Iterator[Finding]:
    """ZX-4-8: no file carries macros, scripts or launch actions."""
    looked = False
    for place, content in _placed(case):
        looked = True
        inspection = case.facts.inspections.get(content.member)
        if inspection is None:
            if content.size_bytes:
                yield undetermined("ZX-4-8", "not-inspected", place)
        elif inspection.active:
            yield failed("ZX-4-8", "active-content", place, found=inspection.active)
        elif not inspection.searched:
            yield undetermined("ZX-4-8", "not-searched", place)
    if not looked:
        yield not_applicable("ZX-4-8", "no-content")


def _placed(case: Case) -> Iterator[tuple[Place, Content]]:
    """Every file with its place, by the name a clerk knows.

    What stands inside an EEP goes by an identifier; its metadata has the name.
    """
    named = {one.content.member: one.place for one in case.files if one.content}
    for content in case.package.contents():
        place = named.get(content.member) or Place(path=content.member, field=content.member)
        yield place, content


CHECKS = (
    ("GD-4-1", scanner_is_there),
    ("GD-4-2", files_are_clean),
    ("GD-4-3", nothing_is_smuggled_in),
    ("GD-4-7", channel_is_strong_enough),
    ("ZX-4-8", nothing_runs_by_itself),
)
