"""What administrators set: who may, from which version, and where it holds."""

import json
from dataclasses import replace
from datetime import date

import pytest

from examples.good import good
from filing.administration.in_force import SECONDS
from filing.app.administration import notice_words
from filing.errors import BadRequest, ChangedMeanwhile, NotAllowed, NotFound, WrongState
from filing.model.administration import Setting, SettingKind
from filing.model.agency import Agency, FilingRule
from filing.model.events import Kind
from filing.model.notices import Template
from filing.model.tuning import CheckTuning, FieldTuning, Scope, Tuning
from filing.rules.tuning import rebuild
from tests.administration.given import (
    ARCHIVIST,
    AUDITOR,
    SECURITY,
    SYSTEM,
    WATER,
    an_archive,
    deliver,
    report_on,
)

RULES = Setting(SettingKind.RULES, WATER.id, Scope(WATER.id).key)
NEEDED = Tuning(fields={"内容描述/摘要": FieldTuning("required")})
RETURNED = Kind.RETURNED


@pytest.fixture
def archive(database_url, tmp_path):
    with an_archive(tmp_path / "home", database_url) as found:
        yield found


def used(report):
    return json.loads(report)["rule_set"]["digest"]


def newest(site):
    """The newest event."""
    found = site.ledger.events("", 0, 100)
    return found[-1][1]


def test_a_tuning_holds_from_the_next_delivery_on_and_the_report_says_so(archive):
    site, desk = archive
    sample = next(good(1))
    before = report_on(site, sample)
    desk.rules.save(ARCHIVIST, Scope(WATER.id), NEEDED, 0, "目录需要摘要")
    after = report_on(site, sample)
    assert (json.loads(before)["decision"], json.loads(after)["decision"]) == (
        "accepted",
        "rejected",
    )
    assert used(before) == site.rules.digest != used(after)
    desk.rules.save(ARCHIVIST, Scope(WATER.id), Tuning(), 1, "撤销")
    assert report_on(site, sample) == before


def test_another_process_goes_by_a_change_within_seconds(archive, database_url, tmp_path):
    site, desk = archive
    sample = next(good(1))
    with an_archive(tmp_path / "home", database_url) as (other, _):
        now = 0.0
        other.believed._tick = lambda: now
        before = report_on(other, sample)
        desk.rules.save(ARCHIVIST, Scope(WATER.id), NEEDED, 0, "目录需要摘要")
        assert report_on(other, sample) == before  # believed a little longer
        now = SECONDS
        assert report_on(other, sample) == report_on(site, sample) != before


def test_tuned_rules_can_be_had_again_by_digest_from_database_and_record(archive):
    site, desk = archive
    tuning = Tuning({"GD-3-3": CheckTuning("note")})
    desk.rules.save(ARCHIVIST, Scope("", "WS"), tuning, 0, "试行")
    answer = deliver(site, next(good(1)))
    record = answer.submission.record_id
    stated = site.ledger.record(record)
    digest = site.rules_in_force.of(WATER.id, "WS").digest
    text = site.records.read(record, "rules.json")
    assert site.archive.rules(digest) == text
    assert json.loads(site.archive.rules(site.rules.digest))["checks"] == {}
    assert rebuild(site.rules, text).catalogue.checks["GD-3-3"].severity == "note"
    said = json.loads(site.records.read(record, "seal/statement.json"))
    assert said["rule_set"]["digest"] == digest
    assert stated.leaf_index == 0
    with pytest.raises(NotFound):
        site.archive.rules("sha256:" + "0" * 64)


def test_a_record_judged_as_shipped_carries_no_rules(archive):
    site, _ = archive
    record = deliver(site, next(good(1))).submission.record_id
    assert "rules.json" not in site.records.paths(record)


def test_what_is_set_for_a_document_type_holds_for_it_alone(archive):
    site, desk = archive
    some = {json.loads(report_on(site, one))["decision"] for one in good(4)}
    assert some == {"accepted"}
    desk.rules.save(ARCHIVIST, Scope(WATER.id, "", "没有的文种"), NEEDED, 0, "无人使用")
    assert {used(report_on(site, one)) for one in good(4)} == {site.rules.digest}
    desk.rules.save(ARCHIVIST, Scope("", "WS"), NEEDED, 0, "全馆文书类")
    assert {json.loads(report_on(site, one))["decision"] for one in good(4)} == {"rejected"}


