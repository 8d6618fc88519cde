import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from filing.api.blueprint import routes
from filing.api.documents import documents
from filing.api.openapi import template
from filing.api.registry import Who
from tests.api.site import CITY, XML, a_site, filed

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_kept_document_is_the_generated_one(name):
    """If not: python -m filing.api.documents"""
    assert (ROOT / name).read_text("utf-8") == documents()[name]


@pytest.fixture(scope="module")
def openapi():
    return a_site().get("/api/v1/openapi.json").get_json()


def test_the_openapi_document_is_valid(openapi):
    assert list(OpenAPIV31SpecValidator(openapi).iter_errors()) == []


def test_every_route_stands_in_the_document_and_no_other(openapi):
    declared = {(template(route.path), route.method.lower()) for route in routes()}
    assert {
        (path, method) for path, item in openapi["paths"].items() for method in item
    } == declared


def test_every_path_parameter_is_described():
    for route in routes():
        named = {one.name for one in route.parameters if one.where == "path"}
        assert named == set(re.findall(r"{(\w+)}", template(route.path))), route.path


def test_every_route_for_agencies_refuses_a_stranger():
    client = a_site()
    for route in routes():
        path = re.sub(r"<[^>]*>", "1", route.path)
        status = client.open(path, method=route.method, data=b"").status_code
        assert (status == 401) is (route.who is Who.AGENCY), route.path


def test_what_is_answered_has_the_schema_promised(openapi):
    client = a_site()
    one = filed(client)
    client.post("/api/v1/submissions", data=b"reject", headers=CITY | XML)
    answers = {
        "/api/v1/submissions/{id}": one,
        "/api/v1/submissions": client.get("/api/v1/submissions", headers=CITY).get_json(),
        "/api/v1/events": client.get("/api/v1/events", headers=CITY).get_json(),
        "/api/v1/service": client.get("/api/v1/service", headers=CITY).get_json(),
        "/api/v1/records/{id}": client.get(one["links"]["record"], headers=CITY).get_json(),
        "/api/v1/checks": client.get("/api/v1/checks").get_json(),
        "/readyz": client.get("/readyz").get_json(),
    }
    for path, answer in answers.items():
        content = openapi["paths"][path]["get"]["responses"]["200"]["content"]
        schema = {**content["application/json"]["schema"], "components": openapi["components"]}
        Draft202012Validator(schema).validate(answer)


def test_a_rejection_has_the_schema_promised(openapi):
    answer = a_site().post("/api/v1/submissions", data=b"reject", headers=CITY | XML)
    replies = openapi["paths"]["/api/v1/submissions"]["post"]["responses"]
    schema = replies["422"]["content"]["application/problem+json"]["schema"]
    body = json.loads(answer.data)
    # "errors" belongs to problems with fields; a rejection has its report.
    validator = Draft202012Validator({**schema, "components": openapi["components"]})
    assert list(validator.iter_errors(body)) == []


def test_every_text_stands_in_both_languages():
    for route in routes():
        texts = [route.text, *(one.text for one in route.parameters)]
        texts += [reply.text for reply in route.replies]
        for text in texts:
            assert text.zh, route.path
            assert text.en.isascii(), text.en


@pytest.mark.parametrize(
    ("query", "words"), [("", "移交一个归档信息包"), ("?lang=en", "Submit a package")]
)
def test_the_page_for_people_lists_every_route_without_scripts(query, words):
    answer = a_site().get(f"/api/{query}")
    page = answer.get_data(as_text=True)
    assert words in page
    assert all(template(route.path) in page for route in routes())
    assert not re.search(r"<script|<style|style=|\son\w+=|//", page.partition("<body>")[2])
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_pages_styles_are_served():
    with a_site().get("/api/static/api.css") as answer:
        assert answer.content_type.startswith("text/css")
