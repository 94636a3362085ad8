"""Waking a person: a mail to wherever they read it, and a notice in the console.

The notice is the delivery itself: `queries.open_pages` shows every page of a person that is not settled, whatever
became of the mail. So a mail server that is down hides nothing from somebody who looks at the screen.
"""

from uuid import UUID

from entente.apps.deliveries.errors import MalformedDelivery
from entente.apps.deliveries.registries import Unreachable
from entente.apps.deliveries.transports.mail import check_letter, send_mail
from entente.apps.deliveries.types import Outcome, Parcel
from entente.apps.kernel.errors import Missing
from entente.apps.kernel.jsontypes import JSONObject


class PageTransport:
    """The destination is a person's id; payload as for mail, with an optional `path` of the page to open."""

    def check(self, *, destination: str, payload: JSONObject) -> str:
        """Refuse what names no person or has no words. Raises MalformedDelivery."""
        try:
            person = UUID(destination)
        except ValueError:
            raise MalformedDelivery("A page goes to a person, by id.") from None
        check_letter(payload)
        return str(person)

    def address(self, destination: str) -> str:
        """Return the person's mailbox. Raises Unreachable for somebody who has left."""
        from entente.apps.parties import queries as parties

        try:
            person = parties.person(UUID(destination))
        except Missing:
            raise Unreachable("there is no such person") from None
        if not person.is_active:
            raise Unreachable("this person has left")
        return person.email

    def send(self, parcel: Parcel) -> Outcome:
        """Send the mail half of the page."""
        return send_mail(parcel, str(parcel.address))


TRANSPORT = PageTransport()
