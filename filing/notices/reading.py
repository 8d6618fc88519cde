"""The notices of an agency, newest first, and what a person has read of them.

An agency's clerk sees the own agency's alone; another's does not exist (NotFound).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from filing.errors import BadRequest, NotFound
from filing.model.events import Event, Kind
from filing.model.notices import NOTICE_KINDS, About, Notice, NoticePage, Template
from filing.model.people import Person
from filing.model.roles import Permission
from filing.notices import ports, texts

MAX_PAGE = 200
_NEWEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class ReadNotices:
    """Keeps the promises of filing.services.notices.Notices."""

    kept: ports.Notices
    words: ports.Texts
    archive: str

    def notices(
        self, person: Person, agency_id: str, kind: Kind | None, cursor: str, limit: int
    ) -> NoticePage:
        """See filing.services.notices.Notices."""
        person.need(Permission.SEE_NOTICES)
        chosen = self._agency(person, agency_id)
        if kind is not None and kind not in NOTICE_KINDS:
            raise BadRequest(f"{kind} is no notice", f"{kind} 不是通知类别")
        kinds = NOTICE_KINDS if kind is None else (kind,)
        towards, number = _parsed(cursor)
        limit = max(1, min(limit, MAX_PAGE))
        if towards == "newer":
            found = list(self.kept.after(chosen, kinds, number, limit + 1))
            more, found = len(found) > limit, found[:limit][::-1]
            older, newer = bool(found), more
        else:
            found = list(self.kept.before(chosen, kinds, number, limit + 1))
            more, found = len(found) > limit, found[:limit]
            older, newer = more, bool(cursor)
        return NoticePage(
            self._shown(person, found),
            older=f"before-{found[-1][0]}" if found and older else "",
            newer=f"after-{found[0][0]}" if found and newer else "",
        )

    def notice(self, person: Person, number: int, language: str) -> tuple[Notice, Template]:
        """See filing.services.notices.Notices."""
        person.need(Permission.SEE_NOTICES)
        event = self.kept.one(number) if 0 < number <= _NEWEST else None
        if event is None or event.kind not in NOTICE_KINDS or not person.sees(event.agency_id):
            raise NotFound(f"there is no notice {number}", f"没有通知 {number}")
        (shown,) = self._shown(person, [(number, event)])
        given = texts.values(event, shown.about, shown.agency_name, self.archive, language)
        return shown, texts.fill(self.words(event.kind, language), given)

    def mark_read(self, person: Person, numbers: Sequence[int]) -> None:
        """See filing.services.notices.Notices."""
        person.need(Permission.SEE_NOTICES)
        if len(numbers) > MAX_PAGE or not all(0 < one <= _NEWEST for one in numbers):
            raise BadRequest("these are not notices of one page", "通知编号有误")
        self.kept.mark_read(person.id, numbers)

    def mark_all_read(self, person: Person) -> None:
        """See filing.services.notices.Notices."""
        person.need(Permission.SEE_NOTICES)
        self.kept.mark_all_read(person.id)

    def _agency(self, person: Person, agency_id: str) -> str:
        """The agency whose notices are shown; "" for all."""
        if not agency_id.isprintable():
            raise BadRequest("an agency's id has no such characters", "立档单位标识有误")
        if not person.agency_id:
            return agency_id
        if agency_id not in ("", person.agency_id):
            raise NotFound(f"there is no agency {agency_id}", f"没有立档单位 {agency_id}")
        return person.agency_id

    def _shown(self, person: Person, found: Sequence[tuple[int, Event]]) -> tuple[Notice, ...]:
        about = self.kept.about({one.submission_id for _, one in found})
        names = self.kept.names({one.agency_id for _, one in found})
        read = self.kept.read_of(person.id, [number for number, _ in found])
        return tuple(
            Notice(
                number,
                one,
                names.get(one.agency_id, one.agency_id),
                about.get(one.submission_id, About()),
                number in read,
            )
            for number, one in found
        )


def _parsed(cursor: str) -> tuple[str, int]:
    """ "before-7" -> older than 7; "after-7" -> newer. Raises BadRequest."""
    if not cursor:
        return "older", _NEWEST
    word, _, text = cursor.partition("-")
    if word in ("before", "after") and text.isascii() and text.isdigit() and len(text) < 19:
        return ("older" if word == "before" else "newer"), int(text)
    raise BadRequest("the cursor is none of this list", "翻页位置有误")
