"""Builders shared by the tests of the store."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from filing.adapters.durable import Barrier
from filing.adapters.ocfl.store import NewObject, ObjectFile, Store
from filing.model.digest import Digest


def a_file(path="metadata/record.xml", content=b"<record/>", sm3=False):
    digests = [Digest("sha256", hashlib.sha256(content).digest())]
    if sm3:
        digests.append(Digest("sm3", hashlib.new("sm3", content).digest()))
    return ObjectFile(path, content, len(content), tuple(digests))


def an_object(number=1, files=None, **changes):
    given = {
        "object_id": f"urn:uuid:00000000-0000-7000-8000-{number:012d}",
        "created": datetime(2026, 1, 5, 8, 30, tzinfo=UTC),
        "message": "first filing",
        "user_name": "archive",
        "user_address": "mailto:archive@example.org",
        "files": tuple([a_file()] if files is None else files),
    }
    return NewObject(**given | changes)


def a_store(folder, whole=None):
    folder.mkdir(exist_ok=True)
    barrier = Barrier(folder, whole=whole)
    store = Store(folder / "store", folder / "staging", barrier)
    store.initialise()
    return store


def keep(store, *objects):
    staged = store.stage(objects)
    store.barrier(staged)
    store.publish(staged)
    return staged


def objects_in(store):
    """The folder of every object that declares itself one, wherever it stands."""
    return sorted(str(one.parent) for one in Path(store.root).rglob("0=ocfl_object_1.1"))
