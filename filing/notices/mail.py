"""The message of a mail: one notice in full, or many gathered into one.

Plain text. A return stands in full; of the rest a line each. The count of all is given
even where not all are listed, and every one of them is on the page and in the feed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta, timezone

from filing.model.events import Event, Kind
from filing.model.notices import About, Template
from filing.notices import ports, texts

_BEIJING = timezone(timedelta(hours=8))
MAX_LINES = 200
MAX_RETURNS = 20

_SAYS = {
    "zh": {
        "subject": "{archive}：{count} 项归档通知",
        "counts": "自上次通知以来：",
        "more": "其余 {count} 项请登录页面查看。",
        "where": "查看：{url}/notices",
        "test": "{archive}：测试邮件",
        "test-body": "收到本邮件，表明通知邮件可以送达。无须回复。",
        "auto": "本邮件由系统自动发出。",
    },
    "en": {
        "subject": "{archive}: {count} filing notices",
        "counts": "Since the last notice:",
        "more": "{count} more can be read on the page.",
        "where": "Read on: {url}/notices",
        "test": "{archive}: test mail",
        "test-body": "If you read this, notices reach you. No answer is needed.",
        "auto": "This mail was sent by a program.",
    },
}


def test_mail(archive: str, language: str) -> tuple[str, str]:
    """Subject and body of a trial."""
    says = _SAYS[language]
    return says["test"].format(archive=archive), f"{says['test-body']}\n\n{says['auto']}\n"


def compose(
    events: Sequence[tuple[int, Event]],
    about: Mapping[str, About],
    agency: str,
    archive: str,
    language: str,
    words: ports.Texts,
    url: str,
) -> tuple[str, str]:
    """Subject and body of the mail about ``events``, which are not empty.

    url   where the archive's pages are; "" leaves the links out
    """
    says = _SAYS[language]

    def written(event: Event) -> Template:
        known = about.get(event.submission_id, About())
        given = texts.values(event, known, agency, archive, language)
        return texts.fill(words(event.kind, language), given)

    tail = [says["where"].format(url=url)] if url else []
    tail.append(says["auto"])
    if len(events) == 1:
        one = written(events[0][1])
        return f"{archive}：{one.title}" if language == "zh" else f"{archive}: {one.title}", (
            "\n\n".join([one.body, "\n".join(tail)]) + "\n"
        )
    titles = {kind: words(kind, language).title for kind in {one.kind for _, one in events}}
    counted = Counter(one.kind for _, one in events)
    parts = ["\n".join([says["counts"], *(f"  {titles[k]}: {n}" for k, n in counted.items())])]
    returned = [one for _, one in events if one.kind is Kind.RETURNED][:MAX_RETURNS]
    for event in returned:
        one = written(event)
        parts.append(f"== {one.title} ==\n\n{one.body}")
    listed = [one for _, one in events if one not in returned][:MAX_LINES]
    if listed:
        parts.append("\n".join(_line(one, titles[one.kind], about) for one in listed))
    if left := len(events) - len(returned) - len(listed):
        parts.append(says["more"].format(count=left))
    parts.append("\n".join(tail))
    return says["subject"].format(archive=archive, count=len(events)), "\n\n".join(parts) + "\n"


def _line(event: Event, title: str, about: Mapping[str, About]) -> str:
    at = event.at.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M")
    known = about.get(event.submission_id, About())
    return "  ".join(part for part in (at, title, event.submission_id, known.archival_code) if part)
