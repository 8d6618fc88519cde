"""The commands as a person or a script runs them, against a served archive.

Most run in this process, for the time a new one takes; ``real`` is a process of its own.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from examples.bad import FAULTS, sample
from examples.documents import AGENCIES
from examples.good import good
from filing.app import Site, initialise
from filing.cli import EXIT, EXIT_CODES, Cli, client, create_cli
from filing.cli.http import Archive
from filing.cli.output import Output
from filing.config import Settings
from filing.errors import BadRequest, NotFound, NotIdentified, OutsideUnavailable
from filing.model.package import Form
from tests.conformance.served import ROOT, a_served_archive

WATER = AGENCIES[0].id
DOCUMENT = (ROOT / "docs/cli.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with a_served_archive(tmp_path_factory.mktemp("archive")) as served:
        yield served


@pytest.fixture(scope="module")
def run(archive):
    """Run a command as the water agency; gives (exit code, standard output, standard error)."""
    sites = []

    def operations(settings):
        sites.append(Site(settings))
        return sites[-1].operations

    command = create_cli(
        Cli(Settings.from_environ, operations, lambda settings: None, initialise=initialise)
    )

    def run(*words, **environ):
        told = CliRunner().invoke(
            command,
            list(map(str, words)),
            env={**archive.environ, **identity(archive), **environ},
            prog_name="filing",
        )
        if told.exception is not None and not isinstance(told.exception, SystemExit):
            raise told.exception
        return told.exit_code, told.stdout, told.stderr

    yield run
    for one in sites:
        one.close()


def identity(archive):
    return {"FILING_URL": archive.url, "FILING_TOKEN": archive.tokens[WATER]}


@pytest.fixture
def real(archive):
    """As ``run``, in a process of its own."""

    def real(*words, **environ):
        told = archive.filing(*words, **identity(archive) | environ)
        return told.returncode, told.stdout.decode(), told.stderr.decode()

    return real


numbers = iter(range(10_000))


def a_package(folder, form=Form.EEP, name="package"):
    """A lawful package nobody has filed, as a file."""
    (one,) = good(1, form=form, start=next(numbers), annexes=1)
    path = folder / f"{name}{one.extension}"
    path.write_bytes(one.wire())
    return path


def a_bad_package(folder, code):
    fault = next(one for one in FAULTS if one.code == code and not one.before)
    one = sample(fault)
    path = folder / f"{one.name}{one.extension}"
    path.write_bytes(one.wire())
    return path


def trust(archive):
    return [
        word
        for one in sorted((archive.home / "keys").glob("*.crt.pem"))
        for word in ("--trust", one)
    ]


# What the server says


def test_the_server_says_where_it_serves(archive):
    said = (archive.home / "log").read_text(encoding="utf-8")
    assert f"event=serving listen={archive.url} workers=" in said


# What is documented


@pytest.mark.parametrize("group", ["", "agency", "audit", "findings", "location", "person",
                                   "repair", "store"])  # fmt: skip
def test_help_lists_each_command_in_both_languages(run, group):
    code, out, _ = run(*group.split(), "--help")
    assert code == EXIT["yes"]
    listed = out.partition("Commands:")[2].partition("Exit codes")[0].splitlines()
    every = " ".join(listed)
    starts = [line for line in listed if re.match(r"  [a-z]", line)]
    assert len(re.findall(r"[\u4e00-\u9fff]+", every)) >= len(starts) > 0, out
    assert "..." not in every


def test_help_document_and_code_name_the_same_exit_codes(run):
    code, out, _ = run("--help")
    assert code == EXIT["yes"]
    assert set(EXIT.values()) == set(EXIT_CODES)
    for number, text in EXIT_CODES.items():
        assert f"  {number}  {text}\n" in out
        assert f"| {number} | {text} |\n" in DOCUMENT


def test_the_document_names_every_command_and_no_other(run):
    named = set(re.findall(r"`filing (?:--json )?((?:agency )?[a-z]+)", DOCUMENT))
    command = create_cli(Cli(Settings.from_environ, lambda settings: None, lambda settings: None))
    there = set(command.commands) - {"agency"}
    there |= {f"agency {one}" for one in command.commands["agency"].commands}
    assert named == there


# submit and show


@pytest.mark.parametrize("form", [Form.EEP, Form.EEP_ZIP, Form.RECORD_ZIP])
def test_a_good_package_is_filed_and_its_receipt_kept(run, real, tmp_path, form):
    receipt = tmp_path / "receipt.json"
    code, out, err = (real if form is Form.EEP else run)(
        "submit", a_package(tmp_path, form), "--receipt", receipt
    )
    assert code == EXIT["yes"], err
    said = json.loads(receipt.read_bytes())["receipt"]
    assert said["submission"] in out and said["record"] in out
    code, out, _ = run("--json", "show", said["submission"])
    shown = json.loads(out)
    assert code == EXIT["yes"]
    assert shown["submission"]["state"] == "receipted"
    assert shown["report"]["decision"] == "accepted"


def test_single_files_are_filed_with_their_metadata(run, tmp_path):
    (one,) = good(1, form=Form.RECORD_PARTS, start=next(numbers), annexes=1)
    words = []
    for part in one.parts:
        (tmp_path / part.file_name).write_bytes(part.body)
        words += [f"--{part.name}", tmp_path / part.file_name]
    for command in (("--json", "check", "--agency", WATER), ("--json", "submit")):
        code, out, err = run(*command, *words)
        assert code == EXIT["yes"], err
    assert json.loads(out)["receipt"]["agency"] == WATER


def test_progress_is_shown_on_a_terminal_only(run, archive, tmp_path):
    code, out, err = run("submit", a_package(tmp_path))
    assert code == EXIT["yes"]
    assert err == "" and "\x1b" not in out
    ours, theirs = os.openpty()
    told = subprocess.run(
        [sys.executable, "-m", "filing", "submit", a_package(tmp_path, name="second")],
        env={**archive.environ, "FILING_URL": archive.url, "TERM": "xterm",
             "FILING_TOKEN": archive.tokens[WATER]},
        stdout=subprocess.PIPE, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = os.read(ours, 1 << 16)
    os.close(ours)
    assert told.returncode == EXIT["yes"]
    assert b"second.xml" in shown


def test_a_rejected_package_says_what_where_and_how_to_mend_it(run, real, tmp_path):
    path = a_bad_package(tmp_path, "GD-1-10")
    code, out, _ = real("submit", path)
    assert code == EXIT["no"]
    assert "GD-1-10" in out and "→" in out
    code, out, _ = run("--json", "submit", path)
    assert code == EXIT["no"]
    assert json.loads(out)["report"]["decision"] == "rejected"


def test_another_package_under_the_same_key_is_refused(run, tmp_path):
    assert run("submit", a_package(tmp_path), "--key", "k1")[0] == EXIT["yes"]
    code, out, _ = run("--json", "submit", a_package(tmp_path), "--key", "k1")
    assert code == EXIT["refused"]
    assert json.loads(out)["error"] == "idempotency-key-reused"
    assert "detail" in json.loads(out)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (408, b'{"type":"urn:filing:body-too-slow","detail":"d"}', OutsideUnavailable,
         "body-too-slow"),
        (401, b'{"type":"urn:filing:credential-expired","detail":"d"}', NotIdentified,
         "credential-expired"),
        (503, b"not JSON", OutsideUnavailable, "outside-unavailable"),
        (400, b'["of another server"]', BadRequest, "bad-request"),
        (404, b'{"detail":"d","type":"about:blank"}', NotFound, "not-found"),
    ],
)  # fmt: skip
def test_what_the_archive_refused_keeps_its_code(monkeypatch, status, body, kind, code):
    answer = SimpleNamespace(status=status, getheaders=lambda: (), read=lambda: body)
    line = SimpleNamespace(
        request=lambda *given: None, getresponse=lambda: answer, close=lambda: None
    )
    monkeypatch.setattr(Archive, "_connection", lambda self: (line, ""))
    with pytest.raises(kind) as caught:
        Archive("http://x").get("/service")
    assert caught.value.code == code


def test_the_same_package_again_gets_the_same_receipt(run, tmp_path):
    package = a_package(tmp_path)
    for name in ("one", "two"):
        assert run("submit", package, "--receipt", tmp_path / name)[0] == EXIT["yes"]
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_package_may_be_left_to_be_examined_later(run, tmp_path):
    code, out, _ = run("--json", "submit", "--later", a_package(tmp_path))
    assert code == EXIT["yes"]
    assert run("show", json.loads(out)["id"])[0] == EXIT["yes"]


def test_a_withdrawn_submission_is_shown_without_a_report(monkeypatch):
    """It may have been withdrawn before its turn."""

    class Withdrawn:
        def __init__(self, *given): ...

        def get(self, path):
            if path.endswith("/report"):
                raise NotFound("it has not been examined yet")
            assert path == "/submissions/a%2Fb"
            return client.Reply(200, {}, b'{"id": "a/b", "state": "withdrawn"}')

    monkeypatch.setattr(client, "Archive", Withdrawn)
    told = CliRunner().invoke(client.show, ["a/b"], obj=Output(False, None))
    assert told.exit_code == EXIT["yes"]
    assert "withdrawn" in told.output


@pytest.mark.parametrize(
    ("words", "environ", "code"),
    [
        (["show", "absent"], {}, "refused"),
        (["show", "absent"], {"FILING_TOKEN": "wrong"}, "refused"),
        (["submit", "PACKAGE"], {"FILING_TOKEN": "wrong"}, "refused"),
        (["submit", "PACKAGE"], {"FILING_URL": "http://127.0.0.1:1"}, "outside"),
        (["submit", "PACKAGE"], {"FILING_URL": "http://127.0.0.1:x"}, "refused"),
        (["submit", "PACKAGE"], {"FILING_URL": "ftp://127.0.0.1"}, "refused"),
        (["show", "x", "--url", "https://127.0.0.1:1", "--authority", "/no"], {}, "refused"),
        (["submit"], {}, "refused"),
        (["submit", "/absent.xml"], {}, "usage"),
        (["submit", "/etc/hosts"], {}, "refused"),
        (["file"], {}, "usage"),
        (["check"], {}, "refused"),
        (["check", "PACKAGE", "--agency", "nobody"], {}, "refused"),
        (["verify", "PACKAGE"], {}, "no"),
        (["agency", "token", "nobody"], {}, "refused"),
        (["agency", "cert", WATER, "PACKAGE"], {}, "refused"),
        (["agency", "list"], {"FILING_SUITE": "other"}, "misconfigured"),
        (["init"], {"FILING_LISTEN": "nowhere"}, "misconfigured"),
        (["recover"], {}, "yes"),
        (["init"], {}, "yes"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else None,
)  # fmt: skip
def test_the_exit_code_says_how_it_ended(run, tmp_path, words, environ, code):
    package = a_package(tmp_path)
    found, out, err = run(*(package if word == "PACKAGE" else word for word in words), **environ)
    assert found == EXIT[code], out + err
    assert "Traceback" not in err
    assert out + err


@pytest.mark.parametrize("words", [["recover"], ["--json", "recover"]])
def test_who_interrupts_a_command_is_not_told_no(words):
    def interrupted(settings):
        raise KeyboardInterrupt

    told = CliRunner().invoke(create_cli(Cli(dict, interrupted, interrupted)), words)
    assert told.exit_code == EXIT["outside"]
    assert "interrupted" in told.output
    assert "已中断" in told.output


@pytest.mark.parametrize("words", [["file"], [], ["agency"], ["agency", "nothing"], ["show"],
                                   ["submit", "/absent.xml"], ["submit", "--items", "two"]],
                         ids=lambda words: "-".join(words) or "nothing")  # fmt: skip
def test_words_that_make_no_command_are_said_in_json_too(run, words):
    code, out, err = run("--json", *words)
    said = json.loads(out)
    assert (code, said["error"], err) == (EXIT["usage"], "usage", "")
    assert said["detail"]
    assert said["detail_zh"]


def test_a_receipt_that_cannot_be_written_is_said_before_anything_is_sent(run, archive, tmp_path):
    package = a_package(tmp_path)
    code, _, err = run("submit", package, "--receipt", tmp_path / "absent" / "receipt.json")
    assert code == EXIT["refused"]
    assert "absent" in err
    code, out, _ = run("--json", "submit", package)
    assert code == EXIT["yes"]
    issued = json.loads(out)["receipt"]["issued_at"]
    # Room may run out behind it: filed all the same, and said so.
    code, _, err = run("submit", package, "--receipt", "/dev/full")
    assert code == EXIT["outside"]
    assert "the same receipt" in err
    assert json.loads(run("--json", "submit", package)[1])["receipt"]["issued_at"] == issued


@pytest.mark.parametrize("command", ["submit", "check"])
def test_a_package_and_single_files_are_not_sent_together(run, tmp_path, command):
    package, other = a_package(tmp_path), a_package(tmp_path, name="other")
    for more in (("--metadata", other), ("--file", other)):
        code, _, err = run(command, package, *more)
        assert code == EXIT["refused"]
        assert "not both" in err


def test_what_answers_but_is_no_archive_is_said(run, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            line, _ = listener.accept()
            with line:
                line.recv(1 << 20)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<ok/>")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        code, _, err = run("show", "x", "--url", url)
        thread.join()
    assert code == EXIT["outside"]
    assert "not as an archive does" in err


# check


@pytest.mark.parametrize("form", [Form.EEP, Form.EEP_ZIP, Form.RECORD_ZIP])
def test_an_offline_check_gives_the_bytes_of_the_interface(run, archive, tmp_path, form):
    (one,) = good(1, form=form, start=next(numbers), annexes=1)
    path = tmp_path / f"package{one.extension}"
    path.write_bytes(one.wire())
    figures = one.registration
    code, out, err = run(
        "--json", "check", path, "--agency", WATER, "--items", figures.items,
        "--files-count", figures.files, "--total-bytes", figures.total_bytes,
    )  # fmt: skip
    assert code == EXIT["yes"], err
    assert out.encode() == archive.post(one, "validations").content


def test_an_offline_check_of_a_bad_package_gives_the_bytes_of_the_interface(archive, run, tmp_path):
    for code in ("GD-1-7", "GD-3-1", "ZX-4-1", "GD-2-3"):
        fault = next(one for one in FAULTS if one.code == code)
        one = sample(fault)
        path = tmp_path / f"{code}{one.extension}"
        path.write_bytes(one.wire())
        figures = [
            word
            for option, value in (
                ("--items", one.registration.items),
                ("--files-count", one.registration.files),
                ("--total-bytes", one.registration.total_bytes),
            )
            if value is not None
            for word in (option, value)
        ]
        ended, out, _ = run("--json", "check", path, "--agency", one.agency_id, *figures)
        assert ended == EXIT["no"]
        assert out.encode() == archive.post(one, "validations").content


def test_a_check_is_told_in_both_languages(run, tmp_path):
    one = sample(next(one for one in FAULTS if one.code == "GD-1-7"))
    path = tmp_path / f"package{one.extension}"
    path.write_bytes(one.wire())
    _, out, _ = run("--json", "check", path)
    checks = [
        one for one in json.loads(out)["checks"] if one["outcome"] in ("failed", "undetermined")
    ]
    _, told, _ = run("check", path)
    for one in checks:
        words = [one["name"], *(finding["message"] for finding in one["findings"])]
        words += [finding["remedy"] for finding in one["findings"]]
        assert all(word[language] in told for word in words for language in ("zh", "en"))
    assert not any(line.isspace() for line in told.splitlines() if line)


# verify


@pytest.fixture(scope="module")
def filed(archive, tmp_path_factory):
    """A record as its agency holds it: receipt.json, package.zip, and the files in folders."""
    folder = tmp_path_factory.mktemp("held")
    package = a_package(folder, Form.RECORD_ZIP)
    told = archive.filing(
        "submit", package, "--receipt", folder / "receipt.json",
        FILING_URL=archive.url, FILING_TOKEN=archive.tokens[WATER],
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    shutil.unpack_archive(package, folder / "files")
    return folder


def test_everything_held_is_verified_without_a_server(run, archive, filed):
    offline = {"FILING_URL": "http://127.0.0.1:1", "FILING_HOME": "/nonexistent"}
    code, out, err = run(
        "--json", "verify", filed / "receipt.json", filed / "files", *trust(archive), **offline
    )
    assert code == EXIT["yes"], out + err
    said = json.loads(out)
    assert said["trusted"] is True
    assert said["unchecked"] == said["unknown"] == []
    code, out, _ = run("verify", filed / "receipt.json")
    assert code == EXIT["yes"]
    assert "--trust" in out and "not checked" in out


def test_a_file_is_known_by_the_end_of_its_path_or_by_its_bytes(run, filed, tmp_path):
    one = next(path for path in (filed / "files").iterdir() if path.suffix == ".ofd")
    shutil.copy(one, tmp_path / "renamed")
    for path in (one, tmp_path / "renamed"):
        code, out, err = run("--json", "verify", filed / "receipt.json", path)
        assert code == EXIT["yes"], out + err
        proved = [each["en"] for each in json.loads(out)["proved"]]
        assert f"file {one.name} is as sealed" in proved
    code, out, _ = run("--json", "verify", filed / "receipt.json", filed / "package.zip")
    assert code == EXIT["yes"]
    assert json.loads(out)["deliveries"] == [str(filed / "package.zip")]
    assert json.loads(out)["unchecked"] == []


def test_a_file_the_receipt_does_not_speak_of_is_said(run, filed, tmp_path):
    (tmp_path / "other.txt").write_bytes(b"other")
    code, _, err = run("verify", filed / "receipt.json", tmp_path / "other.txt")
    assert code == EXIT["no"]
    assert "other.txt" in err and "no such file is under seal" in err
    code, out, _ = run("--json", "verify", filed / "receipt.json", tmp_path)
    assert code == EXIT["yes"]
    assert json.loads(out)["unknown"] == [str(tmp_path / "other.txt")]


def changed(path, old, new):
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


def test_what_was_tampered_with_is_named(run, archive, filed, tmp_path):
    held = tmp_path / "held"
    shutil.copytree(filed, held)
    one = next(path for path in (held / "files").iterdir() if path.suffix == ".ofd")
    one.write_bytes(one.read_bytes() + b" ")
    code, _, err = run("verify", held / "receipt.json", held / "files", *trust(archive))
    assert code == EXIT["no"]
    assert one.name in err
    for old, new, named in (
        (b'"issued_at":"20', b'"issued_at":"21', "the receipt is signed"),
        (b'"title":"', b'"title":"x', "not a receipt"),
        (b'{"receipt"', b'{"recept"', "not a receipt"),
    ):
        shutil.copy(filed / "receipt.json", held)
        changed(held / "receipt.json", old, new)
        code, _, err = run("verify", held / "receipt.json", *trust(archive))
        assert code == EXIT["no"]
        assert named in err, err


def test_the_certificate_of_somebody_else_does_not_do(run, archive, filed, tmp_path):
    other = {"FILING_HOME": str(tmp_path / "other")}
    assert run("init", **other)[0] == EXIT["yes"]
    (certificate,) = (tmp_path / "other/keys").glob("*.crt.pem")
    code, _, err = run("verify", filed / "receipt.json", "--trust", certificate)
    assert code == EXIT["no"]
    assert "none of the signatures is by a trusted key" in err
    code, _, err = run("verify", filed / "receipt.json", "--trust", filed / "receipt.json")
    assert code == EXIT["refused"], err
