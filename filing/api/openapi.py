"""The OpenAPI 3.1 document, made from the declared routes and the models.

Source: OpenAPI Specification 3.1.1. Summaries are "Chinese / English", so that
one document serves both readers.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from filing import __doc__ as about
from filing.api.models import ProblemOut
from filing.api.problems import MEDIA_TYPE, kind_of
from filing.api.registry import Parameter, Reply, RequestBody, Route, Text, Who
from filing.errors import CredentialExpired, FilingError, NotAllowed, NotIdentified

VERSION = "1.0.0"
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
_REF = "#/components/schemas/{model}"
Json = dict[str, object]
#: What holds for every route, and is not said again at each.
REFUSALS = Text(
    "凡是拒绝，内容都是问题文档（RFC 9457，application/problem+json）：type 为稳定的代码"
    " urn:filing:…；detail 与 detail_zh 用英文和中文说明原因。除各条所列以外，任何请求还可能得到"
    " 400、405、414、431、500、503；503 附 Retry-After，到时可原样重发。",
    "Every refusal is a problem document (RFC 9457, application/problem+json): type is the stable"
    " code, urn:filing:…; detail and detail_zh say why, in English and Chinese. Beside what each"
    " route lists, any request may be answered 400, 405, 414, 431, 500 or 503; 503 comes with"
    " Retry-After, and the same request may be sent again then.",
)


def both(text: Text) -> str:
    """Chinese first."""
    return f"{text.zh} / {text.en}"


def template(path: str) -> str:
    """A path in OpenAPI's notation."""
    return _ARGUMENT.sub(r"{\1}", path)


def problems_of(route: Route) -> dict[int, list[str]]:
    """Status -> codes of the problems ``route`` may answer."""
    kinds: tuple[type[FilingError], ...] = route.problems
    if route.who is Who.AGENCY:
        kinds = (NotIdentified, CredentialExpired, NotAllowed, *kinds)
    found: dict[int, list[str]] = {}
    for kind in kinds:
        found.setdefault(kind_of(kind("")).status, []).append(kind.code)
    return dict(sorted(found.items()))


def document(routes: Iterable[Route]) -> Json:
    """The whole document, as JSON values."""
    listed = tuple(routes)
    paths: dict[str, Json] = {}
    for route in listed:
        paths.setdefault(template(route.path), {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "在线归档 / Filing",
            "version": VERSION,
            "summary": (about or "").partition("\n")[0],
            "description": both(REFUSALS),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in listed)],
        "paths": paths,
        "components": {
            "schemas": _schemas(listed),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "certificate": {"type": "mutualTLS"},
            },
        },
    }


def _operation(route: Route) -> Json:
    operation: Json = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": both(route.text),
        "security": [{"token": []}, {"certificate": []}] if route.who is Who.AGENCY else [],
        "responses": {
            **{str(reply.status): _reply(reply) for reply in route.replies},
            **{
                str(status): _problem(codes)
                for status, codes in problems_of(route).items()
                if status not in {reply.status for reply in route.replies}
            },
        },
    }
    if route.parameters:
        operation["parameters"] = [_parameter(one) for one in route.parameters]
    if route.body:
        operation["requestBody"] = _body(route.body)
    return operation


def _parameter(one: Parameter) -> Json:
    return {
        "name": one.name,
        "in": one.where,
        "required": one.required,
        "description": both(one.text),
        "schema": dict(one.schema),
    }


def _body(body: RequestBody) -> Json:
    content = {media: {"schema": _schema(kind)} for media, kind in body.media.items()}
    return {"required": True, "description": both(body.text), "content": content}


def _reply(reply: Reply) -> Json:
    shown: Json = {"description": both(reply.text)}
    if reply.headers:
        shown["headers"] = {
            name: {"description": both(text), "schema": {"type": "string"}}
            for name, text in reply.headers.items()
        }
    if reply.media:
        shown["content"] = {reply.media: {"schema": _schema(reply.model)} if reply.model else {}}
    return shown


def _problem(codes: Iterable[str]) -> Json:
    described = "、".join(f"urn:filing:{code}" for code in dict.fromkeys(codes))
    return {"description": described, "content": {MEDIA_TYPE: {"schema": _schema(ProblemOut)}}}


def _schema(kind: Mapping[str, object] | type[BaseModel]) -> Json:
    if isinstance(kind, type):
        return {"$ref": _REF.format(model=kind.__name__)}
    return dict(kind)


def _schemas(routes: tuple[Route, ...]) -> Json:
    """Schemas of every model a route names, and of what those hold."""
    outgoing: set[type[BaseModel]] = {ProblemOut}
    outgoing |= {reply.model for route in routes for reply in route.replies if reply.model}
    incoming = {
        kind
        for route in routes
        if route.body
        for kind in route.body.media.values()
        if isinstance(kind, type)
    }
    named: list[tuple[type[BaseModel], Literal["serialization", "validation"]]] = []
    named += [(model, "serialization") for model in outgoing]
    named += [(model, "validation") for model in incoming]
    named.sort(key=lambda pair: pair[0].__name__)
    _, top = models_json_schema(named, ref_template=_REF)
    schemas: Json = top["$defs"]
    return dict(sorted(schemas.items()))
