"""What breaks beneath the pages is told, changes nothing, and is over once it is mended."""

import errno
import io
import os
import re
from collections.abc import Iterator

import pytest

from filing.model.submission import State
from tests.hostile.place import Place, a_place, faulty

SENTENCES = {"zh": '<html lang="zh-CN">', "en": '<html lang="en"'}


@pytest.fixture
def place(tmp_path) -> Iterator[Place]:
    with a_place(tmp_path / "home") as made:
        yield made


def _mended(place: Place) -> str:
    """A submission whose draft mends it."""
    one = place.send(faulty("secrecy_not_in_list", 1))
    page = place.get("clerk", f"/submissions/{one}").get_data(as_text=True)
    field = re.search(r'name="(v-[^"]+)"[^>]*aria-invalid', page)[1]
    answer = place.post("clerk", f"/submissions/{one}/changes", {"version": "0", field: "公开"})
    assert answer.status_code == 303
    return one


def _hand_in(place: Place, one: str):
    return place.post("clerk", f"/submissions/{one}/hand-in", {"version": "1", "reason": "有误"})


def test_a_database_that_is_gone_is_said_in_both_languages_and_is_there_again(place):
    one = _mended(place)
    pages = ("/desk", f"/submissions/{one}", f"/submissions/{one}/files", "/notices", "/account")
    home = place.site.settings.home
    files = [file for file in home.iterdir() if file.name.startswith("filing.db") and
             not file.name.endswith("-turn")]  # fmt: skip
    place.site.database.engine.dispose()
    for file in [one for one in files if one.exists()]:
        file.rename(file.with_name(f"away-{file.name}"))
    (home / "filing.db").mkdir()  # so that none is made anew
    try:
        for path in pages:
            for lang, said in SENTENCES.items():
                answer = place.get("clerk", f"{path}?lang={lang}")
                assert answer.status_code == 503, path
                assert answer.headers["Retry-After"]
                assert said in answer.get_data(as_text=True)
                assert "Content-Security-Policy" in answer.headers
        form = {"form_token": "x", "version": "1", "reason": "有误"}
        assert (
            place.known("clerk").post(f"/submissions/{one}/hand-in", data=form).status_code == 503
        )
        assert place.get("clerk", "/static/filing.css").status_code == 200
    finally:
        (home / "filing.db").rmdir()
        for file in home.glob("away-*"):
            file.rename(home / file.name.removeprefix("away-"))
        place.site.database.engine.dispose()
    for path in pages:
        assert place.get("clerk", path).status_code == 200
    assert _hand_in(place, one).status_code == 303
    assert place.state(one) is State.RECEIPTED


def test_nothing_is_filed_where_the_store_is_not(place):
    """As when its file system was unmounted: the empty folder beneath takes nothing."""
    one, store = _mended(place), place.site.settings.home / "store"
    away = store.rename(store.with_name("store-away"))
    store.mkdir()
    for lang, said in SENTENCES.items():
        answer = place.post(
            "clerk", f"/submissions/{one}/hand-in?lang={lang}", {"version": "1", "reason": "有误"}
        )
        assert answer.status_code == 503
        assert said in answer.get_data(as_text=True)
    assert list(store.iterdir()) == []
    assert place.state(one) is State.REJECTED
    store.rmdir()
    away.rename(store)
    assert _hand_in(place, one).status_code == 303
    assert place.state(one) is State.RECEIPTED


def test_a_file_there_is_no_room_for_is_refused_and_leaves_nothing(place, monkeypatch):
    one = _mended(place)
    kept, token = sorted(place.site.staging.kept()), place.token("clerk")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def upload(size_bytes: int):
        file = (io.BytesIO(b"%PDF-1.7\n" + b"x" * size_bytes), "a.pdf")
        form = {**token, "version": "1", "member": "", "upload": file}
        return place.known("clerk").post(f"/submissions/{one}/files", data=form, buffered=True)

    with monkeypatch.context() as broken:
        broken.setattr("werkzeug.formparser.SpooledTemporaryFile", full)
        assert upload(400_000).status_code == 507
    assert sorted(place.site.staging.kept()) == kept
    assert _hand_in(place, one).status_code == 303
