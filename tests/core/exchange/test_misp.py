"""MISP events: attributes, tags, what is context and what is a retraction."""

import json
from typing import Any

import pytest

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import FormatUnreadable
from entente.core.exchange.formats import misp
from entente.core.signals.registry import signal_types
from tests.core.exchange.examples import AT, MD5, SHA256, entry, good

VALUE = bytes.fromhex(SHA256)
UUID = "5f1b2c3d-0000-4000-8000-000000000001"


def attribute(**changes: object) -> dict[str, object]:
    return {"uuid": UUID, "type": "sha256", "value": SHA256, "to_ids": True, "timestamp": "0", **changes}


def read(*attributes: object, tags: object = None, objects: object = None) -> list[Entry | Bad]:
    event = {"info": "x", "Attribute": attributes, "Object": objects, "Tag": tags}
    return list(misp.read(json.dumps({"Event": event}).encode()))


def tagged(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "colour": "#ffffff"} for name in names]


def test_somebody_elses_attribute_is_read_with_the_tags_of_its_event() -> None:
    found = attribute(
        comment="seen twice",
        timestamp=str(int(AT.timestamp())),
        Tag=tagged("tlp:amber", 'tco:label="gra%22phic"', 'tco:entity="Ember Circle"'),
    )
    expected = Entry(
        "sha256",
        VALUE,
        ("tlp:amber", 'gra"phic', "workflow:state"),
        "Ember Circle",
        "seen twice",
        UUID,
        changed_at=AT,
    )
    assert read(found, tags=tagged("workflow:state", "tlp:amber")) == [expected]


def test_the_entity_of_an_event_is_that_of_its_attributes() -> None:
    tags = tagged('tco:entity="Ember Circle"')
    mine = attribute(Tag=tagged('tco:entity="Somebody"'))
    assert [one.entity for one in good(read(attribute(), mine, tags=tags))] == ["Ember Circle", "Somebody"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"deleted": True}, True),
        ({"to_ids": False}, True),
        ({"deleted": False, "to_ids": True}, False),
        ({"deleted": None, "to_ids": None}, False),
    ],
)
def test_what_no_longer_detects_is_retracted(changes: dict[str, object], expected: bool) -> None:  # noqa: FBT001
    assert [one.is_retracted for one in good(read(attribute(**changes)))] == [expected]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("md5", MD5, ("md5", MD5)),
        ("filename|sha256", f"a|b.mp4|{SHA256}", ("sha256", SHA256)),
        ("filename|md5", f"a.mp4|{MD5}", ("md5", MD5)),
        ("url", "https://videos.example/watch?v=1", ("url", "https://videos.example/watch?v=1")),
        ("hostname", "videos.example", ("url", "host:videos.example")),
        ("domain", "videos.example", ("url", "host:videos.example")),
    ],
)
def test_the_types_of_attributes(kind: str, value: str, expected: tuple[str, str]) -> None:
    (found,) = good(read(attribute(type=kind, value=value)))
    assert (found.signal_type, signal_types()[found.signal_type].write(found.value)) == expected


def test_context_is_passed_over_and_what_cannot_be_read_is_named_by_its_place() -> None:
    plain = Entry("sha256", VALUE, partner_ref=UUID)
    found = read(
        attribute(),
        attribute(type="comment", to_ids=False),
        attribute(type="text", to_ids=None),
        attribute(type="ip-dst"),
        7,
        attribute(value=f"{SHA256}\n"),
        attribute(type="hostname", value="*.videos.example"),
        attribute(deleted="no"),
        attribute(Tag=[{}]),
        attribute(Tag=tagged(*map(str, range(1001)))),
        attribute(Tag=tagged('tco:changed-at="soon"')),
        attribute(Tag=tagged('tco:label="%00"')),
        objects=[{"name": "file", "Attribute": [attribute()]}],
    )
    assert found == [
        plain,
        Bad(4, "no signal type here reads attributes of this type"),
        Bad(5, "the attribute is not an object"),
        Bad(6, "SHA-256 is 64 hexadecimal digits, not 65 characters"),
        Bad(7, "a host is one name, without a star"),
        Bad(8, "deleted is neither true nor false"),
        Bad(9, "name is not a text"),
        Bad(10, "it has more than 1000 tags"),
        Bad(11, "the time is not ISO 8601 with seconds and an offset"),
        Bad(12, "a label holds a control character or half of one character"),
        plain,
    ]


