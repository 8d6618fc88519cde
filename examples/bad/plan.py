"""How a bad sample is made: one lawful delivery, one change.

A fault says which check code it plants, which reason the finding must give, and where.
``make`` gets a lawful document and returns the delivery with the fault in it; what the
fault is not about (sizes, digests, figures) stays right.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from examples import eep
from examples.documents import Document, File, Official
from examples.good import EEP_NAME, RECORD_NAME, deliver, metadata
from examples.sample import Sample, finish
from filing.model.package import Form
from filing.rules.facts import Registration

Make = Callable[[Official], Sample]
Members = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way a delivery fails one check.

    code, reason   as in schemas/checks
    slug           what was done; the sample is called ``CODE_slug``
    place          part of the field, XPath or member of the finding; "" for the package
    also           further codes the same fault may show: a file refused for its path is
                   also one the metadata names in vain (GD-1-11)
    agency         id of the sample agency that sends it
    before         makes deliveries that must be accepted first
    """

    code: str
    reason: str
    slug: str
    place: str
    make: Make
    also: tuple[str, ...] = ()
    agency: str = "sample-water"
    before: tuple[Make, ...] = ()


def lawful(form: Form = Form.EEP, suites: Sequence[str] = ()) -> Make:
    """The delivery as it should be."""
    return lambda document: deliver(document, form, metadata(document, form, suites))


def replaced(text: str, old: str, new: str) -> str:
    """``text`` with the first ``old`` replaced. Raises ValueError if there is none."""
    if old not in text:
        raise ValueError(f"nothing to change: {old!r} does not occur")
    return text.replace(old, new, 1)


def rewritten(text: str, pattern: str, new: str) -> str:
    """``text`` with the first match of ``pattern`` replaced. Raises ValueError if none."""
    changed, times = re.subn(pattern, lambda _: new, text, count=1, flags=re.DOTALL)
    if not times:
        raise ValueError(f"nothing to change: {pattern!r} does not match")
    return changed


def edit(*changes: tuple[str, str], form: Form = Form.EEP) -> Make:
    """Replace text in the unsigned XML; ``{o.field}`` stands for the document's own."""

    def make(document: Official) -> Sample:
        xml = metadata(document, form).decode("utf-8")
        for old, new in changes:
            xml = replaced(xml, old.format(o=document), new.format(o=document))
        return deliver(document, form, xml.encode("utf-8"))

    return make


def cut(pattern: str, new: str = "", form: Form = Form.EEP) -> Make:
    """Replace the first match of a regular expression in the unsigned XML."""

    def make(document: Official) -> Sample:
        xml = rewritten(metadata(document, form).decode("utf-8"), pattern, new)
        return deliver(document, form, xml.encode("utf-8"))

    return make


def raw(change: Callable[[bytes], bytes]) -> Make:
    """Change the bytes of the unsigned XML."""
    return lambda document: deliver(document, Form.EEP, change(metadata(document, Form.EEP)))


def changed(change: Callable[[Official], Official], form: Form = Form.EEP) -> Make:
    """Change the document itself, then deliver it as usual."""
    return lambda document: lawful(form)(change(document))


def figures(change: Callable[[Registration], Registration]) -> Make:
    """State other figures in the 归档登记表."""

    def make(document: Official) -> Sample:
        sample = lawful()(document)
        return finish(replace(sample, registration=change(sample.registration)))

    return make


def archive(
    change: Callable[[Members], bytes | Members],
    form: Form = Form.RECORD_ZIP,
    *,
    counted: bool = True,
) -> Make:
    """Change the ZIP: other members, or bytes of its own making.

    counted   False leaves the number of files and bytes unstated, where the fault
              would make the stated figures wrong as well
    """

    def make(document: Official) -> Sample:
        sample = deliver(document, form, b"")
        name = EEP_NAME if form is Form.EEP_ZIP else RECORD_NAME
        members = {name: metadata(document, form)}
        members |= {file.name: file.body for file in document.files}
        result = change(members)
        body = result if isinstance(result, bytes) else eep.zipped(result)
        stated = sample.registration if counted else Registration(items=1)
        return finish(replace(sample, body=body, registration=stated))

    return make


def with_file(document: Official, index: int, file: File) -> Official:
    """``document`` with its ``index``-th file (negative from the end) replaced by ``file``."""
    wanted = document.files[index]
    return replace(
        document,
        documents=tuple(
            replace(
                one,
                files=tuple(file if old is wanted else old for old in one.files),
            )
            for one in document.documents
        ),
    )


def with_annex(document: Official, file: File) -> Official:
    """``document`` with its last annex replaced by ``file``."""
    last = document.documents[-1]
    return replace(
        document, documents=(*document.documents[:-1], Document(last.title, last.role, (file,)))
    )
