"""One of everything, all of our agency: what addresses lead to."""

import html
import re
from urllib.parse import unquote

from filing.app.correction import SiteMending, corrections
from filing.app.desk import create_desk
from filing.app.notices import build as build_notices
from filing.app.people import create_people
from filing.model.desk import Remedy, Rewrite
from filing.model.notices import Wish
from filing.model.submission import State
from tests.hostile.place import OURS, Place, faulty, lawful


def things_of(place: Place) -> dict[str, str]:
    """Make them; a value for every variable part of an address."""
    rejected = place.send(faulty("secrecy_not_in_list", 1))
    filed = place.send(lawful(2))
    assert place.state(filed) is State.RECEIPTED
    record = place.site.ledger.submission(filed).record_id
    people = {one.login: one for one in create_people(place.site).every()}
    own = corrections(place.site)
    desk = create_desk(place.site, SiteMending(own), lambda person, cause: True)
    cause = desk.causes(people["clerk"], "", "", 50)[0]
    act = desk.begin_act(people["clerk"], cause.id, Remedy(Rewrite.VALUE, value="公开"), "有误")
    wish = Wish("webhook", "https://127.0.0.1:9/hook", ("receipt-issued",))
    hook = build_notices(place.site).subscribing.subscribe(people["system"], OURS.id, wish)
    fingerprint = place.site.operations.add_token(OURS.id, "test")
    files = place.get("agency", f"/submissions/{rejected}/files").text
    member = unquote(html.unescape(re.search(r'/content\?member=([^"&]+)', files)[1]))
    page = place.get("agency", f"/records/{record}").text
    path = unquote(html.unescape(re.search(r'/content\?path=([^"&]+)', page)[1]))
    notice = re.search(r'href="/notices/(\d+)', place.get("agency", "/notices").text)
    return {
        "submission_id": rejected,
        "filed": filed,
        "record_id": record,
        "cause_id": cause.id,
        "act_id": act.id,
        "number": notice[1],
        "subscription_id": hook.id,
        "agency_id": OURS.id,
        "person_id": people["clerk-2"].id,
        "session_id": "0" * 32,
        "fingerprint": fingerprint[:16],
        # None of these is there yet: whoever may gets 404, whoever may not 403 before it.
        "audit_id": "01890000-0000-7000-8000-000000000004",
        "finding_id": "1",
        "request_id": "01890000-0000-7000-8000-000000000005",
        "how": "stop",
        "kind": "submission-rejected",
        "digest": place.site.rules.digest,
        "member": member,
        "path": path,
        "filename": "filing.css",
        "name": "htmx.min.js",
    }
