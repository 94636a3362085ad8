"""Feeds: how partners hand out what they list, change and take back. `feed` says what a feed is and how it is used.

A list that lies in a file on this machine is read by `local_file`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from entente.core.exchange.errors import UnknownFeed
from entente.core.exchange.feeds import http_file, ncmec, stopncii, tech_against_terrorism, threatexchange

if TYPE_CHECKING:
    from entente.core.exchange.feeds.feed import Feed

KINDS: Mapping[str, type[Feed]] = {
    one.kind: one
    for one in (
        tech_against_terrorism.Feed,
        threatexchange.Feed,
        ncmec.Feed,
        stopncii.Feed,
        http_file.Feed,
    )
}
"""Every kind of feed that is asked over the network, by its identifier."""


def by_name(kind: str) -> type[Feed]:
    """Return a kind of feed. Raises UnknownFeed."""
    try:
        return KINDS[kind]
    except KeyError:
        raise UnknownFeed(f"the kinds of feeds are {', '.join(KINDS)}") from None
