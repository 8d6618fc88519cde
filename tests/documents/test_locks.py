"""The locks name versions and digests, never a place to fetch from."""

import configparser
import re
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
LOCKS = ["requirements.lock", "requirements-dev.lock"]
PACKAGE = re.compile(r"^([a-z0-9][a-z0-9.-]*(?:\[[a-z,-]+\])?)==(\S+)", re.MULTILINE)
LINE = re.compile(
    r"[a-z0-9][a-z0-9.-]*(\[[a-z,-]+\])?==\S+( ; [\w\s'.<>=!()-]+)? \\"
    r"|    --hash=sha256:[0-9a-f]{64}( \\)?"
)


def versions(name: str) -> dict[str, str]:
    return dict(PACKAGE.findall((DEPLOY / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_packages_and_digests_and_nothing_else(name):
    lines = (DEPLOY / name).read_text(encoding="utf-8").splitlines()
    assert lines
    assert [line for line in lines if not LINE.fullmatch(line)] == []


def test_tests_run_on_the_versions_that_are_deployed():
    assert versions("requirements.lock").items() <= versions("requirements-dev.lock").items()


def test_every_package_asked_for_is_locked():
    asked = configparser.ConfigParser()
    asked.read(DEPLOY.parent / "setup.cfg", encoding="utf-8")
    extras = asked["options.extras_require"]
    wanted = {
        "requirements.lock": asked["options"]["install_requires"] + extras["build"],
        "requirements-dev.lock": extras["dev"],
    }
    for name, lines in wanted.items():
        names = {re.match(r"[\w.-]+", line)[0].lower() for line in lines.split()}
        locked = {package.partition("[")[0] for package in versions(name)}
        assert names - locked == set(), f"run make lock: {name} lacks them"
