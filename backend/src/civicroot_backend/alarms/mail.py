"""A message by e-mail, through the city's own mail server (RFC 6409), never in the clear but on this machine."""

import smtplib
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from civicroot_backend.alarms import words
from civicroot_backend.alarms.errors import NotDelivered, UnfitRule
from civicroot_backend.alarms.settings import Smtp

TIMEOUT = 15.0  # seconds for each answer of the mail server
MAX_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, without the brackets
_NO_SUCH_MAILBOX = 550


def check_address(address: str) -> str:
    """An address that mail can go to. Raises UnfitRule."""
    found = address.strip()
    name, at, host = found.rpartition("@")
    plain = found.isascii() and found.isprintable() and not any(letter in found for letter in ' <>,;:"()[]\\')
    if not (at and name and "." in host and plain and len(found) <= MAX_ADDRESS) or host.startswith("."):
        raise UnfitRule("an e-mail address is like alarms@city.example")
    return found


def message_of(content: Mapping[str, Any], key: str, to: str, language: str, sender: str, created: int) -> EmailMessage:
    """The same in every attempt: whoever gets it twice sees by its Message-ID that it is one."""
    message = EmailMessage()
    message["Subject"] = words.subject_line(content, language)
    message["From"] = sender
    message["To"] = to
    message["Date"] = format_datetime(datetime.fromtimestamp(created, UTC))
    message["Message-ID"] = f"<{key}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notes in return
    message["Content-Language"] = language
    message.set_content(words.body(content, language))
    return message


class Mailer:
    """Sends through the configured server. `tls` makes the context; each message has a connection of its own."""

    def __init__(self, smtp: Smtp, tls: Callable[[Smtp], ssl.SSLContext] | None = None) -> None:
        self._smtp = smtp
        self._tls = tls or _context

    def send(self, message: EmailMessage) -> None:
        """One attempt. Raises NotDelivered."""
        try:
            with self._connected() as server:
                if self._smtp.user:
                    server.login(self._smtp.user, self._smtp.password)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise NotDelivered(f"the mail server refuses the address: {code}", code == _NO_SUCH_MAILBOX) from error
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(f"the mail server answers {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"the mail server {self._smtp.host}: {type(error).__name__}") from error

    def _connected(self) -> smtplib.SMTP:
        smtp = self._smtp
        if smtp.security == "tls":
            return smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=TIMEOUT, context=self._tls(smtp))
        server = smtplib.SMTP(smtp.host, smtp.port, timeout=TIMEOUT)
        if smtp.security == "starttls":
            try:
                server.starttls(context=self._tls(smtp))  # raises if the server has none: nothing goes in the clear
            except BaseException:
                server.close()
                raise
        return server


def _context(smtp: Smtp) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=None if smtp.ca_file is None else str(smtp.ca_file))
