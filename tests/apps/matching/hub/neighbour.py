"""Another process on the same database and folder: `python -m` with the data directory and what to do.

neighbour DATA add BANK WORD         add the hash of a word, and print when that was committed
neighbour DATA retract NUMBER        the same for a retraction
neighbour DATA search FOLDER WORD    build or open what is there, and print the signals found and how
neighbour DATA build FOLDER          be killed in the middle of writing a segment
"""

import os
import signal
import sys
import time
from pathlib import Path
from uuid import UUID


def main(act: str, *rest: str) -> None:
    """Do one thing, and say what came of it."""
    from tests.apps.matching.hub import acts

    match act:
        case "add":
            acts.add(UUID(rest[0]), rest[1])
            print(time.time())  # noqa: T201 - the test reads it
        case "retract":
            acts.retract(int(rest[0]))
            print(time.time())  # noqa: T201 - the test reads it
        case "search":
            hub = acts.foreground(Path(rest[0]))
            found = acts.rows(acts.ask(hub, rest[1]))
            print(found, hub.status().types[0].segment)  # noqa: T201 - the test reads it
        case _:
            die_while_building(Path(rest[0]))


def die_while_building(folder: Path) -> None:
    """Begin to build and be killed when half of it is written."""
    from entente.core.matching.segment import SegmentWriter
    from tests.apps.matching.hub import acts

    def die(_writer: SegmentWriter) -> None:
        print("dying", flush=True)  # noqa: T201 - the test reads it
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(SegmentWriter, "_commit", die)  # noqa: B010 - a method of one process that is about to die
    acts.ask(acts.foreground(folder), "one")


if __name__ == "__main__":
    import django

    os.environ["ENTENTE_DATA_DIR"] = sys.argv[1]
    os.environ["DJANGO_SETTINGS_MODULE"] = "entente.settings.base"
    django.setup()
    if os.environ.get("MOST_IN_MEMORY"):
        from entente.apps.matching.hub import opening

        opening.MOST_IN_MEMORY = int(os.environ["MOST_IN_MEMORY"])  # type: ignore[misc]
    main(*sys.argv[2:])
