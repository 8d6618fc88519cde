"""Every route of the pages: who may, and what an address and a form need to mean something."""

import re
from dataclasses import dataclass
from urllib.parse import quote

DESK = {"agency", "clerk", "archivist"}
CUSTODY = {"clerk", "archivist", "system", "auditor"}
OFFICES = {"system", "security"}
SIGNED_IN = {"agency", "stranger", "clerk", "archivist", "system", "auditor", "security"}
ANYBODY = SIGNED_IN | {""}
#: Those a thing of our agency is hidden from as if it were not there.
HIDDEN = {"stranger"}


@dataclass(frozen=True)
class Line:
    """One route. ``may`` are allowed; ``hidden`` get 404; the rest 403, or the way to sign in."""

    may: set[str]
    hidden: frozenset[str] | set[str] = frozenset()


def _ours(may: set[str]) -> Line:
    return Line(may, HIDDEN)


ROUTES = {
    "GET /": Line(ANYBODY),
    "GET /help/keys": Line(ANYBODY),
    "GET /static/<path:filename>": Line(ANYBODY),
    "GET /static/package/<name>": Line(ANYBODY),
    "GET /healthz": Line(ANYBODY),
    "GET /readyz": Line(ANYBODY),
    "GET /sign-in": Line(ANYBODY),
    "POST /sign-in": Line(ANYBODY),
    "GET /sign-in/code": Line(ANYBODY),
    "POST /sign-in/code": Line(ANYBODY),
    "GET /sign-in/openid": Line(ANYBODY),
    "GET /sign-in/openid/back": Line(ANYBODY),
    "POST /sign-out": Line(ANYBODY),
    "GET /account": Line(SIGNED_IN),
    "POST /account/language": Line(SIGNED_IN),
    "GET /account/password": Line(SIGNED_IN),
    "POST /account/password": Line(SIGNED_IN),
    "POST /account/second-factor": Line(SIGNED_IN),
    "POST /account/second-factor/confirm": Line(SIGNED_IN),
    "POST /account/second-factor/end": Line(SIGNED_IN),
    "POST /account/sessions/<session_id>/end": Line(SIGNED_IN),
    "GET /desk": Line(DESK | HIDDEN),
    "POST /desk/assign": Line(DESK | HIDDEN),
    "POST /desk/filters": Line(DESK | HIDDEN),
    "POST /desk/filters/drop": Line(DESK | HIDDEN),
    "GET /desk/causes": Line(DESK | HIDDEN),
    "GET /desk/causes/<cause_id>": _ours(DESK),
    "POST /desk/causes/<cause_id>/preview": _ours(DESK),
    "POST /desk/causes/<cause_id>/acts": _ours(DESK),
    "GET /desk/acts": Line(DESK | HIDDEN),
    "GET /desk/acts/<act_id>": _ours(DESK),
    "POST /desk/acts/<act_id>/stop": _ours(DESK),
    "POST /desk/acts/<act_id>/resume": _ours(DESK),
    "GET /submissions/<submission_id>": _ours(DESK),
    "GET /submissions/<submission_id>/report": _ours(DESK),
    "GET /submissions/<submission_id>/history": _ours(DESK),
    "GET /submissions/<submission_id>/files": _ours(DESK),
    "GET /submissions/<submission_id>/preview": _ours(DESK),
    "GET /submissions/<submission_id>/content": _ours(DESK),
    "GET /submissions/<submission_id>/frame": _ours(DESK),
    "GET /submissions/<submission_id>/xml": _ours(DESK),
    "GET /submissions/<submission_id>/hand-in": _ours(DESK),
    "GET /submissions/<submission_id>/receipt": _ours(DESK),
    "GET /submissions/<submission_id>/receipt.json": _ours(DESK),
    "GET /submissions/<submission_id>/return": Line(DESK - {"agency"}),
    "POST /submissions/<submission_id>/changes": _ours(DESK),
    "POST /submissions/<submission_id>/take-back": _ours(DESK),
    "POST /submissions/<submission_id>/files": _ours(DESK),
    "POST /submissions/<submission_id>/files/remove": _ours(DESK),
    "POST /submissions/<submission_id>/hand-in": _ours(DESK),
    "POST /submissions/<submission_id>/return": Line(DESK - {"agency"}),
    "GET /records/<record_id>": _ours(DESK),
    "GET /records/<record_id>/proof": _ours(DESK),
    "GET /records/<record_id>/content": _ours(DESK),
    "GET /notices": Line(DESK | HIDDEN),
    "GET /notices/<number>": _ours(DESK),
    "POST /notices/read": Line(DESK | HIDDEN),
    "GET /admin/agencies": Line(OFFICES | {"archivist"}),
    "GET /admin/agencies/new": Line({"system"}),
    "POST /admin/agencies/new": Line({"system"}),
    "GET /admin/agencies/<agency_id>": Line(OFFICES | {"archivist"}),
    "POST /admin/agencies/<agency_id>": Line(OFFICES | {"archivist"}),
    "GET /admin/agencies/<agency_id>/credentials": Line(OFFICES | {"archivist"}),
    "POST /admin/agencies/<agency_id>/credentials": Line({"security"}),
    "POST /admin/agencies/<agency_id>/credentials/<fingerprint>": Line({"security"}),
    "GET /admin/notice-texts": Line({"archivist"}),
    "GET /admin/notice-texts/<kind>": Line({"archivist"}),
    "POST /admin/notice-texts/<kind>": Line({"archivist"}),
    "GET /admin/rules": Line({"archivist"}),
    "GET /admin/rules/scope": Line({"archivist"}),
    "POST /admin/rules/scope": Line({"archivist"}),
    "GET /admin/rules/sets/<digest>": Line(SIGNED_IN),  # the rules a report names
    "GET /admin/versions/<kind>": Line(OFFICES | {"archivist"}),
    "POST /admin/versions/<kind>": Line(OFFICES | {"archivist"}),
    "GET /admin/people": Line(OFFICES),
    "POST /admin/people": Line({"system"}),
    "GET /admin/people/<person_id>": Line(OFFICES),
    "POST /admin/people/<person_id>/disable": Line({"system"}),
    "POST /admin/people/<person_id>/enable": Line({"system"}),
    "POST /admin/people/<person_id>/identity": Line({"security"}),
    "POST /admin/people/<person_id>/reset": Line({"system"}),
    "POST /admin/people/<person_id>/roles": Line({"security"}),
    "POST /admin/people/<person_id>/unlock": Line({"security"}),
    "GET /admin/events": Line({"auditor"}),
    "GET /admin/subscriptions": Line(OFFICES),
    "GET /admin/subscriptions/new": Line({"system"}),
    "POST /admin/subscriptions/new": Line({"system"}),
    "GET /admin/subscriptions/<subscription_id>": Line(OFFICES),
    "GET /admin/subscriptions/<subscription_id>/change": Line({"system"}),
    "POST /admin/subscriptions/<subscription_id>/change": Line({"system"}),
    "POST /admin/subscriptions/<subscription_id>/pause": Line({"system"}),
    "POST /admin/subscriptions/<subscription_id>/resume": Line({"system"}),
    "POST /admin/subscriptions/<subscription_id>/test": Line({"system"}),
    "POST /admin/subscriptions/<subscription_id>/remove": Line({"system"}),
    "POST /admin/subscriptions/<subscription_id>/secret": Line({"security"}),
    "GET /custody": Line(CUSTODY),
    "GET /custody/audits": Line(CUSTODY),
    "POST /custody/audits": Line({"archivist", "system"}),
    "GET /custody/audits/<audit_id>": Line(CUSTODY),
    "POST /custody/audits/<audit_id>/<any(pause, resume, stop):how>": Line({"archivist", "system"}),
    "GET /custody/audits/<audit_id>/report": Line(CUSTODY),
    "GET /custody/findings": Line(CUSTODY),
    "GET /custody/findings/<finding_id>": Line(CUSTODY),
    "POST /custody/findings/<finding_id>/accept": Line({"archivist"}),
    "POST /custody/findings/<finding_id>/compare": Line({"archivist", "system"}),
    "POST /custody/findings/<finding_id>/repair": Line({"archivist", "system"}),
    "GET /custody/locations": Line(CUSTODY),
    "GET /custody/policy": Line(CUSTODY),
    "POST /custody/policy": Line({"archivist"}),
    "GET /custody/records": Line(CUSTODY),
    "GET /custody/records/<record_id>": Line(CUSTODY),
    "GET /custody/records/<record_id>/log.json": Line(CUSTODY),
    "GET /custody/repairs": Line(CUSTODY),
    "GET /custody/requests": Line(CUSTODY | {"security"}),
    "POST /custody/requests": Line({"archivist", "system"}),
    "POST /custody/requests/<request_id>/<any(agree, refuse):how>": Line({"archivist", "security"}),
}