def test_events_come_alone_in_a_list_or_as_a_response() -> None:
    event = {"Event": {"Attribute": [attribute()]}}
    plain = Entry("sha256", VALUE, partner_ref=UUID)
    assert list(misp.read(json.dumps(event).encode())) == [plain]
    assert list(misp.read(json.dumps([event, event]).encode())) == [plain] * 2
    assert list(misp.read(json.dumps({"response": [event]}).encode())) == [plain]


def test_an_event_that_cannot_be_read_costs_itself() -> None:
    event = json.dumps({"Event": {"Attribute": [attribute()]}})
    content = f'[{event}, {{"Event": }}, 7, {{"Attribute": []}}, {{"Event": {{"Tag": 7}}}}, {{"Event": 7}}, {event}]'
    plain = Entry("sha256", VALUE, partner_ref=UUID)
    assert list(misp.read(content.encode())) == [
        plain,
        Bad(2, "the event is not JSON"),
        Bad(3, "the event cannot be read: it is not an object"),
        Bad(4, "the event cannot be read: Event is missing"),
        Bad(5, "the event cannot be read: Tag is not a list"),
        Bad(6, "the event cannot be read: Event is not an object"),
        plain,
    ]


@pytest.mark.parametrize("content", [b"{}", b'{"response": {"Attribute": []}}', b"<html>", b""])
def test_what_holds_no_event_is_refused(content: bytes) -> None:
    with pytest.raises(FormatUnreadable):
        list(misp.read(content))


def written(*entries: Entry) -> list[dict[str, Any]]:
    return [one["Event"] for one in json.loads(b"".join(misp.write(entries)))["response"]]


def test_misp_finds_its_own_fields() -> None:
    (event,) = written(
        Entry(
            "sha256",
            VALUE,
            ("graphic", "tlp:amber", 'tco:label="x"'),
            "Ember Circle",
            "n",
            "17",
            changed_at=AT,
        ),
        Entry("url", b"host:videos.example", is_retracted=True),
        Entry("url", b"host:*.videos.example"),
        Entry("", b"", partner_ref="18", is_retracted=True),
    )
    assert (event["distribution"], event["published"], event["date"]) == ("0", False, "2026-11-03")
    first, second, third, fourth = event["Attribute"]
    assert {
        key: first[key] for key in ("type", "category", "value", "to_ids", "deleted", "comment", "timestamp")
    } == {
        "type": "sha256",
        "category": "Payload delivery",
        "value": SHA256,
        "to_ids": True,
        "deleted": False,
        "comment": "n",
        "timestamp": str(int(AT.timestamp())),
    }
    assert [tag["name"] for tag in first["Tag"]] == [
        'tco:partner-ref="17"',
        'tco:entity="Ember Circle"',
        'tco:label="graphic"',
        "tlp:amber",
        'tco:label="tco:label=%22x%22"',
    ]
    assert (second["type"], second["value"], second["deleted"], second["to_ids"]) == (
        "hostname",
        "videos.example",
        True,
        False,
    )
    assert (third["type"], third["value"]) == ("other", "host:*.videos.example")
    assert {"name": 'tco:signal-type="url"'} in third["Tag"]
    assert (fourth["type"], fourth["value"], fourth["Tag"]) == (
        "other",
        "18",
        [{"name": 'tco:retracted-ref="18"'}],
    )
    assert len({one["uuid"] for one in event["Attribute"]}) == 4


def test_an_event_holds_a_thousand_attributes_or_a_megabyte() -> None:
    assert [len(event["Attribute"]) for event in written(*(entry(number) for number in range(2001)))] == [
        1000,
        1000,
        1,
    ]
    frames = ", ".join(f'"{number:064x},100,{number}.0"' for number in range(7000))
    video = Entry("vpdq", signal_types()["vpdq"].parse(f"[{frames}]"))
    assert [len(event["Attribute"]) for event in written(video, video, video)] == [2, 1]
    assert written() == []
