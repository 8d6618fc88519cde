"""The pages of notices and subscriptions over HTTP, on the whole application."""

import json
import re

import pytest

from filing.model.events import Kind
from tests.notices.given import CITY, LAKE
from tests.notices.receivers import Receiver, listening
from tests.notices.served import post, the_whole


@pytest.fixture
def whole(tmp_path):
    with the_whole(tmp_path / "home") as found:
        yield found


def rows(text: str) -> list[str]:
    return re.findall(r'href="/notices/(\d+)"', text)


def test_a_clerk_reads_the_own_agencys_notices_newest_first(whole):
    first, second = whole.office.happen(Kind.REJECTED, Kind.RETURNED)
    (other,) = whole.office.happen(Kind.RETURNED, agency_id=LAKE)
    with whole.signed_in("city-clerk") as client:
        assert rows(client.get("/notices").text) == [str(second), str(first)]
        assert client.get(f"/notices/{other}").status_code == 404
        assert client.get(f"/notices?agency={LAKE}").status_code == 404
    with whole.signed_in("clerk") as client:
        assert rows(client.get("/notices").text) == [str(other), str(second), str(first)]
        assert rows(client.get(f"/notices?agency={LAKE}").text) == [str(other)]
        assert rows(client.get("/notices?kind=submission-rejected").text) == [str(first)]


def test_reading_one_marks_it_for_this_reader_alone(whole):
    whole.office.happen(Kind.REJECTED, Kind.RETURNED)
    with whole.signed_in("city-clerk") as client:
        assert client.get("/notices").text.count('class="unread-mark"') == 2
        client.get("/notices/" + rows(client.get("/notices").text)[0])
        assert client.get("/notices").text.count('class="unread-mark"') == 1
        with whole.signed_in("clerk") as other:
            assert other.get("/notices").text.count('class="unread-mark"') == 2
        assert post(client, "/notices/read", "/notices", all="1").status_code == 303
        assert client.get("/notices").text.count('class="unread-mark"') == 0
        whole.office.happen(Kind.RECEIPTED)
        assert client.get("/notices").text.count('class="unread-mark"') == 1


def test_the_letter_says_what_happened_in_the_language_of_the_page(whole):
    detail = {"reason": "题名与正文不一致", "text": "一、请改正题名。"}
    (number,) = whole.office.happen(Kind.RETURNED, detail=detail)
    with whole.signed_in("city-clerk") as client:
        letter = client.get(f"/notices/{number}").text
        assert "退回通知" in letter
        assert "一、请改正题名。" in letter
        assert "市政府办公室：" in letter
        english = client.get(f"/notices/{number}?lang=en").text
        assert "Return notice" in english
        assert "题名与正文不一致" in english


def test_what_was_typed_elsewhere_is_text_in_the_letter(whole):
    detail = {"reason": "<script>alert(1)</script>{agency}", "text": "{reason}"}
    (number,) = whole.office.happen(Kind.RETURNED, detail=detail)
    with whole.signed_in("city-clerk") as client:
        letter = client.get(f"/notices/{number}").text
    assert "<script>alert" not in letter
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{agency}" in letter


def test_pages_of_notices_lead_on_and_back(whole):
    numbers = whole.office.happen(*[Kind.REJECTED, Kind.RECEIPTED] * 60)[::-1]
    with whole.signed_in("city-clerk") as client:
        seen, path = [], "/notices"
        for _ in range(3):
            text = client.get(path).text
            seen.append(rows(text))
            onward = re.search(r'rel="next" href="([^"]+)"', text)
            path = onward[1].replace("&amp;", "&") if onward else ""
        assert [int(one) for page in seen for one in page] == numbers
        assert path == ""
        back = re.search(r'rel="prev" href="([^"]+)"', text)[1].replace("&amp;", "&")
        assert rows(client.get(back).text) == seen[1]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/notices?cursor=nonsense", 400),
        ("/notices?cursor=before-99999999999999999999", 400),
        ("/notices?kind=submission-received", 400),
        ("/notices?agency=%00", 400),
        ("/notices/0", 404),
        ("/notices/999", 404),
        ("/notices/" + "9" * 30, 404),
        ("/notices/x", 404),
        ("/notices/%E4%B8%80", 404),
    ],
)
def test_a_wrong_address_is_told_so(whole, path, status):
    with whole.signed_in("clerk") as client:
        assert client.get(path).status_code == status


@pytest.mark.parametrize("path", ["/notices", "/notices/1", "/admin/subscriptions"])
def test_nobody_is_shown_anything_before_signing_in(whole, path):
    answer = whole.app.test_client().get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("login", ["city-clerk", "clerk", "auditor"])
def test_subscriptions_are_for_administrators(whole, login):
    with whole.signed_in(login) as client:
        assert client.get("/admin/subscriptions").status_code == 403
        assert client.get("/admin/subscriptions/new").status_code == 403


