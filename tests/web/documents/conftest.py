"""A host and an authority for the documents."""

import pytest

from tests import world


@pytest.fixture
def office(db: None) -> world.Office:
    """Write the host's profile; register an authority that orders, and the one that scrutinises."""
    world.host()
    world.office(
        "Council of Examples",
        "FR",
        competences=["scrutinise"],
        mail_domains=["council.example"],
        contact_mail="scrutiny@council.example",
    )
    return world.office()
