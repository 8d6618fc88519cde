"""Read a ZIP of ``eep.xml`` and files: an EEP whose content stands beside it.

编码描述 says so, 反编码关键字 is ``sha256-base64Binary`` or ``sm3-base64Binary``,
编码数据 is the Base64 of the 32 bytes of the digest, and 计算机文件名 is the path
of the file beside ``eep.xml``. Files may also stand inline, one by one.
"""

from filing.adapters.packages.eep import read_eep
from filing.adapters.packages.reader import Parcel, looks_like_zip
from filing.adapters.packages.splitter import Sink
from filing.model.limits import Limits
from filing.model.package import Form, Package


class EepZipReader:
    """EEP with external content."""

    forms: tuple[Form, ...] = (Form.EEP_ZIP,)
    media_types: tuple[str, ...] = ("application/zip",)
    documents: tuple[str, ...] = ("eep.xml",)

    def reads(self, head: bytes) -> bool:
        return looks_like_zip(head)

    def read(self, parcel: Parcel, limits: Limits, sink: Sink) -> Package:
        return read_eep(parcel, limits, sink)
