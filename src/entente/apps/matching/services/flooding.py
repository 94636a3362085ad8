"""One signal that suddenly meets very many things is wrong, or was made to be: it stops until a person has looked."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from entente.apps.banks import services as banks
from entente.apps.banks.errors import SignalRetracted
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.config import config
from entente.apps.matching.models import Match
from entente.apps.matching.services import doubting

WINDOW: Final = timedelta(minutes=10)


def look_for_floods(*, signal_ids: Iterable[int], at: datetime) -> list[int]:
    """Put signals in quarantine that met too many different things in ten minutes; return which.

    Part of the transaction that keeps the match. What they restricted by themselves is lifted by the worker.
    """
    limit = config().matching.flood_matches
    flooded = []
    for signal_id in signal_ids:
        recent = Match.objects.filter(signal_id=signal_id, matched_at__gt=at - WINDOW).count()
        if recent < limit:
            continue
        reason = _("It met %(count)s different things within ten minutes.") % {"count": recent}
        try:
            banks.quarantine_signal(signal_id=signal_id, reason=reason, actor=SYSTEM, at=at)
        except SignalRetracted:
            continue  # its source took it back in this moment: it matches nothing either
        doubting.doubt(signal_ids=[signal_id], why=doubting.Why.FLOOD, at=at)
        flooded.append(signal_id)
    return flooded
