"""Many rejects of few causes: what an agency's system does wrong once, it does every time.

Each cause is a mistake of one agency in one field; one correction mends all of them. The
rest of each delivery is lawful.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from examples.bad.plan import Make, cut, edit
from examples.documents import agency, official
from examples.sample import Sample

#: Numbers of these documents; lawful ones and those of single faults have others.
FIRST = 3000


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake made again and again.

    code      the check that refuses it
    field     the field it is about, in full
    times     how many rejects
    retention of every document, so that one value is right for all; None: any
    """

    agency: str
    code: str
    field: str
    times: int
    make: Make
    retention: str | None = None


MISTAKES: tuple[Mistake, ...] = (
    # A form filled in by default, whatever the 档号 says.
    Mistake(
        "sample-water", "GD-1-7", "档号/保管期限", 40,
        edit(("<保管期限>30年</保管期限>", "<保管期限>10年</保管期限>")), "D30",
    ),
    Mistake(
        "sample-culture", "GD-1-3", "内容描述/日期", 25,
        lambda document: edit(
            ("<日期>{o.date}</日期>", f"<日期>{document.date.replace('-', '.')}</日期>")
        )(document),
    ),
    Mistake(
        "sample-forestry", "GD-2-3", "内容描述/责任者", 12, cut("<责任者>.*?</责任者>"),
    ),
)  # fmt: skip


def rejects() -> Iterator[Sample]:
    """Yield every one, cause after cause."""
    number = FIRST
    for mistake in MISTAKES:
        for _ in range(mistake.times):
            document = official(
                number, 1, agency(mistake.agency), sent=True, retention=mistake.retention
            )
            made = mistake.make(document)
            yield replace(
                made,
                name=f"reject-{number}",
                code=mistake.code,
                place=mistake.field,
                codes=frozenset((mistake.code,)),
            )
            number += 1
