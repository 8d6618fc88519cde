import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.evidence import der


@given(st.integers(0, 1 << 300))
def test_a_number_reads_back(value):
    assert der.Reader(der.integer(value)).unsigned() == value


@given(st.binary(max_size=70_000))
def test_a_string_of_any_length_reads_back(content):
    reader = der.Reader(der.pack(der.OCTET_STRING, content))
    assert reader.take(der.OCTET_STRING) == content
    reader.end()


@pytest.mark.parametrize("dotted", ["1.2.156.10197.1.501", "2.5.4.3", "1.2.840.113549.1.1.11"])
def test_object_identifiers_are_those_openssl_reads(dotted):
    found = subprocess.run(
        ["openssl", "asn1parse", "-inform", "DER", "-oid", "/dev/null"],
        input=der.object_identifier(dotted), capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    known = {"1.2.156.10197.1.501": "SM2-with-SM3", "2.5.4.3": "commonName"}
    assert found.strip().endswith(":" + known.get(dotted, "sha256WithRSAEncryption"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x04",
        b"\x04\x05abc",
        b"\x04\x80abc\x00\x00",
        b"\x04\x81\x03abc",
        b"\x04\x82\x00\x80" + bytes(128),
        b"\x04\x85\x00\x00\x00\x00\x01a",
        b"\x1f\x04\x01a",
        b"\x02\x01a",
    ],
)
def test_other_encodings_are_refused(content):
    with pytest.raises(ValueError, match="DER"):
        der.Reader(content).take(der.OCTET_STRING)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content):
    reader = der.Reader(content)
    try:
        while reader.tag() >= 0:
            assert reader.element() in content
    except ValueError as error:
        assert str(error).startswith("DER")


@given(st.binary(min_size=1, max_size=300))
def test_pem_reads_back(content):
    text = der.to_pem("CERTIFICATE", content) + b"\n" + der.to_pem("PUBLIC KEY", b"key")
    assert der.from_pem(text) == (("CERTIFICATE", content), ("PUBLIC KEY", b"key"))
    assert max(map(len, text.splitlines())) <= 64
