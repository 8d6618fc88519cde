"""Mails handed to a real server process on loopback."""

import email
import email.policy
import socket
import threading

import pytest

from filing.adapters import mail
from filing.adapters.mail import MailServer, SendMail
from filing.model.notices import Attempt
from tests.notices.certificates import make_certificate
from tests.notices.mailboxes import Mailbox, delivering

TO = "clerk@agency.example"


def a_sender(mailbox: Mailbox, **changes: object) -> SendMail:
    given = {
        "host": "127.0.0.1",
        "port": mailbox.port,
        "security": "none",
        "user": "",
        "password_file": "",
        "sender": "filing@archive.example",
        "name": "示例省档案馆",
        "seconds": 10.0,
    }
    return SendMail(MailServer(**given | changes))


def read(text: str) -> email.message.EmailMessage:
    return email.message_from_string(text, policy=email.policy.default)


def test_a_mail_arrives_with_its_words():
    with delivering(Mailbox()) as mailbox:
        sent = a_sender(mailbox)(TO, "退回通知", "𠀀 理由：\n.\n请重新移交。\n", "m-1")
        assert sent == Attempt()
    message = read(mailbox.came[0])
    assert message["To"] == TO
    assert message["From"] == "示例省档案馆 <filing@archive.example>"
    assert message["Subject"] == "退回通知"
    assert message["Message-ID"] == "<m-1@archive.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == "𠀀 理由：\n.\n请重新移交。\n"


def test_what_cannot_be_seen_is_named_in_a_mail():
    with delivering(Mailbox()) as mailbox:
        assert a_sender(mailbox)(TO, "题名\u202e：退回", "一\u200b、补正。\n二、", "m-1").taken
    message = read(mailbox.came[0])
    assert message["Subject"] == "题名[U+202E]：退回"
    assert message.get_content().replace("\r\n", "\n") == "一[U+200B]、补正。\n二、\n"


def test_a_subject_brings_no_header_with_it():
    with delivering(Mailbox()) as mailbox:
        subject = "通知\r\nBcc: other@else.example\n\nbody"
        assert a_sender(mailbox)(TO, subject, "text", "m-1").taken
    message = read(mailbox.came[0])
    assert message["Bcc"] is None
    assert len(mailbox.recipients) == 1
    assert message["Subject"] == "通知 Bcc: other@else.example body"


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nRCPT TO:<x@y.example>",
        "a@b.example, x@y.example",
        "a@b\x00.example",
        "@",
        "",
    ],
)
def test_an_address_that_is_none_is_not_sent_to(address):
    with delivering(Mailbox()) as mailbox:
        assert a_sender(mailbox)(address, "s", "b", "m") == Attempt("mail-malformed")
    assert (mailbox.came, mailbox.recipients) == ([], [])


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"RCPT": "550 no such mailbox"}, "mail-recipient-refused"),
        ({"MAIL": "451 later"}, "mail-status-451"),
        ({"DATA": "554 no"}, "mail-status-554"),
        ({"": "421 go away"}, "mail-status-421"),
        ({"": "garbage " * 5000}, "connection-lost"),
    ],
)
def test_a_refusal_is_told(answers, said):
    with delivering(Mailbox(answers=answers)) as mailbox:
        assert a_sender(mailbox)(TO, "s", "b", "m").error in (said, "mail-status-500")
    assert mailbox.came == []


def test_a_server_that_is_away_is_said():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert a_sender(Mailbox(port=port))(TO, "s", "b", "m") == Attempt("connection-refused")


def test_a_server_that_says_nothing_costs_bounded_time():
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = Mailbox(port=server.getsockname()[1])
        assert a_sender(silent, seconds=0.3)(TO, "s", "b", "m") == Attempt("timeout")


def test_silence_is_called_so_whichever_clock_notices_it_first(monkeypatch):
    monkeypatch.setattr(mail, "within", lambda seconds, act: act())
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = Mailbox(port=server.getsockname()[1])
        assert a_sender(silent, seconds=0.1)(TO, "s", "b", "m") == Attempt("timeout")


def test_a_server_that_drips_costs_bounded_time():
    ended = threading.Event()

    def drip() -> None:
        connection, _ = server.accept()
        with connection:
            while not ended.wait(0.02):
                try:
                    connection.sendall(b"2")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip)
        thread.start()
        dripping = Mailbox(port=server.getsockname()[1])
        try:
            assert a_sender(dripping, seconds=0.5)(TO, "s", "b", "m") == Attempt("timeout")
        finally:
            ended.set()
            thread.join()


@pytest.mark.parametrize(("security", "implicit"), [("starttls", False), ("tls", True)])
def test_the_password_goes_over_tls_alone(tmp_path, monkeypatch, security, implicit):
    context = make_certificate(tmp_path / "server.pem")
    (tmp_path / "password").write_text("secret\n")
    account = {"user": "filing", "password_file": str(tmp_path / "password")}
    with delivering(Mailbox(context=context, implicit=implicit)) as mailbox:
        send = a_sender(mailbox, security=security, **account)
        assert send(TO, "s", "b", "m") == Attempt("tls-untrusted")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
        assert send(TO, "s", "b", "m") == Attempt()
    assert any(one.startswith("AUTH PLAIN") for one in mailbox.commands)


def test_a_server_without_starttls_is_not_spoken_to_plainly(tmp_path):
    with delivering(Mailbox()) as mailbox:
        sent = a_sender(mailbox, security="starttls")(TO, "s", "b", "m")
        assert sent == Attempt("mail-not-supported")
    assert mailbox.came == []


def test_without_a_server_nothing_is_sent():
    assert a_sender(Mailbox(), host="")(TO, "s", "b", "m") == Attempt("mail-not-set-up")
