"""Mails, handed to the operator's own server; what it does with them is not known here.

One connection for one mail, with one deadline for all of it. Headers are built by the
library, which refuses line breaks in them.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from pathlib import Path

from filing.adapters.time_limit import within
from filing.model.notices import Attempt
from filing.model.unseen import in_words

_MOST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server: host and port, "starttls", "tls" or "none", and who signs in there.

    sender   address mails come from
    name     shown beside it
    host     "" when no mail is sent at all
    """

    host: str
    port: int
    security: str
    user: str
    password_file: str
    sender: str
    name: str
    seconds: float = 30.0


class SendMail:
    """Keeps the promises of filing.notices.ports.SendMail."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    @property
    def configured(self) -> bool:
        """See filing.notices.ports.SendMail."""
        return bool(self._server.host)

    def __call__(self, address: str, subject: str, body: str, message_id: str) -> Attempt:
        """See filing.notices.ports.SendMail."""
        if not self.configured:
            return Attempt("mail-not-set-up")
        try:
            message = self._message(address, subject, body, message_id)
        except (ValueError, IndexError, MessageError):  # what the library says of a header
            return Attempt("mail-malformed")
        try:
            within(self._server.seconds, partial(self._send, message))
        except smtplib.SMTPRecipientsRefused:
            return Attempt("mail-recipient-refused")
        except smtplib.SMTPAuthenticationError:
            return Attempt("mail-sign-in-refused")
        except smtplib.SMTPNotSupportedError:
            return Attempt("mail-not-supported")
        except smtplib.SMTPResponseException as error:
            return Attempt(f"mail-status-{error.smtp_code}")
        except ssl.SSLCertVerificationError:
            return Attempt("tls-untrusted")
        except ssl.SSLError:
            return Attempt("tls-failed")
        except TimeoutError:
            return Attempt("timeout")
        except ConnectionRefusedError:
            return Attempt("connection-refused")
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # The library calls a server that does not answer in time disconnected.
            late = isinstance(error.__context__, TimeoutError)
            return Attempt("timeout" if late else "connection-lost")
        return Attempt()

    def _message(self, address: str, subject: str, body: str, name: str) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(self._server.name, addr_spec=self._server.sender)
        message["To"] = Address(addr_spec=address)
        message["Subject"] = in_words(" ".join(subject.split()))[:_MOST_SUBJECT]
        message["Message-ID"] = f"<{name}@{self._server.sender.rpartition('@')[2]}>"
        # RFC 3834: no answering machine is to answer a program.
        message["Auto-Submitted"] = "auto-generated"
        # Base64: servers that know no 8BITMIME, and lines of any length.
        message.set_content(in_words(body), cte="base64")
        return message

    def _send(self, message: EmailMessage) -> None:
        given = self._server
        if given.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                given.host, given.port, timeout=given.seconds, context=_tls()
            )
        else:
            server = smtplib.SMTP(given.host, given.port, timeout=given.seconds)
        try:
            if given.security == "starttls":
                server.starttls(context=_tls())
            if given.user:
                password = Path(given.password_file).read_text(encoding="utf-8").strip()
                server.login(given.user, password)
            server.send_message(message)
            # The mail was taken: however the server takes leave, it is not sent again.
            with suppress(OSError, smtplib.SMTPException):
                server.putcmd("quit")
        finally:
            server.close()


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
