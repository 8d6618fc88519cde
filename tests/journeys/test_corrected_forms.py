"""Deliveries of every form put right on the pages: to the receipt, and ``filing verify`` on it.

The pages are asked over HTTP, form by form, as a browser without scripts would.
"""

import json
import re
from dataclasses import replace
from html import unescape
from urllib.parse import quote

import pytest
import requests
from click.testing import CliRunner
from lxml import etree

from examples.bad.plan import archive
from examples.documents import official
from examples.good import deliver, metadata
from filing.cli import Cli, create_cli
from filing.model.package import Form

#: Numbers of the documents sent here; no other journey sends one.
FIRST = 66_000
TITLE = "关于补正题名𠀀的通知"
CONTROL = r'<label for="(f-[0-9a-f]+)">题名.*?name="(v-[^"]+)"'


class Clerk:
    """Somebody at the pages with a session and no browser."""

    def __init__(self, staffed):
        self.url, self.session = staffed.served.url, requests.Session()
        self.token = ""
        page = self.get("/sign-in")
        self.token = re.search(r'name="form_token" value="(.*?)"', page)[1]
        self.post("/sign-in", login="clerk", password=staffed.passwords["clerk"])

    def get(self, path):
        answer = self.session.get(self.url + path, timeout=120)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[-2000:])
        return answer.text if "text/html" in answer.headers["Content-Type"] else answer.content

    def post(self, path, upload=None, **form):
        files = {"upload": upload} if upload else None
        answer = self.session.post(
            self.url + path, data={"form_token": self.token, **form}, files=files, timeout=120
        )
        assert answer.status_code == 200, (path, answer.status_code, answer.text[-2000:])
        self.token = re.search(r'name="form_token" value="(.*?)"', answer.text)[1]
        return answer.text

    def opened(self, submission):
        page = self.get(f"/submissions/{submission}")
        self.token = re.search(r'name="form_token" value="(.*?)"', page)[1]
        return page

    def write_title(self, submission):
        page = self.opened(submission)
        name = re.search(CONTROL, page, re.DOTALL)[2]
        return self.post(
            f"/submissions/{submission}/changes", version=version(page), **{name: TITLE}
        )

    def bring(self, submission, file):
        """Put ``file`` where the page of files says one is missing or wrong."""
        page = self.opened(submission) and self.get(f"/submissions/{submission}/files")
        row = next(
            one
            for one in page.split('<li class="file')[1:]
            if unescape(re.search(r"<h2>(.*?)(?: <|</h2>)", one)[1]).strip() == file.name
        )
        return self.post(
            f"/submissions/{submission}/files",
            upload=(file.name, file.body, file.mime),
            version=version(page),
            member=unescape(re.search(r'name="member" value="(.*?)"', row)[1]),
        )

    def hand_in(self, submission):
        page = self.opened(submission)
        assert "已没有妨碍接收的问题" in page
        self.post(
            f"/submissions/{submission}/hand-in", version=version(page), reason="经立档单位确认"
        )
        return self.get(f"/submissions/{submission}/receipt.json")


def version(page):
    return re.search(r'name="version" value="(\d+)"', page)[1]


@pytest.fixture(scope="module")
def clerk(staffed):
    with_session = Clerk(staffed)
    yield with_session
    with_session.session.close()


