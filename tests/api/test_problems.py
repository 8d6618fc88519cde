import inspect

import pytest

from filing import errors
from filing.api import problems
from tests.api.site import CITY, XML, a_site
from tests.fakes import FakeServices

#: Raised elsewhere or at start; reaching this face they are our own fault: 500.
OURS = {errors.FilingError, errors.NotGenuine, errors.Misconfigured}
ERRORS = {
    kind
    for kind in vars(errors).values()
    if inspect.isclass(kind) and issubclass(kind, errors.FilingError)
}


def test_every_error_a_caller_may_act_on_has_a_status():
    assert set(problems.KINDS) >= ERRORS - OURS
    assert not OURS & set(problems.KINDS)


@pytest.mark.parametrize("kind", sorted(ERRORS - OURS, key=lambda kind: kind.code))
def test_a_problem_says_the_same_in_status_and_body_and_in_two_languages(kind):
    client = a_site(FakeServices(failure=kind("what is wrong", "什么不对")))
    answer = client.post("/api/v1/submissions", data=b"x", headers=CITY | XML)
    body = answer.get_json()
    assert answer.status_code == body["status"] == problems.KINDS[kind].status
    assert (body["type"], body["instance"]) == (f"urn:filing:{kind.code}", "/api/v1/submissions")
    assert (body["detail"], body["detail_zh"]) == ("what is wrong", "什么不对")
    assert body["title"].isascii()
    assert not body["title_zh"].isascii()
    assert answer.content_type == "application/problem+json"
    assert ("WWW-Authenticate" in answer.headers) is (answer.status_code == 401)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/%F0%9F", 404),
        ("DELETE", "/api/v1/submissions", 405),
        ("POST", "/readyz", 405),
        ("GET", "/api/v1/submissions/../../x", 404),
    ],
)
def test_what_flask_itself_refuses_is_a_problem_too(method, path, status):
    answer = a_site().open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.get_json()["status"] == status
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_pages_for_people_keep_flasks_own_errors():
    assert a_site().get("/nowhere").content_type.startswith("text/html")


def test_every_answer_forbids_guessing_and_keeping():
    for path in ("/healthz", "/api/v1/service", "/api/v1/none"):
        answer = a_site().get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
