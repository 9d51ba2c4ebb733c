"""A mail server for tests: takes one mail after another, keeps them, and may refuse."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailStub(socketserver.ThreadingTCPServer):
    """Speaks just enough SMTP. mails: what it took. refuses: answers every sender with 550."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mails: list[EmailMessage] = []
        self.receivers: list[list[str]] = []
        self.refuses = False

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.StreamRequestHandler):
    server: MailStub

    def handle(self) -> None:
        self._say(b"220 stub")
        receivers: list[str] = []
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"EHLO":
                self._say(b"250 stub")
            elif word == b"MAIL" and self.server.refuses:
                self._say(b"550 not you")
            elif word == b"RCPT":
                receivers.append(line.decode().strip()[8:])
                self._say(b"250 ok")
            elif word == b"DATA":
                self._say(b"354 go on")
                self._take(receivers)
                self._say(b"250 taken")
            elif word == b"QUIT":
                self._say(b"221 bye")
                return
            else:
                self._say(b"250 ok")

    def _take(self, receivers: list[str]) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.server.mails.append(mail)
        self.server.receivers.append(list(receivers))

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


@contextmanager
def mail_stub() -> Iterator[MailStub]:
    """A server that listens until the block ends."""
    with MailStub() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
