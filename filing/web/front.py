"""The public pages: what this is, how far the log has grown, which keys the pages know."""

from dataclasses import dataclass

from flask import Blueprint, Response

from filing.errors import FilingError, NotFound
from filing.services import Services
from filing.web import pages
from filing.web.i18n import gettext
from filing.web.navigation import AREAS


def _everywhere() -> list[tuple[tuple[str, ...], str]]:
    return [
        (("j", "k"), gettext("列表中的下一项、上一项")),
        (("Enter",), gettext("打开所在的一项")),
        (("x",), gettext("选中或取消所在的一项")),
        (("a",), gettext("把选中的各项分派给经办")),
        (("/",), gettext("转到搜索框")),
        (("n", "p"), gettext("下一页、上一页")),
        (("Esc",), gettext("离开输入框，关闭对话框")),
        (("?",), gettext("显示本表")),
    ]


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
    """The public pages, bound to the services, with what all pages share."""
    blueprint = pages.create_blueprint()

    def front() -> Response:
        log, empty = None, False
        try:
            log = read_log(services.checkpoint())
        except NotFound:
            empty = True
        except FilingError:
            pass  # said on the page: not to be had now
        return pages.render("web/front.html", log=log, empty=empty)

    blueprint.add_url_rule("/", "front", front)
    blueprint.add_url_rule("/help/keys", "keys", _keys)
    return blueprint


def _keys() -> Response:
    """Every key the pages answer to; the dialog behind "?" shows the same table."""
    areas = [(("g", one.key), gettext("转到：%(area)s", area=gettext(one.name))) for one in AREAS]
    return pages.render("web/keys.html", rows=[*_everywhere(), *areas])
