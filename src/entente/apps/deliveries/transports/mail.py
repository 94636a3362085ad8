"""Mail by SMTP, with a text and an HTML part.

The Message-ID is made of the delivery's id, so that a mail sent again after a crash is recognisable as the same one
(RFC 5322 section 3.6.4). In an exercise without a mail server nothing leaves: the mail is kept for the mailbox page.
"""

import smtplib
from contextlib import suppress
from email.errors import HeaderParseError
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.mail import BadHeaderError, EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.utils.html import format_html, linebreaks, urlize
from django.utils.safestring import mark_safe

from entente.apps.deliveries.errors import MalformedDelivery
from entente.apps.deliveries.registries import mail_attachments
from entente.apps.deliveries.types import (
    LONGEST_SUBJECT,
    Attachment,
    KeptMail,
    Outcome,
    Parcel,
    is_one_line,
)
from entente.apps.kernel import keys
from entente.apps.kernel.config import config
from entente.apps.kernel.jsontypes import JSONObject

_PERMANENT = range(500, 600)
_AUTHENTICATION = frozenset({530, 534, 535, 538})
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


class MailTransport:
    """One mail to one mailbox; payload `{"subject", "text", "html"?, "language"?, "reply_to"?}`.

    Files are not kept in the outbox: `registries.mail_attachments` makes them from the payload while sending.
    """

    def check(self, *, destination: str, payload: JSONObject) -> str:
        """Refuse a wrong mailbox, a missing part, a line break in a header. Raises MalformedDelivery."""
        check_mailbox(destination)
        if payload.get("reply_to"):
            check_mailbox(str(payload["reply_to"]))
        check_letter(payload)
        return destination

    def address(self, destination: str) -> str:
        """Return the mailbox itself."""
        return destination

    def send(self, parcel: Parcel) -> Outcome:
        """Hand the mail to the mail server, or keep it in an exercise."""
        return send_mail(parcel, str(parcel.address))


TRANSPORT = MailTransport()


def check_mailbox(text: str) -> None:
    """Refuse what is no single mailbox. Raises MalformedDelivery."""
    try:
        validate_email(text)
    except ValidationError:
        raise MalformedDelivery("This is not one e-mail address.") from None


def check_letter(payload: JSONObject) -> None:
    """Refuse a letter without subject or text, or whose subject would smuggle in a header. Raises MalformedDelivery."""
    subject, text, html = payload.get("subject"), payload.get("text"), payload.get("html", "")
    if not (isinstance(subject, str) and subject.strip() and len(subject) <= LONGEST_SUBJECT):
        raise MalformedDelivery(f"A mail has a subject of at most {LONGEST_SUBJECT} characters.")
    if not is_one_line(subject):
        raise MalformedDelivery("A subject is one line of plain text.")
    if not (isinstance(text, str) and text.strip() and isinstance(html, str)):
        raise MalformedDelivery("A mail has a text.")


def send_mail(parcel: Parcel, mailbox: str) -> Outcome:
    """Send a checked letter to a mailbox; 5xx replies of the server are final, the rest is tried again.

    A refused login is tried again too: it is our configuration that is wrong, not the letter.
    """
    files = _attachments(parcel)
    letter = _letter(parcel, mailbox, files)
    if not config().mail.host:
        return _without_server(letter, mailbox, files)
    letter.connection = get_connection(fail_silently=False)
    try:
        letter.send()
    except (BadHeaderError, HeaderParseError):
        return Outcome("rejected", detail="a header cannot be written")
    except smtplib.SMTPRecipientsRefused as error:
        code = max((reply[0] for reply in error.recipients.values()), default=0)
        return _refusal(code, "the recipient was refused")
    except smtplib.SMTPResponseException as error:
        return _refusal(error.smtp_code, f"SMTP {error.smtp_code}")
    except (smtplib.SMTPException, OSError) as error:
        return Outcome("retry", detail=type(error).__name__)
    finally:
        # Django leaves the connection open when the login is refused.
        with suppress(smtplib.SMTPException, OSError):
            letter.connection.close()
    return Outcome("delivered")


def _refusal(code: int, detail: str) -> Outcome:
    """Judge a negative SMTP reply (RFC 5321 section 4.2.1)."""
    final = code in _PERMANENT and code not in _AUTHENTICATION
    return Outcome("rejected" if final else "retry", status_code=code or None, detail=detail)


def _without_server(letter: EmailMultiAlternatives, mailbox: str, files: tuple[Attachment, ...]) -> Outcome:
    """Keep the mail in an exercise; elsewhere say that no server is configured."""
    if not keys.is_exercise():
        return Outcome("retry", detail="no mail server is configured")
    html = str(letter.alternatives[0][0])
    kept = KeptMail(
        recipient=mailbox,
        subject=str(letter.subject),
        text=str(letter.body),
        html=html,
        message_id=letter.extra_headers["Message-ID"],
        attachments=files,
    )
    return Outcome("delivered", detail="kept in the mailbox page", kept_mail=kept)


def _letter(parcel: Parcel, mailbox: str, files: tuple[Attachment, ...]) -> EmailMultiAlternatives:
    """Build the message with its stable Message-ID and both parts."""
    payload = parcel.payload
    exercise = keys.is_exercise()
    text = str(payload["text"])
    html = str(payload.get("html") or "") or html_of(text, language=str(payload.get("language") or "en"))
    headers = {
        "Message-ID": f"<{parcel.delivery_id}@{_domain()}>",
        "Date": format_datetime(parcel.created_at),
        "Auto-Submitted": "auto-generated",  # RFC 3834: no vacation reply, please
    }
    if exercise:
        headers["X-Entente-Exercise"] = "EXERCISE"
    message = EmailMultiAlternatives(
        subject=f"[EXERCISE] {payload['subject']}" if exercise else str(payload["subject"]),
        body=f"EXERCISE\n\n{text}" if exercise else text,
        to=[mailbox],
        reply_to=[str(payload["reply_to"])] if payload.get("reply_to") else None,
        headers=headers,
    )
    message.attach_alternative(f"<p>EXERCISE</p>{html}" if exercise else html, "text/html")
    for attached in files:
        message.attach(attached.name, attached.content, attached.media_type)
    return message


def _attachments(parcel: Parcel) -> tuple[Attachment, ...]:
    """Return the files of a mail, made by whoever registered for its purpose."""
    make = mail_attachments.find(parcel.purpose)
    return tuple(make(parcel)) if make is not None else ()


def html_of(text: str, *, language: str) -> str:
    """Return a plain HTML part for a text: paragraphs, links, everything escaped."""
    direction = "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"
    body = mark_safe(linebreaks(urlize(text, nofollow=True, autoescape=True)))  # noqa: S308 - urlize escaped it
    return format_html('<html lang="{}" dir="{}"><body>{}</body></html>', language, direction, body)


def _domain() -> str:
    """Return the right-hand side of our Message-IDs."""
    return urlsplit(config().base_url).hostname or "localhost"
