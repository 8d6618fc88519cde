"""Builders: a good package, and small changes to it. Not a test file."""

import hashlib
from dataclasses import replace
from datetime import date

from filing.model.agency import Agency, Channel, FilingRule
from filing.model.digest import Digest
from filing.model.finding import Outcome, Place
from filing.model.inspection import Format, Inspection, Scan
from filing.model.package import Activity, Agent, Component, Content, Field, Form, Package
from filing.rules.facts import Facts, Holding, Registration
from filing.rules.rule_set import load_rule_set

RULES = load_rule_set()
TODAY = date(2026, 5, 20)
ENCODING = "文件数据/文档/文档数据/编码"
RECORD = "/电子文件封装包/被签名对象/封装内容/文件实体块/文件实体"

GOOD = {
    "被签名对象/封装包类型": "原始型",
    "被签名对象/封装包类型描述": "本封装包包含电子文件数据及其元数据，原始封装，未经修改",
    "被签名对象/封装包创建时间": "2026-05-18T09:30:00",
    "被签名对象/封装包创建单位": "某某省水利厅",
    "聚合层次": "文件",
    "来源/立档单位名称": "某某省水利厅",
    "电子文件号": "Z109-2026-000001",
    "档号": "Z109-WS·2026·Y·BGS-0001",
    "档号/全宗号": "Z109",
    "档号/年度": "2026",
    "档号/保管期限": "永久",
    "档号/机构或问题": "办公室",
    "档号/室编件号": "0001",
    "内容描述/题名": "关于加强水库安全管理的通知",
    "内容描述/责任者": "某某省水利厅",
    "内容描述/日期": "20260312",
    "内容描述/文种": "通知",
    "内容描述/密级": "公开",
    "形式特征/文件组合类型": "组合文件",
    "形式特征/页数": "6",
    "形式特征/稿本": "正本",
    "存储位置/脱机载体编号": "",
}


def place(path):
    """Where the element at ``path`` would stand."""
    above = "/电子文件封装包" if path.startswith("被签名对象") else RECORD
    return Place("eep.xml", 7, f"{above}/{path}", path)


def a_digest(content):
    return Digest("sha256", hashlib.sha256(content).digest())


def a_content(member, body=b"%PDF-1.7 content"):
    return Content(member, len(body), (a_digest(body),), body)


def a_component(number=1, **changes):
    name = f"{number}.pdf"
    given = {
        "identifier": f"编码{number}",
        "document": f"文档{number}",
        "sequence": str(number),
        "role": "主文档" if number == 1 else "附属文档",
        "title": f"文档{number}",
        "file_name": name,
        "declared_size": "16",
        "declared_format": "",
        "extension": "pdf",
        "promised": a_digest(b"%PDF-1.7 content"),
        "content": a_content(name),
        "refers_to": "",
        "place": Place("eep.xml", 40 + number, f"{RECORD}/文件数据/文档[{number}]/编码", ""),
        "numbered": Place(
            "eep.xml", 30 + number, f"{RECORD}/文件数据/文档[{number}]/文档序号", "文档序号"
        ),
    }
    return Component(**given | changes)


def an_activity(identifier="业务1", record="文档1", action="起草", agent="机构1"):
    return Activity(identifier, agent, record, "历史行为", action, "2026-03-01", Place())


def a_package(fields=None, without=(), **changes):
    """A good package; ``fields`` replaces values by path, ``without`` drops elements."""
    values = {path: value for path, value in (GOOD | (fields or {})).items() if path not in without}
    components = changes.get("components", tuple(a_component(number) for number in (1, 2, 3)))
    some = [Field(path, value, place(path)) for path, value in values.items()]
    for one in components:
        for name, value in (
            ("计算机文件名", one.file_name),
            ("计算机文件大小", one.declared_size),
        ):
            path = f"{ENCODING}/电子属性/{name}"
            where = Place("eep.xml", one.place.line, f"{one.place.xpath}/电子属性/{name}", path)
            some.append(Field(path, value, where))
    given = {
        "form": Form.EEP_ZIP,
        "digest": a_digest(b"zip"),
        "size_bytes": 6000,
        "metadata": a_content("eep.xml", b"<xml/>"),
        "fields": tuple(some),
        "components": components,
        "activities": (
            Activity(
                "业务1", "机构1", "Z109-2026-000001", "历史行为", "起草", "2026-03-01", Place()
            ),
            Activity("业务2", "机构1", "文档1", "历史行为", "签发", "2026-03-12", Place()),
        ),
        "agents": (Agent("机构1", "单位", "某某省水利厅", Place()),),
        "eep_type": "原始型",
        "identifiers": (("文档1", "文档标识符", Place()), ("编码1", "编码", Place())),
    }
    return Package(**given | changes)


PDF = Inspection(
    Format("fmt/276", "Portable Document Format", "1.7", "application/pdf", "signature"),
    Outcome.PASSED,
    extensions=("pdf",),
)

SENDER = Agency(
    "water", "某某省水利厅", rules=(FilingRule("Z109"),), channel=Channel.TLS, signature="optional"
)


def some_facts(package=None, inspections=None, **changes):
    package = a_package() if package is None else package
    given = {
        "package": package,
        "sender": SENDER,
        "channel": Channel.TLS,
        "filing": True,
        "registration": Registration(1, 3, 48),
        "holding": Holding(),
        "today": TODAY,
        "inspections": {one.member: PDF for one in package.contents()} | (inspections or {}),
        "scans": {one.member: Scan(Outcome.PASSED) for one in package.contents()},
        "scanner": Outcome.PASSED,
    }
    return Facts(**given | changes)


def with_component(number=1, **changes):
    """The good package with one component changed."""
    return a_package(
        components=tuple(
            a_component(one, **(changes if one == number else {})) for one in (1, 2, 3)
        )
    )


def inspected(**changes):
    """The good inspection, changed."""
    return replace(PDF, **changes)