def test_the_service_document_tells_an_agency_its_own_rules(archive):
    site, desk = archive
    desk.rules.save(ARCHIVIST, Scope(WATER.id), NEEDED, 0, "目录需要摘要")
    desk.rules.save(
        ARCHIVIST, Scope(WATER.id, "WS"), Tuning({"GD-2-8": CheckTuning("note")}), 0, "文书"
    )
    view = site.archive.service(WATER)
    assert view.rule_set["digest"] == site.rules_in_force.of(WATER.id).digest
    assert "内容描述/摘要" in view.rules["required"]
    (kind,) = view.rules["by_kind"]
    assert (kind["category"], kind["checks"]["GD-2-8"]["severity"]) == ("WS", "note")
    other = site.archive.service(replace(WATER, id="another"))
    assert other.rule_set["digest"] == site.rules.digest


def test_whoever_comes_second_is_told_and_nothing_is_overwritten(archive):
    _, desk = archive
    scope = Scope(WATER.id)
    desk.rules.save(ARCHIVIST, scope, NEEDED, 0, "先")
    with pytest.raises(ChangedMeanwhile):
        desk.rules.save(ARCHIVIST, scope, Tuning(), 0, "后")
    agency, version = desk.agencies.one(SYSTEM, WATER.id)
    desk.agencies.change(SYSTEM, replace(agency, name="甲"), version.number, "更名")
    with pytest.raises(ChangedMeanwhile):
        desk.agencies.change(SYSTEM, replace(agency, name="乙"), version.number, "更名")
    assert desk.agencies.one(SYSTEM, WATER.id)[0].name == "甲"
    assert desk.rules.one(ARCHIVIST, scope)[0] == NEEDED


def test_every_change_is_an_event_without_names_or_values(archive):
    site, desk = archive
    desk.rules.save(ARCHIVIST, Scope(WATER.id, "WS", "通知"), NEEDED, 0, "理由一")
    event = newest(site)
    assert (event.kind, event.who) == (Kind.RULES_CHANGED, ARCHIVIST.who)
    assert event.detail == {
        "agency": WATER.id,
        "category": "WS",
        "document_type": "通知",
        "version": 1,
        "checks": 0,
        "fields": 1,
    }
    desk.agencies.change(SYSTEM, replace(WATER, name="新名称"), 1, "更名")
    assert newest(site).detail == {"agency": WATER.id, "version": 2, "parts": ["name"]}


def test_parts_of_an_agency_belong_to_different_offices(archive):
    _, desk = archive
    signer = ("ab" * 32,)
    with pytest.raises(NotAllowed):
        desk.agencies.change(SECURITY, replace(WATER, name="甲"), 1, "更名")
    with pytest.raises(NotAllowed):
        desk.agencies.change(SYSTEM, replace(WATER, trusted_signers=signer), 1, "登记证书")
    with pytest.raises(NotAllowed):
        desk.agencies.change(ARCHIVIST, replace(WATER, signature="required"), 1, "必须签名")
    with pytest.raises(NotAllowed):
        desk.agencies.add_token(SYSTEM, WATER.id, "系统", "接入")
    with pytest.raises(NotAllowed):
        desk.agencies.listed(AUDITOR, "", 10)
    with pytest.raises(NotAllowed):
        desk.rules.save(SYSTEM, Scope(), NEEDED, 0, "越权")
    desk.agencies.change(SECURITY, replace(WATER, trusted_signers=signer), 1, "登记证书")
    rules = (FilingRule("Z109", ("dat22",), ("WS", "KJ")),)
    changed = replace(WATER, trusted_signers=signer, rules=rules)
    desk.agencies.change(ARCHIVIST, changed, 2, "增加科技类")
    assert desk.agencies.one(SYSTEM, WATER.id)[0] == changed


def test_an_agency_keeps_every_version_it_had_from_the_first_on(archive):
    _, desk = archive
    which = Setting(SettingKind.AGENCY, WATER.id)
    assert [one.number for one in desk.history.versions(SYSTEM, which, 0, 10)] == [1]
    desk.agencies.change(SYSTEM, replace(WATER, name="甲"), 1, "更名为甲")
    desk.agencies.change(SYSTEM, replace(WATER, name="乙"), 2, "更名为乙")
    found = desk.history.versions(SYSTEM, which, 0, 10)
    assert [(one.number, one.by, one.reason) for one in found] == [
        (3, SYSTEM.who, "更名为乙"),
        (2, SYSTEM.who, "更名为甲"),
        (1, "system", ""),
    ]
    assert [(one.before, one.after) for one in desk.history.differences(SYSTEM, which, 1, 3)] == [
        (WATER.name, "乙")
    ]
    desk.history.put_back(SYSTEM, which, 1, 3, "改回原名")
    assert desk.agencies.one(SYSTEM, WATER.id)[0] == WATER
    assert [one.number for one in desk.history.versions(SYSTEM, which, 3, 10)] == [2, 1]


