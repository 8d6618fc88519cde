"""What went wrong, as a page: one table of statuses, one sentence in the reader's language.

Holds for everything outside /api, which answers with problem documents of its own.
A part asked for by a script gets the sentence alone.
"""

import errno
from collections.abc import Callable
from typing import cast

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.response import Response as AnyResponse

from filing import errors
from filing.web.i18n import gettext, marked, refused
from filing.web.pages import here, in_part, render
from filing.web.session import FormExpired

STATUSES: dict[type[errors.FilingError], int] = {
    errors.BadRequest: 400,
    errors.DigestMismatch: 400,
    errors.NotIdentified: 401,
    errors.CredentialExpired: 401,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.WrongState: 409,
    errors.ChangedMeanwhile: 409,
    errors.RolesConflict: 409,
    errors.KeyReused: 409,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.TooManyAttempts: 429,
    # What is kept does not hold: said as not to be had, never shown.
    errors.NotGenuine: 503,
    errors.OutsideUnavailable: 503,
    errors.StoreDoubtful: 503,
    errors.KeptLost: 503,
    errors.StorageFull: 507,
}
#: Title and what to do, by status.
SAID: dict[int, tuple[str, str]] = {
    400: (marked("请求无法理解"), marked("请返回上一页，检查所填内容后再试。")),
    401: (marked("需要登录"), marked("请登录后再试。")),
    403: (marked("没有权限"), marked("您的账号不能进行此操作。如有需要，请联系管理员。")),
    404: (marked("未找到"), marked("没有这个页面，或者它不属于您所在的单位。")),
    405: (marked("此处不支持该操作"), marked("请从页面上的按钮或链接进行操作。")),
    409: (marked("当前状态不允许此操作"), marked("请重新打开页面，查看最新情况后再试。")),
    413: (marked("内容过大"), marked("所交内容超过本馆允许的大小。")),
    415: (marked("不支持的内容类型"), marked("请从页面上的表单提交。")),
    429: (marked("操作过于频繁"), marked("请稍候再试。")),
    500: (
        marked("系统内部错误"),
        marked("问题已记入日志，未保存的内容没有生效。请稍后再试，或联系管理员。"),
    ),
    503: (marked("暂时不可用"), marked("所依赖的部分没有应答，请稍后再试。")),
    507: (marked("存储空间不足"), marked("内容未被接收。请联系管理员。")),
}
#: Refusals whose status says another thing of them: their own title, and what to do.
INSTEAD: dict[type[errors.FilingError], tuple[str, str]] = {
    errors.BadRequest: (marked("不能这样办理"), marked("请返回上一页，检查所填内容后再试。")),
    FormExpired: (
        marked("页面已过期"),
        marked("所填内容没有生效：返回上一页可以复制它们，再打开新的页面提交。"),
    ),
    errors.KeptLost: (
        marked("暂存内容缺失"),
        marked(
            "这一件暂时不能办理，其他各件不受影响，保存过的更正仍在。请把上面的编号告诉系统管理员，"
            "由其按运行手册“暂存内容缺失”（kept-lost）从备份恢复。"
        ),
    ),
}
_RETRY_SECONDS = "5"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_GONE = frozenset({errno.EIO, errno.EROFS, errno.ESTALE, errno.ENODEV, errno.ENXIO})

Handler = Callable[[HTTPException], AnyResponse | HTTPException]


def install(app: Flask) -> None:
    """Answer errors with pages. Call it after every blueprint is registered.

    What stood for Flask's own refusals before (the HTTP face's) still answers below /api.
    """
    before = cast(Handler | None, app.error_handler_spec[None][None].get(HTTPException))

    def refused(error: HTTPException) -> AnyResponse | HTTPException:
        if error.response is not None:
            return error.response
        if _is_for_systems(request.path):
            return error if before is None else before(error)
        answer = page(error.code or 500)
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                answer.headers[name] = value
        return answer

    def no_room(error: OSError) -> AnyResponse:
        """A form's file that the disk for passing files has no room for, or will not take."""
        if error.errno in _FULL:
            return show(errors.StorageFull("the disk is full", "磁盘空间已满"))
        if error.errno in _GONE:
            return show(errors.OutsideUnavailable("the disk does not answer", "磁盘无法写入"))
        current_app.logger.error("event=unexpected", exc_info=error)
        return page(500)

    app.register_error_handler(OSError, no_room)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(errors.FilingError, show)


def show(error: errors.FilingError) -> Response:
    """The page of one of our own refusals, with its own sentence."""
    status = status_of(error)
    if isinstance(error, errors.Misconfigured):
        # Its sentence is the operator's: readers need not know where files lie.
        current_app.logger.error("event=misconfigured why=%s", error)
        return page(500, gettext("本系统的一项配置有误，须由系统管理员在服务器上改正。"))
    if status == 500:
        current_app.logger.error("event=unexpected code=%s", error.code, exc_info=error)
        return page(500)
    if isinstance(error, errors.KeptLost):
        current_app.logger.error("event=kept-lost why=%s", error)
    return page(status, refused(error), INSTEAD.get(type(error)))


def status_of(error: errors.FilingError) -> int:
    """The table's entry for ``error``; a subclass without its own has that of its base."""
    for one in type(error).__mro__:
        if one in STATUSES:
            return STATUSES[one]
    return 500


def page(status: int, detail: str = "", instead: tuple[str, str] | None = None) -> Response:
    """The page for a status.

    detail    a sentence in the page's language, or "" for the usual one
    instead   of the status's usual title and advice
    """
    title, advice = instead or SAID.get(status, SAID[500] if status >= 500 else SAID[400])
    template = "web/error-part.html" if in_part() else "web/error.html"
    answer = render(
        template,
        status,
        number=status,
        title=gettext(title),
        detail=detail,
        # What was refused says of itself why; asking somebody for more power may not help.
        advice="" if status == 403 and detail and not instead else gettext(advice),
        again=here() if status == 403 and instead else "",
    )
    if in_part():
        answer.headers["HX-Retarget"] = "#alerts"
        answer.headers["HX-Reswap"] = "innerHTML"
    if status in (429, 503):
        answer.headers.setdefault("Retry-After", _RETRY_SECONDS)
    return answer


def _is_for_systems(path: str) -> bool:
    return path.startswith("/api/v1/") or path in ("/healthz", "/readyz")
