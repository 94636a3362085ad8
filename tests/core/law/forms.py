"""A complete removal order of an exercise, from which the tests take pieces away."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

RECEIVED = datetime(2026, 11, 23, 10, 5, tzinfo=UTC)

_COMPLETE: dict[str, Any] = {
    "legal_basis": "Regulation (EU) 2021/784, Article 3",
    "language": "en",
    "section_a": {
        "issuing_state": "XB",
        "addressee": "Agora",
        "legal_representative": "",
        "contact_point": "orders@agora.example",
        "host_state": "XA",
        "issued_at": "2026-11-23T11:00:00+01:00",
        "reference": "BEL-2026-7",
    },
    "section_b": {
        "contents": [
            {"url": "https://agora.example/posts/7", "additional_information": "the second picture"}
        ],
        "reasons": "The post calls on its readers to take part in the acts of the invented group Grey Lantern.",
        "types": ["a_incites"],
        "additional_information": "",
    },
    "section_c": {"non_disclosure": False},
    "section_d": {"other_state": True, "copy_sent": True},
    "section_e": {
        "authority_type": "law_enforcement",
        "authority_name": "Office of Belmara",
        "representative_name": "R. Invented",
        "representative_post": "Inspector",
        "file_number": "F-7",
        "address": "1 Invented Street",
        "telephone": "+00 000",
        "fax": "",
        "email": "office@belmara.example",
        "date": "2026-11-23",
        "stamp": False,
        "signature": "Ed25519",
        "authenticated_channel": False,
    },
    "section_f": {
        "feedback_contact": "feedback@belmara.example",
        "establishment_authority_contact": "scrutiny@arvenia.example",
    },
    "section_g": {
        "body": "Court of Belmara",
        "deadline": "one month",
        "legislation_link": "https://law.belmara.example/12",
    },
    "exercise": True,
}


def complete_order() -> dict[str, Any]:
    """Return a fresh, complete form as JSON values."""
    return deepcopy(_COMPLETE)
