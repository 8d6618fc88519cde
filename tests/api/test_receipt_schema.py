import copy
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from filing.evidence import receipt
from filing.evidence.statement import Correction
from tests.evidence.given import NOON, a_receipt, a_statement, all_signers

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/receipt.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module")
def built():
    corrected = Correction("题名", "通知", "关于试点的通知", "漏字", "u17", NOON)
    said = a_statement(corrections=(corrected,))
    found = json.loads(receipt.build(a_receipt(said=said), all_signers()))
    VALIDATOR.validate(found)
    return found


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


def test_a_receipt_as_it_is_built_has_the_published_shape(built):
    assert set(built) == set(SCHEMA["properties"])
    assert set(built["receipt"]) == set(SCHEMA["$defs"]["receipt"]["properties"])


def objects(value, path=()):
    """Paths of every object inside."""
    if isinstance(value, dict):
        yield path
        for name, inner in value.items():
            yield from objects(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from objects(inner, (*path, index))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def test_a_member_left_out_or_added_anywhere_is_found(built):
    """Digests are the exception: which algorithms stand there is the archive's choice."""
    for path in objects(built):
        if path and path[-1] == "digests":
            continue
        for name in at(built, path):
            changed = copy.deepcopy(built)
            del at(changed, path)[name]
            assert not VALIDATOR.is_valid(changed), (*path, name)
        changed = copy.deepcopy(built)
        at(changed, path)["more"] = ""
        assert not VALIDATOR.is_valid(changed), path
