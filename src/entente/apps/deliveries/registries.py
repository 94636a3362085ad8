"""Where transports, endpoints and the answers of upper layers are plugged in.

- `transports`: how things leave.
- `webhook_endpoints`: destination scheme ("platform", "authority") -> where it is now and how it is signed.
- `mail_attachments`: purpose -> what makes the files of a mail, called in the sending thread, without a database.
- `delivery_acknowledged`: purpose -> handler, run in the transaction that records the answer. An *answer* is
  `{"effect": {"applied": true|false, "at": ..., "reason": ...}}` in the body of a 2xx or 4xx response, or the same
  facts given to `services.acknowledge` later. **A refusal is an answer too**: the handler is called with
  `facts["applied"] is False` and must look. A later "applied" after a refusal calls it again; anything after an
  "applied" does not.
- `delivery_arrived`: purpose -> handler, run in the transaction that records that the other side has it.
- `delivery_failing`: purpose -> handler, run once when `alarm_at` passes without what was hoped for (delivered, or
  answered where the purpose expects an answer), and at once when the delivery is given up, whether or not it rang
  before: from then on nobody tries but a person. Where a purpose has no handler, that of ANY_PURPOSE is called, if the sender asked for an alarm or the purpose is urgent; other failures
  show in `queries.failing` and wake nobody. `deadlines` answers for ANY_PURPOSE by waking whom the purpose names.
- `purposes`: purpose -> schedule; those not registered are known to `schedules.py` or get the ordinary one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from entente.apps.kernel.registries import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from entente.apps.deliveries.endpoints import Endpoint
    from entente.apps.deliveries.models import Delivery
    from entente.apps.deliveries.schedules import Purpose
    from entente.apps.deliveries.types import Attachment, Outcome, Parcel
    from entente.apps.kernel.jsontypes import JSONObject, JSONValue


ANY_PURPOSE = "*"


class Transport(Protocol):
    """One way out."""

    def check(self, *, destination: str, payload: JSONObject) -> str:
        """Refuse at once what could never be sent, and return the destination as it is kept. Raises MalformedDelivery."""

    def address(self, destination: str) -> object:
        """Return where the destination is now; may read the database. Raises Unreachable."""

    def send(self, parcel: Parcel) -> Outcome:
        """Send, in a thread, within a bounded time; no database. Never raises for what the other side does."""


class Unreachable(LookupError):
    """The destination has no address at the moment; the message is the attempt's detail."""


transports: Registry[str, Transport] = Registry("deliveries.transports")
webhook_endpoints: Registry[str, Callable[[str], Endpoint]] = Registry("deliveries.webhook_endpoints")
mail_attachments: Registry[str, Callable[[Parcel], Sequence[Attachment]]] = Registry(
    "deliveries.mail_attachments"
)
delivery_acknowledged: Registry[str, Callable[[Delivery, datetime, Mapping[str, JSONValue]], None]] = (
    Registry("deliveries.delivery_acknowledged")
)
delivery_arrived: Registry[str, Callable[[Delivery, datetime], None]] = Registry(
    "deliveries.delivery_arrived"
)
delivery_failing: Registry[str, Callable[[Delivery, datetime], None]] = Registry(
    "deliveries.delivery_failing"
)
purposes: Registry[str, Purpose] = Registry("deliveries.purposes")
