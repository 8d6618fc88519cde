"""Routes as declarations: what a view answers to, and what it says of itself.

The blueprint is built from these, and so are the OpenAPI document and the pages
for people; a route that is not declared does not exist.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from flask import Request, Response
from pydantic import BaseModel

from filing.api.caller import Caller
from filing.api.quota import Deliveries
from filing.api.settings import ApiSettings
from filing.errors import FilingError
from filing.model.agency import Agency
from filing.services import Services


class Who(StrEnum):
    """Who may call a route."""

    AGENCY = "agency"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class Call:
    """One request and what a view needs for it.

    caller   of routes for agencies; ``agency`` and ``who`` read it
    """

    services: Services
    settings: ApiSettings
    deliveries: Deliveries
    request: Request
    caller: Caller | None = None

    @property
    def who(self) -> Caller:
        """The caller. Raises LookupError on a route for anyone: a bug of ours."""
        if self.caller is None:
            raise LookupError("this route does not identify its caller")
        return self.caller

    @property
    def agency(self) -> Agency:
        """The calling agency."""
        return self.who.agency


@dataclass(frozen=True, slots=True)
class Text:
    """The same sentence twice."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query, header or path parameter. ``schema`` is JSON Schema."""

    name: str
    where: str
    text: Text
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. ``model`` for JSON of ours; else ``media`` alone says what comes.

    headers   name -> text
    """

    status: int
    text: Text
    media: str = "application/json"
    model: type[BaseModel] | None = None
    headers: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestBody:
    """What may be sent: media type -> JSON Schema or model."""

    text: Text
    media: Mapping[str, Mapping[str, object] | type[BaseModel]]


View = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One declared route. ``path`` is in Flask's notation, below the site's root."""

    method: str
    path: str
    view: View
    tag: str
    who: Who
    text: Text
    replies: tuple[Reply, ...]
    problems: tuple[type[FilingError], ...]
    parameters: tuple[Parameter, ...]
    body: RequestBody | None

    @property
    def name(self) -> str:
        """The view's name; it is the operationId."""
        return self.view.__name__


class Registry:
    """Collects the routes of one module."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self.routes: list[Route] = []

    def route(
        self,
        method: str,
        path: str,
        text: Text,
        replies: tuple[Reply, ...],
        who: Who = Who.AGENCY,
        problems: tuple[type[FilingError], ...] = (),
        parameters: tuple[Parameter, ...] = (),
        body: RequestBody | None = None,
    ) -> Callable[[View], View]:
        """Declare the decorated view; it is returned unchanged."""

        def declare(view: View) -> View:
            self.routes.append(
                Route(
                    method,
                    path,
                    view,
                    self._tag,
                    who,
                    text,
                    replies,
                    problems,
                    parameters,
                    body,
                )
            )
            return view

        return declare
