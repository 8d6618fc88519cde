import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.errors import NotGenuine
from filing.evidence import der, key_encoding, sm2, suites

KEY = sm2.generate()
OTHER = sm2.generate()


def openssl(*arguments, **given):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **given).stdout


def test_the_standards_example_signature_holds_with_every_provider():
    """GB/T 32918.5-2017, annex A.2: key, message and signature on the standard's curve."""
    key = sm2.private_key(
        bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
    )
    x = "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    y = "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    assert key.public_key.point.hex() == "04" + x + y
    z = "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3"
    assert sm2.identity_digest(key.public_key).hex() == z
    e = "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"
    assert sm2.digest(key.public_key, b"message digest").hex() == e
    r = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
    s = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
    signature = der.sequence(der.integer(r), der.integer(s))
    for provider in sm2.PROVIDERS:
        sm2.verify_digest(key.public_key, signature, bytes.fromhex(e), provider)


@pytest.mark.parametrize("provider", sm2.PROVIDERS)
def test_what_we_sign_holds_and_nothing_else_does(provider):
    value = sm2.digest(KEY.public_key, b"message")
    signature = sm2.sign_digest(KEY, value)
    sm2.verify_digest(KEY.public_key, signature, value, provider)
    wrong = sm2.digest(KEY.public_key, b"massage")
    for key, said, digest in (
        (OTHER.public_key, signature, value),
        (KEY.public_key, signature, wrong),
        (KEY.public_key, sm2.sign_digest(OTHER, value), value),
        (KEY.public_key, signature, value[:-1]),
    ):
        with pytest.raises(NotGenuine, match="does not hold"):
            sm2.verify_digest(key, said, digest, provider)


@pytest.mark.parametrize("provider", sm2.PROVIDERS)
@pytest.mark.parametrize("r", [0, 1, sm2.N - 1, sm2.N, sm2.N + 1, 1 << 300])
@pytest.mark.parametrize("s", [0, 1, sm2.N - 1, sm2.N])
def test_numbers_at_the_edges_are_refused(provider, r, s):
    signature = der.sequence(der.integer(r), der.integer(s))
    with pytest.raises(NotGenuine, match="does not hold"):
        sm2.verify_digest(KEY.public_key, signature, b"\1" * 32, provider)


SIGNED = sm2.digest(KEY.public_key, b"message")
SIGNATURE = sm2.sign_digest(KEY, SIGNED)


@given(st.integers(0, len(SIGNATURE) - 1), st.integers(1, 255))
def test_a_changed_byte_of_a_signature_is_found(at, change):
    changed = bytearray(SIGNATURE)
    changed[at] ^= change
    with pytest.raises(NotGenuine):
        sm2.verify_digest(KEY.public_key, bytes(changed), SIGNED)


@pytest.mark.parametrize(
    "changed",
    [
        SIGNATURE + b"\0",
        SIGNATURE[:-1],
        b"",
        der.sequence(der.integer(5)),
        b"\x30\x81" + SIGNATURE[1:],
        der.sequence(b"\x02\x02\x00\x05", der.integer(5)),
        der.sequence(b"\x02\x01\x85", der.integer(5)),
    ],
    # Named, because the signature is another one in every process.
    ids=[
        "a byte behind",
        "a byte short",
        "nothing",
        "one number",
        "long length",
        "leading zero",
        "negative",
    ],
)
def test_another_encoding_of_a_signature_is_refused(changed):
    with pytest.raises(NotGenuine, match="not an SM2 signature"):
        sm2.verify_digest(KEY.public_key, changed, SIGNED)


def test_the_user_id_is_part_of_what_is_signed():
    default = sm2.identity_digest(KEY.public_key)
    assert default == sm2.identity_digest(KEY.public_key, b"1234567812345678")
    assert default != sm2.identity_digest(KEY.public_key, b"")


def test_without_gmalglib_we_verify_but_cannot_sign(monkeypatch):
    monkeypatch.setattr(sm2, "_provider", lambda: sm2.PROVIDERS["plain"]())
    sm2.verify_digest(KEY.public_key, SIGNATURE, SIGNED)
    with pytest.raises(sm2.Misconfigured, match="nothing here can sign"):
        sm2.sign_digest(KEY, SIGNED)


