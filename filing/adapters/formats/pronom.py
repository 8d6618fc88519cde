"""Ask PRONOM (the registry of The National Archives) what a format is.

The signatures come inside the pygfried package and cost about 80 MB of memory and
5 ms a file, so they are loaded when the first file needs them and are not asked
about formats our own table knows.
"""

import mimetypes
from typing import TypedDict

from filing.model.inspection import Format

_TYPES = mimetypes.MimeTypes()
_OPEN_XML = "application/vnd.openxmlformats-officedocument"
#: What the standard library does not know, or knows too much about.
_EXTENSIONS = {
    "text/plain": "txt text csv tsv log md",
    f"{_OPEN_XML}.wordprocessingml.document": "docx",
    f"{_OPEN_XML}.spreadsheetml.sheet": "xlsx",
    f"{_OPEN_XML}.presentationml.presentation": "pptx",
    "application/vnd.ms-word.document.macroEnabled.12": "docm",
    "application/vnd.ms-excel.sheet.macroEnabled.12": "xlsm",
    "application/vnd.ms-powerpoint.presentation.macroEnabled.12": "pptm",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/msword": "doc wps",
    "application/vnd.ms-excel": "xls et",
    "application/vnd.ms-powerpoint": "ppt dps",
    "application/rtf": "rtf",
    "text/rtf": "rtf",
    "image/jpeg": "jpg jpeg jpe jfif",
    "image/jp2": "jp2 jpx j2k",
    "image/tiff": "tif tiff",
    "audio/mpeg": "mp3",
    "audio/x-wav": "wav",
    "video/mpeg": "mpg mpeg",
    "video/x-flv": "flv",
}


class Changes(TypedDict, total=False):
    """Fields of an Inspection to replace."""

    format: Format | None
    extensions: tuple[str, ...]


def identify(path: str) -> Format | None:
    """The first identification by content; None when no signature matched.

    A match by the file's name alone is none.
    """
    import pygfried  # here, not above: see the module's first words

    try:
        answer = pygfried.identify(path, detailed=True)
    except (pygfried.GoError, pygfried.EmptySourceError):
        return None
    for file in answer["files"]:
        for match in file["matches"]:
            if match["id"] != "UNKNOWN" and _by_content(match["basis"]):
                version = match.get("version", "")
                return Format(match["id"], match["format"], version, match["mime"], "pronom")
    return None


def _by_content(basis: str) -> bool:
    return any(word in basis for word in ("byte match", "container", "text match", "xml match"))


def as_changes(found: Format | None) -> Changes:
    """What identifying adds to an Inspection made without it."""
    if found is None:
        return {}
    if suits := _extensions(found.mime.partition(",")[0].strip()):
        return {"format": found, "extensions": suits}
    return {"format": found}


def _extensions(mime: str) -> tuple[str, ...]:
    """File-name extensions of a media type, ours first; the system's own list is not read."""
    if ours := _EXTENSIONS.get(mime):
        return tuple(ours.split())
    return tuple(one[1:] for one in _TYPES.guess_all_extensions(mime))
