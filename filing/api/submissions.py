"""What became of deliveries: submissions, reports, receipts, events; withdrawal."""

from flask import Response

from filing.api import reading
from filing.api.models import (
    ROOT,
    EventOut,
    EventPage,
    SubmissionOut,
    SubmissionPage,
    WithdrawalIn,
)
from filing.api.problems import LengthRequired, UnknownTransferCoding
from filing.api.registry import Call, Parameter, Registry, Reply, RequestBody, Text
from filing.errors import BadRequest, NotFound, TooLarge, UnsupportedMedia, WrongState
from filing.model.submission import State

registry = Registry("submissions")

_COUNT = {"type": "integer", "minimum": 0}
_ID = Parameter("id", "path", Text("移交标识符", "Id of the submission"), required=True)
_AFTER = Parameter("after", "query", Text("上一页给出的 next", "next of the page before"))
_LIMIT = Parameter(
    "limit",
    "query",
    Text("每页条数", "Entries of a page"),
    {"type": "integer", "minimum": 1, "maximum": reading.MAX_PAGE},
)
_NEXT = {"Link": Text('下一页，rel="next"', 'The next page, rel="next"')}


@registry.route(
    "GET",
    f"{ROOT}/submissions",
    Text("本单位的移交，按标识符排列", "Own submissions, by id"),
    (Reply(200, Text("一页", "One page"), model=SubmissionPage, headers=_NEXT),),
    problems=(BadRequest,),
    parameters=(
        Parameter(
            "state",
            "query",
            Text("只列此状态", "Only in this state"),
            {"type": "string", "enum": [state.value for state in State]},
        ),
        _AFTER,
        _LIMIT,
    ),
)
def list_submissions(call: Call) -> Response:
    """One page of the caller's submissions."""
    limit = reading.page_limit(call.request, call.settings)
    wanted = call.request.args.get("state")
    try:
        state = State(wanted) if wanted is not None else None
    except ValueError:
        known = ", ".join(State)
        raise BadRequest(f"state is one of: {known}", f"state 应为：{known}") from None
    found = call.services.submissions(call.agency, state, reading.cursor(call.request), limit)
    after = found[-1].id if len(found) == limit else None
    page = SubmissionPage(items=[SubmissionOut.of(one) for one in found], next=after)
    return reading.with_next(reading.shown(page), call.request, after)


@registry.route(
    "GET",
    f"{ROOT}/submissions/<id>",
    Text("一次移交的状态", "One submission"),
    (Reply(200, Text("移交", "The submission"), model=SubmissionOut),),
    problems=(NotFound,),
    parameters=(_ID,),
)
def read_submission(call: Call, id: str) -> Response:
    """One submission of the caller."""
    one = call.services.submission(call.agency, reading.identifier(id))
    return reading.shown(SubmissionOut.of(one))


@registry.route(
    "GET",
    f"{ROOT}/submissions/<id>/report",
    Text("检测报告", "The report"),
    (Reply(200, Text("规范化 JSON", "Canonical JSON"), reading.REPORT),),
    problems=(NotFound,),
    parameters=(_ID,),
)
def read_report(call: Call, id: str) -> Response:
    """The report, as it was kept."""
    found = call.services.report(call.agency, reading.identifier(id))
    return reading.passed_on(found, reading.REPORT)


@registry.route(
    "GET",
    f"{ROOT}/submissions/<id>/receipt",
    Text("回执", "The receipt"),
    (
        Reply(
            200,
            Text(
                "规范化 JSON,见 schemas/receipt.schema.json",
                "Canonical JSON, see schemas/receipt.schema.json",
            ),
            reading.RECEIPT,
        ),
    ),
    problems=(NotFound,),
    parameters=(_ID,),
)
def read_receipt(call: Call, id: str) -> Response:
    """The receipt, as it was issued."""
    found = call.services.receipt(call.agency, reading.identifier(id))
    return reading.passed_on(found, reading.RECEIPT)


@registry.route(
    "GET",
    f"{ROOT}/submissions/<id>/corrections",
    Text("接收前的更正", "What was corrected before acceptance"),
    (
        Reply(
            200,
            Text(
                "规范化 JSON；更正按次序，形式同回执的封印声明；未经更正的为空",
                "Canonical JSON; corrections in order, in the form of the statement in the "
                "receipt; empty where nothing was corrected",
            ),
            reading.CORRECTIONS,
        ),
    ),
    problems=(NotFound,),
    parameters=(_ID,),
)
def read_corrections(call: Call, id: str) -> Response:
    """Who changed what before it was accepted, so that the sender can follow."""
    found = call.services.corrections(call.agency, reading.identifier(id))
    return reading.passed_on(found, reading.CORRECTIONS)


@registry.route(
    "POST",
    f"{ROOT}/submissions/<id>/withdrawal",
    Text("在接收之前撤回", "Withdraw before acceptance"),
    (Reply(200, Text("移交", "The submission"), model=SubmissionOut),),
    problems=(
        BadRequest,
        NotFound,
        LengthRequired,
        TooLarge,
        UnsupportedMedia,
        UnknownTransferCoding,
        WrongState,
    ),
    parameters=(_ID,),
    body=RequestBody(Text("理由", "The reason"), {"application/json": WithdrawalIn}),
)
def withdraw_submission(call: Call, id: str) -> Response:
    """Take a submission back."""
    wish = reading.json_body(call.request, WithdrawalIn, call.settings)
    one = call.services.withdraw(call.agency, reading.identifier(id), wish.reason)
    return reading.shown(SubmissionOut.of(one))


@registry.route(
    "GET",
    f"{ROOT}/events",
    Text("本单位移交的事件", "Events of own submissions"),
    (
        Reply(
            200,
            Text(
                "按编号排列；下次以 next 作为 after",
                "By number; give next back as after",
            ),
            model=EventPage,
            headers=_NEXT,
        ),
    ),
    problems=(BadRequest,),
    parameters=(
        Parameter("after", "query", Text("已读到的编号", "Number read up to"), _COUNT),
        _LIMIT,
    ),
)
def read_events(call: Call) -> Response:
    """The feed behind ``after``."""
    limit = reading.page_limit(call.request, call.settings)
    after = reading.number(call.request, "after", 0)
    found = call.services.events(call.agency, after, limit)
    reached = found[-1].number if found else after
    page = EventPage(items=[EventOut.of(one) for one in found], next=reached)
    more = reached if len(found) == limit else None
    return reading.with_next(reading.shown(page), call.request, more)
