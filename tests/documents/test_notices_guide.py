"""The guide to notices: its recipes verify what the archive sends, and refuse the rest."""

import base64
import json
import os
import re
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.model.events import Event, Kind
from filing.notices import webhook
from filing.notices.texts import PLACEHOLDERS

TEXT = (Path(__file__).parents[2] / "docs/notices.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
SECRET = bytes(range(32))
EVENT = Event("city", "s-1", Kind.RETURNED, datetime(2026, 3, 1, 8, 30, tzinfo=UTC), "system",
              {"reason": "题名不符", "text": "请改正"})  # fmt: skip
NAMES: dict[str, object] = {}
exec(compile(BLOCKS["python"], "verify.py", "exec"), NAMES)  # the guide's own program
is_genuine = NAMES["is_genuine"]


def a_message(at: datetime, secrets: tuple[bytes, ...] = (SECRET,)) -> tuple[dict[str, str], bytes]:
    body = webhook.body(7, EVENT)
    given = webhook.headers(secrets, webhook.message_id(7), at, body)
    return {name.lower(): value for name, value in given.items()}, body


def judged(headers: dict[str, str], body: bytes, late: float = 0, secret: bytes = SECRET) -> bool:
    now = datetime(2026, 3, 1, 9, tzinfo=UTC).timestamp() + late
    return is_genuine(headers, body, webhook.secret_text(secret), now)  # type: ignore[operator]  # from the guide


NOON = datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_what_the_archive_sends_is_genuine():
    assert judged(*a_message(NOON))


def test_the_message_in_the_guide_has_the_shape_of_the_real_one():
    shown, real = json.loads(BLOCKS["json"]), json.loads(webhook.body(7, EVENT))
    assert shown.keys() == real.keys()
    assert shown["data"].keys() == real["data"].keys()


@pytest.mark.parametrize(
    ("late", "genuine"),
    [(299, True), (-299, True), (301, False), (-301, False), (86400, False)],
)
def test_what_is_sent_again_much_later_is_refused(late, genuine):
    assert judged(*a_message(NOON), late=late) is genuine


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_changed_byte_is_refused(place, change):
    headers, body = a_message(NOON)
    changed = bytearray(body)
    changed[place % len(body)] ^= change
    assert not judged(headers, bytes(changed))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", ["", "event-8", "1", "x", "v1,", "1" * 40])
def test_a_changed_header_is_refused(name, value):
    headers, body = a_message(NOON)
    assert not judged({**headers, name: value}, body)


def test_another_secret_is_refused_and_one_of_two_is_enough():
    other = bytes(32)
    headers, body = a_message(NOON)
    assert not judged(headers, body, secret=other)
    headers, body = a_message(NOON, (other, SECRET))
    assert judged(headers, body)
    assert judged(headers, body, secret=other)


def test_a_signature_published_by_others_is_computed_alike():
    """Source: Standard Webhooks, reference libraries: the vector of their own tests."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    content = b'{"test": 2432232314}'
    signed = webhook.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", content)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("change", "late", "said"),
    [("", 0, "genuine"), ("x", 0, "refused"), ("", -400, "refused"), ("", 400, "refused")],
)
def test_openssl_says_the_same(tmp_path, change, late, said):
    now = datetime.fromtimestamp(time.time() + late, UTC)
    headers, body = a_message(now)
    (tmp_path / "body").write_bytes(body + change.encode())
    told = subprocess.run(
        ["bash", "-uc", BLOCKS["bash"]],
        cwd=tmp_path,
        env={
            **os.environ,
            "ID": headers["webhook-id"],
            "TIMESTAMP": headers["webhook-timestamp"],
            "SIGNATURE": headers["webhook-signature"].removeprefix("v1,"),
            "SECRET": webhook.secret_text(SECRET),
        },
        capture_output=True,
        text=True,
    )
    assert told.stdout == f"{said}\n", told.stderr


def test_the_guide_names_every_placeholder_and_no_other():
    words = TEXT.partition("## The words")[2]
    assert re.findall(r"\{(\w+)\}", words) == list(PLACEHOLDERS)
