"""Query parameters that say where a reader came from, and never what is shown.

They are left out when addresses are matched, because every share button adds others. They stay in a stored address:
an order names what it names. Only names that one known purpose explains are here; a short, general one (`ref`, `s`,
`si`, `id`, `t`) may choose the item, so it is not.
"""

from __future__ import annotations

TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "matomo_", "hsa_", "vero_", "oly_")
"""Families of campaign parameters."""

TRACKING_PARAMETERS = frozenset(
    {
        # click identifiers that advertising networks append
        "dclid", "fbclid", "gad_source", "gbraid", "gclid", "gclsrc", "igsh", "igshid", "irclickid", "li_fat_id",
        "msclkid", "rdt_cid", "sccid", "srsltid", "ttclid", "twclid", "wbraid", "yclid", "ysclid", "_openstat",
        # identifiers that newsletters and visitor statistics append
        "_ga", "_gl", "_hsenc", "_hsmi", "__hsfp", "__hssc", "__hstc", "__s", "hsctatracking", "mc_cid", "mc_eid",
        "mkt_tok", "s_cid", "wickedid",
    }
)  # fmt: skip
"""Single names, in lower case."""


def without_tracking(query: str) -> str:
    """Return a canonical query without its tracking parameters; what remains keeps its order and its spelling."""
    return "&".join(pair for pair in query.split("&") if pair and not _is_tracking(pair.partition("=")[0]))


def _is_tracking(name: str) -> bool:
    folded = name.lower()
    return folded in TRACKING_PARAMETERS or folded.startswith(TRACKING_PREFIXES)
