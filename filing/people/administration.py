"""Who may come in, and who grants what to whom (三员分立).

The system administrator makes and disables accounts and cannot give them any power.
The security administrator grants roles and cannot make accounts. The auditor sees what
both did. Nobody does any of it to himself, and none of the three offices is left empty.

Whoever holds one of the three offices gets a new password, or a link to an outside
identity, on the archive's own machine only (filing.people.operating): on the pages one
office could otherwise take over another.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from filing.errors import BadRequest, NotAllowed, NotFound, RolesConflict
from filing.model.events import Event, Kind
from filing.model.people import Person
from filing.model.roles import APART, Permission, Role, conflict
from filing.people import attempts, passwords
from filing.people.accounts import Account
from filing.people.door import Door, login_of

_ANY = (Permission.CHANGE_PEOPLE, Permission.GRANT_ROLES, Permission.CHANGE_CREDENTIALS)
MOST = 200


class Administration(Door):
    """See filing.services.people.People."""

    def people(self, by: Person, after: str, limit: int) -> tuple[Person, ...]:
        """See filing.services.people.People."""
        _need_any(by)
        return self._at.accounts.page(after, min(limit, MOST))

    def person(self, by: Person, person_id: str) -> Person:
        """See filing.services.people.People."""
        _need_any(by)
        return self._account(person_id).person

    def locked(self, by: Person, people: tuple[Person, ...]) -> Mapping[str, datetime]:
        """See filing.services.people.People."""
        _need_any(by)
        return self._locked(people)

    def add_person(self, by: Person, login: str, name: str, agency_id: str) -> tuple[Person, str]:
        """See filing.services.people.People."""
        by.need(Permission.CHANGE_PEOPLE)
        return self._add(by.who, login, name, agency_id, frozenset())

    def disable(self, by: Person, person_id: str, disabled: bool) -> Person:
        """See filing.services.people.People."""
        by.need(Permission.CHANGE_PEOPLE)
        account = self._other(by, person_id)
        return self._disable(by.who, account, disabled)

    def reset_password(self, by: Person, person_id: str) -> str:
        """See filing.services.people.People."""
        by.need(Permission.CHANGE_PEOPLE)
        account = self._other(by, person_id)
        _not_an_office(account)
        return self._reset(by.who, account)

    def unlock(self, by: Person, person_id: str) -> None:
        """See filing.services.people.People."""
        by.need(Permission.CHANGE_CREDENTIALS)
        self._unlock(by.who, self._account(person_id))

    def link(self, by: Person, person_id: str, subject: str) -> None:
        """See filing.services.people.People."""
        by.need(Permission.CHANGE_CREDENTIALS)
        account = self._other(by, person_id)
        _not_an_office(account)
        self._link(by.who, account, subject)

    def identity(self, by: Person, person_id: str) -> str:
        """See filing.services.people.People."""
        _need_any(by)
        return self._account(person_id).identity

    def grant(self, by: Person, person_id: str, roles: frozenset[Role]) -> Person:
        """See filing.services.people.People."""
        by.need(Permission.GRANT_ROLES)
        account = self._other(by, person_id)
        if account.password_owed and roles & APART - account.person.roles:
            raise RolesConflict(
                "this account still has the password somebody else was shown; it can hold"
                " an office once its owner has changed it",
                "该账号仍在使用他人经手的初始密码，须本人修改后才能授予三员角色",
            )
        return self._grant(by.who, account, roles)

    def names(self, ids: frozenset[str]) -> Mapping[str, str]:
        """See filing.services.people.People."""
        return self._at.accounts.names(ids)

    # Steps, shared with the operator on the machine. ``who`` as events say it.

    def _locked(self, people: tuple[Person, ...]) -> Mapping[str, datetime]:
        keys = {attempts.key_of(one.login): one.id for one in people}
        now = self._at.clock.now()
        found = self._at.attempts.under(tuple(keys))
        return {keys[k]: one.until for k, one in found.items() if one.until and one.until > now}

    def _add(
        self,
        who: str,
        login: str,
        name: str,
        agency_id: str,
        roles: frozenset[Role],
        owed: bool = True,
    ) -> tuple[Person, str]:
        spelt = login_of(login)
        if not spelt:
            raise BadRequest(
                "a login is 2 to 64 letters, digits or . _ - @",
                "账号为 2 至 64 个字母、数字或 . _ - @",
            )
        shown = _shown(name)
        person = Person(
            id=self._at.clock.new_id(), login=spelt, name=shown, roles=roles, agency_id=agency_id
        )
        _refuse_conflict(person)
        password = passwords.fresh()
        account = Account(
            person=person,
            password=self._at.hasher.make(password),
            password_owed=owed,
            password_at=self._at.clock.now(),
        )
        events = [self._event(Kind.PERSON_ADDED, who, {"person": person.id, "agency": agency_id})]
        if roles:
            events.append(self._granted(who, person, frozenset()))
        self._at.accounts.add(account, events)
        return person, password

    def _disable(self, who: str, account: Account, disabled: bool) -> Person:
        person = replace(account.person, disabled=disabled)
        if person == account.person:
            return person
        kind = Kind.PERSON_DISABLED if disabled else Kind.PERSON_ENABLED
        return self._at.accounts.save(
            account,
            replace(account, person=person),
            (self._event(kind, who, {"person": person.id}),),
            end_sessions=True,
            leave_one=person.roles & APART if disabled else frozenset(),
        ).person

    def _reset(self, who: str, account: Account, owed: bool = True) -> str:
        password = passwords.fresh()
        reset = replace(
            account,
            person=replace(account.person, totp=False),
            password=self._at.hasher.make(password),
            password_owed=owed,
            password_at=self._at.clock.now(),
            totp="",
            totp_pending="",
        )
        event = self._event(Kind.PASSWORD_RESET, who, {"person": account.person.id})
        self._at.accounts.save(account, reset, (event,), end_sessions=True)
        return password

    def _unlock(self, who: str, account: Account) -> None:
        event = self._event(Kind.SIGN_IN_UNLOCKED, who, {"person": account.person.id})
        self._at.attempts.forget((attempts.key_of(account.person.login),), (event,))

    def _link(self, who: str, account: Account, subject: str) -> None:
        if self._at.provider is None:
            raise BadRequest("no outside identity provider is set", "未配置统一身份认证")
        if len(subject) > 255 or any(not one.isprintable() for one in subject):
            raise BadRequest("this is no subject of a provider", "身份标识无效")
        identity = f"{self._at.provider.issuer} {subject}" if subject else ""
        if identity == account.identity:
            return
        kind = Kind.PERSON_LINKED if identity else Kind.PERSON_UNLINKED
        event = self._event(kind, who, {"person": account.person.id})
        linked = replace(account, identity=identity)
        self._at.accounts.save(account, linked, (event,), end_sessions=True)

    def _grant(self, who: str, account: Account, roles: frozenset[Role]) -> Person:
        person = replace(account.person, roles=roles)
        if person == account.person:
            return person
        _refuse_conflict(person)
        return self._at.accounts.save(
            account,
            replace(account, person=person),
            (self._granted(who, person, account.person.roles),),
            end_sessions=True,
            leave_one=(account.person.roles - roles) & APART,
        ).person

    def _granted(self, who: str, person: Person, before: frozenset[Role]) -> Event:
        detail = {"person": person.id, "before": sorted(before), "roles": sorted(person.roles)}
        return self._event(Kind.ROLES_GRANTED, who, detail)

    def _account(self, person_id: str) -> Account:
        account = self._at.accounts.by_id(person_id) if len(person_id) == 36 else None
        if account is None:
            raise NotFound("there is no such account", "没有该账号")
        return account

    def _other(self, by: Person, person_id: str) -> Account:
        if by.id == person_id:
            raise NotAllowed("nobody does this to his own account", "不能对自己的账号进行此操作")
        return self._account(person_id)


def _need_any(by: Person) -> None:
    if not any(by.may(one) for one in _ANY):
        by.need(_ANY[0])


def _not_an_office(account: Account) -> None:
    if account.person.roles & APART:
        raise NotAllowed(
            "whoever holds one of the three offices gets this on the archive's own machine:"
            " filing person",
            "三员账号的此项操作只能在档案馆服务器上用 filing person 命令进行",
        )


def _shown(name: str) -> str:
    shown = name.strip()
    try:
        shown.encode()
    except UnicodeEncodeError:
        shown = ""
    if not 1 <= len(shown) <= 100 or not shown.isprintable():
        raise BadRequest("a name is 1 to 100 characters", "姓名为 1 至 100 个字符")
    return shown


def _refuse_conflict(person: Person) -> None:
    """Raises RolesConflict where the roles, or roles and agency, do not go together."""
    if clash := conflict(person.roles):
        raise RolesConflict(
            f"one person does not hold these together: {', '.join(sorted(clash))}",
            "这些角色不能由同一人担任（三员分立；立档单位档案员不兼任他职）",
        )
    outside = Role.AGENCY_CLERK in person.roles
    if outside and not person.agency_id:
        raise RolesConflict(
            "an agency's clerk belongs to an agency", "立档单位档案员须属于一个立档单位"
        )
    if person.agency_id and person.roles and not outside:
        raise RolesConflict(
            "an agency's account can only be its clerk", "立档单位的账号只能是立档单位档案员"
        )
