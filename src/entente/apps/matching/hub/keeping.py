"""Keeping segments: what the worker does, and nobody else, so that the web workers answer meanwhile."""

import json
import logging
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Final

from entente.apps.banks import queries
from entente.apps.matching.hub import histories, opening, since_boot
from entente.apps.matching.hub.answers import HubStatus, TypeStatus
from entente.apps.matching.hub.histories import MarkForgotten
from entente.apps.matching.hub.holding import Holding
from entente.apps.matching.hub.process import hub

_logger = logging.getLogger(__name__)

STATUS_FILE: Final = "status.json"
_STATUS_SECONDS: Final = 5.0
_NEVER: Final = Event()


class _Told:
    """When this process last wrote how its indexes are."""

    at = float("-inf")


def merge_due(*, at: datetime) -> int:
    """Merge what is in memory into segments, build again what was deleted or damaged; return how many were written.

    Run it in the worker only. It does nothing while there is no signal. One type that fails does not keep the others
    from being merged; the first error is raised at the end. Raises OSError.
    """
    if not queries.last_change():
        return 0
    mine = hub()
    mine.be_first_to_build()
    mine.start()
    written, errors = 0, []
    for held in mine.holdings():
        try:
            written += _keep(held)
        except MarkForgotten:
            continue  # what is in memory reads on just now; the next turn finds it at rest
        except Exception as error:
            _logger.exception("The segment of %s could not be written; it is tried again.", held.name)
            errors.append(error)
    now = since_boot.seconds()
    if written or now - _Told.at >= _STATUS_SECONDS:
        _Told.at = now
        _tell(mine.folder, mine.status(), at)
    if errors:
        raise errors[0]
    return written


def kept_status(folder: Path) -> tuple[HubStatus, datetime] | None:
    """Return how the worker's indexes were when it last said so, and when; None where it never did."""
    try:
        said = json.loads((folder / STATUS_FILE).read_text(encoding="utf-8"))
        moment = datetime.fromisoformat(said.pop("at"))
        types = tuple(
            TypeStatus(**{**one, "refused_examples": tuple(one["refused_examples"])})
            for one in said.pop("types")
        )
        return HubStatus(types=types, **said), moment
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(held: Holding) -> bool:
    """Write a segment of one type where one is due; tell whether it was."""
    index = held.segmented
    if index is None:
        return False
    newest = histories.newest_segment(held.folder)
    written = False
    if index.broken or (index.mapped and not newest):
        written = opening.rebuild(held, _NEVER)
    elif index.should_merge:
        held.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # somebody may have cleared the cache
        written = index.merge()
    if written:
        held.adopted = histories.newest_segment(held.folder)
        histories.forget_marks(held.folder)
    return written


def _tell(folder: Path, status: HubStatus, at: datetime) -> None:
    """Write how the indexes are, for the doctor, who is another process."""
    path = folder / STATUS_FILE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = path.with_name(f".{STATUS_FILE}.new")
    made.write_text(json.dumps({**asdict(status), "at": at.isoformat()}), encoding="utf-8")
    made.replace(path)
