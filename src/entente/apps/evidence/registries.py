"""What upper layers hear from the evidence room.

- `preservation_ended`: subject kind -> handler(subject_id, at), called in the transaction in which the last ground for
  keeping a subject ended and the keys of its items were destroyed. The handler forgets what repeats the content.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from entente.apps.kernel.registries import Registry

preservation_ended: Registry[str, Callable[[UUID, datetime], None]] = Registry("evidence.preservation_ended")
