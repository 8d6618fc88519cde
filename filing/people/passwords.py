"""What a password must be: long, and not what anybody would guess first.

No rule about kinds of characters and no expiry: they make passwords worse.

Source: NIST SP 800-63B-4, section 3.1.1 (length, no composition rules, NFKC, a list
of what is often used, comparison with what is known of the account).
"""

import itertools
import secrets
import unicodedata

from filing.errors import BadRequest

SHORTEST, LONGEST = 12, 256
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
#: Runs and words that make most of the long passwords people choose first.
_USUAL = (
    "0123456789", "9876543210", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc",
    "abcdefghijklmnopqrstuvwxyz", "password", "passw0rd", "p@ssword", "p@ssw0rd", "administrator",
    "admin", "welcome", "letmein", "changeme", "iloveyou", "woaini", "5201314", "guidang",
    "danganguan", "dangan", "mima", "filing", "archive", "zaixianguidang",
)  # fmt: skip


def normal(password: str) -> str:
    """The one spelling of a password. Raises BadRequest if it is no text, or endless."""
    if len(password) > LONGEST:
        raise BadRequest(
            f"a password has at most {LONGEST} characters", f"密码最长 {LONGEST} 个字符"
        )
    try:
        password.encode()
    except UnicodeEncodeError as error:
        raise BadRequest("the password is not text", "密码含有无效字符") from error
    return unicodedata.normalize("NFKC", password)


def check(password: str, login: str, name: str) -> str:
    """The password as it is kept, if it will do.

    login, name   of the account: a password made of them is guessed first

    Raises BadRequest with what is wrong.
    """
    chosen = normal(password)
    if len(chosen) < SHORTEST:
        raise BadRequest(
            f"a password has at least {SHORTEST} characters; a sentence is easy to remember",
            f"密码至少 {SHORTEST} 个字符，可以用一句话",
        )
    rest = chosen.casefold()
    for known in sorted((login.casefold(), name.casefold(), *_USUAL), key=len, reverse=True):
        if len(known) > 1:
            rest = rest.replace(known, known[0])
    rest = _without_runs(rest)
    if len(set(rest)) < 5 or len(rest) < SHORTEST // 2:
        raise BadRequest(
            "this password is too easy to guess: the login, a run, or one word again and again",
            "密码太容易猜到：不要用账号、姓名、连续字符或重复的词",
        )
    return chosen


def _without_runs(text: str) -> str:
    """The text without characters that repeat the one before, or go on counting from it."""
    pairs = itertools.pairwise(text)
    return text[:1] + "".join(two for one, two in pairs if abs(ord(one) - ord(two)) > 1)


def fresh() -> str:
    """A password to be typed once and then changed: four groups of four, 79 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)
