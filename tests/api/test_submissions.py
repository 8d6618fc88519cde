import base64
import hashlib
import json

import pytest

from filing.errors import (
    FilingError,
    Misconfigured,
    OutsideUnavailable,
    StorageFull,
    StoreDoubtful,
)
from filing.model.agency import Channel
from filing.rules.facts import Registration
from tests.api.site import CITY, COUNTY, XML, a_site, filed
from tests.fakes import FakeServices, canonical

HERE = "/api/v1/submissions"


def file(client, content=b"<eep/>", **headers):
    # The test client counts the body itself; what a hostile one says goes in behind it.
    length = headers.pop("Content-Length", None)
    said = {} if length is None else {"CONTENT_LENGTH": length}
    return client.post(HERE, data=content, headers=CITY | XML | headers, environ_overrides=said)


def test_an_accepted_package_is_answered_with_its_receipt():
    answer = file(a_site())
    assert answer.status_code == 201
    assert answer.content_type == "application/vnd.filing.receipt+json"
    assert answer.data == canonical({"kind": "receipt", "number": 1})
    assert "Idempotent-Replayed" not in answer.headers


def test_the_same_delivery_again_gives_the_same_receipt_and_says_so():
    client = a_site()
    first, again = file(client), file(client)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.data, again.headers["Location"]) == (first.data, first.headers["Location"])


def test_a_rejected_package_is_answered_with_its_whole_report_unchanged():
    client = a_site()
    answer = file(client, b"<eep>reject</eep>")
    kept = client.get(answer.headers["Location"] + "/report", headers=CITY).data
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.data.endswith(b',"report":' + kept + b"}")
    assert canonical(answer.get_json()["report"]) == kept
    assert answer.get_json()["type"] == "urn:filing:rejected"


def test_a_rejected_package_sent_again_is_the_same_rejection_and_says_what_to_do():
    client = a_site()
    first, again = (file(client, b"<eep>reject</eep>") for _ in range(2))
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.data == first.data
    assert "new Idempotency-Key" in again.get_json()["detail"]
    assert "新的 Idempotency-Key" in again.get_json()["detail_zh"]


def test_a_withdrawn_package_sent_again_stays_withdrawn():
    client = a_site()
    one = filed(client, b"reject")
    client.post(f"{HERE}/{one['id']}/withdrawal", json={"reason": "错发"}, headers=CITY)
    assert file(client, b"reject").status_code == 422


def test_what_was_withdrawn_before_it_was_examined_has_no_report_and_is_told_so():
    client = a_site()
    one = filed(client, b"slow")
    taken_back = client.post(
        f"{HERE}/{one['id']}/withdrawal", json={"reason": "错发"}, headers=CITY
    )
    assert taken_back.get_json()["links"]["report"] is None
    again = file(client, b"slow")
    assert again.status_code == 409
    assert again.get_json()["type"] == "urn:filing:wrong-state"
    assert one["id"] in again.get_json()["detail"]
    assert "new Idempotency-Key" in again.get_json()["detail"]
    assert "新的 Idempotency-Key" in again.get_json()["detail_zh"]


def test_a_package_on_the_way_says_where_and_when_to_ask_again():
    client = a_site(retry_seconds=9)
    answer = file(client, b"slow")
    assert answer.status_code == 202
    assert answer.headers["Retry-After"] == "9"
    assert "Preference-Applied" not in answer.headers
    assert answer.get_json()["state"] == "received"
    assert answer.get_json()["links"]["self"] == answer.headers["Location"]


def test_respond_async_is_honoured_and_said():
    answer = file(a_site(), b"<eep/>", Prefer="wait=10, respond-async")
    assert answer.status_code == 202
    assert answer.headers["Preference-Applied"] == "respond-async"


def test_an_idempotency_key_with_another_body_is_a_conflict_naming_both_digests():
    client = a_site()
    file(client, b"one", **{"Idempotency-Key": "k-1"})
    answer = file(client, b"two", **{"Idempotency-Key": "k-1"})
    detail = answer.get_json()["detail"]
    assert answer.status_code == 409
    assert answer.get_json()["type"] == "urn:filing:idempotency-key-reused"
    assert all(hashlib.sha256(body).hexdigest() in detail for body in (b"one", b"two"))


@pytest.mark.parametrize("key", ["", " ", "a b", "键", "x" * 129])
def test_a_key_that_is_none_is_refused(key):
    services = FakeServices()
    answer = file(a_site(services), **{"Idempotency-Key": key.encode().decode("latin-1")})
    assert answer.status_code == 400
    assert services.staged == 0


