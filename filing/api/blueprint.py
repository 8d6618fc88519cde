"""The HTTP face as one Flask blueprint.

Every declared route is bound to the services given; the caller is identified
before a view runs and before a byte of the body is read; every failure below
/api is a problem document.
"""

from collections.abc import Callable

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.response import Response as AnyResponse

from filing.api import deliveries, log, pages, records, service, submissions
from filing.api.body import drain
from filing.api.caller import identify
from filing.api.problems import problem, refused_by_http
from filing.api.quota import Deliveries
from filing.api.registry import Call, Route, Who
from filing.api.settings import ApiSettings
from filing.errors import FilingError
from filing.services import Services


def routes() -> tuple[Route, ...]:
    """Every route of this face, in the order they are documented."""
    return (
        *service.registry.routes,
        *deliveries.registry.routes,
        *submissions.registry.routes,
        *records.registry.routes,
        *log.registry.routes,
    )


def create_blueprint(services: Services, settings: ApiSettings) -> Blueprint:
    """Bind the declared routes. Register it without a prefix: paths are whole."""
    blueprint = Blueprint(
        "api",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/api/static",
    )
    running = Deliveries(settings.max_deliveries)
    declared = routes()
    for route in declared:
        blueprint.add_url_rule(
            route.path,
            endpoint=route.name,
            view_func=_bound(route, services, settings, running),
            methods=[route.method],
        )
    pages.add_documents(blueprint, declared, settings.icon)
    blueprint.after_request(_closed_to_guessing)
    blueprint.register_error_handler(FilingError, _problems(settings))
    blueprint.app_errorhandler(HTTPException)(_http_problems)
    return blueprint


def _bound(
    route: Route, services: Services, settings: ApiSettings, running: Deliveries
) -> Callable[..., Response]:
    """A Flask view that prepares the Call for ``route``."""

    def view(**arguments: str) -> Response:
        caller = None
        if route.who is Who.AGENCY:
            caller = identify(request.environ, services, settings)
        return route.view(Call(services, settings, running, request, caller), **arguments)

    return view


def _problems(settings: ApiSettings) -> Callable[[FilingError], Response]:
    def answer(error: FilingError) -> Response:
        drain(request.environ, settings)
        return _closed_to_guessing(problem(error, settings.retry_seconds))

    return answer


def _http_problems(error: HTTPException) -> AnyResponse | HTTPException:
    """Refusals of Flask itself: problems for systems, left alone for pages."""
    if error.response is not None:
        return error.response
    if request.path.startswith("/api/v1/") or request.path in ("/healthz", "/readyz"):
        return _closed_to_guessing(refused_by_http(error))
    return error


def _closed_to_guessing(answer: Response) -> Response:
    """Headers every answer carries; what a view said about caching stands."""
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer
