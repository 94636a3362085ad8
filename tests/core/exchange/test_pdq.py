"""PDQ through every format and feed: 64 hexadecimal digits, strictly, under the name that each of them has for it."""

import json
from typing import Any

import pytest

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.feeds import by_name
from entente.core.exchange.formats import FORMATS, Format, misp
from tests.core.exchange.examples import answer
from tests.core.exchange.test_feed import CONFIGS

PDQ = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
VALUE = bytes.fromhex(PDQ)
SPOILT = [
    f"{PDQ}\n",
    f" {PDQ}",
    f"{PDQ}\r",
    PDQ[:-1],
    f"{PDQ}0",
    "\uff18" + PDQ[1:],
    "\u0668" + PDQ[1:],
    f"0x{PDQ[2:]}",
    "g" * 64,
]


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.name)
def test_every_format_carries_it(one: Format) -> None:
    listed = [Entry("pdq", VALUE), Entry("pdq", bytes(32), is_retracted=True)]
    document = b"".join(one.write(listed))
    assert PDQ.encode() in document
    assert list(one.read(document)) == listed
    assert list(one.read(document.replace(PDQ.encode(), PDQ.upper().encode()))) == listed
    for spoilt in SPOILT:
        escaped = json.dumps(spoilt, ensure_ascii=False)[1:-1] if one.name != "csv" else f'"{spoilt}"'
        *bad, good = one.read(document.replace(PDQ.encode(), escaped.encode()))
        assert good == listed[1]
        assert bad
        assert all(isinstance(each, Bad) and PDQ[2:-2] not in each.reason for each in bad)


def test_misp_attributes_of_this_type_are_read_although_misp_has_none() -> None:
    event = {"Event": {"Attribute": [{"type": "pdq", "value": PDQ, "to_ids": True, "uuid": "u"}]}}
    assert list(misp.read(json.dumps(event).encode())) == [Entry("pdq", VALUE, partner_ref="u")]


XML = (
    '<queryResult><images maxTimestamp="2026-11-03T09:30:00Z"><image><member id="1"/><id>a</id>'
    "<fingerprints><pdq>{}</pdq></fingerprints></image></images></queryResult>"
)


def page(kind: str, written: str) -> Any:
    if kind == "tech_against_terrorism":
        return {"results": [{"hash_digest": written, "algorithm": "PDQ", "id": 1}], "checkpoint": "1,1"}
    if kind == "threatexchange":
        descriptors = {"data": [{"owner": {"id": 1}, "status": "MALICIOUS"}]}
        return {"data": [{"id": 1, "type": "HASH_PDQ", "indicator": written, "descriptors": descriptors}]}
    if kind == "stopncii":
        record = {"signalType": "ImagePDQ", "hashValue": written, "hashStatus": "Active"}
        return {"hashRecords": [record], "nextSetTimestamp": 1}
    return XML.format(written).encode()


@pytest.mark.parametrize("kind", [kind for kind in CONFIGS if kind != "http_file"])
def test_every_feed_brings_it(kind: str) -> None:
    def read(written: str) -> Entry | Bad:
        feed = by_name(kind)(CONFIGS[kind])
        feed.start("")
        if kind == "tech_against_terrorism":
            feed.read(answer({"token": "abc"}))
        (found,) = feed.read(answer(page(kind, written))).entries
        return found

    good = read(PDQ.upper())
    assert isinstance(good, Entry)
    assert (good.signal_type, good.value, good.is_retracted) == ("pdq", VALUE, False)
    for spoilt in SPOILT:
        bad = read(spoilt)
        assert isinstance(bad, Bad)
        assert PDQ[2:-2] not in bad.reason
