"""What stands in a storage root, by its folders; nothing in an object is looked at."""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH118

import os
from urllib.parse import unquote

from filing.adapters.custody.patience import Patience
from filing.adapters.ocfl.layout import object_path
from filing.errors import OutsideUnavailable
from filing.model.identifiers import object_id


def first_folders(root: str, patience: Patience) -> list[str]:
    """The folders objects stand below. Raises OutsideUnavailable."""
    found = patience.once(root, lambda: _folders(root, ""))
    return [one for one in found if one != "extensions"]


def list_objects(root: str, first: str, patience: Patience) -> tuple[list[str], list[str]]:
    """(record ids, places of what is no object of ours or stands where its name does not belong)
    in one of the first folders. Raises OutsideUnavailable."""
    return patience.once(root, lambda: _below(root, first))


def _below(root: str, first: str) -> tuple[list[str], list[str]]:
    ids: list[str] = []
    odd: list[str] = []
    for second in _folders(root, first):
        for name in _folders(root, f"{first}/{second}"):
            place = f"{first}/{second}/{name}"
            record_id = unquote(name).removeprefix("urn:uuid:")
            if object_path(object_id(record_id)) == place:
                ids.append(record_id)
            else:
                odd.append(place)
    return ids, odd


def _folders(root: str, below: str) -> list[str]:
    try:
        with os.scandir(os.path.join(root, below)) as entries:
            return sorted(one.name for one in entries if one.is_dir(follow_symlinks=False))
    except OSError as error:
        raise away(f"{root}/{below}", error.strerror or "?") from error


def away(place: str, why: str) -> OutsideUnavailable:
    """A place that does not answer."""
    return OutsideUnavailable(f"{place} cannot be read: {why}", f"存储位置 {place} 不可用")
