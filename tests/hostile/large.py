"""Deliveries as large as a lawful sender may make them: many files, findings, fields."""

import io
import re
import zipfile
from dataclasses import replace

from examples.documents import agency, official
from examples.good import deliver, metadata
from examples.sample import Sample
from filing.model.package import Form
from tests.hostile.place import OURS

_DESCRIBED = (
    "<文件><计算机文件名>{name}</计算机文件名><计算机文件大小>{size}</计算机文件大小>"
    "<格式信息>{what}</格式信息></文件>"
)
_FORMAT = "格式名称：TXT，格式版本：1.0，MIME媒体类型：text/plain"


def _document(number: int) -> str:
    document = official(71_000 + number, 1, agency(OURS.id), annexes=1, sent=True, retention="Y")
    text = metadata(document, Form.RECORD_ZIP)
    return text if isinstance(text, str) else text.decode()


def _delivered(number: int, text: str, files: dict[str, bytes]) -> Sample:
    """A ZIP of a metadata document and files, as an agency would send it."""
    document = official(71_000 + number, 1, agency(OURS.id), annexes=1, sent=True, retention="Y")
    sample = deliver(document, Form.RECORD_ZIP, metadata(document, Form.RECORD_ZIP))
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        with zipfile.ZipFile(io.BytesIO(sample.body)) as before:
            for name in before.namelist():
                if not name.endswith(".xml"):
                    archive.writestr(name, before.read(name))
                else:
                    archive.writestr(name, text)
        for name, content in files.items():
            archive.writestr(name, content)
    return replace(sample, body=body.getvalue())


def _among_files(text: str, more: str) -> str:
    """``text`` with further descriptions behind its last file."""
    before, mark, after = text.rpartition(
        "</文件></文档>" if "</文件></文档>" in text else "</文件>"
    )
    return f"{before}</文件>{more}{mark.removeprefix('</文件>')}{after}"


def many_files(number: int, count: int) -> Sample:
    """So many files beside the document, each described; the secrecy is not in the list."""
    files = {f"附图{at:04}.txt": b"%d\n" % at for at in range(count)}
    more = "".join(
        _DESCRIBED.format(name=name, size=len(body), what=_FORMAT) for name, body in files.items()
    )
    text = _among_files(_document(number), more).replace("<密级>公开<", "<密级>公开件<")
    return _delivered(number, text, files)


def many_findings(number: int, count: int) -> Sample:
    """So many files described that are not there, each described wrongly in several ways."""
    more = "".join(
        _DESCRIBED.format(name=f"缺{at}.exe", size="约一页", what="不明") for at in range(count)
    )
    return _delivered(number, _among_files(_document(number), more), {})


def many_fields(number: int, count: int) -> Sample:
    """So many values, the secrecy not in the list."""
    words = "".join(f"<关键词>词{at}</关键词>" for at in range(count))
    text = _document(number).replace("<文种>", f"{words}<文种>", 1)
    return _delivered(number, text.replace("<密级>公开<", "<密级>公开件<"), {})


def a_far_fault(number: int, at: int) -> Sample:
    """Many values of one element, of which one is longer than is lawful."""
    words = [f"<主题词>词{one}</主题词>" for one in range(at + 500)]
    words[at - 1] = f"<主题词>{'长' * 201}</主题词>"
    behind = re.compile("<(关键词|人名|摘要|分类号|文件编号|责任者)>")
    return _delivered(
        number, behind.sub(lambda it: "".join(words) + it[0], _document(number), count=1), {}
    )
