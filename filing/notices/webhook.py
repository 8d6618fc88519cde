"""The message of a webhook and its signature.

The event as the feed shows it, nothing more; whoever wants more asks the archive. A
message that is sent again has the same id and the same body.

Source: Standard Webhooks 1.0.0 (headers webhook-id, webhook-timestamp,
webhook-signature; symmetric signatures "v1").
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from filing.model.events import Event

TEST = "test"
_PREFIX = "whsec_"


def secret_text(secret: bytes) -> str:
    """A secret as it is shown to people."""
    return _PREFIX + base64.b64encode(secret).decode()


def message_id(number: int) -> str:
    """The id of the message of one event; the same at every repeat."""
    return f"event-{number}"


def body(number: int, event: Event) -> bytes:
    """The message of one event: JSON; ``data`` is the entry of ``GET /events``."""
    at = _moment(event.at)
    return _json(
        {
            "type": event.kind.value,
            "timestamp": at,
            "data": {
                "number": number,
                "submission_id": event.submission_id,
                "kind": event.kind.value,
                "at": at,
                "who": event.who,
                "detail": dict(event.detail),
            },
        }
    )


def test_body(subscription_id: str, at: datetime) -> bytes:
    """A message that says nothing but that it arrived."""
    moment = _moment(at)
    return _json({"type": TEST, "timestamp": moment, "data": {"subscription": subscription_id}})


def headers(secrets: Sequence[bytes], name: str, at: datetime, content: bytes) -> dict[str, str]:
    """The headers of one attempt; each secret signs.

    name   the message's id
    at     when it is sent: a receiver refuses what was signed long ago
    """
    sent = str(int(at.timestamp()))
    return {
        "Content-Type": "application/json",
        "Webhook-Id": name,
        "Webhook-Timestamp": sent,
        "Webhook-Signature": " ".join(signature(one, name, sent, content) for one in secrets),
    }


def signature(secret: bytes, name: str, sent: str, content: bytes) -> str:
    """One signature: over id, time and body, joined by full stops."""
    signed = f"{name}.{sent}.".encode() + content
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def _moment(at: datetime) -> str:
    """As the feed writes times."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
