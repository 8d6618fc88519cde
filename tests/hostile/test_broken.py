"""What breaks beneath the pages is told, changes nothing, and is over once it is mended."""

import errno
import html
import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from filing.model.submission import State
from tests.hostile.large import many_files
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
    place.site.database.close()
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
        place.site.database.close()
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


def _upload(place: Place, one: str, token, size_bytes: int, member: str = ""):
    file = FileStorage(io.BytesIO(b"%PDF-1.7\n" + b"x" * size_bytes), "a.pdf")
    form = {**token, "version": "1", "member": member, "upload": file}
    # Encoded here: the test client would leave a file of its own open.
    boundary, body = encode_multipart(form)
    kind = f"multipart/form-data; boundary={boundary}"
    at = f"/submissions/{one}/files"
    return place.known("clerk").post(at, data=body, content_type=kind, buffered=True)


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EROFS, 503)])
def test_a_file_there_is_no_room_for_is_refused_and_leaves_nothing(
    place, monkeypatch, number, status
):
    one = _mended(place)
    kept, token = sorted(place.site.staging.kept()), place.token("clerk")

    def full(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr("werkzeug.formparser.SpooledTemporaryFile", full)
        assert _upload(place, one, token, 400_000).status_code == status
    assert sorted(place.site.staging.kept()) == kept
    assert _hand_in(place, one).status_code == 303


def _kept(place: Place, one: str) -> Path:
    (found,) = (place.site.settings.home / "staging/kept").rglob(one)
    return found


def _said(answer) -> str:
    return answer.get_data(as_text=True).partition("<main")[2]


def test_whom_to_tell_what_is_said_where_what_was_kept_is_gone(place, caplog):
    """The report behind a delivery, or all of it: for a moment only the operator can help."""
    one, other = _mended(place), place.send(faulty("secrecy_not_in_list", 2))
    listing = _kept(place, one) / "kept.json"
    whole = listing.read_bytes()
    short = json.loads(whole)
    short["contents"].pop()
    listing.write_text(json.dumps(short))
    stood = _kept(place, other)
    away = stood.rename(place.site.settings.home / "away")
    for name, why, answer in (
        (one, f"the report that refused {one}", _hand_in(place, one)),
        (other, f"submission {other}", place.get("clerk", f"/submissions/{other}")),
    ):
        assert answer.status_code == 503
        assert all(words in _said(answer) for words in (name, "暂存内容缺失", "系统管理员"))
        assert "请稍后再试" not in _said(answer)
        assert f"event=kept-lost why={why}" in caplog.text
    listing.write_bytes(whole)
    away.rename(stood)
    assert _hand_in(place, one).status_code == 303
    assert place.get("clerk", f"/submissions/{other}").status_code == 200


def test_an_agency_is_told_when_the_report_that_refused_it_is_gone(place):
    """A repeat, and who asks for the report alone, get a sentence and not half an answer."""
    sample = faulty("secrecy_not_in_list", 3)
    one = place.send(sample)
    stood = _kept(place, one)
    away = stood.rename(place.site.settings.home / "away")
    token = place.site.operations.add_token(sample.agency_id, "test")
    asked = {"Authorization": f"Bearer {token}"}
    client = place.app.test_client()
    for answer in (
        client.get(f"/api/v1/submissions/{one}/report", headers=asked),
        client.post(
            "/api/v1/submissions",
            data=sample.wire(),
            headers=asked | {"Content-Type": sample.content_type},
        ),
    ):
        assert answer.status_code == 503
        assert answer.get_json()["type"] == "urn:filing:kept-lost"
        assert one in answer.get_json()["detail"]
    away.rename(stood)
    assert client.get(f"/api/v1/submissions/{one}/report", headers=asked).status_code == 200


@pytest.mark.parametrize("gone", [".", "0"])
def test_a_delivery_that_is_open_here_is_lost_when_its_files_are(place, gone):
    one = _mended(place)
    stood = _kept(place, one) / gone
    away = stood.rename(place.site.settings.home / "away")
    for answer in (
        _hand_in(place, one),
        place.get("clerk", f"/submissions/{one}"),
        place.post("clerk", f"/submissions/{one}/changes", {"version": "1"}),
    ):
        assert answer.status_code == 503
        assert "暂存内容缺失" in _said(answer)
    assert place.state(one) is State.REJECTED
    away.rename(stood)
    assert _hand_in(place, one).status_code == 303


@contextmanager
def _nothing_written(root: Path, monkeypatch, number: int) -> Iterator[None]:
    """Below ``root`` nothing can be created or written, as on a disk that is full or read-only."""
    real = {name: getattr(os, name) for name in ("open", "mkdir")}

    def refusing(name):
        def refuse(path, *rest, **more):
            creates = name == "mkdir" or (rest and rest[0] & (os.O_CREAT | os.O_WRONLY | os.O_RDWR))
            if creates and str(path).startswith(str(root)):
                raise OSError(number, os.strerror(number), str(path))
            return real[name](path, *rest, **more)

        return refuse

    with monkeypatch.context() as broken:
        for name in real:
            broken.setattr(os, name, refusing(name))
        yield


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EROFS, 503)])
def test_where_staging_takes_nothing_a_correction_is_refused_as_it_is_and_nothing_is_lost(
    place, monkeypatch, number, status
):
    one, unseen = _mended(place), place.send(many_files(9, 3))
    wrong = place.send(faulty("secrecy_not_in_list", 2))
    page = place.get("clerk", f"/submissions/{wrong}").get_data(as_text=True)
    field = re.search(r'name="(v-[^"]+)"[^>]*aria-invalid', page)[1]
    place.post("clerk", f"/submissions/{wrong}/changes", {"version": "0", field: "半公开"})
    staging, token = place.site.settings.home / "staging", place.token("clerk")
    kept, report = sorted(place.site.staging.kept()), _report(place, wrong)
    files = place.get("clerk", f"/submissions/{one}/files").get_data(as_text=True)
    member = html.unescape(re.search(r'name="member" value="([^"]+)"', files)[1])
    with _nothing_written(staging, monkeypatch, number):
        for size in (4_000, 3_000_000):  # from memory, and by way of a file
            answer = _upload(place, one, token, size, member)
            assert answer.status_code == status, answer.get_data(as_text=True)
        assert _hand_in_with(place, wrong, token).status_code == status  # its report is not kept
        for path in (f"/submissions/{unseen}", f"/submissions/{one}", "/desk"):
            assert place.get("clerk", path).status_code in (200, status)
    assert sorted(place.site.staging.kept()) == kept
    assert (place.state(wrong), _report(place, wrong)) == (State.REJECTED, report)
    assert (place.version(one), place.version(wrong)) == ("1", "1")
    assert _hand_in_with(place, wrong, token).status_code == 303
    assert _report(place, wrong) != report
    assert _hand_in(place, one).status_code == 303
    assert place.state(one) is State.RECEIPTED


def _report(place: Place, one: str) -> bytes:
    return place.site.report_of(place.site.ledger.submission(one))


def _hand_in_with(place: Place, one: str, token):
    form = {**token, "version": "1", "reason": "有误"}
    return place.known("clerk").post(f"/submissions/{one}/hand-in", data=form, buffered=True)