def test_one_says_where_to_and_the_other_gives_the_secret(whole):
    with listening(Receiver()) as receiver, whole.signed_in("system") as system:
        added = post(
            system, "/admin/subscriptions/new", means="webhook", agency=CITY,
            target=receiver.url, kind=["submission-returned", "receipt-issued"],
        )  # fmt: skip
        assert added.status_code == 303, added.text
        path = added.headers["Location"]
        assert "尚未签发密钥" in system.get(path).text
        assert post(system, f"{path}/secret", path).status_code == 403
        for page in (path, "/admin/subscriptions"):
            text = system.get(page).text
            assert "待签发密钥" in text, page
            assert "推送中" not in text, page
        with whole.signed_in("security") as security:
            assert post(security, f"{path}/pause", path).status_code == 403
            shown = post(security, f"{path}/secret", path).text
            assert re.search(r"<code>whsec_[A-Za-z0-9+/=]{44}</code>", shown)
            assert "whsec_" not in security.get(path).text
        assert "测试消息已送达" in post(system, f"{path}/test", path).text
        assert receiver.received[0].headers["webhook-id"].startswith("test-")
        assert post(system, f"{path}/pause", path).status_code == 303
        assert "已暂停" in system.get(path).text
        assert post(system, f"{path}/resume", path).status_code == 303
    with whole.signed_in("system") as system:
        assert "对方拒绝连接" in post(system, f"{path}/test", path).text
        assert post(system, f"{path}/remove", path).status_code == 303
        assert system.get(path).status_code == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"target": "ftp://x.example/"}, "网址应形如"),
        ({"target": "https://10.0.0.1/"}, "不允许访问"),
        ({"target": "https://u:p@x.example/"}, "不得含用户名"),
        ({"target": "https://x.example/" + "a" * 1000}, "网址应形如"),
        ({"kind": []}, "至少选择一类"),
        ({"kind": ["agency-added"]}, "至少选择一类"),
        ({"language": "fr"}, "zh 或 en"),
        ({"digest_minutes": "999999"}, "10080"),
        ({"digest_minutes": "x"}, "请填写整数"),
        ({"means": "pigeon"}, "方式应为"),
        ({"means": "mail", "target": "clerk@agency.example"}, "未配置邮件"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(whole, form, said):
    given = {"means": "webhook", "agency": CITY, "target": "https://x.example/",
             "kind": ["receipt-issued"], **form}  # fmt: skip
    with whole.signed_in("system") as system:
        answer = post(system, "/admin/subscriptions/new", **given)
    assert answer.status_code == 400
    assert said in answer.text
    assert str(given["target"])[:30] in answer.text


def test_two_who_change_one_subscription_the_second_is_told(whole):
    with whole.signed_in("system") as system:
        given = {"means": "webhook", "target": "https://x.example/", "kind": ["receipt-issued"]}
        added = post(system, "/admin/subscriptions/new", agency=CITY, **given)
        path = added.headers["Location"]
        edit = f"{path}/change"
        assert post(system, edit, version="0", **given).status_code == 303
        late = post(system, edit, version="0", **{**given, "target": "https://y.example/"})
        assert late.status_code == 409
        assert "https://x.example/" in system.get(path).text


def test_an_agency_nobody_knows_has_no_subscription(whole):
    given = {"means": "webhook", "target": "https://x.example/", "kind": ["receipt-issued"]}
    with whole.signed_in("system") as system:
        for agency in ("nobody", ""):
            answer = post(system, "/admin/subscriptions/new", agency=agency, **given)
            assert answer.status_code == 404
        assert system.get("/admin/subscriptions/not-an-id").status_code == 404
        assert system.get("/admin/subscriptions?after=%00").status_code == 400


def test_a_form_from_elsewhere_changes_nothing(whole):
    whole.office.happen(Kind.RETURNED)
    with whole.signed_in("city-clerk") as client:
        assert client.post("/notices/read", data={"all": "1"}).status_code == 403
        assert client.get("/notices").text.count('class="unread-mark"') == 1


def test_a_webhook_carries_the_very_entry_of_the_feed(whole):
    token = whole.app.extensions["filing"].operations.add_token(CITY, "test")
    with listening(Receiver()) as receiver:
        whole.office.a_webhook(receiver.url)
        detail = {"reason": "题名不符", "text": "请改正", "fields": ["档号"], "changes": 2}
        whole.office.happen(Kind.CORRECTED, Kind.RETURNED, detail=detail)
        whole.office.serve()
    client = whole.app.test_client()
    feed = client.get("/api/v1/events", headers={"Authorization": f"Bearer {token}"}).json
    assert [json.loads(one.body)["data"] for one in receiver.received] == feed["items"]
    assert [one["kind"] for one in feed["items"]] == ["submission-corrected", "submission-returned"]
