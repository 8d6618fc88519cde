"""The demo's people: one login for each role, an agency's clerk for each sample agency.

Passwords are made anew at every start and shown by the demo; nobody has to change them.
"""

from collections.abc import Mapping

from filing.model.roles import Role
from filing.services.people import Accounts

#: Login and name by role, the security administrator last: from then on roles are granted
#: on the pages alone.
_OFFICES = (
    ("clerk", "业务员（演示）", Role.ARCHIVE_CLERK),
    ("archivist", "档案管理员（演示）", Role.ARCHIVIST),
    ("system", "系统管理员（演示）", Role.SYSTEM_ADMINISTRATOR),
    ("auditor", "安全审计员（演示）", Role.AUDITOR),
    ("security", "安全管理员（演示）", Role.SECURITY_ADMINISTRATOR),
)


def seed_people(accounts: Accounts, agencies: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Make the demo's accounts, or give them new passwords; login -> (role, password).

    agencies   id -> name
    """
    wanted = [
        (f"clerk@{one}", f"{name}档案员（演示）"[:100], one, Role.AGENCY_CLERK)
        for one, name in agencies.items()
    ]
    wanted += [(login, name, "", role) for login, name, role in _OFFICES]
    there = {one.login for one in accounts.every()}
    made = {}
    for login, name, agency_id, role in wanted:
        if login in there:
            password = accounts.renew(login, owed=False)
        else:
            _, password = accounts.create(login, name, agency_id, frozenset({role}), owed=False)
        made[login] = (role.value, password)
    return made


def lines(people: Mapping[str, tuple[str, str]]) -> list[str]:
    """What the demo prints of them."""
    width = max(map(len, people))
    return [
        f"  登录 sign in  {login:{width}}  {password}  {role}"
        for login, (role, password) in people.items()
    ]
