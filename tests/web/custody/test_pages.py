"""Pages of custody over HTTP, on a whole archive: what they show, and to whom."""

import base64
import io
import json
import re
from zipfile import ZipFile

import pytest

from filing.evidence import checkpoint, merkle
from filing.model.copies import Medium, RequestKind, RequestState, Where
from filing.model.custody import AuditState, Depth, FindingState, Sample, Scope
from tests.custody.holding import flip
from tests.web.custody.vault import a_vault, post

ALL = Scope(depth=Depth.BYTES)


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    """Read-only: two audits, the second found damage of the first record."""
    with a_vault(tmp_path_factory.mktemp("vault") / "home") as one:
        one.holding.audit()
        flip(one.holding.file(one.holding.ids[0], "eep.xml"), 999)
        one.holding.audit()
        one.make("archivist", "clerk", "system", "auditor", "security")
        yield one


@pytest.fixture
def fresh(tmp_path):
    """One to be changed."""
    with a_vault(tmp_path / "home", count=2) as one:
        yield one


@pytest.fixture
def either(tmp_path, database_url):
    """One to be changed, on each kind of database."""
    with a_vault(tmp_path / "home", database_url, count=2) as one:
        yield one


def damage(one):
    """The page of a confirmed finding."""
    flip(one.holding.file(one.holding.ids[0], "eep.xml"), 999)
    one.holding.audit()
    (found,) = one.holding.parts.book.findings([FindingState.CONFIRMED], "", "", 5)
    return found, f"/custody/findings/{found.id}"


def answered(client, path):
    with client.get(path) as answer:
        return answer.status_code


def every_page(vault):
    (finding,) = vault.holding.parts.book.findings(list(FindingState), "", "", 5)
    audit = vault.holding.parts.book.audits("", 1)[0]
    record = vault.holding.ids[0]
    return [
        "/custody", "/custody/audits", f"/custody/audits/{audit.id}", "/custody/findings",
        f"/custody/findings/{finding.id}", "/custody/records", f"/custody/records/{record}",
        f"/custody/records/{record}/log.json", "/custody/policy", "/custody/locations",
        "/custody/repairs", f"/custody/audits/{audit.id}/report?format=json",
    ]  # fmt: skip


def test_whoever_may_see_custody_sees_every_page_and_nobody_else_any(vault):
    pages = every_page(vault)
    for login, status in (("auditor", 200), ("clerk", 200), ("system", 200), ("security", 403)):
        client = vault.signed_in(login)
        assert {path: answered(client, path) for path in pages} == dict.fromkeys(pages, status), (
            login
        )
    with vault.app.test_client() as client:
        assert {answered(client, path) for path in pages} == {303}


def test_every_tab_says_where_one_is(vault):
    client = vault.signed_in("auditor")
    for tab in ("", "/audits", "/findings", "/records", "/locations", "/repairs", "/requests",
                "/policy"):  # fmt: skip
        tabs = client.get(f"/custody{tab}").text.partition('<nav class="tabs"')[2]
        assert f'href="/custody{tab}" aria-current="page"' in tabs.partition("</nav>")[0], tab


def test_copies_and_findings_are_called_so_in_english(fresh, tmp_path):
    copies = fresh.app.extensions["custody"].copies
    (tmp_path / "second").mkdir()
    copies.add(None, "second", Where(Medium.LOCAL, str(tmp_path / "second")))
    client = fresh.signed_in("archivist")
    assert "<h1>Locations</h1>" in client.get("/custody/locations?lang=en").text
    assert '<th scope="col">Location</th>' in client.get("/custody/locations?lang=en").text
    for page in ("/custody?lang=en", "/custody/locations?lang=en"):
        text = client.get(page).text
        assert ">Records</th>" in text
        assert "Rejects" not in text
        assert ">Findings</a>" in text
        assert ">Locations</a>" in text


def test_a_second_person_without_a_look_at_custody_still_sees_what_waits(vault):
    client = vault.signed_in("security")
    answer = client.get("/custody/requests")
    assert answer.status_code == 200
    assert 'href="/custody/audits"' not in answer.text
    assert 'href="/custody/requests"' in client.get("/").text


