"""Write every sample into a folder: ``python -m examples FOLDER [SEED]``.

FOLDER/good/FORM-…   lawful ones of each form and suite, FOLDER/bad/CODE_slug…  one fault
each, FOLDER/agencies.json and FOLDER/samples.json what is known about them. Files that
are there are written over; nothing else in FOLDER is touched.
"""

import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from examples.bad import bad
from examples.documents import AGENCIES, STRICT_AGENCIES
from examples.good import good
from examples.sample import Sample
from examples.signing import SUITES
from filing.model.package import Form


def lawful(seed: int) -> Iterator[Sample]:
    """Two of each form from each agency, one of each suite, and one revised twice."""
    for sender in AGENCIES:
        for at, form in enumerate(Form):
            yield from good(2, seed, form, sender, start=10 * at)
    for at, suite in enumerate(SUITES):
        for one in good(1, seed, start=100 + at, suites=(suite,)):
            yield dataclasses.replace(one, name=f"{one.name}-{suite}")
    for one in good(1, seed, start=200, suites=("sm2-sm3",), revisions=2):
        yield dataclasses.replace(one, name=f"{one.name}-revised")


def write(folder: Path, samples: Iterator[Sample]) -> list[dict[str, object]]:
    """Write the samples and what must have been accepted before them; return their index."""
    folder.mkdir(parents=True, exist_ok=True)
    index: list[dict[str, object]] = []
    for one in samples:
        for each in (*one.before, one):
            (folder / f"{each.name}{each.extension}").write_bytes(each.wire())
        index.append(
            {
                "file": f"{folder.name}/{one.name}{one.extension}",
                "content_type": one.content_type,
                "agency": one.agency_id,
                "channel": one.channel,
                "headers": dict(one.headers),
                "codes": sorted(one.codes),
                "reason": one.reason,
                "place": one.place,
                "before": [f"{folder.name}/{each.name}{each.extension}" for each in one.before],
            }
        )
    return index


def main(folder: Path, seed: int) -> None:
    """Write everything."""
    index = write(folder / "good", lawful(seed)) + write(folder / "bad", bad(seed))
    senders = [dataclasses.asdict(one) for one in AGENCIES + STRICT_AGENCIES]
    for name, value in (("samples.json", index), ("agencies.json", senders)):
        text = json.dumps(value, ensure_ascii=False, indent=1)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    print(f"{len(index)} samples in {folder}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python -m examples FOLDER [SEED]")
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else 1)
