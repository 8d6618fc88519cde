"""The outside of the people's use cases, in memory; keeps the ports' promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from filing.errors import ChangedMeanwhile, RolesConflict, WrongState
from filing.model.identifiers import new_id
from filing.model.roles import APART, Role
from filing.people import attempts
from filing.people.door import Premises
from filing.people.operating import Operating
from filing.people.own_account import OwnAccount
from filing.people.signing_in import SigningIn

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Hand:
    """A clock moved by hand."""

    def __init__(self):
        self.at = NOON
        self.count = 0

    def now(self):
        return self.at

    def today(self):
        return self.at.date()

    def new_id(self):
        self.count += 1
        return new_id(int(self.at.timestamp() * 1000), self.count.to_bytes(10, "big"))

    def wait(self, **much):
        self.at += timedelta(**much)


class Memory:
    """Accounts, sessions and counts together, as one database would have them."""

    def __init__(self):
        self.kept, self.open_sessions, self.tallies, self.events = {}, {}, {}, []

    # accounts

    def by_login(self, login):
        return next((one for one in self.kept.values() if one.person.login == login), None)

    def by_id(self, person_id):
        return self.kept.get(person_id)

    def by_identity(self, identity):
        return next((one for one in self.kept.values() if one.identity == identity), None)

    def page(self, after, limit):
        people = sorted((one.person for one in self.kept.values()), key=lambda one: one.login)
        return tuple(one for one in people if one.login > after)[:limit]

    def holders(self, role):
        return len(self._holders(role, ""))

    def _holders(self, role, but):
        people = [one.person for one in self.kept.values()]
        return [one for one in people if role in one.roles and not one.disabled and one.id != but]

    def names(self, ids):
        return {one: self.kept[one].person.name for one in ids if one in self.kept}

    def add(self, account, events):
        self._check(account)
        self.kept[account.person.id] = account
        self.events += events

    def _check(self, account):
        for one in self.kept.values():
            if one.person.id != account.person.id:
                if one.person.login == account.person.login:
                    raise WrongState("taken")
                if account.identity and one.identity == account.identity:
                    raise WrongState("taken")
        if len(account.person.roles & APART) > 1:
            raise RolesConflict("two offices")

    def save(self, before, after, events, end_sessions=False, leave_one=frozenset()):
        now = self.kept[before.person.id]
        for role in leave_one:
            if not self._holders(role, before.person.id):
                raise WrongState("nobody else would be it")
        if now.version != before.version:
            raise ChangedMeanwhile("changed")
        self._check(after)
        step = max(now.totp_step, after.totp_step)
        saved = replace(after, version=before.version + 1, totp_step=step)
        self.kept[before.person.id] = saved
        if end_sessions:
            self.open_sessions = {
                name: one
                for name, one in self.open_sessions.items()
                if one.person_id != before.person.id
            }
        self.events += events
        return saved

    def take_step(self, person_id, step):
        account = self.kept[person_id]
        if account.totp_step >= step:
            return False
        self.kept[person_id] = replace(account, totp_step=step)
        return True

    # sessions

    def open(self, session, events):
        self.open_sessions[session.digest] = session
        self.events += events

    def find(self, digest):
        found = self.open_sessions.get(digest)
        if found is None:
            return None
        account = self.kept[found.person_id]
        return found, account.person, account.password_owed

    def touch(self, digest, at):
        self.open_sessions[digest] = replace(self.open_sessions[digest], seen_at=at)

    def of(self, person_id):
        return tuple(one for one in self.open_sessions.values() if one.person_id == person_id)

    def end(self, digest, events):
        if self.open_sessions.pop(digest, None):
            self.events += events

    def end_one(self, person_id, session_id, events):
        for name, one in list(self.open_sessions.items()):
            if one.id == session_id and one.person_id == person_id:
                self.end(name, events)
                return True
        return False

    def drop_expired(self, at, idle_since, limit):
        return 0

    # counts

    def count(self, limits, at):
        counted = {
            key: attempts.count(self.tallies.get(key), limit, at) for key, limit in limits.items()
        }
        self.tallies |= counted
        return counted

    def give_back(self, keys):
        for one in keys:
            self.tallies[one] = attempts.give_back(self.tallies[one])

    def forget(self, keys, events):
        for one in keys:
            self.tallies.pop(one, None)
        self.events += events

    def under(self, keys):
        return {one: self.tallies[one] for one in keys if one in self.tallies}

    def failed(self, keys, at, events):
        for one in keys:
            self.tallies[one] = replace(self.tallies[one], last_at=at)
        self.events += events

    def drop_old(self, before, limit):
        return 0


class PlainHasher:
    """Keeps passwords as they are, and how often one was compared."""

    def __init__(self):
        self.compared = 0
        self.mark = "1"

    def make(self, password):
        return self.mark + password

    def fits(self, kept, password):
        self.compared += 1
        return kept[1:] == password and bool(kept)

    def is_old(self, kept):
        return kept[0] != self.mark


class Counting:
    """One-time codes: the number of the minute."""

    def new_secret(self):
        return "S"

    def uri(self, secret, login):
        return f"otpauth://totp/{login}?secret={secret}"

    def step(self, secret, code, at):
        now = int(at.timestamp()) // 60
        return now if code == self.now(at) else None

    def now(self, at):
        return str(int(at.timestamp()) // 60)


class OpenBox:
    """Seals nothing, but knows what for and when."""

    def __init__(self, clock):
        self.clock = clock

    def seal(self, purpose, text):
        return f"{purpose}|{self.clock.now().timestamp()}|{text}"

    def open(self, purpose, sealed, seconds=None):
        found, _, rest = sealed.partition("|")
        at, _, text = rest.partition("|")
        if found != purpose or not at:
            return None
        late = seconds is not None and self.clock.now().timestamp() - float(at) > seconds
        return None if late else text


class Everybody(SigningIn, OwnAccount, Operating):
    """All use cases on one memory; the parts at hand for a test."""

    def __init__(self, provider=None):
        self.memory, self.clock = Memory(), Hand()
        self.hasher, self.codes = PlainHasher(), Counting()
        super().__init__(
            Premises(
                accounts=self.memory, sessions=self.memory, attempts=self.memory,
                hasher=self.hasher, codes=self.codes, box=OpenBox(self.clock), clock=self.clock,
                idle_seconds=1800, longest_seconds=43200, provider=provider,
            )
        )  # fmt: skip

    def settle(self, login, *roles, agency="", owed=False):
        """An account with these roles, past every procedure; the person and the password."""
        person, password = self._add("system", login, login, agency, frozenset(roles), owed)
        return person, password

    def kinds(self):
        return [str(one.kind) for one in self.memory.events]


def offices(everybody):
    """One person for each of the three offices."""
    return {
        role: everybody.settle(f"the-{role}", role)[0]
        for role in (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR)
    }
