"""The description of this face: OpenAPI for machines, a page and a text for people.

All three are made from the declared routes. No script, nothing from elsewhere.
"""

import json
from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request

from filing.api.models import ROOT
from filing.api.openapi import REFUSALS, both, document, problems_of, template
from filing.api.registry import Route, Text, Who

#: Styles from this site only; nothing else is loaded, framed or run.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
WHO = {
    Who.AGENCY: Text("立档单位（令牌或客户端证书）", "An agency (token or client certificate)"),
    Who.ANYONE: Text("任何人", "Anyone"),
}
TAGS = {
    "service": Text("服务与状态", "Service and health"),
    "submissions": Text("移交", "Submissions"),
    "records": Text("档案", "Records"),
    "log": Text("公开日志", "The public log"),
}


def openapi_text(routes: Sequence[Route]) -> str:
    """The OpenAPI document as it is served and kept in schemas/."""
    return json.dumps(document(routes), ensure_ascii=False, indent=2) + "\n"


def language() -> str:
    """ "en" when asked for, else "zh"."""
    return "en" if request.args.get("lang") == "en" else "zh"


def add_documents(blueprint: Blueprint, routes: Sequence[Route], icon: str) -> None:
    """Serve the OpenAPI document and the page for people."""
    openapi = openapi_text(routes)
    groups = [
        (TAGS[tag], [route for route in routes if route.tag == tag])
        for tag in dict.fromkeys(route.tag for route in routes)
    ]

    def read_openapi() -> Response:
        return Response(openapi, content_type="application/json")

    def read_page() -> Response:
        page = render_template(
            "api/api.html",
            lang=language(),
            icon=icon,
            groups=groups,
            refusals=REFUSALS,
            who=WHO,
            template=template,
            problems_of=problems_of,
        )
        return Response(page, headers={"Content-Security-Policy": POLICY}, mimetype="text/html")

    blueprint.add_url_rule(f"{ROOT}/openapi.json", "read_openapi", read_openapi)
    blueprint.add_url_rule("/api/", "read_page", read_page)


def markdown(routes: Sequence[Route]) -> str:
    """docs/api.md: one table of routes, then each route."""
    lines = [
        "# HTTP 接口 / HTTP interface",
        "",
        "由路由登记表生成，请勿手改：`python -m filing.api.documents`。"
        " / Generated from the route registry; do not edit.",
        "",
        REFUSALS.zh,
        "",
        REFUSALS.en,
        "",
        "| 方法 Method | 路径 Path | 用途 Use | 调用方 Caller |",
        "| --- | --- | --- | --- |",
    ]
    for route in routes:
        lines.append(
            f"| {route.method} | `{template(route.path)}` | {both(route.text)}"
            f" | {both(WHO[route.who])} |"
        )
    for route in routes:
        lines += ["", f"## {route.method} {template(route.path)}", "", both(route.text), ""]
        lines += _details(route)
    return "\n".join(lines) + "\n"


def _details(route: Route) -> list[str]:
    lines = [f"- 调用方 Caller: {both(WHO[route.who])}"]
    for one in route.parameters:
        must = ",必填 required" if one.required else ""
        lines.append(f"- 参数 Parameter `{one.name}` ({one.where}{must}): {both(one.text)}")
    if route.body:
        media = "、".join(f"`{name}`" for name in route.body.media)
        lines.append(f"- 请求内容 Body: {both(route.body.text)}: {media}")
    for reply in route.replies:
        lines.append(f"- {reply.status} `{reply.media or '-'}`: {both(reply.text)}")
        lines += [f"  - `{name}`: {both(text)}" for name, text in reply.headers.items()]
    for status, codes in problems_of(route).items():
        named = "、".join(f"`urn:filing:{code}`" for code in dict.fromkeys(codes))
        lines.append(f"- {status} `application/problem+json`: {named}")
    return lines