@pytest.mark.parametrize(
    "path",
    ["/custody?location=nowhere", "/custody/audits/none", "/custody/findings/none",
     "/custody/records/none", "/custody/policy?location=x", "/custody/audits/none/report",
     "/custody/records/none/log.json"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(vault, path):
    client = vault.signed_in("archivist")
    assert client.get(path).status_code == 404


def test_the_first_page_says_whether_the_promise_holds_and_draws_it_with_its_numbers(vault):
    client = vault.signed_in("auditor")
    text = client.get("/custody").text
    assert "并非都与当初接收的一致" in text
    assert "目前符合承诺" not in text
    assert "1 个已确认的损坏" in text
    assert "首次完整读取之前按移交时的字节数计" in text
    charts = re.findall(r"<figure.*?</figure>", text, re.S)
    assert len(charts) == 4
    for one in charts:
        assert 'role="img"' in one
        assert "<title" in one
        assert "<table" in one
        assert "style=" not in one
    weeks = re.findall(r'<td class="number">(\d+)</td>', charts[3])
    assert sum(int(one) for one in weeks) == 1
    assert "只有本馆主库一份" in text
    assert "还没有成功的重建演练" in text


def test_findings_are_listed_by_state_code_record_and_audit(vault):
    (finding,) = vault.holding.parts.book.findings(list(FindingState), "", "", 5)
    first, second = reversed(vault.holding.parts.book.audits("", 2))
    client = vault.signed_in("archivist")
    for query, there in (
        ("", True), ("state=repaired", False), ("state=every", True), ("code=CX-2-11", True),
        ("code=CX-1-1", False), (f"subject={finding.subject}", True), ("subject=log", False),
        (f"audit={second.id}", True), (f"audit={first.id}", False), ("state=%00", True),
    ):  # fmt: skip
        answer = client.get(f"/custody/findings?{query}")
        assert (finding.id in answer.text) is there or answer.status_code == 400, query


def test_pages_of_findings_follow_one_another_without_gap(either, monkeypatch):
    monkeypatch.setattr("filing.web.custody.findings.PAGE", 2)
    for record in either.holding.ids:
        for name in ("eep.xml", "report.json"):
            flip(either.holding.file(record, name), 999)
    either.holding.audit()
    every = [one.id for one in either.holding.parts.book.findings(list(FindingState), "", "", 99)]
    assert len(every) >= 4
    seen, path = [], "/custody/findings?state=every"
    client = either.signed_in("archivist")
    while path:
        text = client.get(path).text
        seen += re.findall(r'href="/custody/findings/([0-9a-f-]{36})"', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == every


def test_the_overview_says_that_audits_have_stopped_and_how_to_mend_it(fresh):
    client, keys = fresh.signed_in("archivist"), fresh.holding.site.settings.keys
    fresh.holding.audit()
    assert "目前符合承诺" in client.get("/custody").text
    (public,) = keys.glob("*.crt.pem")
    public.rename(public.with_suffix(".away"))
    text = client.get("/custody").text
    assert "检查已停下" in text and "复制回该目录" in text
    assert "目前符合承诺" not in text
    english = client.get("/custody?lang=en").text
    assert "Audits have stopped" in english and "back into it" in english
    public.with_suffix(".away").rename(public)
    assert "检查已停下" not in client.get("/custody?lang=zh").text


@pytest.mark.parametrize(
    ("form", "scope"),
    [
        ({"kind": "all", "depth": "bytes"}, Scope(depth=Depth.BYTES)),
        ({"kind": "all", "depth": "anew"}, Scope(depth=Depth.ANEW)),
        ({"kind": "sample", "share": "500", "seed": "x"}, Scope(sample=Sample(90, "x"))),
        ({"kind": "selection", "fonds": "Z109", "year": "2025"}, Scope(fonds="Z109", year=2025)),
    ],
)
def test_an_archivist_begins_watches_pauses_and_stops_an_audit(fresh, form, scope):
    book = fresh.holding.parts.book
    client = fresh.signed_in("archivist")
    begun = post(client, "/custody/audits", **form)
    assert begun.status_code == 303
    (audit,) = book.audits("", 1)
    assert (audit.scope, audit.state) == (scope, AuditState.RUNNING)
    assert audit.who.startswith("person:")
    page = begun.location
    text = client.get(page).text
    assert 'http-equiv="refresh"' in text
    assert 'hx-trigger="every 2s"' in text
    assert 'hx-select-oob="#facts"' in text and '<section id="facts"' in text
    # No result, and no digest of one, while it goes on.
    assert "结果摘要" not in text
    assert "未能判定" not in text.partition('id="progress"')[2].partition("</p>")[0]
    for how, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        assert post(client, f"{page}/{how}", page).status_code == 303
        assert book.audit(audit.id).state == state
    ended = client.get(page).text
    assert 'http-equiv="refresh"' not in ended
    assert "结果摘要" in ended
    # What was ended is not begun again.
    token = re.search(r'name="form_token" value="([^"]+)', client.get("/custody/audits").text)
    answer = client.post(f"{page}/resume", data={"form_token": token[1]})
    assert answer.status_code == 409


def test_a_sample_that_took_in_every_record_says_so(fresh):
    audit = fresh.holding.audit(Scope(sample=Sample(90, "x")))
    text = fresh.signed_in("auditor").get(f"/custody/audits/{audit.id}").text
    assert "全部档案均已抽到，均完好。" in text
    assert "99%" not in text
    audit = fresh.holding.audit(Scope(sample=Sample(1, "x")))
    text = fresh.signed_in("auditor").get(f"/custody/audits/{audit.id}").text
    assert "以 99% 的置信度排除" in text


@pytest.mark.parametrize(
    "form",
    [{}, {"kind": "other"}, {"kind": "record"}, {"kind": "selection"},
     {"kind": "selection", "year": "20x5"}, {"kind": "selection", "from": "2026-13-01"},
     {"kind": "selection", "to": "0001-01-01"}, {"kind": "sample", "share": "0"}],
)  # fmt: skip
def test_a_form_that_says_nothing_clear_begins_nothing(vault, form):
    before = len(vault.holding.parts.book.audits("", 50))
    client = vault.signed_in("archivist")
    answer = post(client, "/custody/audits", **form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert len(vault.holding.parts.book.audits("", 50)) == before


def test_whoever_only_sees_begins_and_decides_nothing(vault):
    (finding,) = vault.holding.parts.book.findings(list(FindingState), "", "", 5)
    client = vault.signed_in("auditor")
    token = re.search(r'name="form_token" value="([^"]+)', client.get("/custody").text)[1]
    for path in (
        "/custody/audits", "/custody/policy", f"/custody/findings/{finding.id}/accept",
        f"/custody/findings/{finding.id}/repair", f"/custody/findings/{finding.id}/compare",
        "/custody/requests/none/agree",
    ):  # fmt: skip
        form = {"form_token": token, "kind": "all", "within_days": "9", "reason": "x"}
        form |= {"megabytes": "1", "percent": "1", "from_hour": "0", "to_hour": "0"}
        assert client.post(path, data=form).status_code == 403, path


def test_the_promise_is_changed_and_the_change_proven_in_the_log(fresh):
    form = {
        "within_days": "30",
        "megabytes": "2.5",
        "percent": "50",
        "from_hour": "22",
        "to_hour": "6",
    }
    client = fresh.signed_in("archivist")
    assert post(client, "/custody/policy", **form).status_code == 303
    policy = fresh.holding.parts.book.policy("main")
    assert (policy.within_days, policy.bytes_per_second) == (30, 2_500_000)
    text = client.get("/custody/policy?done=1").text
    assert 'value="2.5"' in text
    assert "成立" in text
    for wrong in (
        {"within_days": "0"},
        {"megabytes": "many"},
        {"percent": "101"},
        {"to_hour": ""},
    ):
        answer = post(client, "/custody/policy", **(form | wrong))
        assert answer.status_code == 400
    assert fresh.holding.parts.book.policy("main") == policy


def test_the_history_of_a_record_can_be_checked_without_the_page(vault):
    holding = vault.holding
    record = holding.ids[0]
    client = vault.signed_in("auditor")
    text = client.get(f"/custody/records/{record}").text
    said = json.loads(client.get(f"/custody/records/{record}/log.json").data)
    assert "不成立" not in text
    assert "算到了本馆签署的检查点" in text
    head = checkpoint.verify(
        said["checkpoint"].encode(), holding.site.settings.origin,
        [one.public_key for one in holding.site.signing()],
    )  # fmt: skip
    assert f"<code>{said['checkpoint'].splitlines()[2]}</code>" in text
    agency = holding.site.operations.agencies()[0]
    assert f"<dd>{agency.name}（{agency.id}）</dd>" in text.partition('id="about"')[2]
    assert text.partition('id="before"')[2].count(f"{agency.name}（{agency.id}）") > 1
    leaf = {one.position: one for one in holding.parts.tables.leaves(0, head.size)}
    assert said["entries"][0]["position"] == 0
    assert "finding-confirmed" in {one["kind"] for one in said["entries"]}
    for one in said["entries"]:
        entry = one["entry"]
        own = merkle.leaf_hash(base64.b64decode(entry)) if entry else leaf[one["position"]].hash
        path = [base64.b64decode(each) for each in one["inclusion"]]
        merkle.verify_inclusion(own, one["position"], head.size, path, head.root)


def test_an_event_that_was_changed_afterwards_is_said_not_to_hold(fresh):
    found, _ = damage(fresh)
    with fresh.holding.tampering() as connection:
        connection.exec_driver_sql(
            "UPDATE log_event SET body = (SELECT o.body FROM log_event o WHERE o.number = 1)"
            " WHERE kind = 'finding-confirmed'"
        )
    client = fresh.signed_in("auditor")
    text = client.get(f"/custody/records/{found.subject}").text
    assert "不成立" in text
    assert "日志可能被改动" in text


def test_a_checkpoint_that_is_not_the_archives_proves_nothing(fresh):
    record = fresh.holding.ids[0]
    with fresh.holding.tampering() as connection:
        connection.exec_driver_sql("UPDATE checkpoint SET note = 'forged'")
    client = fresh.signed_in("auditor")
    text = client.get(f"/custody/records/{record}").text
    assert "日志可能被改动" in text


def test_the_report_comes_signed_in_a_zip(vault):
    audit = vault.holding.parts.book.audits("", 1)[0]
    client = vault.signed_in("auditor")
    answer = client.get(f"/custody/audits/{audit.id}/report?format=csv")
    with ZipFile(io.BytesIO(answer.data)) as packed:
        names = packed.namelist()
    assert names[:3] == [f"audit-{audit.id}.csv", "VERIFY.txt", "SHA256SUMS"]
    assert any(one.endswith(".sig") for one in names)
    assert answer.headers["Content-Security-Policy"]
    answer.close()
    assert client.get(f"/custody/audits/{audit.id}/report?format=exe").status_code == 400


def test_confirmed_damage_is_accepted_by_two_only(either):
    found, page = damage(either)
    book, copies = either.holding.parts.book, "/custody/requests"
    client = either.signed_in("archivist")
    assert post(client, f"{page}/accept", page, reason=" ").status_code == 400
    assert post(client, f"{page}/accept", page, reason="已有纸质原件").location == copies
    assert book.finding(found.id).state is FindingState.CONFIRMED
    text = client.get(copies).text
    assert "须由他人复核" in text
    request = re.search(f'href="{page}"', text)
    assert request
    client = either.signed_in("archivist-2")
    # The security administrator may agree to other acts for two, and may not accept damage.
    shown = either.signed_in("security").get(copies).text
    assert "只有能接受损坏的人可以同意" in shown
    assert "不同意<span" in shown, "it may still be refused"
    assert "只有能接受损坏的人可以同意" not in client.get(copies).text
    agree = re.search(r'action="(/custody/requests/[0-9a-f-]{36}/agree)"', client.get(copies).text)
    assert post(client, agree[1], copies).status_code == 303
    assert book.finding(found.id).state is FindingState.ACCEPTED
    assert "已有纸质原件" in client.get(page).text


def test_whoever_asked_cannot_agree(fresh):
    _, page = damage(fresh)
    client = fresh.signed_in("archivist")
    post(client, f"{page}/accept", page, reason="x")
    other = fresh.signed_in("archivist-2")
    text = other.get("/custody/requests").text
    agree = re.search(r'action="(/custody/requests/[0-9a-f-]{36}/agree)"', text)[1]
    answer = post(client, agree, "/custody/requests")
    assert answer.status_code == 403


def test_damage_is_compared_and_repaired_from_a_good_copy_on_the_page(either, tmp_path):
    copies = either.app.extensions["custody"].copies
    (tmp_path / "second").mkdir()
    copies.add(None, "second", Where(Medium.LOCAL, str(tmp_path / "second")))
    copies.catch_up(None, "second", lambda standing: None)
    found, page = damage(either)
    client = either.signed_in("archivist")
    text = post(client, f"{page}/compare", page).text
    assert text.count('class="differs"') == 1
    assert "证明完好" in text
    done = post(client, f"{page}/repair", page)
    assert done.location.endswith("repaired=done")
    assert "并重新读取验证" in client.get(done.location).text
    text = client.get("/custody/repairs").text
    assert found.subject in text
    assert found.fault.found in text
    assert "second" in client.get("/custody").text
    assert either.holding.parts.book.finding(found.id).state is FindingState.REPAIRED


@pytest.mark.parametrize("login", ["archivist-2", "security"])
def test_whoever_agrees_to_purging_sees_first_what_will_be_gone(fresh, tmp_path, login):
    copies = fresh.app.extensions["custody"].copies
    (tmp_path / "second").mkdir()
    copies.add(None, "second", Where(Medium.LOCAL, str(tmp_path / "second")))
    copies.catch_up(None, "second", lambda standing: None)
    found, _ = damage(fresh)
    done = copies.repair_finding(None, found.id)
    copies.ask(None, RequestKind.PURGE, done.id, "留存已满")
    aside = f"extensions/filing-custody/quarantine/{done.id}"
    lies = fresh.holding.site.settings.store / aside
    sizes = [one.stat().st_size for one in lies.rglob("*") if one.is_file()]
    text = fresh.signed_in(login).get("/custody/requests").text
    shown = text.partition('class="button small"')[0]  # before the button
    assert f"{done.after[0]['bytes']:,}" in shown
    for fact in (found.subject, aside, f"{len(sizes)} 个文件", found.fault.found, "不能恢复",
                 done.after[0]["sha256"], f"{sum(sizes) / 1000:.1f} kB"):  # fmt: skip
        assert str(fact) in shown, fact
    heads = re.findall(r'<th scope="col">([^<]*)', shown)
    assert heads == ["位置", "问题", "字节数", "应为", "SHA-256", "位置", "字节数", "SHA-256"]
    assert (f"/custody/records/{found.subject}" in text) == (login != "security")


def test_without_a_good_copy_the_page_says_so_and_leaves_everything(fresh):
    found, page = damage(fresh)
    client = fresh.signed_in("system")
    done = post(client, f"{page}/repair", page)
    assert "没有找到可以证明完好的副本" in client.get(done.location).text
    assert fresh.holding.parts.book.finding(found.id).state is FindingState.CONFIRMED


def test_a_location_is_retired_by_two_only(fresh, tmp_path):
    copies = fresh.app.extensions["custody"].copies
    (tmp_path / "second").mkdir()
    copies.add(None, "second", Where(Medium.LOCAL, str(tmp_path / "second")))
    form = {"kind": "retire-location", "subject": "second", "reason": "搬迁"}
    client = fresh.signed_in("system")
    assert post(client, "/custody/requests", "/custody/locations", **form).status_code == 303
    wrong = form | {"kind": "erase"}
    assert post(client, "/custody/requests", "/custody/locations", **wrong).status_code == 400
    client = fresh.signed_in("security")
    text = client.get("/custody/requests").text
    refuse = re.search(r'formaction="(/custody/requests/[0-9a-f-]{36}/refuse)"', text)[1]
    assert post(client, refuse, "/custody/requests").status_code == 303
    (asked,) = copies.requests(None, RequestState.REFUSED, "", 5)
    assert asked.subject == "second"
