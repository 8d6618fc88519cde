"""Keys as bytes: PKCS#8 and SubjectPublicKeyInfo, PEM or DER, of the suites' kinds of keys.

Load a key once: reading costs more than signing. Nothing here signs or verifies.
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from filing.errors import NotGenuine
from filing.evidence import der, sm2
from filing.evidence.suites import PrivateKey, PublicKey, suite_for


def private_key_pem(key: PrivateKey) -> bytes:
    """PKCS#8 in PEM, not encrypted: whoever writes it guards it."""
    if isinstance(key, sm2.PrivateKey):
        return der.to_pem("PRIVATE KEY", key.pkcs8)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def load_private_key(content: bytes) -> PrivateKey:
    """Read PKCS#8, PEM or DER, not encrypted.

    Raises ValueError if it is no private key of a suite of ours.
    """
    blocks = [block for label, block in der.from_pem(content) if label == "PRIVATE KEY"]
    encoded = blocks[0] if blocks else content
    try:
        return sm2.private_key_from_pkcs8(encoded)
    except ValueError:
        pass  # not SM2's: the library knows the others
    try:
        key = serialization.load_der_private_key(encoded, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("not an unencrypted PKCS#8 private key") from None
    if isinstance(key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        suite_for(key)
        return key
    raise ValueError("no suite of the archive fits this key")


def public_key_der(key: PublicKey) -> bytes:
    """SubjectPublicKeyInfo in DER."""
    if isinstance(key, sm2.PublicKey):
        return key.spki
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def public_key_pem(key: PublicKey) -> bytes:
    """SubjectPublicKeyInfo in PEM, as openssl reads it."""
    return der.to_pem("PUBLIC KEY", public_key_der(key))


def load_public_key(content: bytes) -> PublicKey:
    """Read SubjectPublicKeyInfo, PEM or DER. Raises NotGenuine if no suite can use it."""
    try:
        blocks = [block for label, block in der.from_pem(content) if label == "PUBLIC KEY"]
        encoded = blocks[0] if blocks else content
        try:
            return sm2.public_key_from_spki(encoded)
        except ValueError:
            key = serialization.load_der_public_key(encoded)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NotGenuine("not a public key this archive can use") from None
    if isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey):
        return key
    raise NotGenuine("a public key of a kind no suite uses")
