"""Mail to people about their accounts: written here, because links are addresses of pages, posted by the outbox.

`parties` says that a letter has to leave (`parties.registries.person_letters`); this module renders it in the
reader's language and enqueues it in the same transaction. The token of a one-time link stands in the letter
and nowhere else in clear; the outbox forgets it with the letter.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from entente.apps.kernel import clock, ids
from entente.apps.kernel.config import config
from entente.apps.parties.registries import LetterKind, PersonLetter, person_letters

PURPOSE: Final = "person.letter"
KINDS: Final[tuple[LetterKind, ...]] = (
    "invitation",
    "recovery_requested",
    "recovery_to_confirm",
    "recovery_link",
    "account_closed",
)
_LINK_ROUTES: Final[dict[str, str]] = {
    "invitation": "accounts:invitation_link",
    "recovery_link": "accounts:recovery_link",
}


def register_letters() -> None:
    """Answer for every kind of letter; called once, when the screens start."""
    for kind in KINDS:
        person_letters.register(kind, post_letter)


def post_letter(letter: PersonLetter) -> None:
    """Render a letter in the reader's language and hand it to the outbox."""
    context = {"letter": letter, "facts": letter.facts, "link": _link(letter), **_frame()}
    with translation.override(letter.language):
        post_rendered(
            to=letter.to_address,
            subject=render_to_string(f"accounts/mail/{letter.kind}_subject.txt", context),
            body=render_to_string(f"accounts/mail/{letter.kind}.txt", context),
            subject_id=letter.subject_id,
            at=letter.at,
        )


def post_rendered(
    *, to: str, subject: str, body: str, subject_id: UUID | None = None, at: datetime | None = None
) -> None:
    """Enqueue a finished mail to one person, in the language that is active."""
    from entente.apps.deliveries import services as deliveries

    deliveries.enqueue(
        transport="mail",
        purpose=PURPOSE,
        destination=to,
        payload={
            "subject": " ".join(subject.split()),
            "text": body.strip() + "\n",
            "language": translation.get_language() or "en",
        },
        subject_kind="person",
        subject_id=subject_id or ids.new_id(),
        at=at or clock.now(),
    )


def first_administrator_url(token: str) -> str:
    """Return the address that `entente init` prints."""
    return _absolute(reverse("accounts:invitation_link", args=[token]))


def _link(letter: PersonLetter) -> str:
    route = _LINK_ROUTES.get(letter.kind)
    if route is not None:
        return _absolute(reverse(route, args=[letter.token]))
    if letter.kind == "recovery_to_confirm":
        return _absolute(reverse("people:recoveries"))
    return _absolute("/")


def _absolute(path: str) -> str:
    return config().base_url.rstrip("/") + path


def _frame() -> dict[str, Any]:
    return {"instance_name": config().instance_name, "is_exercise": config().demo}
