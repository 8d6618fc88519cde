"""An older inventory says the same as the newest, as far as it goes.

Source: OCFL 1.1, section 3.7 (Version Inventory).
"""

from collections.abc import Iterator, Mapping

from filing.adapters.ocfl.document import Fault


def check_agreement(older: Mapping[str, object], newest: Mapping[str, object]) -> Iterator[Fault]:
    """Each version of ``older`` stands in ``newest`` with the same state and description."""
    versions, known = older.get("versions"), newest.get("versions")
    if not isinstance(versions, dict) or not isinstance(known, dict):
        return
    for name, block in versions.items():
        if name not in known:
            yield Fault("E066", f"{name[:50]} is not in the root inventory")
            continue
        if _placed(older, block) != _placed(newest, known[name]):
            yield Fault("E066", f"the state of {name[:50]} differs from the root's")
        if any(_part(block, key) != _part(known[name], key) for key in _DESCRIPTION):
            yield Fault("W011", f"what is said of {name[:50]} differs from the root's")


_DESCRIPTION = ("created", "message", "user")


def _part(block: object, key: str) -> object:
    return block.get(key) if isinstance(block, dict) else None


def _placed(document: Mapping[str, object], block: object) -> dict[str, frozenset[str]]:
    """Logical path -> content paths, whatever the digests are written by."""
    state = _part(block, "state")
    manifest = document.get("manifest")
    if not isinstance(state, dict) or not isinstance(manifest, dict):
        return {}
    where = {
        digest.lower(): frozenset(path for path in paths if isinstance(path, str))
        for digest, paths in manifest.items()
        if isinstance(paths, list)
    }
    return {
        path: where.get(digest.lower(), frozenset())
        for digest, paths in state.items()
        if isinstance(paths, list)
        for path in paths
        if isinstance(path, str)
    }
