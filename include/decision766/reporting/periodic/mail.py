"""Sends an issued report by mail, where the settings name server, sender and receivers; never by default."""

import mimetypes
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from decision766.reporting.periodic import words
from decision766.reporting.periodic.archive import Issued
from decision766.settings import Settings

SECONDS = 60
ATTACHED = (".xlsx", ".html")


class NotMailed(RuntimeError):
    """The report stands in the archive, but the mail did not go out; says why and what to do."""


def mail_report(issued: Issued, settings: Settings) -> tuple[str, ...]:
    """Mail an issued report; return the receivers, none where no mail is set.

    Raises:
        NotMailed: the settings are incomplete, or the server refused.
    """
    receivers = _receivers(settings)
    if receivers:
        _deliver(_message(issued, receivers), settings)
    return receivers


def mail_notice(settings: Settings, subject: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Mail a few lines; return the receivers, none where no mail is set.

    Raises:
        NotMailed: the settings are incomplete, or the server refused.
    """
    receivers = _receivers(settings)
    if receivers:
        message = EmailMessage()
        message["Subject"], message["To"] = subject, ", ".join(receivers)
        message.set_content("\n".join(lines) + "\n")
        _deliver(message, settings)
    return receivers


def _receivers(settings: Settings) -> tuple[str, ...]:
    return tuple(name.strip() for name in (settings.mail_to or "").split(",") if name.strip())


def _deliver(message: EmailMessage, settings: Settings) -> None:
    if not settings.mail_server or not settings.mail_from:
        raise NotMailed(
            "DECISION766_MAIL_TO is set, DECISION766_MAIL_SERVER or DECISION766_MAIL_FROM is not: "
            "set both, or none."
        )
    message["From"] = settings.mail_from
    try:
        _send(message, settings.mail_server)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        # The address may hold a password, and a server's answer may repeat an address: the type is enough.
        raise NotMailed(
            f"The mail server did not take the mail ({type(error).__name__}). A report is in the archive "
            "all the same; issue it again with --mail-again once DECISION766_MAIL_SERVER answers."
        ) from None


def _message(issued: Issued, receivers: tuple[str, ...]) -> EmailMessage:
    said, version = issued.edition.report, issued.edition.version
    message = EmailMessage()
    kind = words.KINDS[said.kind][0].capitalize()
    message["Subject"] = f"{kind} {said.unit_name} – {said.period_text[0]} – bản số {version}"
    message["To"] = ", ".join(receivers)
    marks = [words.PROVISIONAL[0]] if said.is_provisional else []
    marks += [words.ORIGINS[said.data_origin][0]] if said.data_origin in words.ORIGINS else []
    lines = [
        f"{said.title[0]} – {said.period_text[0]}",
        f"{said.unit_name} ({said.unit_code})",
        *marks,
        "",
        *(statement.text[0] for statement in said.statements),
        "",
        f"Sổ cái điểm: {said.head or words.NOTHING}",
    ]
    message.set_content("\n".join(lines) + "\n")
    for suffix in ATTACHED:
        path = issued.path(suffix)
        main, _, sub = (mimetypes.guess_type(path.name)[0] or "application/octet-stream").partition("/")
        message.add_attachment(path.read_bytes(), maintype=main, subtype=sub, filename=path.name)
    return message


def _send(message: EmailMessage, server: str) -> None:
    address = urlsplit(server)
    if address.scheme not in ("smtp", "smtps") or not address.hostname:
        raise ValueError("no address of a mail server")
    context = ssl.create_default_context()
    if address.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            address.hostname, address.port or 465, timeout=SECONDS, context=context
        )
    else:
        connection = smtplib.SMTP(address.hostname, address.port or 587, timeout=SECONDS)
    with connection:
        connection.ehlo()
        if address.scheme == "smtp" and connection.has_extn("starttls"):
            connection.starttls(context=context)
        if address.username:
            connection.login(unquote(address.username), unquote(address.password or ""))
        connection.send_message(message)
