"""How the hub's own threads speak to the database."""

from typing import Final

from django.db import connection

_OPTIONS: Final = {
    "connect_timeout": "3",
    "tcp_user_timeout": "4000",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "2",
}


def be_impatient() -> None:
    """Let this thread's connection notice within seconds that its server is gone, not after the system's hours."""
    if connection.vendor == "postgresql":
        options = {**_OPTIONS, **connection.settings_dict.get("OPTIONS", {})}
        connection.settings_dict = {**connection.settings_dict, "OPTIONS": options}
