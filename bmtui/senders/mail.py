"""Sender by mail: by SMTP, which is encrypted unless the server is on this machine, or by a sendmail program."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP

from bmtui.senders import command
from bmtui.senders.addresses import Server
from bmtui.senders.message import Message, NotDelivered
from bmtui.text import plain

_PERMANENT = range(500, 600)


def compose(message: Message, sender: str, to: Sequence[str]) -> EmailMessage:
    """Return the mail; its Message-ID is made from the message's id, so that a repeated mail is recognised."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(to), message.subject
    mail["Message-ID"] = f"<bmtui.{message.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail


async def send(server: Server, mail: EmailMessage, timeout_s: float) -> None:
    """Hand the mail over to the server.

    Raises:
        NotDelivered: it was not reached in time, or refused it.
    """
    try:
        async with asyncio.timeout(timeout_s * 2):
            await asyncio.to_thread(_send, server, mail, timeout_s)
    except TimeoutError:
        raise NotDelivered(f"{server.host} did not take the mail within {timeout_s * 2:g} s.", away=True) from None


async def sendmail(program: str, mail: EmailMessage, timeout_s: float) -> None:
    """Hand the mail over to a sendmail program. Raises NotDelivered."""
    await command.sendmail([program, "-i", "-t", "-f", str(mail["From"])], mail.as_bytes(), timeout_s)


def _send(server: Server, mail: EmailMessage, timeout_s: float) -> None:
    where = f"{server.host}:{server.port}"
    context = ssl.create_default_context()
    try:
        client: smtplib.SMTP
        if server.implicit_tls:
            client = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=context)
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
        with client:
            if server.starttls and not server.implicit_tls:
                client.starttls(context=context)
            if server.user:
                client.login(server.user, server.password)
            client.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        raise NotDelivered(f"{where} refused the address ({min(codes)}).", final=codes <= set(_PERMANENT)) from None
    except smtplib.SMTPAuthenticationError as error:
        advice = "Check smtp_user and password_file."
        raise NotDelivered(f"{where} refused the user ({error.smtp_code}).", advice, away=True) from None
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(f"{where} answered {error.smtp_code}.", final=error.smtp_code in _PERMANENT) from None
    except (smtplib.SMTPException, OSError) as error:
        reason = plain(str(error))[:200].rstrip(".") or type(error).__name__
        raise NotDelivered(f"{where} cannot be reached ({reason}).", away=True) from None
