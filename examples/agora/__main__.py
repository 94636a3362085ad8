"""`python -m examples.agora`: serve Agora on a loopback address."""

import argparse
import os
import sys

from granian import Granian
from granian.constants import Interfaces

from examples.agora import config


def main() -> None:
    """Read flags, hand them on as AGORA_ variables, serve until told to stop."""
    parser = argparse.ArgumentParser(prog="agora", description="A small hosting service that uses Entente.")
    parser.add_argument("--host", default=os.environ.get("AGORA_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("AGORA_PORT", "8701")))
    parser.add_argument("--data", help="directory for the database and the files")
    parser.add_argument("--entente", help="where Entente's API is")
    parser.add_argument("--entente-token", help="API token; safer as AGORA_ENTENTE_TOKEN")
    parser.add_argument("--webhook-secret", help="whsec_...; safer as AGORA_WEBHOOK_SECRET")
    parser.add_argument("--public-base", help="the public address of this service")
    parser.add_argument("--country", help="country of a visitor when the edge says nothing")
    parser.add_argument(
        "--exercise", action="store_const", const="1", help="invented users, one-click log-in"
    )
    parser.add_argument("--fault", choices=config.FAULTS[1:], help="answer webhooks badly (exercise only)")
    flags = vars(parser.parse_args())
    host, port = flags.pop("host"), flags.pop("port")
    os.environ |= {f"AGORA_{name.upper()}": value for name, value in flags.items() if value is not None}
    try:
        config.Settings.from_environment()
    except ValueError as wrong:
        sys.exit(f"agora: {wrong}")
    Granian(
        "examples.agora.app:create_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=8,
    ).serve()


if __name__ == "__main__":
    main()