DISTID = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")


def test_openssl_verifies_what_we_sign_with_our_key_file(tmp_path):
    (tmp_path / "key.pem").write_bytes(key_encoding.public_key_pem(KEY.public_key))
    (tmp_path / "message").write_bytes("说明".encode())
    (tmp_path / "signature").write_bytes(suites.sign("sm2-sm3", KEY, "说明".encode()))
    found = openssl(
        "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-in", "message",
        "-sigfile", "signature", *DISTID, cwd=tmp_path,
    )  # fmt: skip
    assert b"Verified Successfully" in found


def test_we_verify_what_openssl_signs_with_its_own_key_file(tmp_path):
    curve = ("-pkeyopt", "ec_paramgen_curve:SM2")
    openssl("genpkey", "-algorithm", "EC", *curve, "-out", "key.pem", cwd=tmp_path)
    (tmp_path / "message").write_bytes(b"message")
    signature = openssl(
        "pkeyutl", "-sign", "-inkey", "key.pem", "-in", "message", *DISTID, cwd=tmp_path
    )
    public = key_encoding.load_public_key(
        openssl("pkey", "-in", "key.pem", "-pubout", cwd=tmp_path)
    )
    private = key_encoding.load_private_key((tmp_path / "key.pem").read_bytes())
    assert suites.public_key(private) == public
    suites.verify("sm2-sm3", public, signature, b"message")
    sm2.verify_digest(public, signature, sm2.digest(public, b"message"), "plain")


def test_openssl_signs_with_the_key_file_we_write(tmp_path):
    (tmp_path / "key.pem").write_bytes(key_encoding.private_key_pem(KEY))
    (tmp_path / "message").write_bytes(b"message")
    signature = openssl(
        "pkeyutl", "-sign", "-inkey", "key.pem", "-in", "message", *DISTID, cwd=tmp_path
    )
    suites.verify("sm2-sm3", KEY.public_key, signature, b"message")


def test_a_point_off_the_curve_is_no_key():
    with pytest.raises(ValueError, match="not on the SM2 curve"):
        sm2.PublicKey(KEY.public_key.point[:-1] + bytes((KEY.public_key.point[-1] ^ 1,)))
    with pytest.raises(ValueError, match="32 bytes"):
        sm2.PublicKey(b"\x02" + KEY.public_key.point[1:33])


def test_a_secret_is_not_shown():
    assert KEY.scalar.hex() not in repr(KEY)
    assert repr(KEY.scalar) not in repr(KEY)


@pytest.mark.parametrize("scalar", [bytes(32), b"\xff" * 32, (sm2.N - 1).to_bytes(32, "big")])
def test_a_number_outside_the_group_is_no_private_key(scalar):
    forged = sm2.PrivateKey(scalar, KEY.public_key).pkcs8
    with pytest.raises(ValueError, match="below the order"):
        sm2.private_key_from_pkcs8(forged)


def test_several_threads_sign_with_one_key():
    def sign_some(number):
        message = b"%d" % number
        return [(message, suites.sign("sm2-sm3", KEY, message)) for _ in range(25)]

    with ThreadPoolExecutor(4) as pool:
        signed = [pair for some in pool.map(sign_some, range(8)) for pair in some]
    for message, signature in signed:
        suites.verify("sm2-sm3", KEY.public_key, signature, message)
    assert len({signature for _, signature in signed}) == 200


def test_both_providers_agree_where_points_coincide():
    """Public keys G and -G meet the special cases of point addition."""
    for scalar in (1, 2, sm2.N - 2):
        key = sm2.private_key(scalar.to_bytes(32, "big"))
        value = sm2.digest(key.public_key, b"message")
        signature = sm2.sign_digest(key, value)
        for provider in sm2.PROVIDERS:
            sm2.verify_digest(key.public_key, signature, value, provider)
    minus_g = b"\x04" + sm2.G[0].to_bytes(32, "big") + (sm2.P - sm2.G[1]).to_bytes(32, "big")
    five = der.sequence(der.integer(5), der.integer(sm2.N - 3))
    for provider in sm2.PROVIDERS:
        with pytest.raises(NotGenuine, match="does not hold"):
            sm2.verify_digest(sm2.PublicKey(minus_g), five, b"\1" * 32, provider)
