"""What an event holds is said in words of the page, however deep it lies."""

from filing.web import event_details
from tests.web.fakes import a_site


def test_what_an_audit_was_asked_to_look_at_is_said_in_words():
    scope = {"year": 2025, "sample": {"size": 1059, "seed": "a1"}, "depth": "whole"}
    detail = {"scope": scope, "location": "main"}
    with a_site().test_request_context("/?lang=zh"):
        said = dict(event_details.details(detail, str))
    assert said["存储位置"] == "本馆主库"
    assert said["范围"] == (
        "年度：2025；随机抽样：抽取件数：1,059；抽样种子：a1；打开内容：打开本版程序尚未打开过的"
    )
    with a_site().test_request_context("/?lang=en"):
        said = dict(event_details.details({"scope": {"depth": "bytes"}}, str))
    assert said == {"Scope": "Content opened: Nothing: compare bytes only"}
