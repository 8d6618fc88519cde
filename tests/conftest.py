"""What many tests ask for: an empty database of each kind, published vectors, sample files.

Nothing here acts on a test that did not name it.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.postgres import Cluster, server_binaries

_CHECKOUT = Path(__file__).parent.parent
_IN_CI = os.environ.get("CI") == "true"

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.load_profile("ci" if _IN_CI else "desk")


@pytest.fixture(scope="session")
def postgresql_programs() -> Path:
    """The folder of the PostgreSQL server's programs; in CI it must be there."""
    binaries = server_binaries()
    if binaries is None:
        missing = "no PostgreSQL server is installed (initdb, postgres)"
        if _IN_CI:
            pytest.fail(f"{missing}; .ci/prepare should have installed it")
        pytest.skip(missing)
    return binaries


@pytest.fixture(scope="session")
def postgresql(postgresql_programs: Path) -> Iterator[Cluster]:
    """A PostgreSQL server of this test process's own."""
    with Cluster(postgresql_programs) as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database; a test that asks runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite+pysqlite:///{tmp_path / 'filing.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql")
    url = cluster.database()
    yield url
    cluster.drop(url)


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of vectors published by others (Merkle proofs, OCFL fixtures, Wycheproof)."""
    return _outside("FILING_VECTORS", "../shared/vectors")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real files nobody here wrote (OFD, PDF)."""
    return _outside("FILING_CORPUS", "../shared/corpus")


def _outside(variable: str, usual: str) -> Path:
    folder = Path(os.environ.get(variable) or _CHECKOUT / usual).resolve()
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there; set {variable} to the folder that holds them")
    return folder