def test_the_registration_figures_and_the_channel_are_passed_on():
    services = FakeServices()
    figures = {"Filing-Items": "1", "Filing-Files": "3", "Filing-Total-Bytes": "0"}
    file(a_site(services), **figures)
    assert services.registrations == [Registration(1, 3, 0)]
    assert services.channels == [Channel.LOOPBACK]


@pytest.mark.parametrize("wrong", ["-1", "1.5", "", "三", "١", "1_0", "9" * 40])
def test_a_figure_that_is_no_number_is_refused(wrong):
    answer = file(a_site(), **{"Filing-Items": wrong.encode().decode("latin-1")})
    assert answer.status_code == 400
    assert "Filing-Items" in answer.get_json()["detail"]


@pytest.mark.parametrize("name", ["sha-256", "sha-512"])
def test_an_announced_digest_is_compared_with_the_body(name):
    found = hashlib.new(name.replace("-", ""), b"<eep/>").digest()
    right = base64.b64encode(found).decode()
    wrong = base64.b64encode(bytes(len(found))).decode()
    client = a_site()
    refused = file(client, **{"Content-Digest": f"{name}=:{wrong}:"})
    assert refused.status_code == 400
    assert refused.get_json()["type"] == "urn:filing:digest-mismatch"
    assert file(client, **{"Content-Digest": f"md5=:AA==:, {name}=:{right}:"}).status_code == 201


def test_each_of_several_announced_digests_must_be_right():
    right = {
        name: base64.b64encode(hashlib.new(name.replace("-", ""), b"<eep/>").digest()).decode()
        for name in ("sha-256", "sha-512")
    }
    for name in right:
        said = right | {name: base64.b64encode(bytes(len(base64.b64decode(right[name])))).decode()}
        field = ", ".join(f"{one}=:{value}:" for one, value in said.items())
        assert file(a_site(), **{"Content-Digest": field}).status_code == 400
    field = ", ".join(f"{one}=:{value}:" for one, value in right.items())
    assert file(a_site(), **{"Content-Digest": field}).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "multipart/form-data"}, 400),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Digest": "sha-256=abc"}, 400),
        ({"Content-Digest": "sha-256=:AAAA:"}, 400),
        ({"Content-Digest": "sha-512=:AAAA:"}, 400),
        ({"Content-Length": "9" * 18}, 413),
        ({"Content-Length": "many"}, 400),
    ],
)
def test_what_cannot_be_taken_is_refused_before_staging(headers, status):
    services = FakeServices()
    answer = file(a_site(services), **headers)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert services.staged == 0


def test_a_body_of_unsaid_length_is_refused():
    answer = a_site().post(HERE, headers=CITY | XML, environ_overrides={"CONTENT_LENGTH": ""})
    assert (answer.status_code, answer.get_json()["type"]) == (411, "urn:filing:length-required")


def test_a_chunked_body_is_taken_and_its_size_is_watched():
    client = a_site(max_body_bytes=10)

    def send(content):
        chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
        given = chunked | {"CONTENT_LENGTH": ""}
        return client.post(HERE, headers=CITY | XML, data=content, environ_overrides=given)

    assert send(b"<eep/>").status_code == 201
    assert send(b"<eep>more</eep>").status_code == 413


def test_a_body_that_breaks_off_is_refused_and_staging_cleared():
    services = FakeServices()
    answer = file(a_site(services), b"<eep/>", **{"Content-Length": "100"})
    assert answer.status_code == 400
    assert "6 of 100" in answer.get_json()["detail"]
    assert (services.cleared, services.deliveries) == (1, [])


@pytest.mark.parametrize(
    ("failure", "status", "retry"),
    [
        (OutsideUnavailable("database did not answer"), 503, True),
        (StoreDoubtful("a barrier failed"), 503, True),
        (StorageFull("no room"), 507, False),
        (Misconfigured("secret path"), 500, False),
        (RuntimeError("secret path"), 500, False),
    ],
)
def test_failures_outside_are_told_apart_and_ours_keep_their_text(failure, status, retry):
    client = a_site(FakeServices(failure=failure))
    answer = file(client)
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) is retry
    shown = str(failure) in answer.get_data(as_text=True)
    assert shown is (isinstance(failure, FilingError) and status != 500)


def test_an_agency_has_so_many_deliveries_at_once_and_no_more():
    services = FakeServices()
    client = a_site(services, max_deliveries=1)
    inner = []

    def submit_another(*_):
        services.submit = original
        inner.append(file(client, b"second"))
        inner.append(client.post(HERE, data=b"x", headers=COUNTY | XML))
        return original(*_)

    original, services.submit = services.submit, submit_another
    assert file(client, b"first").status_code == 201
    assert [answer.status_code for answer in inner] == [429, 201]
    assert inner[0].headers["Retry-After"]
    assert file(client, b"third").status_code == 201


