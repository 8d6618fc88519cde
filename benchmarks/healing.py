"""So many damaged objects of every kind, healed from another location, each held to what it was.

python -m benchmarks.healing 1000
"""

import hashlib
import sys
import tempfile
import time
from pathlib import Path

from filing.model.copies import RepairState
from filing.model.custody import Answer
from tests.custody.copies import copied
from tests.custody.test_repair import hurt, quarantine


def heal(count: int, home: Path) -> dict[str, object]:
    """Damage ``count`` objects, audit, repair all, audit again. Raises AssertionError."""
    with copied(home, count=count) as made:
        ids = made.holding.ids
        whole = {one: made.files("main", one) for one in ids}
        for number, one in enumerate(ids):
            hurt(made, "main", one, number)
        damaged = {one: made.files("main", one) for one in ids}
        found = made.holding.audit()
        begun = time.monotonic()
        done = made.parts.keeping.repair_all(None, "main", lambda one: None)
        seconds = time.monotonic() - begun
        for one in ids:
            assert made.files("main", one) == whole[one], one
        for one in done:
            assert one.state is RepairState.DONE
            assert one.before
            for each in one.after:
                content = whole[one.record_id][str(each["place"])]
                assert each["sha256"] == hashlib.sha256(content).hexdigest()
            aside = quarantine(made) / one.id
            kept = {
                str(path.relative_to(aside)): path.read_bytes()
                for path in aside.rglob("*")
                if path.is_file()
            }
            assert kept == damaged[one.record_id]
        after = made.holding.audit()
        assert after.answer is Answer.INTACT
        return {
            "objects": count,
            "found": found.damaged,
            "healed": len(done),
            "seconds": round(seconds, 1),
            "ms_each": round(seconds * 1000 / count, 1),
        }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(heal(int(sys.argv[1]) if sys.argv[1:] else 1000, Path(folder)))
