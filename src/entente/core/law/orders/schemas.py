"""The JSON Schemas (2020-12) of the three annexes, one to one with the dataclasses beside them.

Annex I requires nothing: an order with a missing box is still an order. Annexes II and III are ours to send, so every
field is required.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any


class Annex(StrEnum):
    """The three annexes of Regulation (EU) 2021/784."""

    REMOVAL_ORDER = "annex1"
    FEEDBACK = "annex2"
    IMPOSSIBILITY = "annex3"


@cache
def annex_schema(annex: Annex) -> Mapping[str, Any]:
    """Return the JSON Schema of an annex as parsed JSON; do not change what is returned."""
    path = resources.files("entente.core.law").joinpath("data", "schemas", f"{annex}.json")
    schema: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema
