"""Where an object stands in the storage root.

Two levels by the digest of the object id, then a folder that is the id itself,
percent-encoded: a person finds a record's folder by looking.

Source: OCFL community extension 0003, Hashed Truncated N-tuple Trees with Object
ID Encapsulating Directory, with sha256 and two tuples of two characters; and OCFL
1.1, section 4 (Storage Root).
"""

import hashlib
import json
import string
from collections.abc import Mapping

EXTENSION = "0003-hash-and-id-n-tuple-storage-layout"
ROOT_DECLARATION = ("0=ocfl_1.1", b"ocfl_1.1\n")
DESCRIPTION_FILE = "ocfl_layout.json"
CONFIG_FILE = f"extensions/{EXTENSION}/config.json"

TUPLE_SIZE = 2
TUPLES = 2
#: A folder name of more characters is cut there and ends in the digest.
LONGEST_NAME = 100

_PLAIN = frozenset(f"{string.ascii_letters}{string.digits}-_".encode())
_WRITTEN = tuple(chr(one) if one in _PLAIN else f"%{one:02x}" for one in range(256))

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
    return f"{digest[0:2]}/{digest[2:4]}/{_folder_name(object_id, digest)}"


def _folder_name(object_id: str, digest: str) -> str:
    """The id with every byte but letters, digits, "-" and "_" as %xx in lower case."""
    name = "".join([_WRITTEN[one] for one in object_id.encode()])
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}-{digest}"


def description() -> bytes:
    """The content of ocfl_layout.json."""
    text = {
        "extension": EXTENSION,
        "description": "Objects in folders named by their id, in two levels of the id's sha256",
    }
    return _document(text)


def configuration() -> bytes:
    """The content of the extension's config.json."""
    settings = {
        "extensionName": EXTENSION,
        "digestAlgorithm": "sha256",
        "tupleSize": TUPLE_SIZE,
        "numberOfTuples": TUPLES,
    }
    return _document(settings)


def _document(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"