def test_rules_put_back_are_a_new_version(archive):
    site, desk = archive
    scope = Scope(WATER.id)
    desk.rules.save(ARCHIVIST, scope, NEEDED, 0, "一")
    first = site.rules_in_force.of(WATER.id).digest
    desk.rules.save(ARCHIVIST, scope, Tuning({"GD-3-3": CheckTuning("note")}), 1, "二")
    desk.history.put_back(ARCHIVIST, RULES, 1, 2, "恢复")
    assert desk.rules.one(ARCHIVIST, scope)[1].number == 3
    assert site.rules_in_force.of(WATER.id).digest == first
    with pytest.raises(NotAllowed):
        desk.history.versions(SYSTEM, RULES, 0, 10)
    with pytest.raises(NotFound):
        desk.history.put_back(ARCHIVIST, RULES, 9, 3, "无此版本")


def test_a_new_agency_is_added_once_and_shown_in_its_place(archive):
    site, desk = archive
    lake = Agency("a-lake", "湖泊管理处", rules=(FilingRule("Z201"),))
    desk.agencies.add(SYSTEM, lake, "新进馆单位")
    with pytest.raises(WrongState):
        desk.agencies.add(SYSTEM, lake, "再来一次")
    assert [one.id for one in desk.agencies.listed(SYSTEM, "", 1)] == ["a-lake"]
    assert [one.id for one in desk.agencies.listed(SYSTEM, "a-lake", 10)] == [WATER.id]
    assert newest(site).kind is Kind.AGENCY_ADDED


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": "Großes Amt"}, "small letters"),
        ({"name": ""}, "empty"),
        ({"names": ("有\u200b零宽",)}, "invisible"),
        ({"rules": (FilingRule("Z1"),)}, "no fonds number"),
        ({"rules": (FilingRule("Z109"), FilingRule("Z109"))}, "one rule"),
        ({"rules": (FilingRule("Z109", categories=("文书",)),)}, "capital letters"),
        ({"rules": (FilingRule("Z109", retentions=("永久",)),)}, "retention code"),
        ({"rules": (FilingRule("Z109", first_year=26),)}, "four digits"),
        ({"rules": (FilingRule("Z109", forms=()),)}, "form"),
        ({"process": ((),)}, "one word"),
        ({"signature": "perhaps"}, "required or optional"),
    ],
)
def test_a_profile_that_cannot_be_is_refused_in_both_languages(archive, changes, says):
    _, desk = archive
    with pytest.raises(BadRequest, match=says) as refusal:
        desk.agencies.add(SYSTEM, replace(Agency("new", "新单位"), **changes), "新增")
    assert refusal.value.zh


def test_an_agency_of_before_the_rule_for_identifiers_is_still_changed(archive):
    site, desk = archive
    old = replace(WATER, id="Old Office")
    site.operations._register.add(old)
    with pytest.raises(BadRequest, match="it takes small letters"):
        desk.agencies.add(SYSTEM, replace(WATER, id="Old Office 2"), "一个新单位")
    desk.agencies.change(SYSTEM, replace(old, name="改名之后"), 1, "更名")
    assert desk.agencies.one(SYSTEM, old.id)[0].name == "改名之后"


def test_credentials_are_added_shown_once_and_revoked_for_good(archive):
    site, desk = archive
    token = desk.agencies.add_token(SECURITY, WATER.id, "业务系统", "接入")
    assert site.archive.agency_by_token(token).id == WATER.id
    (one,) = desk.agencies.credentials(SYSTEM, WATER.id)
    assert token not in str(one)
    desk.agencies.revoke(SECURITY, WATER.id, one.fingerprint, "泄露")
    assert newest(site).detail == {
        "agency": WATER.id,
        "kind": "token",
        "fingerprint": one.fingerprint,
        "reason": "泄露",
    }
    with pytest.raises(NotFound):
        desk.agencies.revoke(SECURITY, WATER.id, one.fingerprint, "再次")
    with pytest.raises(NotFound):
        desk.agencies.revoke(SECURITY, WATER.id, "", "空")
    with pytest.raises(BadRequest):
        desk.agencies.add_certificate(SECURITY, WATER.id, b"nonsense", "", "证书")


