"""What every module owes its reader, and what only one module may do."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "filing"
MODULES = {str(one.relative_to(ROOT)): one for one in sorted(PACKAGE.rglob("*.py"))}

LONGEST = 300
#: A module may be longer for a reason; the reason stands here, for whoever wants to shorten it.
LONGER = {
    "filing/adapters/packages/archive.py": "directory, headers and data must agree: one reader",
    "filing/adapters/packages/splitter.py": "one state machine over bytes",
    "filing/ingest/submit.py": "one delivery's way, and how its repeats wait for it",
    "filing/rules/metadata_table.py": "the table's reader and its judge know the same columns",
}

WORDS_NOT_A_CONCEPT = {"utils", "helpers", "common", "core", "manager", "misc", "data", "info"}

#: What is done in one place: the name called, and the modules that own it.
OWNERS = {
    "os.fsync": {"filing/adapters/durable.py"},
    "os.fdatasync": {"filing/adapters/durable.py"},
    "os.sync": set(),
    "datetime.now": {"filing/adapters/clock.py"},
    "datetime.utcnow": set(),
    "datetime.today": set(),
    "date.today": set(),
    "time.time": {"filing/adapters/clock.py"},
    "time.time_ns": {"filing/adapters/clock.py"},
    "print": set(),
    "breakpoint": set(),
    "eval": set(),
    "exec": set(),
}


def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def called(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Names called in a module, by their last two parts, with the line.

    Names brought in under another name are given back their own. What a module does
    only when it is run as a program (printing, above all) is its own affair.
    """
    program = [
        node
        for node in module.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"
    ]
    module = ast.Module([node for node in module.body if node not in program], [])
    origin = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    } | {
        alias.asname: alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.asname
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            head, *rest = ast.unparse(node.func).split(".")
            parts = [*origin.get(head, head).split("."), *rest]
            yield ".".join(parts[-2:]), node.lineno


def strays(module: ast.Module, name: str) -> list[str]:
    return [
        f"{name}:{line} calls {what}"
        for what, line in called(module)
        if what in OWNERS and name not in OWNERS[what]
    ]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_opens_with_its_contract(name):
    module = tree(name)
    if module.body:
        assert ast.get_docstring(module), f"{name} says nothing about itself"


@pytest.mark.parametrize("name", MODULES)
def test_a_module_stays_short_or_says_why(name):
    lines = len(MODULES[name].read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST or LONGER.get(name), f"{name} has {lines} lines: two things in one?"


def test_no_reason_is_kept_for_a_module_that_is_short_again():
    long = {
        name
        for name, path in MODULES.items()
        if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST
    }
    assert set(LONGER) <= long


def test_no_module_is_named_after_nothing():
    parts = {name: set(Path(name).with_suffix("").parts) for name in MODULES}
    assert [name for name, some in parts.items() if some & WORDS_NOT_A_CONCEPT] == []


@pytest.mark.parametrize("name", MODULES)
def test_what_one_module_owns_no_other_does(name):
    assert strays(tree(name), name) == []


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.fsync(3)",
        "from os import fsync\nfsync(3)",
        "from os import fsync as settle\nsettle(3)",
        "import os as system\nsystem.fsync(3)",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import datetime\ndatetime.now()",
        "from datetime import datetime as moment\nmoment.now()",
        "import time\ntime.time()",
        "print('here')",
    ],
)
def test_a_stray_call_is_found_however_it_is_written(text):
    assert len(strays(ast.parse(text), "filing/rules/somewhere.py")) == 1


def test_the_owner_itself_may():
    assert strays(ast.parse("import os\nos.fsync(3)"), "filing/adapters/durable.py") == []


def test_a_module_run_as_a_program_may_print():
    text = "def out():\n    pass\nif __name__ == '__main__':\n    print(out())"
    assert strays(ast.parse(text), "filing/rules/somewhere.py") == []
    assert strays(ast.parse(text + "\nprint(1)"), "filing/rules/somewhere.py") != []
