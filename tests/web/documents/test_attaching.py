"""The annex goes with the mail, as JSON and as PDF."""

import json
from datetime import timedelta

import pytest

from entente.apps.deliveries import queries as deliveries
from entente.apps.deliveries.types import Parcel
from entente.apps.orders import services
from entente.web.documents import attaching
from entente.web.documents.pdf import pdf_available
from tests import world
from tests.world import NOW


@pytest.mark.django_db
def test_an_answer_by_mail_carries_its_annex() -> None:
    world.host()
    order = world.receive(by=world.office()).order
    services.declare_impossible(
        order_id=order.id,
        ground="manifest_error",
        explanation="The address names no post.",
        actor=world.actor("on_call"),
        at=NOW + timedelta(minutes=2),
    )
    (line,) = [line for line in deliveries.deliveries() if line.purpose == "answer.impossibility"]
    from entente.apps.deliveries.models import Delivery

    row = Delivery.objects.get(pk=line.id)
    parcel = Parcel(
        delivery_id=row.id,
        purpose=row.purpose,
        destination=row.destination,
        address=row.destination,
        headers={},
        payload=row.payload,
        created_at=row.created_at,
        sent_at=NOW,
    )
    files = attaching.files_of(parcel)
    assert json.loads(files[0].content)["addresses"] == ["https://agora.example/p/1"]
    assert [file.media_type for file in files[1:]] == (["application/pdf"] if pdf_available() else [])
    assert all(file.content.startswith(b"%PDF-") for file in files[1:])
    assert (
        attaching.files_of(Parcel(**{**{n: getattr(parcel, n) for n in parcel.__slots__}, "payload": {}}))
        == []
    )
