"""Where an object stands in the storage root.

Source: OCFL community extension 0004, Hashed N-tuple Storage Layout, with
sha256 and two tuples of two characters; and OCFL 1.1, section 4 (Storage Root).
"""

import hashlib
import json
from collections.abc import Mapping

EXTENSION = "0004-hashed-n-tuple-storage-layout"
ROOT_DECLARATION = ("0=ocfl_1.1", b"ocfl_1.1\n")
DESCRIPTION_FILE = "ocfl_layout.json"
CONFIG_FILE = f"extensions/{EXTENSION}/config.json"

#: Our own extension: names SM3, which the specification's table of digests lacks.
SM3_FILE = "extensions/filing-sm3-fixity/config.json"

TUPLE_SIZE = 2
TUPLES = 2

#: Extensions registered with the OCFL community, for any object or root.
REGISTERED_EXTENSIONS = frozenset(
    {
        "initial",
        "0001-digest-algorithms",
        "0002-flat-direct-storage-layout",
        "0003-hash-and-id-n-tuple-storage-layout",
        "0004-hashed-n-tuple-storage-layout",
        "0005-mutable-head",
        "0006-flat-omit-prefix-storage-layout",
        "0007-n-tuple-omit-prefix-storage-layout",
        "0008-schema-registry",
        "0009-digest-algorithms",
        "0010-differential-n-tuple-omit-prefix-storage-layout",
        "0011-direct-clean-path-layout",
    }
)


def object_path(object_id: str) -> str:
    """The object's folder, relative to the storage root, with "/" between."""
    digest = hashlib.sha256(object_id.encode()).hexdigest()
    return f"{digest[0:2]}/{digest[2:4]}/{digest}"


def description() -> bytes:
    """The content of ocfl_layout.json."""
    text = {
        "extension": EXTENSION,
        "description": "Objects by sha256 of their id, in two levels of two characters",
    }
    return _document(text)


def configuration() -> bytes:
    """The content of the extension's config.json."""
    settings = {
        "extensionName": EXTENSION,
        "digestAlgorithm": "sha256",
        "tupleSize": TUPLE_SIZE,
        "numberOfTuples": TUPLES,
        "shortObjectRoot": False,
    }
    return _document(settings)


def sm3_configuration() -> bytes:
    """The content of our extension's config.json (see OCFL 1.1, section 3.5.4: fixity)."""
    settings = {
        "extensionName": "filing-sm3-fixity",
        "digestAlgorithms": {
            "sm3": "SM3, GB/T 32905-2016 and ISO/IEC 10118-3:2018: 64 hexadecimal digits"
        },
    }
    return _document(settings)


def _document(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"