#: What an address must carry to mean a thing that is there.
QUERIES = {
    "GET /submissions/<submission_id>/preview": "member={member}",
    "GET /submissions/<submission_id>/content": "member={member}",
    "GET /submissions/<submission_id>/frame": "member={member}",
    "GET /records/<record_id>/content": "path={path}",
    "GET /admin/versions/<kind>": "owner={agency_id}",
    "POST /admin/versions/<kind>": "owner={agency_id}",
}
#: Where a rule's variable means something else than elsewhere.
APART = {
    "/custody/requests/<request_id>/<any(agree, refuse):how>": {"how": "refuse"},
    "/admin/versions/<kind>": {"kind": "agency"},
    "/submissions/<submission_id>/receipt": {"submission_id": "filed"},
    "/submissions/<submission_id>/receipt.json": {"submission_id": "filed"},
}
FORMS = {
    "POST /custody/requests": {"kind": "purge-quarantine", "subject": "x", "reason": "有误"},
    "POST /submissions/<submission_id>/changes": {"version": "0", "remove": "x"},
    "POST /submissions/<submission_id>/take-back": {"version": "0"},
    "POST /submissions/<submission_id>/files/remove": {"version": "0", "member": "x"},
    "POST /submissions/<submission_id>/hand-in": {"version": "7", "reason": "有误"},
    "POST /submissions/<submission_id>/return": {"reason": "有误", "text": "请改正"},
    "POST /desk/causes/<cause_id>/preview": {"rewrite": "trim"},
    "POST /desk/causes/<cause_id>/acts": {"rewrite": "trim", "reason": ""},
}


def address(line: str, things: dict[str, str]) -> str:
    """The address of a route with things of our agency in it."""
    rule = line.partition(" ")[2]
    known = dict(things)
    for name, one in APART.get(rule, {}).items():
        known[name] = things.get(one, one)
    path = re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda name: known[name[1]], rule)
    query = QUERIES.get(line, "").format(**{name: quote(one) for name, one in things.items()})
    return f"{path}?{query}" if query else path
