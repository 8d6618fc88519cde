"""Who may do what: roles, permissions, and the one table that joins them.

Three offices are kept apart (三员分立): whoever runs the machine, whoever grants
powers, and whoever looks over both are three people. The table says so; nothing
else decides it.

Source: GB/T 18894-2016 and the rules for classified systems' administrators
(系统管理员、安全保密管理员、安全审计员).
"""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What a person is here."""

    AGENCY_CLERK = "agency-clerk"  # 立档单位档案员: own agency only
    ARCHIVE_CLERK = "archive-clerk"  # 档案馆业务员
    ARCHIVIST = "archivist"  # 档案管理员: answers for what is kept
    SYSTEM_ADMINISTRATOR = "system-administrator"  # 系统管理员
    SECURITY_ADMINISTRATOR = "security-administrator"  # 安全管理员
    AUDITOR = "auditor"  # 安全审计员


class Permission(StrEnum):
    """What may be asked of the pages; each use case names the one it needs."""

    SEE_SUBMISSIONS = "submissions.see"
    CORRECT = "submissions.correct"
    CORRECT_IN_BULK = "submissions.correct-in-bulk"
    RETURN = "submissions.return"  # 退回
    ASSIGN = "submissions.assign"
    SEE_RECORDS = "records.see"
    SEE_NOTICES = "notices.see"
    CHANGE_AGENCIES = "agencies.change"
    CHANGE_NOTICE_TEXTS = "notice-texts.change"
    CHANGE_RULES = "rules.change"  # 档号 rules, required fields, severities
    CHANGE_PEOPLE = "people.change"  # accounts, not what they may do
    GRANT_ROLES = "roles.grant"
    CHANGE_CREDENTIALS = "credentials.change"  # tokens, certificates, locks
    SEE_EVENTS = "events.see"  # everybody's acts
    SEE_CUSTODY = "custody.see"
    AUDIT = "custody.audit"
    DECIDE_FINDINGS = "custody.decide"
    REPAIR = "custody.repair"
    APPROVE = "custody.approve"  # the second pair of eyes


_ARCHIVE_DESK = frozenset(
    {
        Permission.SEE_SUBMISSIONS,
        Permission.CORRECT,
        Permission.CORRECT_IN_BULK,
        Permission.RETURN,
        Permission.ASSIGN,
        Permission.SEE_RECORDS,
        Permission.SEE_NOTICES,
        Permission.SEE_CUSTODY,
    }
)

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AGENCY_CLERK: frozenset(
        {
            Permission.SEE_SUBMISSIONS,
            Permission.CORRECT,
            Permission.CORRECT_IN_BULK,
            Permission.ASSIGN,
            Permission.SEE_RECORDS,
            Permission.SEE_NOTICES,
        }
    ),
    Role.ARCHIVE_CLERK: _ARCHIVE_DESK,
    Role.ARCHIVIST: _ARCHIVE_DESK
    | {
        Permission.CHANGE_RULES,
        Permission.CHANGE_NOTICE_TEXTS,
        Permission.AUDIT,
        Permission.DECIDE_FINDINGS,
        Permission.REPAIR,
        Permission.APPROVE,
    },
    Role.SYSTEM_ADMINISTRATOR: frozenset(
        {
            Permission.CHANGE_AGENCIES,
            Permission.CHANGE_PEOPLE,
            Permission.SEE_CUSTODY,
            Permission.AUDIT,
            Permission.REPAIR,
        }
    ),
    Role.SECURITY_ADMINISTRATOR: frozenset(
        {Permission.GRANT_ROLES, Permission.CHANGE_CREDENTIALS, Permission.APPROVE}
    ),
    Role.AUDITOR: frozenset({Permission.SEE_EVENTS, Permission.SEE_CUSTODY}),
}

#: Nobody holds two of these.
APART = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR})


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything any of the roles may do."""
    return frozenset().union(*(PERMISSIONS[one] for one in roles))


def conflict(roles: Iterable[Role]) -> frozenset[Role]:
    """The roles that one person may not hold together; empty when there is no conflict.

    An agency's clerk is nothing else: the archive's own people judge its deliveries.
    """
    held = frozenset(roles)
    if len(held & APART) > 1:
        return held & APART
    if Role.AGENCY_CLERK in held and len(held) > 1:
        return held
    return frozenset()
