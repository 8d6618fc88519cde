"""Member names: which are safe to keep, and which could be taken for one another.

For every form in which a sender names files: ZIP entries and multipart parts.
Names are judged as the characters a person would see, after decoding.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from filing.model.finding import Finding, Outcome, Place
from filing.model.identifiers import LOOKALIKE_DOTS

_DRIVE = re.compile(r"[A-Za-z]:")
_DEVICES = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE
)
_FORBIDDEN = frozenset('<>:"|?*')
_DOTS = str.maketrans(dict.fromkeys("·。․｡۔" + LOOKALIKE_DOTS, "."))
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-"))
#: Letters of other scripts that are drawn as a Latin one, each above its likeness.
_DRAWN_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХԌԚԜаеѕіјорсухһԁԛԝѵΑΒΕΖΗΙΚΜΝΟΡΤΥΧοναρικυγ",
    "ABESIJKMHOPCTYXGQWaesijopcyxhdqwvABEZHIKMNOPTYXovapikuy",
)
#: What is drawn as nothing (Default_Ignorable_Code_Point and blanks that are letters).
_NOTHING = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_MAX_STEP_BYTES, _MAX_PATH_BYTES = 255, 1024
_MAX_STEPS = 16
#: Unicode categories that are not seen. Unassigned is not among them: new ideographs
#: of rare personal and place names come with every edition.
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))  # none of them str.isprintable()


def check_names(names: Iterable[str], limit: int) -> tuple[list[Finding], frozenset[int]]:
    """ZX-4-1 and ZX-4-4 for the names of one package, in order.

    limit   findings at most; every name is judged all the same

    Returns the findings and the positions of the names that must not be used.
    A name ending in "/" is a folder.
    """
    findings: list[Finding] = []
    refused: set[int] = set()
    known: dict[str, str] = {}
    folders: dict[str, str] = {}
    for position, name in enumerate(names):
        reason, other = what_is_unsafe(name), ""
        code = "ZX-4-1" if reason else "ZX-4-4"
        if not reason:
            reason, other = _collision(name, known, folders)
        if reason:
            refused.add(position)
            if len(findings) < limit:
                place = Place(printable(name), field=printable(name))
                found = printable(other or name)
                findings.append(Finding(code, Outcome.FAILED, place, reason, "", found))
    return findings, frozenset(refused)


def what_is_unsafe(name: str) -> str:
    """Why ``name`` must not be used as a path; "" when it may."""
    steps = name.removesuffix("/").split("/")
    if "\ufffd" in name:
        return "bad-encoding"
    if not name or name.startswith("/"):
        return "absolute" if name else "empty-name"
    if _DRIVE.match(name):
        return "drive"
    if "\\" in name:
        return "backslash"
    if not name.isprintable() and any(unicodedata.category(one) in _UNSEEN for one in name):
        return "control-character"
    if ".." in steps:
        return "traversal"
    if "" in steps or "." in steps:
        return "empty-name"
    if len(steps) > _MAX_STEPS or len(name.encode("utf-8", "replace")) > _MAX_PATH_BYTES:
        return "too-long"
    return next(filter(None, map(_unsafe_step, steps)), "")


def skeleton(name: str) -> str:
    """The name as it would look to a hurried eye.

    Width, case, dots, hyphens, accents and letters drawn alike are joined; what is drawn
    as nothing is left out.
    """
    if name.isascii():
        return name.casefold()
    # Twice, since folding and taking apart may uncover more; apart, so that marks stay marks.
    for _ in range(2):
        name = unicodedata.normalize("NFKD", _NOTHING.sub("", name).translate(_DRAWN_ALIKE))
        name = unicodedata.normalize("NFKD", name.casefold())
    return _NOTHING.sub("", name.translate(_DRAWN_ALIKE)).translate(_DOTS).translate(_HYPHENS)


def printable(name: str) -> str:
    """The name for a report: unseen characters as escapes, 200 characters at most."""
    return "".join(
        one if unicodedata.category(one) not in _UNSEEN else f"\\u{ord(one):04x}"
        for one in name[:200]
    )[:200]


def _unsafe_step(step: str) -> str:
    if _DEVICES.fullmatch(step) or _FORBIDDEN & set(step):
        return "reserved-name"
    if step[-1] in ". " or step[0] == " ":
        return "reserved-name"
    return "too-long" if len(step.encode("utf-8", "replace")) > _MAX_STEP_BYTES else ""


def _collision(name: str, known: dict[str, str], folders: dict[str, str]) -> tuple[str, str]:
    """How ``name`` clashes with an earlier one, and with which; records it if not.

    known     skeleton -> name, of files and stated folders
    folders   skeleton -> name, of every folder on the way to a file
    """
    path = name.removesuffix("/")
    key = skeleton(path)
    is_folder = path != name
    if key in known:
        return _likeness(name, known[key]), known[key]
    if not is_folder and key in folders:
        return "file-and-folder", folders[key]
    known[key] = name
    for parent in _parents(path):
        its = skeleton(parent)
        if its in known and not known[its].endswith("/"):
            return "file-and-folder", known[its]
        if folders.setdefault(its, parent) != parent:
            return _likeness(parent, folders[its]), folders[its]
    if is_folder and folders.setdefault(key, path) != path:
        return _likeness(path, folders[key]), folders[key]
    return "", ""


def _likeness(one: str, other: str) -> str:
    if one == other:
        return "duplicate"
    if one.removesuffix("/") == other.removesuffix("/"):
        return "file-and-folder"
    return "case-collision" if one.casefold() == other.casefold() else "look-alike"


def _parents(path: str) -> Iterator[str]:
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)
