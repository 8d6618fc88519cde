"""The words of notices: seen, changed, shown with a sample.

What may stand in them and how they are filled in is said by the port Wording; what an
agency reads is made of them by filing.notices.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from filing.administration.changing import must_be, next_version, refuse
from filing.administration.in_force import Believed
from filing.administration.ports import Settings, Texts, Wording
from filing.errors import BadRequest, NotFound
from filing.evidence.canonical import canonical
from filing.model.administration import Setting, SettingKind, Version
from filing.model.events import Event, Kind
from filing.model.notices import LANGUAGES, NOTICE_KINDS, Template
from filing.model.people import Person
from filing.model.roles import Permission
from filing.ports import Clock
from filing.rules.catalogue import Text

MAX_TITLE = 100
MAX_BODY = 10_000
#: Language -> words.
Words = Mapping[str, Template]


@dataclass(frozen=True, slots=True)
class TextDesk:
    """The use cases. ``shipped`` are the words of this release."""

    settings: Settings
    shipped: Texts
    wording: Wording
    believed: Believed
    clock: Clock

    def listed(self, by: Person) -> tuple[tuple[Kind, Version], ...]:
        """Every kind of notice with its version in force."""
        by.need(Permission.CHANGE_NOTICE_TEXTS)
        return tuple((kind, self._standing(kind)) for kind in NOTICE_KINDS)

    def one(self, by: Person, kind: str) -> tuple[Words, Version]:
        """The words of a notice. Raises NotFound."""
        by.need(Permission.CHANGE_NOTICE_TEXTS)
        version = self._standing(_notice(kind))
        return words_of(version.body), version

    def sample(self, by: Person, kind: str, words: Words) -> Words:
        """Filled in with a sample. Raises BadRequest where they may not be."""
        by.need(Permission.CHANGE_NOTICE_TEXTS)
        self._judge(words)
        of = _notice(kind)
        return {
            language: self.wording.sample(of, words[language], language) for language in LANGUAGES
        }

    def save(self, by: Person, kind: str, words: Words, seen: int, reason: str) -> None:
        """Put words in force. Raises ChangedMeanwhile, BadRequest."""
        before, stands = self.one(by, kind)
        must_be(seen, stands.number)
        self._judge(words)
        if dict(words) == dict(before):
            raise BadRequest("nothing is changed", "没有任何改动")
        which = Setting(SettingKind.NOTICE_TEXT, "", _notice(kind))
        version = next_version(which, seen, body_of(words), reason, by, self.clock)
        detail = {"notice": str(_notice(kind)), "version": version.number}
        event = Event("", "", Kind.NOTICE_TEXT_CHANGED, self.clock.now(), by.who, detail)
        self.settings.save(version, event)
        self.believed.forget()

    def _standing(self, kind: Kind) -> Version:
        which = Setting(SettingKind.NOTICE_TEXT, "", kind)
        found = self.settings.current(which)
        if found is not None:
            return found
        words = {language: self.shipped(kind, language) for language in LANGUAGES}
        return Version(which, 0, body_of(words), "", "system", None)

    def _judge(self, words: Words) -> None:
        found = []
        for language in LANGUAGES:
            one = words[language]
            if not one.title.strip() or not one.body.strip():
                found.append(
                    Text("标题和正文须用两种语言写全", "title and body, in both languages")
                )
            if len(one.title) > MAX_TITLE or len(one.body) > MAX_BODY:
                found.append(
                    Text(
                        f"标题至多 {MAX_TITLE} 字，正文至多 {MAX_BODY} 字",
                        f"a title has at most {MAX_TITLE} characters, a body {MAX_BODY}",
                    )
                )
            if not one.title.isprintable() or "\0" in one.body:
                found.append(Text("标题须为一行文字", "a title is one line"))
            found += [
                Text(f"没有占位符 {{{name}}}", f"there is no placeholder {{{name}}}")
                for name in self.wording.unknown(one)
            ]
        refuse(dict.fromkeys(found))


def _notice(kind: str) -> Kind:
    if kind not in NOTICE_KINDS:
        raise NotFound(f"there is no notice {kind}", f"没有通知“{kind}”")
    return Kind(kind)


def body_of(words: Words) -> str:
    """Words as a version keeps them. Raises BadRequest for text that cannot be written."""
    try:
        return canonical(
            {name: {"title": one.title, "body": one.body} for name, one in words.items()}
        ).decode()
    except ValueError as error:
        raise BadRequest("a character cannot be written", "含有无法保存的字符") from error


def words_of(body: str) -> Words:
    """The words a version holds. Raises BadRequest if this release knows no such."""
    try:
        given = json.loads(body)
        return {one: Template(given[one]["title"], given[one]["body"]) for one in LANGUAGES}
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequest("this version cannot be put back any more", "此版本已无法恢复") from error
