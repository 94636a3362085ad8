"""What an address asks the list of a bank to show."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from entente.apps.banks import queries
from entente.apps.banks.choices import SignalState
from entente.core.signals.registry import signal_types

_LONGEST: Final = 100_000
_YES_NO: Final = {"yes": True, "no": False}
NAMES: Final = ("type", "state", "confirmed", "contested", "order", "entity", "label", "ref", "q")
"""As an address writes them."""


def wanted_in(query: Mapping[str, str]) -> queries.SignalFilter:
    """Read a filter; what cannot be read asks for nothing."""
    kind, state = query.get("type", ""), query.get("state", "")
    return queries.SignalFilter(
        signal_type=kind if kind in signal_types() else "",
        state=state if state in SignalState.values else "",
        is_confirmed=_YES_NO.get(query.get("confirmed", "")),
        is_contested=query.get("contested") == "yes",
        is_of_order=query.get("order") == "yes",
        entity_id=_entity(query.get("entity", "")),
        label=query.get("label", "").strip(),
        partner_ref=query.get("ref", "").strip(),
        written=query.get("q", "").strip()[:_LONGEST],
    )


def kept(query: Mapping[str, str]) -> str:
    """Return a filter as the links of a list carry it."""
    return urlencode({name: query[name] for name in NAMES if query.get(name)})


def _entity(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
