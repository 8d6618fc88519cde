import base64
import hashlib

import pytest

from tests.api.site import CITY, COUNTY, a_site, filed

CONTENT = bytes(range(200))
PATH = "正文/通知.ofd"


@pytest.fixture(scope="module")
def client():
    return a_site()


@pytest.fixture(scope="module")
def record(client):
    return filed(client, CONTENT)["links"]["record"]


def content(client, record, **sent):
    return client.get(f"{record}/content/{PATH}", headers=CITY | sent)


def test_a_record_is_described_and_leads_to_its_submission(client, record):
    found = client.get(record, headers=CITY).get_json()
    assert found["archival_code"] == "0001-WS·2024-Y-BGS-0001"
    assert found["components"][0]["path"] == PATH
    assert client.get(found["links"]["submission"], headers=CITY).get_json()["final"] is True
    assert client.get(found["links"]["proof"], headers=CITY).get_json() == {"kind": "proof"}


def test_the_content_comes_whole_with_its_digest_and_name(client, record):
    answer = content(client, record)
    digest = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
    assert answer.data == CONTENT
    assert answer.headers["Content-Length"] == "200"
    assert answer.headers["Content-Digest"] == f"sha-256=:{digest}:"
    assert "filename*=UTF-8''%E9%80%9A%E7%9F%A5.ofd" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("wanted", "first", "end"),
    [("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=190-", 190, 200), ("bytes=-5", 195, 200),
     ("bytes=150-999", 150, 200)],
)  # fmt: skip
def test_one_range_is_answered_with_that_part(client, record, wanted, first, end):
    answer = content(client, record, Range=wanted)
    assert (answer.status_code, answer.data) == (206, CONTENT[first:end])
    assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/200"
    assert "Content-Digest" not in answer.headers
    assert "Repr-Digest" in answer.headers


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "lines=1-2", "bytes=x", "", "bytes=9-3"])
def test_what_is_no_single_range_gets_the_whole(client, record, wanted):
    assert content(client, record, Range=wanted).data == CONTENT


def test_a_range_behind_the_end_is_refused(client, record):
    answer = content(client, record, Range="bytes=200-")
    assert (answer.status_code, answer.get_json()["type"]) == (
        416,
        "urn:filing:range-unsatisfiable",
    )


def test_unchanged_content_is_not_sent_again(client, record):
    tag = content(client, record).headers["ETag"]
    again = content(client, record, **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert content(client, record, Range="bytes=0-0", **{"If-Range": tag}).status_code == 206
    assert content(client, record, Range="bytes=0-0", **{"If-Range": '"x"'}).status_code == 200


def test_a_head_request_gets_the_headers_alone(client, record):
    answer = client.head(f"{record}/content/{PATH}", headers=CITY)
    assert (answer.data, answer.headers["Content-Length"]) == (b"", "200")


@pytest.mark.parametrize("path", ["content/other", "content/%00", "content/../x", "content/%FF"])
def test_there_is_no_other_content(client, record, path):
    answer = client.get(f"{record}/{path}", headers=CITY)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_another_agencys_record_does_not_exist(client, record):
    for path in ("", "/proof", f"/content/{PATH}"):
        assert client.get(record + path, headers=COUNTY).status_code == 404
