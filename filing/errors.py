"""What can go wrong, as one tree.

Raise one of these for what the caller may act on. A package that breaks a
rule is not an exception: it is a Finding. No HTTP status stands here; each
face keeps its own table.
"""


class FilingError(Exception):
    """Base. ``code`` is stable and public; the text may change.

    ``zh`` is the same sentence in Chinese, for people; it may be empty.
    """

    code = "filing-error"

    def __init__(self, text: str, zh: str = "") -> None:
        super().__init__(text)
        self.zh = zh


class NotIdentified(FilingError):
    """The caller did not prove who is calling."""

    code = "not-identified"


class CredentialExpired(NotIdentified):
    """The caller is known, by a token whose last day is over."""

    code = "credential-expired"


class NotAllowed(FilingError):
    """The person or system may not do this."""

    code = "not-allowed"


class TooManyAttempts(FilingError):
    """Sign-in is locked for a while, for this account or from this address."""

    code = "too-many-attempts"


class RolesConflict(FilingError):
    """One person may not hold these roles together (三员分立)."""

    code = "roles-conflict"


class NotFound(FilingError):
    """There is no such thing, or it belongs to another agency."""

    code = "not-found"


class BadRequest(FilingError):
    """The request cannot be understood; the package was not looked at."""

    code = "bad-request"


class TooLarge(FilingError):
    """More bytes than this archive takes in one delivery."""

    code = "too-large"


class UnsupportedMedia(FilingError):
    """No reader for this kind of body."""

    code = "unsupported-media"


class DigestMismatch(FilingError):
    """The bytes that arrived are not the bytes that were announced."""

    code = "digest-mismatch"


class WrongState(FilingError):
    """The submission cannot take this step from where it is."""

    code = "wrong-state"


class ChangedMeanwhile(FilingError):
    """Somebody else changed it since it was read; nothing was overwritten."""

    code = "changed-meanwhile"


class KeyReused(FilingError):
    """Another delivery already stands under this idempotency key."""

    code = "idempotency-key-reused"


class OutsideUnavailable(FilingError):
    """A database, scanner, key or disk did not answer. Try again later."""

    code = "outside-unavailable"


class StorageFull(OutsideUnavailable):
    """There is no room to keep more. What was begun may be finished once there is."""

    code = "storage-full"


class StoreDoubtful(OutsideUnavailable):
    """A barrier failed: nothing more is accepted until the store was looked at."""

    code = "store-doubtful"


class KeptLost(FilingError):
    """What was kept of one submission is gone or damaged; waiting does not bring it back."""

    code = "kept-lost"


class NotGenuine(FilingError):
    """A signature, proof or digest does not hold."""

    code = "not-genuine"


class Misconfigured(FilingError):
    """A setting is missing or contradicts another; said at start."""

    code = "misconfigured"