def verified(staffed, clerk, folder, receipt):
    """What ``filing verify`` says of the receipt, everything kept, and every file handed out."""
    folder.mkdir()
    (folder / "receipt.json").write_bytes(receipt)
    said = json.loads(receipt)["receipt"]
    kept = folder / "kept"
    for one in staffed.served.store.rglob("content/*/**/*"):
        inside = str(one).partition("/content/")[2]
        if one.is_file() and said["record"] in str(one):
            target = kept / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(one.read_bytes())
    for each in said["statement"]["components"]:
        target = folder / "handed-out" / each["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        address = f"/records/{said['record']}/content?path={quote(each['path'])}"
        target.write_bytes(clerk.get(address))
    trust = next((staffed.served.home / "keys").glob("*.crt.pem"))
    command = create_cli(Cli(settings=None, operations=None, serve=None))
    words = [folder / "receipt.json", kept, folder / "handed-out", "--trust", trust]
    done = CliRunner().invoke(command, ["--json", "verify", *map(str, words)])
    assert done.exit_code == 0, done.output
    return json.loads(done.output), kept


def lettered(clerk):
    """Field and value after, of every correction in the newest letter about one."""
    listed = clerk.get("/notices?kind=submission-corrected")
    letter = clerk.get(re.search(r'href="(/notices/\d+)"', listed)[1])
    part = letter.partition("更正明细")[2].partition("</ol>")[0]
    return re.findall(r"<li><b>(.*?)</b>.*?<ins>(.*?)</ins>", part, re.DOTALL)


def without_title(number, form, suites=()):
    document = replace(official(FIRST + number, annexes=1, sent=True), title="")
    return deliver(document, form, metadata(document, form, suites))


@pytest.mark.parametrize(
    ("number", "form", "suites"),
    [
        (2, Form.EEP, ("sm2-sm3", "rsa-sha256")),
        (4, Form.EEP_ZIP, ("ecdsa-p256",)),
        (5, Form.RECORD_ZIP, ()),
        (6, Form.RECORD_PARTS, ()),
    ],
)
def test_a_title_is_supplied_and_the_receipt_proves_it(
    staffed, clerk, tmp_path, number, form, suites
):
    sample = without_title(number, form, suites)
    submission = staffed.send(sample)
    assert "GD-2-4" in clerk.opened(submission)
    assert TITLE in clerk.write_title(submission)
    receipt = clerk.hand_in(submission)
    said, kept = verified(staffed, clerk, tmp_path / "record", receipt)
    (change,) = said["corrections"]
    assert (change["before"], change["after"]) == ("", TITLE)
    assert change["reason"] == "经立档单位确认"
    assert said["unchecked"] == []
    if form is Form.EEP:
        layers = etree.parse(kept / "corrected" / "eep.xml")
        kinds = [one.text for one in layers.iter("{*}封装包类型")]
        assert kinds == ["修改型", "原始型"]
        assert (kept / "package" / "eep.xml").read_bytes() == sample.body
    assert ("内容描述/题名", TITLE) in lettered(clerk)
    told = staffed.served.get(f"submissions/{submission}/corrections").json()
    assert TITLE in json.dumps(told, ensure_ascii=False)


def test_a_file_that_is_missing_is_supplied(staffed, clerk, tmp_path):
    document = official(FIRST + 20, annexes=1, sent=True)
    absent = document.files[-1]
    sample = archive(
        lambda members: {name: members[name] for name in members if name != absent.name}
    )(document)
    sample = replace(sample, registration=deliver(document, Form.RECORD_ZIP, b"").registration)
    submission = staffed.send(sample)
    clerk.bring(submission, absent)
    said, _ = verified(staffed, clerk, tmp_path / "record", clerk.hand_in(submission))
    assert [one["member"] for one in said["corrections"] if "member" in one]


@pytest.mark.parametrize("form", [Form.EEP_ZIP, Form.RECORD_ZIP])
def test_a_wrong_file_is_replaced(staffed, clerk, tmp_path, form):
    number = FIRST + (30 if form is Form.EEP_ZIP else 31)
    document, other = official(number, annexes=1, sent=True), official(number + 5, annexes=1)
    wanted = document.files[-1]
    wrong = next(one for one in other.files if one.extension != wanted.extension).body
    sample = archive(lambda members: members | {wanted.name: wrong}, form, counted=False)(document)
    submission = staffed.send(sample)
    clerk.bring(submission, wanted)
    said, _ = verified(staffed, clerk, tmp_path / "record", clerk.hand_in(submission))
    assert said["corrections"]
