"""Every fault that lies in the metadata or in a file is mended on its page, control by control.

What tests/conformance/test_mending.py does through the corrections is done here as a browser
without scripts would: only what the pages offer is typed in, taken out, sent or brought.
"""

import io
import re

import pytest

from examples.bad import FAULTS, sample
from examples.documents import AGENCIES, STRICT_AGENCIES
from filing.app.correction import rules
from filing.model.correction import ChangeKind
from filing.model.form import place_key
from filing.model.submission import State
from filing.web.submission.fields import anchor
from tests.conformance.test_bad_packages import a_scanner
from tests.conformance.twins import mending, twin
from tests.hostile.place import a_place

TABLE = rules()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    home = tmp_path_factory.mktemp("page")
    with a_scanner(home / "clamd") as address, a_place(home / "home", clamd=address) as made:
        for one in STRICT_AGENCIES:
            if one not in AGENCIES:
                made.site.operations.add_agency(one)
        yield made


class OnPage:
    """A clerk before one submission."""

    def __init__(self, place, submission_id):
        self.place, self.at = place, f"/submissions/{submission_id}"
        self.more = []

    def page(self, below=""):
        answer = self.place.get("clerk", f"{self.at}{below}", query_string={"more": self.more})
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def post(self, below, **form):
        version = re.search(r'name="version" value="(\d+)"', self.page())[1]
        sent = {"version": version, "more": self.more, **form}
        answer = self.place.post("clerk", f"{self.at}{below}", sent)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer

    def change(self, one):
        key = place_key(one.xpath.replace("[1]", ""))
        if one.kind is ChangeKind.REMOVE:
            page = self.page()
            if f'name="remove" value="{anchor(key)}"' in page:
                self.post("/changes", remove=anchor(key))
                return
            # What stands before its turn: the page offers to move it, and nothing is typed anew.
            (moved,) = re.findall(r'name="move" value="([0-9a-f]+)"', page)
            self.post("/changes", move=moved)
            return
        self.post("/changes", **{self.control(key): one.after or ""})

    def control(self, key):
        """The name of the control at a place; where it is not there one more is asked for."""
        for _ in range(4):
            page = self.page()
            found = re.search(rf'name="(v-{anchor(key)}-[0-9a-f]+)"', page)
            if found:
                return found[1]
            offered = re.findall(r'name="add" value="([^"]+)"', page)
            wanted = [one for one in offered if key.startswith(f"{one}[") and one not in self.more]
            assert wanted, f"the page has no control for {key}"
            self.more.append(max(wanted, key=len))
        raise AssertionError(f"the page has no control for {key}")

    def bring(self, one, body):
        listed = self.page("/files")
        if one.kind is ChangeKind.REMOVE_FILE:
            assert f'name="member" value="{one.member}"' in listed
            self.post("/files/remove", member=one.member)
            return
        name = one.new.name if one.new else one.member
        sent = {"upload": (io.BytesIO(body), name)}
        if one.kind is ChangeKind.REPLACE_FILE:
            assert f'name="member" value="{one.member}"' in listed, one
            sent["member"] = one.member
        self.post("/files", **sent)


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{one.code}_{one.slug}" for one in FAULTS])
def test_the_page_leads_to_a_receipt_or_says_who_must_act(place, fault):
    one = sample(fault)
    for before in one.before:
        place.send(before)
    submission_id = place.send(one)
    assert place.state(submission_id) is State.REJECTED
    clerk = OnPage(place, submission_id)
    remedy = TABLE.remedy(fault.code, fault.reason)
    if remedy.actor != "page":
        assert {"agency": "立档单位", "archive": "档案馆"}[remedy.actor] in clerk.page()
        return
    done = mending(one, twin(fault, one.form))
    for change in done.changes:
        clerk.change(change)
    for change, body in done.files:
        clerk.bring(change, body)
    clerk.more = []
    clerk.post("/hand-in", reason="经立档单位确认")
    assert place.state(submission_id) is State.RECEIPTED
