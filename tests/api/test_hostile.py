"""Whatever is sent, the answer is below 500, and says in its body what its status says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from filing.api.blueprint import routes
from tests.api.site import CITY, a_site, filed

CLIENT = a_site(max_parts=5)
KNOWN = filed(CLIENT)
latin = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=60)
NAMES = [
    "Authorization", "Content-Type", "Content-Digest", "Content-Encoding", "Idempotency-Key",
    "Prefer", "Filing-Items", "Range", "If-Range", "If-None-Match", "Accept", "Client-Cert",
    "X-Forwarded-For", "X-Forwarded-Proto", "Cookie", "Host",
]  # fmt: skip
likely = st.sampled_from([
    "application/xml", "application/json", "multipart/form-data; boundary=b", "Bearer t-city",
    "sha-256=:AAAA:", "bytes=0-", "bytes=-0", "respond-async", "0", "\xff", "",
])  # fmt: skip
ids = st.sampled_from([KNOWN["id"], KNOWN["record_id"], "0", "x" * 5000, "\x00", "..", "档"])
paths = st.sampled_from(sorted({route.path for route in routes()}))


@settings(max_examples=250, deadline=None)
@given(
    paths,
    st.sampled_from(["GET", "POST", "HEAD", "PUT", "OPTIONS"]),
    ids,
    st.one_of(ids, st.text(max_size=20)),
    st.dictionaries(st.sampled_from(NAMES), st.one_of(likely, latin), max_size=5),
    st.dictionaries(
        st.sampled_from(["after", "limit", "state", "from", "to"]), st.text(), max_size=3
    ),
    st.one_of(st.binary(max_size=200), st.sampled_from([b"--b\r\n", b"--b--", b'{"reason":"x"}'])),
)
def test_no_request_is_our_fault(path, method, first, second, headers, query, body):
    for argument in ("<id>", "<level>"):
        path = path.replace(argument, first)
    for argument in ("<path:path>", "<path:index>"):
        path = path.replace(argument, second)
    answer = CLIENT.open(
        "/" + path.lstrip("/"),
        method=method,
        headers=list((CITY | headers).items()),
        query_string=query,
        data=body,
    )
    assert answer.status_code < 500
    if answer.content_type == "application/problem+json" and method != "HEAD":
        assert answer.get_json()["status"] == answer.status_code


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_multipart_body_is_our_fault(noise):
    body = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + noise + b"\r\n--b"
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = CLIENT.post("/api/v1/validations", data=body, headers=CITY | kind)
    assert answer.status_code in (200, 400, 413)
