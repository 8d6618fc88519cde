"""What was found out about a content file by looking at its bytes."""

from dataclasses import dataclass

from filing.model.finding import Outcome


@dataclass(frozen=True, slots=True)
class Format:
    """A file format as identified by content.

    puid    PRONOM identifier ("fmt/276"), or "ofd" for OFD (GB/T 33190), which
            PRONOM does not know, or "" when nothing matched
    name    "Portable Document Format", …
    mime    media type, or ""
    basis   how it was told: "signature", "ofd-structure", "pronom"
    """

    puid: str
    name: str
    version: str
    mime: str
    basis: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """One content file, looked into.

    format       None when the bytes match no known format
    opens        PASSED: opened to its end; FAILED: damaged; UNDETERMINED: no
                 reader for this format here
    detail       what opening found ("3 pages", "end of central directory missing")
    encrypted    needs a password to be read
    active       carries macros, scripts or launch actions
    searched     all of it was searched for what is active
    packed       is a compressed archive (zip, 7z, rar, gz…) that is not a document format
    signatures   electronic signatures or seals inside the file
    extensions   file-name extensions that suit the format, lower case
    """

    format: Format | None
    opens: Outcome
    detail: str = ""
    encrypted: bool = False
    active: str = ""
    searched: bool = True
    packed: bool = False
    signatures: int = 0
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """A virus scanner's word on one file.

    outcome   PASSED clean, FAILED infected, UNDETERMINED not scanned
    detail    name of the signature, or why it was not scanned
    """

    outcome: Outcome
    detail: str = ""
