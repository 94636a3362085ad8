"""Mail against a real SMTP server, the mailbox of an exercise, and pages to people."""

import email
import logging
import smtplib
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from entente.apps.deliveries import queries, registries, services
from entente.apps.deliveries.errors import MalformedDelivery
from entente.apps.deliveries.models import Delivery
from entente.apps.deliveries.services import sending
from entente.apps.deliveries.transports import mail
from entente.apps.deliveries.types import Attachment
from entente.apps.kernel.ids import new_id
from entente.apps.kernel.registries import Registry
from tests.apps.deliveries.conftest import AT, FakeTransport, enqueue

pytestmark = pytest.mark.django_db
Configure = Callable[..., None]
LETTER = {
    "subject": "About your post",
    "text": "Dear reader,\n\nsee https://entente.host.example/letters/1 <now>",
}


class Postman:
    """A mail server's handler: keeps what it accepts, answers RCPT and DATA as the test says."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.rcpt_reply = ""
        self.data_reply = ""

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if self.rcpt_reply:
            return self.rcpt_reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        if self.data_reply:
            return self.data_reply
        parsed = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def postman(configure: Configure, settings: Any, fake: FakeTransport) -> Iterator[Postman]:
    """Run a real SMTP server and send through it."""
    handler = Postman()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = ""
    settings.EMAIL_TIMEOUT = 5
    settings.DEFAULT_FROM_EMAIL = "entente@host.example"
    configure(mail__host="127.0.0.1", base_url="https://entente.host.example")
    yield handler
    controller.stop()


def letter(**changes: Any) -> Delivery:
    values = {"transport": "mail", "purpose": "letter", "destination": "user@host.example", "payload": LETTER}
    return enqueue(**(values | changes))


def test_a_mail_has_a_text_an_html_part_and_a_stable_message_id(postman: Postman) -> None:
    delivery = letter(payload=LETTER | {"language": "ar", "reply_to": "desk@host.example"})
    services.attempt_due(at=AT)
    (received,) = postman.mails
    assert received["subject"] == "About your post"
    assert received["to"] == "user@host.example"
    assert received["reply-to"] == "desk@host.example"
    assert received["message-id"] == f"<{delivery.id}@entente.host.example>"
    assert received["auto-submitted"] == "auto-generated"
    assert received["x-entente-exercise"] is None
    text, html = (received.get_body([kind]) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "<now>" in text.get_content()
    assert 'dir="rtl"' in html.get_content()
    assert "&lt;now&gt;" in html.get_content()
    assert 'href="https://entente.host.example/letters/1"' in html.get_content()
    assert queries.delivery(delivery.id).state == "delivered"


def test_a_html_part_that_is_given_is_used(postman: Postman) -> None:
    letter(payload=LETTER | {"html": "<p>As written</p>"})
    services.attempt_due(at=AT)
    html = postman.mails[0].get_body(["html"])
    assert html is not None
    assert html.get_content().strip() == "<p>As written</p>"


def test_a_mail_sent_again_after_a_crash_is_recognisable(
    postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter()
    with monkeypatch.context() as dying:

        def die(*_: object) -> None:
            raise SystemExit

        dying.setattr(sending, "_record", die)
        with pytest.raises(SystemExit):
            services.attempt_due(at=AT)
    services.attempt_due(at=AT + sending.LEASE)
    first, second = postman.mails
    assert first["message-id"] == second["message-id"]
    assert first["date"] == second["date"]


def test_files_are_made_while_sending(postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    registry: Registry[str, Any] = Registry("attachments of the test")
    registry.register(
        "letter",
        lambda parcel: [Attachment("form.pdf", "application/pdf", str(parcel.payload["form"]).encode())],
    )
    monkeypatch.setattr(mail, "mail_attachments", registry)
    letter(payload=LETTER | {"form": "annex II"})
    services.attempt_due(at=AT)
    (attached,) = postman.mails[0].iter_attachments()
    assert attached.get_filename() == "form.pdf"
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == b"annex II"


@pytest.mark.parametrize("reply", ["450 4.2.1 try later", "421 4.3.2 closing", "535 5.7.8 who are you"])
def test_a_temporary_reply_is_tried_again(postman: Postman, reply: str) -> None:
    postman.data_reply = reply
    delivery = letter()
    services.attempt_due(at=AT)
    assert queries.delivery(delivery.id).state == "pending"
    postman.data_reply = ""
    services.attempt_due(at=AT + timedelta(minutes=5))
    assert queries.delivery(delivery.id).state == "delivered"


def test_a_permanent_reply_is_given_up_and_rings(postman: Postman, alarms: list[Any]) -> None:
    postman.data_reply = "554 5.7.1 never"
    delivery = letter()
    services.attempt_due(at=AT)
    assert queries.delivery(delivery.id).state == "failed"
    assert queries.attempts_of(delivery.id)[0].status_code == 554
    assert alarms == [delivery.id]


@pytest.mark.parametrize(("reply", "state"), [("550 5.1.1 nobody", "failed"), ("451 4.3.0 later", "pending")])
def test_a_refused_recipient_is_final_or_not_as_the_server_says(
    postman: Postman, reply: str, state: str
) -> None:
    postman.rcpt_reply = reply
    delivery = letter()
    services.attempt_due(at=AT)
    assert queries.delivery(delivery.id).state == state
    assert queries.attempts_of(delivery.id)[0].detail == "the recipient was refused"


def test_a_mail_server_that_is_down_is_tried_again(postman: Postman, settings: Any) -> None:
    settings.EMAIL_PORT = free_port()
    delivery = letter()
    services.attempt_due(at=AT)
    assert queries.attempts_of(delivery.id)[0].detail == "ConnectionRefusedError"


def test_a_mail_server_that_hangs_up_is_tried_again(
    postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up(*_: object, **__: object) -> None:
        raise smtplib.SMTPServerDisconnected("bye")

    monkeypatch.setattr(smtplib.SMTP, "sendmail", hang_up)
    delivery = letter()
    services.attempt_due(at=AT)
    assert queries.attempts_of(delivery.id)[0].detail == "SMTPServerDisconnected"


@pytest.mark.parametrize(
    "payload",
    [
        {"subject": "a\r\nBcc: everybody@host.example", "text": "x"},
        {"subject": "a\u2028b", "text": "x"},
        {"subject": " ", "text": "x"},
        {"subject": "x" * 251, "text": "x"},
        {"subject": None, "text": "x"},
        {"subject": "a", "text": " "},
        {"subject": "a"},
        {"subject": "a", "text": "b", "html": 3},
        {"subject": "a", "text": "b", "reply_to": "a@host.example\nBcc: b@host.example"},
    ],
)
def test_a_letter_that_smuggles_or_lacks_something_is_refused(
    fake: FakeTransport, payload: dict[str, Any]
) -> None:
    with pytest.raises(MalformedDelivery):
        letter(payload=payload)


@pytest.mark.parametrize(
    "mailbox", ["", "nobody", "a@host.example, b@host.example", "a@host.example\nCc: b@host.example"]
)
def test_a_mail_goes_to_one_mailbox(fake: FakeTransport, mailbox: str) -> None:
    with pytest.raises(MalformedDelivery):
        letter(destination=mailbox)


def test_a_header_that_got_past_the_check_is_never_written(postman: Postman) -> None:
    delivery = letter()
    Delivery.objects.filter(pk=delivery.pk).update(payload=LETTER | {"subject": "a\nBcc: b@host.example"})
    services.attempt_due(at=AT)
    assert queries.delivery(delivery.id).state == "failed"
    assert not postman.mails


def test_an_exercise_keeps_its_mail_in_the_mailbox_page_and_marks_it(
    configure: Configure, fake: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry: Registry[str, Any] = Registry("attachments of the test")
    registry.register("letter", lambda _parcel: [Attachment("form.json", "application/json", b"{}")])
    monkeypatch.setattr(mail, "mail_attachments", registry)
    configure(demo="true")
    delivery = letter()
    services.attempt_due(at=AT)
    assert queries.delivery(delivery.id).state == "delivered"
    (kept,) = queries.mailbox(recipient="USER@host.example")
    assert kept.subject == "[EXERCISE] About your post"
    assert kept.text.startswith("EXERCISE")
    assert "EXERCISE" in kept.html
    assert kept == queries.mailbox_message(kept.id)
    assert [kept] == queries.mailbox()
    (file,) = kept.files
    assert queries.mailbox_file(file.id) == Attachment("form.json", "application/json", b"{}")
    assert queries.mailbox_file(new_id()) is None
    assert queries.mailbox_message(new_id()) is None
    assert not queries.mailbox(recipient="other@host.example")


def test_an_exercise_with_a_mail_server_marks_what_leaves(postman: Postman, configure: Configure) -> None:
    configure(demo="true")
    letter()
    services.attempt_due(at=AT)
    (received,) = postman.mails
    assert received["x-entente-exercise"] == "EXERCISE"
    assert received["subject"].startswith("[EXERCISE]")


def test_without_a_mail_server_a_real_instance_waits_and_rings(
    configure: Configure, fake: FakeTransport, alarms: list[Any]
) -> None:
    configure()
    delivery = letter(alarm_after=timedelta(seconds=30))
    services.attempt_due(at=AT)
    assert queries.attempts_of(delivery.id)[0].detail == "no mail server is configured"
    services.attempt_due(at=AT + timedelta(minutes=1))
    assert alarms == [delivery.id]


def test_no_password_is_logged(postman: Postman, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="entente")
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "entente", "a-very-secret-word"
    delivery = letter()
    services.attempt_due(at=AT)
    attempt = queries.attempts_of(delivery.id)[0]
    assert attempt.outcome == "retry"
    assert "a-very-secret-word" not in f"{attempt} {caplog.text}"


def person(monkeypatch: pytest.MonkeyPatch, *, is_active: bool = True) -> SimpleNamespace:
    """Let one person be known."""
    from entente.apps.kernel.errors import Missing

    known = SimpleNamespace(id=new_id(), email="oncall@host.example", is_active=is_active)

    def find(person_id: Any) -> SimpleNamespace:
        if person_id != known.id:
            raise Missing
        return known

    monkeypatch.setattr("entente.apps.parties.queries.person", find)
    return known


def page(destination: object) -> Delivery:
    return enqueue(
        transport="page",
        purpose="deadline.alarm",
        destination=str(destination),
        payload=LETTER | {"path": "/cases/1"},
    )


def test_a_page_is_a_mail_and_a_notice_in_the_console(
    postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_call = person(monkeypatch)
    delivery = page(on_call.id)
    services.attempt_due(at=AT)
    assert postman.mails[0]["to"] == "oncall@host.example"
    (notice,) = queries.open_pages(on_call.id)
    assert (notice.delivery_id, notice.path) == (delivery.id, "/cases/1")
    services.settle_for_subject(
        subject_kind="action",
        subject_id=delivery.subject_id,
        purposes=["deadline.alarm"],
        at=AT,
        reason="taken",
    )
    assert not queries.open_pages(on_call.id)


def test_a_page_shows_in_the_console_although_the_mail_server_is_down(
    postman: Postman, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_PORT = free_port()
    on_call = person(monkeypatch)
    page(on_call.id)
    services.attempt_due(at=AT)
    assert len(queries.open_pages(on_call.id)) == 1


def test_somebody_who_left_or_never_was_cannot_be_woken(
    fake: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = person(monkeypatch, is_active=False)
    left, unknown = page(gone.id), page(new_id())
    services.attempt_due(at=AT)
    assert queries.attempts_of(left.id)[0].detail == "this person has left"
    assert queries.attempts_of(unknown.id)[0].detail == "there is no such person"


def test_a_page_goes_to_a_person_with_words(fake: FakeTransport) -> None:
    with pytest.raises(MalformedDelivery):
        page("everybody")
    with pytest.raises(MalformedDelivery):
        enqueue(transport="page", destination=str(new_id()), payload={})


def test_the_transports_of_the_house_are_registered() -> None:
    assert registries.transports.keys() == {"webhook", "mail", "page"}
