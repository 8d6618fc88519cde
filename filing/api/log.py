"""The log for everybody: checkpoint, its keys, tiles, consistency.

Tile paths are those of C2SP tlog-tiles ("Tiles"): the index in groups of three
digits, all but the last with an x before them, and .p/WIDTH behind a tile that
is not full. A path written any other way names no tile.
"""

import re

from flask import Response

from filing.api import reading
from filing.api.models import ROOT
from filing.api.registry import Call, Parameter, Registry, Reply, Text, Who
from filing.errors import BadRequest, NotFound

registry = Registry("log")
FULL_WIDTH = 256
_LEVEL = re.compile(r"0|[1-9][0-9]?")
_TILE = re.compile(r"((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_HIGHEST_LEVEL = 63


def tile_place(level: str, path: str) -> tuple[int, int, int]:
    """Level, index and width a tile path names. Raises NotFound.

    Source: C2SP tlog-tiles, "Merkle Tree".
    """
    found = _TILE.fullmatch(path)
    if found is None or not _LEVEL.fullmatch(level) or int(level) > _HIGHEST_LEVEL:
        raise NotFound("no such tile", "没有这个瓦片")
    groups = found[1].replace("x", "").split("/")
    width = int(found[2]) if found[2] else FULL_WIDTH
    # 1000 is x001/000, so a leading group of zeros is a second name for the same tile.
    if (len(groups) > 1 and groups[0] == "000") or (found[2] and width >= FULL_WIDTH):
        raise NotFound("no such tile", "没有这个瓦片")
    return int(level), int("".join(groups)), width


@registry.route(
    "GET",
    f"{ROOT}/log/checkpoint",
    Text("最新检查点", "The newest checkpoint"),
    (Reply(200, Text("C2SP 签名文本", "C2SP signed note"), "text/plain; charset=utf-8"),),
    who=Who.ANYONE,
    problems=(NotFound,),
)
def read_checkpoint(call: Call) -> Response:
    """The signed tree head."""
    answer = reading.passed_on(call.services.checkpoint(), "text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@registry.route(
    "GET",
    f"{ROOT}/log/keys",
    Text("检查点现用的验证密钥", "The keys that sign checkpoints now"),
    (
        Reply(
            200,
            Text("每行一个，C2SP 验证密钥", "A line each, C2SP verifier keys"),
            "text/plain; charset=utf-8",
        ),
    ),
    who=Who.ANYONE,
)
def read_log_keys(call: Call) -> Response:
    """Name, hash and key, for tools that verify signed notes."""
    answer = reading.passed_on(call.services.log_keys(), "text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@registry.route(
    "GET",
    f"{ROOT}/log/tile/<level>/<path:index>",
    Text("日志瓦片", "A tile of hashes"),
    (Reply(200, Text("每个摘要 32 字节", "32 bytes for each hash"), "application/octet-stream"),),
    who=Who.ANYONE,
    problems=(NotFound,),
    parameters=(
        Parameter("level", "path", Text("层，0 至 63", "Level, 0 to 63"), required=True),
        Parameter(
            "index",
            "path",
            Text("如 x001/x234/067 或 067.p/8", "Such as x001/x234/067 or 067.p/8"),
            required=True,
        ),
    ),
)
def read_tile(call: Call, level: str, index: str) -> Response:
    """One tile; what a tile path names never changes."""
    answer = reading.passed_on(
        call.services.tile(*tile_place(level, index)), "application/octet-stream"
    )
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@registry.route(
    "GET",
    f"{ROOT}/log/consistency",
    Text("两个树大小之间的一致性证明", "Consistency proof between two tree sizes"),
    (Reply(200, Text("规范化 JSON", "Canonical JSON")),),
    who=Who.ANYONE,
    problems=(BadRequest, NotFound),
    parameters=(
        Parameter(
            "from",
            "query",
            Text("较早的大小", "The earlier size"),
            {"type": "integer", "minimum": 1},
            required=True,
        ),
        Parameter(
            "to",
            "query",
            Text("较晚的大小", "The later size"),
            {"type": "integer", "minimum": 1},
            required=True,
        ),
    ),
)
def read_consistency(call: Call) -> Response:
    """The proof that the later log holds the earlier one."""
    first, second = reading.number(call.request, "from"), reading.number(call.request, "to")
    if not 0 < first <= second:
        raise BadRequest("from is at least 1, and not larger than to", "from 应不小于 1，不大于 to")
    return reading.passed_on(call.services.consistency(first, second), "application/json")
