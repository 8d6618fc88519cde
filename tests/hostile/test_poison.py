"""Whatever is typed stays text: every form, every address, on both databases.

The forms are those of the pages themselves, and the names those that views read, so that a
new field is attacked without being named here. Nothing may fail inside (500), and nothing
typed may come back as markup.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_from_bytes

import pytest

import filing.web
from tests.hostile.forms import Form, forms_of
from tests.hostile.place import Place, a_place
from tests.hostile.routes import ROUTES, address
from tests.hostile.things import things_of

MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}%(n)s%s'
POISON = (
    MARKUP.encode(),
    b"\xed\xa0\x80\xff",  # a lone surrogate, and no UTF-8 at all
    "\u202e\u2028\u2029\u200b\ufeff\x1b[31m\x7f\x85".encode(),
    "\U00020000\U0002a6d6\ufffe\U0010ffff".encode(),
    b"9" * 30,
    b"9" * 18,
    b"-1",
    "\u00b2\u0663".encode(),
    b"9999-12-31",
    b"0001-01-01",
    b"x\r\nSet-Cookie: a=b",
    b"/../../etc/passwd",
    "\u6863".encode() * 500,
    b"[(*\\{x.__class__}",
)
NUL = b"a\0b"
#: Everything a view reads from an address.
NAMES = sorted(
    {
        name
        for file in Path(filing.web.__file__).parent.rglob("*.py")
        for name in re.findall(r'\bargs(?:\.get(?:list)?\(|\[)"(\w+)"', file.read_text("utf-8"))
    }
    | {"agency", "state", "code", "cause", "assignee", "from", "until", "due", "text"}
)
#: Forms that would leave nobody behind to send the next one.
SPARED = re.compile(r"/(end|disable|reset|remove|roles|password|sign-out|code)$")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request, tmp_path_factory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("poison") / "home"
    url = ""
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgresql")
        url = cluster.database()
    with a_place(home, url, webhook_networks="127.0.0.0/8") as made:
        yield made
    if url:
        cluster.drop(url)


@pytest.fixture(scope="module")
def things(place) -> dict[str, str]:
    return things_of(place)


def _is_well(answer, what) -> None:
    assert answer.status_code < 500, what
    assert "Set-Cookie: a=b" not in str(answer.headers), what
    if answer.mimetype == "text/html":
        page = answer.get_data()
        assert b"<script>alert" not in page, what
        assert b"<img src=x" not in page, what


def _looker(line: str) -> str:
    return sorted(ROUTES[line].may - {"stranger", "system"} or ROUTES[line].may)[-1]


PAGES = [one for one in ROUTES if one.startswith("GET ") and "/openid" not in one]


@pytest.mark.parametrize("line", PAGES)
def test_an_address_may_hold_anything(place, things, line):
    login, plain = _looker(line), address(line, things)
    joint = "&" if "?" in plain else "?"
    for turn in range(0, len(POISON), 5):
        given = {name: POISON[(turn + at) % len(POISON)] for at, name in enumerate(NAMES)}
        query = "&".join(f"{name}={quote_from_bytes(one)}" for name, one in given.items())
        _is_well(place.get(login, f"{plain}{joint}{query}"), (line, turn))
    if "<" in line:
        for one in (*POISON, NUL):
            path = re.sub(r"<[^>]+>", quote_from_bytes(one, safe=""), line.partition(" ")[2])
            answer = place.get(login, path)
            _is_well(answer, (line, one))
            assert answer.status_code in (404, 308, 400), (line, one)
    asked = place.get(login, f"{plain}{joint}{NAMES[0]}={quote_from_bytes(NUL)}")
    assert asked.status_code == (200 if line.endswith(("healthz", "readyz")) else 400), line


def _every_form(place: Place, things: dict[str, str], login: str) -> Iterator[Form]:
    seen = set()
    for line in PAGES:
        if login not in ROUTES[line].may:
            continue
        at = address(line, things)
        answer = place.get(login, at)
        if answer.mimetype != "text/html":
            continue
        for one in forms_of(answer.get_data(as_text=True), at)[0]:
            plain = re.sub(r"[0-9a-f-]{32,36}|\d+", "*", one.action)
            if (one.method, plain) not in seen and not SPARED.search(plain):
                seen.add((one.method, plain))
                yield one


def _send(place: Place, login: str, form: Form, value: bytes, token: str) -> None:
    sent = {name: [one.encode() for one in some] for name, some in form.filled().items()}
    sent |= {name: [value] for name in form.names if name not in ("version", "step")}
    sent["form_token"] = [token.encode()]
    pairs = [
        f"{quote(name)}={quote_from_bytes(one)}" for name, some in sent.items() for one in some
    ]
    body = "&".join(pairs)
    if form.method == "post":
        answer = place.known(login).post(
            form.action,
            data=body,
            content_type="application/x-www-form-urlencoded",
            buffered=True,
        )
    else:
        answer = place.get(login, f"{form.action.partition('?')[0]}?{body}")
    _is_well(answer, (login, form.action, value))


@pytest.mark.parametrize("login", ["", "agency", "archivist", "system", "security", "auditor"])
def test_a_form_may_hold_anything(place, things, login):
    forms = list(_every_form(place, things, login))
    assert forms
    token = place.token(login)["form_token"]
    for number, form in enumerate(forms):
        for one in (MARKUP.encode(), NUL, *POISON[1 + number % 3 :: 3]):
            _send(place, login, form, one, token)
    for line in PAGES:
        if login in ROUTES[line].may:
            _is_well(place.get(login, address(line, things)), line)