def test_a_token_with_a_last_day_says_so_and_one_that_would_be_over_is_not_made(archive):
    site, desk = archive
    token = desk.agencies.add_token(SECURITY, WATER.id, "", "试点", date(2999, 12, 31))
    assert site.archive.agency_by_token(token).id == WATER.id
    assert newest(site).detail["last_day"] == "2999-12-31"
    (one,) = desk.agencies.credentials(SYSTEM, WATER.id)
    assert one.expires_at.isoformat() == "2999-12-31T16:00:00+00:00"
    for day in (date(2000, 1, 1), date.max):
        with pytest.raises(BadRequest):
            desk.agencies.add_token(SECURITY, WATER.id, "", "试点", day)
    assert len(desk.agencies.credentials(SYSTEM, WATER.id)) == 1


def test_words_of_a_notice_are_changed_and_used(archive):
    site, desk = archive
    words, version = desk.texts.one(ARCHIVIST, RETURNED)
    assert version.number == 0
    changed = {**words, "zh": Template("退回：{archival_code}", "{agency}：{reason}")}
    assert "水利" in desk.texts.sample(ARCHIVIST, RETURNED, changed)["zh"].body
    desk.texts.save(ARCHIVIST, RETURNED, changed, 0, "简化")
    in_force = notice_words(site)
    assert in_force(RETURNED, "zh") == changed["zh"]
    assert in_force(RETURNED, "en") == words["en"]
    which = Setting(SettingKind.NOTICE_TEXT, "", RETURNED)
    assert desk.history.differences(ARCHIVIST, which, 1, 1) == ()
    with pytest.raises(BadRequest, match="placeholder"):
        bad = {**words, "en": Template("{nobody}", "text")}
        desk.texts.save(ARCHIVIST, RETURNED, bad, 1, "错误")
    with pytest.raises(NotFound):
        desk.texts.one(ARCHIVIST, "signed-in")


@pytest.mark.parametrize("reason", ["", "  ", "长" * 1001])
def test_a_change_needs_a_reason(archive, reason):
    _, desk = archive
    with pytest.raises(BadRequest):
        desk.rules.save(ARCHIVIST, Scope(), NEEDED, 0, reason)


def test_nothing_changed_is_no_version(archive):
    _, desk = archive
    with pytest.raises(BadRequest, match="nothing"):
        desk.rules.save(ARCHIVIST, Scope(), Tuning(), 0, "空")
    with pytest.raises(BadRequest, match="nothing"):
        desk.agencies.change(SYSTEM, WATER, 1, "空")


def test_a_lone_surrogate_is_refused_not_met(archive):
    _, desk = archive
    with pytest.raises(BadRequest):
        desk.agencies.change(SYSTEM, replace(WATER, name="\ud800"), 1, "坏字符")
    values = FieldTuning(values=("\ud800",))
    with pytest.raises(BadRequest):
        desk.rules.save(ARCHIVIST, Scope(), Tuning(fields={"内容描述/文种": values}), 0, "坏字符")


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "x" * 5000, "' OR 1=1 --", "../..", "%"])
def test_what_no_setting_is_called_is_refused_not_met(archive, text):
    _, desk = archive
    for ask in (
        lambda: desk.agencies.one(SYSTEM, text),
        lambda: desk.rules.one(ARCHIVIST, Scope(text)),
        lambda: desk.rules.one(ARCHIVIST, Scope("", text)),
        lambda: desk.texts.one(ARCHIVIST, text),
        lambda: desk.history.versions(SYSTEM, Setting(SettingKind.AGENCY, text), 0, 5),
        lambda: desk.history.put_back(
            ARCHIVIST, Setting(SettingKind.NOTICE_TEXT, text, text), 1, 1, "无"
        ),
        lambda: desk.agencies.revoke(SECURITY, WATER.id, text, "无"),
        lambda: desk.agencies.add(SYSTEM, Agency(text, "新单位"), "新增"),
    ):
        with pytest.raises((NotFound, BadRequest)):
            ask()


def test_a_reason_with_invisible_characters_is_refused(archive):
    _, desk = archive
    for reason in ("a\0b", "\ud800", "\u202ereason"):
        with pytest.raises(BadRequest):
            desk.rules.save(ARCHIVIST, Scope(), NEEDED, 0, reason)
    desk.rules.save(ARCHIVIST, Scope(), NEEDED, 0, "第一行\n第二行，𠀀")
