"""The front page: what this is, links, and how far the public log has grown.

Works without scripts; loads nothing from elsewhere.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request

from filing.errors import FilingError
from filing.services import Services

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class LogView:
    """What the checkpoint says: name of the log, number of entries, root in base64."""

    origin: str
    size: int
    root: str


def read_log(checkpoint: bytes) -> LogView | None:
    """Read the body of a checkpoint; None if it is none.

    For showing only: the signature is not verified here.

    Source: C2SP tlog-checkpoint, "Note text".
    """
    lines = checkpoint.decode("utf-8", "replace").split("\n")
    if len(lines) < 4 or not lines[1].isascii() or not lines[1].isdigit() or len(lines[1]) > 19:
        return None
    return LogView(origin=lines[0], size=int(lines[1]), root=lines[2])


def create_blueprint(services: Services) -> Blueprint:
    """The pages, bound to the services. Register it without a prefix."""
    blueprint = Blueprint(
        "web", __name__, template_folder="templates", static_folder="static",
        static_url_path="/static",
    )  # fmt: skip

    def front() -> Response:
        try:
            log = read_log(services.checkpoint())
        except FilingError:
            log = None
        lang = "en" if request.args.get("lang") == "en" else "zh"
        page = render_template("web/front.html", lang=lang, log=log)
        return Response(
            page,
            mimetype="text/html",
            headers={
                "Content-Security-Policy": POLICY,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "same-origin",
                "Cache-Control": "no-cache",
            },
        )

    blueprint.add_url_rule("/", "front", front)
    return blueprint
