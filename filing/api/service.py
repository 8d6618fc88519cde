"""What this archive accepts, which checks it runs, and whether it is well."""

from flask import Response

from filing.api import reading
from filing.api.models import ROOT, CatalogueOut, HealthOut, ServiceOut
from filing.api.registry import Call, Parameter, Registry, Reply, Text, Who
from filing.errors import NotFound

registry = Registry("service")

#: What a part may say and deliveries are taken all the same. A scanner nobody configured is
#: shown here and in every report; it is the archive's own choice, not something that failed.
_WELL = ("ok", "not configured")
#: Parts that say what is to be done soon; deliveries are taken all the same.
_ADVICE = ("credentials",)


@registry.route(
    "GET",
    f"{ROOT}/service",
    Text("本馆可接收的内容", "What this archive accepts from the caller"),
    (Reply(200, Text("服务说明", "The service document"), model=ServiceOut),),
)
def read_service(call: Call) -> Response:
    """The service document of the caller."""
    view = call.services.service(call.agency)
    limits = call.settings
    return reading.shown(ServiceOut.of(view, limits.max_body_bytes, limits.max_deliveries))


@registry.route(
    "GET",
    f"{ROOT}/checks",
    Text("检测项目目录", "The catalogue of checks"),
    (Reply(200, Text("检测项目", "The checks"), model=CatalogueOut),),
    who=Who.ANYONE,
)
def list_checks(call: Call) -> Response:
    """Every check, with wording and source."""
    return reading.shown(CatalogueOut(items=list(call.services.catalogue())))


@registry.route(
    "GET",
    f"{ROOT}/rules/<digest>",
    Text("报告所称检测规则的内容", "The rules a report names, by digest"),
    (
        Reply(
            200,
            Text("对随版本发布规则的更改", "What they change of a release's rules"),
            reading.RULES,
        ),
    ),
    problems=(NotFound,),
    parameters=(
        Parameter(
            "digest",
            "path",
            Text("规则摘要，如报告所载", "Digest, as the report gives it"),
            required=True,
        ),
    ),
    who=Who.ANYONE,
)
def read_rules(call: Call, digest: str) -> Response:
    """What tuned rules change; a release's own change nothing."""
    return reading.passed_on(call.services.rules(digest), reading.RULES)


@registry.route(
    "GET",
    "/healthz",
    Text("进程是否在运行", "Is the process alive"),
    (Reply(200, Text("在运行", "Alive"), model=HealthOut),),
    who=Who.ANYONE,
)
def read_health(call: Call) -> Response:
    """Alive; nothing outside is asked."""
    return reading.shown(HealthOut(status="ok"))


@registry.route(
    "GET",
    "/readyz",
    Text("能否接收移交", "Can deliveries be taken"),
    (
        Reply(200, Text("可以", "Yes"), model=HealthOut),
        Reply(503, Text("所依赖的部分不可用", "Something needed is not there"), model=HealthOut),
    ),
    who=Who.ANYONE,
)
def read_readiness(call: Call) -> Response:
    """Ready when everything the process depends on is well."""
    found = call.services.ready()
    well = all(state in _WELL or part in _ADVICE for part, state in found.items())
    answer = reading.shown(
        HealthOut(status="ok" if well else "unavailable", checks=found), 200 if well else 503
    )
    if not well:
        answer.headers["Retry-After"] = str(call.settings.retry_seconds)
    return answer
