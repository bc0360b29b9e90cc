"""Mail: by SMTP where it is configured, into a folder where it is not, so that nothing is lost and a person can read it.

Sending happens outside transactions, from jobs; a mail's key names its file and its Message-ID, so that a repetition is recognised.
"""

import asyncio
import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate
from hashlib import sha256
from pathlib import Path
from ssl import create_default_context
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

TIMEOUT_SECONDS = 20
SUBMISSION_PORT, SUBMISSIONS_PORT = 587, 465


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one person; `key` is unique for what it is about, such as `ready:<fulfilment order>`."""

    to: str
    subject: str
    text: str
    key: str


class Mailer:
    """Sends mail. `smtp_url` is `smtp://user:password@host:587` or `smtps://…:465`; None writes to the folder."""

    def __init__(self, *, sender: str, folder: Path, smtp_url: str | None = None) -> None:
        self._sender = sender
        self.folder = folder
        self._smtp_url = smtp_url

    async def send(self, mail: Mail) -> None:
        """Hands one message over; raises what the server or the disk refuses, so that the job tries again."""
        message = self._message(mail)
        if self._smtp_url is None:
            await asyncio.to_thread(self._write, mail, message)
            return
        server = urlsplit(self._smtp_url)
        secure = server.scheme == "smtps"
        await aiosmtplib.send(
            message,
            hostname=server.hostname,
            port=server.port or (SUBMISSIONS_PORT if secure else SUBMISSION_PORT),
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=secure,
            start_tls=None if secure else True,
            tls_context=create_default_context(),
            timeout=TIMEOUT_SECONDS,
        )

    def sent(self) -> Sequence[Path]:
        """Gives the files of the folder, oldest first."""
        return (
            sorted(self.folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns) if self.folder.is_dir() else []
        )

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, mail.to, _one_line(mail.subject)
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{sha256(mail.key.encode()).hexdigest()[:32]}@commerce>"
        message.set_content(mail.text)
        return message

    def _write(self, mail: Mail, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = re.sub(r"[^A-Za-z0-9-]+", "-", mail.key)[:100]
        path = self.folder / f"{name}.eml"
        whole = path.with_suffix(".part")
        whole.write_bytes(message.as_bytes())
        whole.rename(path)


def _one_line(text: str) -> str:
    return " ".join(text.split())
