"""Whatever is refused to a person or a system is said in Chinese and in English.

Read from the code, so that no refusal is forgotten because no test meets it. Proofs that
do not hold (NotGenuine) are named by the step that failed; see filing verify.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from filing import errors
from tests.architecture.test_modules import MODULES

#: Where refusals are made that people and agencies read.
SAID_BY = (
    "administration", "api", "archive.py", "config.py", "desk", "holdings", "ingest", "model",
    "notices", "people", "services", "web", "adapters/db/agencies.py",
    "adapters/db/administration.py", "adapters/db/desk", "adapters/db/drafts.py",
    "adapters/db/engine.py", "adapters/db/people.py", "adapters/db/subscriptions.py",
    "adapters/keys.py", "adapters/oidc.py", "adapters/passwords.py", "adapters/sealing.py",
    "adapters/webhook_secrets.py", "app/home.py", "app/people.py",
)  # fmt: skip
#: Said in the log of a start alone: ids and what is not there.
IN_THE_LOG = {"filing/ingest/recover.py"}
KINDS = {
    name
    for name, one in vars(errors).items()
    if isinstance(one, type) and issubclass(one, errors.FilingError)
} - {"FilingError", "NotGenuine"}
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
PLACES = [
    name
    for name in MODULES
    if name.removeprefix("filing/").startswith(SAID_BY) and name not in IN_THE_LOG
]


def refusals(text: str) -> Iterator[tuple[int, list[ast.expr]]]:
    """Line and arguments of every error that is made."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in KINDS:
                yield node.lineno, node.args


def words(argument: ast.expr) -> str:
    """The text written there; "" for what is put together elsewhere."""
    found = (one.value for one in ast.walk(argument) if isinstance(one, ast.Constant))
    return " ".join(one for one in found if isinstance(one, str))


@pytest.mark.parametrize("name", PLACES)
def test_a_refusal_is_in_both_languages(name):
    for line, given in refusals(MODULES[name].read_text(encoding="utf-8")):
        if any(isinstance(one, ast.Starred) for one in given):
            continue  # both from one table
        assert len(given) == 2, f"{name}:{line} says one language"
        english, chinese = map(words, given)
        assert not CHINESE.search(english), f"{name}:{line}"
        assert not chinese or CHINESE.search(chinese), f"{name}:{line}"


def test_the_places_are_there_and_refuse_things():
    found = sum(len(list(refusals(MODULES[one].read_text(encoding="utf-8")))) for one in PLACES)
    assert found > 150
    for one in SAID_BY:
        assert any(name.removeprefix("filing/").startswith(one) for name in PLACES), one
