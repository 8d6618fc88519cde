"""The log's signed head, as text: how many leaves, which root, who says so.

Source: C2SP tlog-checkpoint and signed-note. The note carries one signature
line per suite in force. Ed25519 (0x01) and ECDSA (0x02) are the specification's
types; SM2 has none, so it is 0xff and an identifier of our own.

The key name on each line is the log's origin. Extension lines are not accepted.
"""

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from filing.errors import NotGenuine
from filing.evidence import key_encoding, sm2, suites
from filing.evidence.members import a_blob, blob_text
from filing.evidence.merkle import HASH_BYTES
from filing.evidence.signatures import Signer
from filing.evidence.suites import PublicKey

MAX_BYTES = 64 * 1024
MAX_LINES = 16
_ED25519, _ECDSA, _SM2 = b"\x01", b"\x02", b"\xfffiling/sm2-sm3\x00"
_SIGNED = re.compile("\u2014 (?P<name>[^ +\n]{1,255}) (?P<value>[A-Za-z0-9+/=]{8,12288})")


class UnknownSigner(NotGenuine):
    """A checkpoint, but none of the keys given signed it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head. Raises ValueError for an origin that cannot name a key."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        spaced = any(unicodedata.category(one)[0] in "ZC" or one == "+" for one in self.origin)
        if not 0 < len(self.origin) <= 255 or spaced:
            raise ValueError("an origin is one word without spaces, controls or '+'")
        if self.size < 0 or len(self.root) != HASH_BYTES:
            raise ValueError(f"a tree head has a size and a root of {HASH_BYTES} bytes")

    @property
    def body(self) -> bytes:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{blob_text(self.root)}\n".encode()


def sign(checkpoint: Checkpoint, signers: Iterable[Signer]) -> bytes:
    """The signed note, UTF-8: the checkpoint and one line per signer."""
    body = checkpoint.body
    lines = [
        f"\u2014 {checkpoint.origin} "
        + blob_text(key_id(checkpoint.origin, one.public_key) + one.sign(body))
        + "\n"
        for one in signers
    ]
    return body + b"\n" + "".join(lines).encode()


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line, taken apart."""

    name: str
    key_id: bytes
    value: bytes


def read(note: bytes) -> tuple[Checkpoint, tuple[NoteSignature, ...]]:
    """Take a note apart, trusting nothing. Raises NotGenuine if it is not one."""
    if len(note) > MAX_BYTES:
        raise NotGenuine(f"a checkpoint of more than {MAX_BYTES} bytes")
    try:
        body, _, signed = note.decode("utf-8").rpartition("\n\n")
        origin, size, root = body.split("\n")
        checkpoint = Checkpoint(origin, _size(size), a_blob(root, "root"))
        if not signed.endswith("\n") or signed.count("\n") > MAX_LINES:
            raise ValueError("the signature lines are cut off, or too many")
        return checkpoint, tuple(_line(one) for one in signed[:-1].split("\n"))
    except ValueError as error:
        raise NotGenuine(f"not a checkpoint: {error}") from None


def _size(text: str) -> int:
    if not re.fullmatch("0|[1-9][0-9]{0,18}", text):
        raise ValueError("the size is not a plain decimal number")
    return int(text)


def _line(text: str) -> NoteSignature:
    found = _SIGNED.fullmatch(text)
    if found is None:
        raise ValueError("a line is not a signature line")
    value = a_blob(found["value"], "signature line")
    if len(value) < 5:
        raise ValueError("a signature line without signature")
    return NoteSignature(found["name"], value[:4], value[4:])


def verify(note: bytes, origin: str, keys: Iterable[PublicKey]) -> Checkpoint:
    """Return the checkpoint if a key of ``keys`` signed it for the log ``origin``.

    Lines of other keys are passed over, as signed-note says; a line of a given
    key that does not hold refuses the note.

    Raises NotGenuine; where no line is of a given key, UnknownSigner.
    """
    checkpoint, lines = read(note)
    if checkpoint.origin != origin:
        raise NotGenuine(f"the checkpoint is of {checkpoint.origin!r}, not of {origin!r}")
    known = {key_id(origin, key): key for key in keys if _is_note_key(key)}
    holding = 0
    for line in lines:
        if line.name == origin and (key := known.get(line.key_id)):
            suites.verify(suites.suite_for(key), key, line.value, checkpoint.body)
            holding += 1
    if not holding:
        raise UnknownSigner("the checkpoint is not signed by a known key")
    return checkpoint


def key_id(name: str, key: PublicKey) -> bytes:
    """The 4 bytes that tell keys of one name apart. Raises ValueError for RSA.

    Source: signed-note, "Signatures"; for ECDSA it is of the key alone.
    """
    kind, encoded = _encoded(key)
    text = encoded if kind == _ECDSA else name.encode() + b"\n" + kind + encoded
    return hashlib.sha256(text).digest()[:4]


def verifier_key(origin: str, key: PublicKey) -> str:
    """The key as text for verifiers: ``origin+id+Base64(type, key)``."""
    kind, encoded = _encoded(key)
    return f"{origin}+{key_id(origin, key).hex()}+{blob_text(kind + encoded)}"


def read_verifier_key(text: str) -> tuple[str, PublicKey]:
    """Read ``verifier_key`` back as (origin, key). Raises NotGenuine."""
    try:
        origin, identifier, encoded = text[:4096].split("+", 2)
        content = base64.b64decode(encoded, validate=True)
        key = _decoded(content)
    except (ValueError, binascii.Error):
        raise NotGenuine("not a verifier key") from None
    if verifier_key(origin, key) != text or key_id(origin, key).hex() != identifier:
        raise NotGenuine("the verifier key does not carry its own id")
    return origin, key


def _is_note_key(key: PublicKey) -> bool:
    try:
        return bool(suites.suite_for(key))
    except ValueError:
        return False


def _encoded(key: PublicKey) -> tuple[bytes, bytes]:
    match key:
        case ed25519.Ed25519PublicKey():
            return _ED25519, key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        case ec.EllipticCurvePublicKey():
            return _ECDSA, key_encoding.public_key_der(key)
        case sm2.PublicKey():
            return _SM2, key.point
    raise ValueError("this kind of key signs no checkpoints")


def _decoded(content: bytes) -> PublicKey:
    if content.startswith(_SM2):
        return sm2.PublicKey(content[len(_SM2) :])
    if content.startswith(_ED25519):
        return ed25519.Ed25519PublicKey.from_public_bytes(content[1:])
    if content.startswith(_ECDSA):
        return key_encoding.load_public_key(content[1:])
    raise ValueError("a key type not known")
