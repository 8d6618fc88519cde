"""What makes a folder or a bucket one of our locations: OCFL's own declaration, and a marker.

The marker names archive, location and identity. A place without it is not there: a disk that
is not mounted, another disk under the same name, another archive's bucket. The declaration of
the storage root is written last.
"""

import json
from collections.abc import Iterator

from filing.adapters.ocfl import layout

#: Below the storage root; what is ours and no object.
AREA = "extensions/filing-custody"
MARKER = f"{AREA}/location.json"
QUARANTINE = f"{AREA}/quarantine"
STAGING = f"{AREA}/staging"
LONGEST = 4096


def content(origin: str, name: str, identity: str) -> bytes:
    """The marker's bytes."""
    text = {"type": "filing-location/1", "archive": origin, "location": name, "identity": identity}
    return json.dumps(text, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def documents(marker: bytes) -> Iterator[tuple[str, bytes]]:
    """Every file a new location begins with, in the order they are written."""
    yield layout.CONFIG_FILE, layout.configuration()
    yield layout.DESCRIPTION_FILE, layout.description()
    yield MARKER, marker
    yield layout.ROOT_DECLARATION


def says(found: bytes, name: str) -> str:
    """What a wrong marker belongs to, for people."""
    try:
        text = json.loads(found)
        return f"{text['archive']} / {text['location']}"[:200]
    except (ValueError, KeyError, TypeError):
        return f"nothing that can be read as {name}"