def test_a_trial_gives_the_report_and_keeps_nothing():
    services = FakeServices()
    client = a_site(services)
    answer = client.post("/api/v1/validations", data=b"reject", headers=CITY | XML)
    assert (answer.status_code, answer.content_type) == (200, "application/vnd.filing.report+json")
    assert answer.get_json() == {"outcome": "failed"}
    assert services.kept == {}


def test_another_agencys_submission_does_not_exist():
    client = a_site()
    one = filed(client)
    for path in ("", "/report", "/receipt"):
        answer = client.get(f"{HERE}/{one['id']}{path}", headers=COUNTY)
        assert (answer.status_code, answer.get_json()["type"]) == (404, "urn:filing:not-found")
    withdrawal = client.post(f"{HERE}/{one['id']}/withdrawal", json={"reason": "x"}, headers=COUNTY)
    assert withdrawal.status_code == 404
    assert client.get(HERE, headers=COUNTY).get_json() == {"items": [], "next": None}
    assert client.get("/api/v1/events", headers=COUNTY).get_json() == {"items": [], "next": 0}


def test_the_list_is_read_page_by_page():
    client = a_site()
    ids = [filed(client, b"%d" % number)["id"] for number in range(5)]
    read, path = [], f"{HERE}?limit=2"
    while path:
        answer = client.get(path, headers=CITY)
        read += [one["id"] for one in answer.get_json()["items"]]
        link = answer.headers.get("Link")
        assert (link is None) is (answer.get_json()["next"] is None)
        path = link and link[link.index("<") + 1 : link.index(">")]
    assert read == ids


def test_the_list_can_be_of_one_state():
    client = a_site()
    filed(client)
    rejected = filed(client, b"reject")
    items = client.get(f"{HERE}?state=rejected", headers=CITY).get_json()["items"]
    assert [one["id"] for one in items] == [rejected["id"]]


@pytest.mark.parametrize(
    "query", ["state=lost", "state=", "limit=0", "limit=501", "limit=x", "after=1%00"]
)
def test_a_list_asked_for_wrongly_is_refused(query):
    assert a_site().get(f"{HERE}?{query}", headers=CITY).status_code == 400


def test_an_unknown_state_is_answered_with_those_there_are():
    detail = a_site().get(f"{HERE}?state=lost", headers=CITY).get_json()["detail"]
    assert "received, examined, rejected" in detail


def test_the_feed_goes_on_where_it_was_left():
    client = a_site()
    for number in range(3):
        filed(client, b"%d" % number)
    first = client.get("/api/v1/events?limit=2", headers=CITY)
    rest = client.get(f"/api/v1/events?after={first.get_json()['next']}", headers=CITY)
    assert [one["number"] for one in first.get_json()["items"]] == [1, 2]
    assert "after=2" in first.headers["Link"]
    assert (rest.get_json()["next"], len(rest.get_json()["items"])) == (3, 1)
    assert "Link" not in rest.headers
    assert client.get("/api/v1/events?after=3", headers=CITY).get_json() == {"items": [], "next": 3}


def test_a_submission_is_withdrawn_with_a_reason_before_acceptance_only():
    client = a_site()
    open_one, done = filed(client, b"slow"), filed(client, b"done")

    def withdraw(one):
        return client.post(
            f"{HERE}/{one['id']}/withdrawal", json={"reason": "错发,另行移交"}, headers=CITY
        )

    assert withdraw(open_one).get_json()["state"] == "withdrawn"
    assert withdraw(open_one).status_code == 409
    assert withdraw(done).get_json()["type"] == "urn:filing:wrong-state"


@pytest.mark.parametrize(
    "body", [b" ", b"[]", b"{", b'{"reason": ""}', b'{"reason": "  "}', b'{"reason": 1}',
             b'{"reason": "a\\u0000b"}', b'{"reason": "\\ud800"}', b"[" * 60_000,
             b'{"reason": "x", "more": 1}', b'{"reason": "\xff"}'],
)  # fmt: skip
def test_a_withdrawal_without_a_proper_reason_names_the_fields(body):
    client = a_site()
    one = filed(client, b"slow")
    answer = client.post(
        f"{HERE}/{one['id']}/withdrawal",
        data=body,
        headers=CITY | {"Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    assert all(set(error) == {"pointer", "code", "detail"} for error in answer.get_json()["errors"])
    assert json.loads(answer.data)["errors"]


def test_a_withdrawal_that_is_no_json_is_not_read():
    one_path = f"{HERE}/00000000-0000-7000-8000-000000000000/withdrawal"
    assert a_site().post(one_path, data=b"x", headers=CITY | XML).status_code == 415
    large = a_site().post(one_path, json={"reason": "x" * 70_000}, headers=CITY)
    assert large.status_code == 413
