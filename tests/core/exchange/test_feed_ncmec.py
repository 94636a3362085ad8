"""NCMEC-style hash sharing: XML by windows of time, deletions, feedback, and what a liar gets."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import CheckpointUnreadable, FeedRefused, FeedUnreadable
from entente.core.exchange.feeds import markup
from entente.core.exchange.feeds.feed import Page
from entente.core.exchange.feeds.markup import parse
from entente.core.exchange.feeds.ncmec import Feed
from entente.core.exchange.feeds.windows import Window
from entente.core.exchange.opinions import Opinion, View
from tests.core.exchange.examples import AT, MD5, SECRET, SHA256, answer, run

SECONDS = int(AT.timestamp())
BASE = "https://feed.example/sharing"
NEXT = "/v2/entries?from=2026-11-03T09%3A25%3A00Z&amp;start=1001&amp;size=1000&amp;max=3000"
TIME = "2026-11-03T09:30:00Z"


def feed(**settings: str) -> Feed:
    return Feed({"username": "user", "password": SECRET, "base_url": BASE, **settings})


def image(
    number: str = "image1",
    prints: str = f"<md5>{MD5}</md5>",
    member: str = '<member id="42">Somebody</member>',
    more: str = "",
) -> str:
    return (
        f"<image>{member}<timestamp>{TIME}</timestamp><id>{number}</id>{more}"
        f"<fingerprints>{prints}</fingerprints></image>"
    )


def page(images: str = "", videos: str = "", following: str = "", latest: str = TIME) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">'
        f'<images count="1" maxTimestamp="{latest}">{images}</images>'
        f'<videos count="1" maxTimestamp="{latest}">{videos}</videos>'
        f"<paging><next>{following}</next></paging></queryResult>"
    ).encode()


def read(images: str = "", videos: str = "", **facts: str) -> Page:
    return run(feed(), [answer(page(images, videos, **facts))], Window(SECONDS - 60).write(), AT)[-1]


def test_it_asks_for_a_window_that_overlaps_the_last_one_and_ends_now() -> None:
    one = feed()
    request = one.start(Window(SECONDS).write(), now=AT)
    assert request.headers["Authorization"] == f"Basic {base64.b64encode(f'user:{SECRET}'.encode()).decode()}"
    assert urlsplit(request.url)._replace(query="").geturl() == f"{BASE}/v2/entries"
    assert parse_qs(urlsplit(request.url).query) == {"from": ["2026-11-03T09:25:00Z"], "to": [TIME]}
    assert feed().start("").url == f"{BASE}/v2/entries?from=1970-01-01T00%3A00%3A00Z"


def test_a_window_counts_when_it_was_read_to_its_end() -> None:
    one = feed()
    one.start(Window(SECONDS - 60).write(), now=AT)
    first = one.read(answer(page(image(), following=NEXT)))
    assert first.next
    assert first.next.url == f"{BASE}{NEXT.replace('&amp;', '&')}"
    held = Window.read(first.checkpoint)
    assert (held.since, held.until) == (SECONDS - 60, SECONDS)
    last = one.read(answer(page(image("image2"))))
    assert (Window.read(last.checkpoint), last.next) == (Window(SECONDS), None)


def test_without_a_clock_a_window_ends_with_its_latest_entry() -> None:
    one = feed()
    one.start("")
    one.read(answer(page(image(), following=f"{BASE}{NEXT}")))
    last = one.read(answer(page(image("image2"), latest="2026-11-02T00:00:00Z")))
    assert Window.read(last.checkpoint) == Window(SECONDS)
    empty = run(feed(), [answer(page())], Window(SECONDS).write())[-1]
    assert Window.read(empty.checkpoint) == Window(SECONDS)


def test_a_run_goes_on_with_its_page_and_begins_anew_if_that_is_gone() -> None:
    held = Window(SECONDS - 60, "/v2/entries?start=1001", until=SECONDS, reached=SECONDS - 5).write()
    one = feed()
    assert one.start(held, now=AT).url == f"{BASE}/v2/entries?start=1001"
    assert Window.read(one.read(answer(page(image()))).checkpoint) == Window(SECONDS)
    one.start(held, now=AT)
    anew = one.read(answer(b"", 404))
    assert anew.next
    assert "from=" in anew.next.url
    assert Window.read(anew.checkpoint) == Window(SECONDS - 60, until=SECONDS)
    with pytest.raises(FeedRefused):
        one.read(answer(b"", 404))
    with pytest.raises(CheckpointUnreadable):
        one.start(Window(5, "/v3/other?a").write())


def test_entries_are_read_with_their_labels_and_reference() -> None:
    prints = (
        f"<md5>{MD5}</md5><sha1>a1</sha1><pdna>a1</pdna><sha256>{SHA256}</sha256>"
        '<tmk-pdqf rel="self" href="/v2/entries/1"/>'
    )
    found = read(
        image(prints=prints, more="<classification>A1</classification>"),
        '<deletedVideo><member id="43">x</member><id>video4</id></deletedVideo>'
        '<video><member id="42">x</member><id>video1</id><fingerprints/></video>'
        '<video><member id="42">x</member><id>video2</id></video>',
    )
    labels = ("media:image", "classification:A1")
    assert found.entries == (
        Entry("md5", bytes.fromhex(MD5), labels, partner_ref="42-image1", changed_at=AT),
        Entry("sha256", bytes.fromhex(SHA256), labels, partner_ref="42-image1", changed_at=AT),
        Entry("", b"", partner_ref="43-video4", is_retracted=True),
    )
    assert found.skipped == 3
    assert found.whole_refs == {"42-image1", "43-video4", "42-video1", "42-video2"}


def test_feedback_is_an_opinion_of_each_member() -> None:
    members = '<members><member id="42">a</member><member id="41">b</member><member>c</member></members>'
    feedback = (
        f'<feedback><affirmativeFeedback type="Md5">{members}</affirmativeFeedback>'
        '<negativeFeedback type="Md5"><reasons><reason/><members><member id="7">d</member></members></reasons>'
        f'</negativeFeedback><negativeFeedback type="Sha1">{members}</negativeFeedback><other/></feedback>'
    )
    value = bytes.fromhex(MD5)
    assert read(image(more=feedback)).opinions == (
        Opinion("md5", value, "41", View.CONFIRMS),
        Opinion("md5", value, "42", View.CONFIRMS),
        Opinion("md5", value, "7", View.CONTESTS),
    )


def test_members_may_be_chosen() -> None:
    found = run(feed(members="41, 43"), [answer(page(image() + image(member='<member id="43"/>')))])[-1]
    assert [one.partner_ref for one in found.entries if isinstance(one, Entry)] == ["43-image1"]
    assert (found.skipped, set(found.whole_refs)) == (1, {"42-image1", "43-image1"})


def test_a_bad_entry_is_named_and_the_rest_is_read() -> None:
    found = read(
        image(prints=f"<md5>{MD5}\n</md5>")
        + image(member="")
        + image(number=" ")
        + image(more="<id>2</id>")
        + "<video/>"
        + image(more="<timestamp>x</timestamp>")
        + image().replace(TIME, "soon")
        + image()
    )
    *bad, good = found.entries
    assert bad == [
        Bad(1, "MD5 is 32 hexadecimal digits, not 33 characters"),
        Bad(2, "the entry has no member or no id"),
        Bad(3, "the entry has no member or no id"),
        Bad(4, "it has 2 elements id instead of one"),
        Bad(5, "the element is neither an entry nor a deleted one"),
        Bad(6, "it has 2 elements timestamp instead of one"),
        Bad(7, "the time is not ISO 8601 with seconds and an offset"),
    ]
    assert isinstance(good, Entry)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<other/>", "XML of another kind"),
        (page(image(), latest="soon"), "not ISO 8601"),
        (page(image()).replace(b"maxTimestamp", b"other"), "not ISO 8601"),
        (page(image(), latest="2026-11-01T00:00:00Z"), "go back behind the time"),
        (page(image(), latest="2027-11-01T00:00:00Z"), "in the future"),
        (page(following="https://elsewhere.example/v2/entries?a"), "on another host"),
        (page(following="//elsewhere.example/v2/entries?a"), "on another host"),
        (page(following="/v2/members?a"), "another place"),
        (page(following="/v2/entries?a b"), "another place"),
        (page(following="/v2/entries?a#b"), "another place"),
        (page().replace(b"<next>", b"<next/><next>"), "2 elements next instead of one"),
        (page()[:-5], "broken or cut short, not XML"),
        (page().replace(b"UTF-8", b"utf-99"), "broken or cut short, not XML"),
        (page().replace(b"UTF-8", b"utf-7"), "broken or cut short, not XML"),
        (page("<a>" * 40 + "</a>" * 40), "nested too deeply"),
    ],
)
def test_a_partner_that_lies_is_told_apart(body: bytes, reason: str) -> None:
    with pytest.raises(FeedUnreadable, match=reason):
        run(feed(), [answer(body)], Window(SECONDS - 60).write(), AT)


def test_pages_in_a_circle_end() -> None:
    one = feed()
    one.start("")
    one.read(answer(page(image(), following=NEXT)))
    with pytest.raises(FeedUnreadable, match="the same page again"):
        one.read(answer(page(image(), following=NEXT)))


def test_a_page_without_paging_is_the_last() -> None:
    body = page(image()).replace(b"<paging><next></next></paging>", b"")
    assert run(feed(), [answer(body)])[-1].next is None


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "https://elsewhere.example/x"> %x;]><a/>',
        b'<!DOCTYPE a SYSTEM "https://elsewhere.example/x"><a/>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
    ],
)
def test_a_document_type_is_not_read(document: bytes) -> None:
    with pytest.raises(FeedUnreadable, match="declares a document type"):
        parse(document)


def test_an_entity_that_nobody_declared_is_broken() -> None:
    with pytest.raises(FeedUnreadable, match="broken or cut short"):
        parse(b"<a>&x;</a>")


def test_markup_is_read_without_its_namespaces() -> None:
    root = parse(b'<n:a xmlns:n="urn:x" b="c">d<e/>f&amp;<![CDATA[<g>]]></n:a>')
    assert (root.tag, root.attributes, root.text) == ("a", {"b": "c"}, "df&<g>")
    assert [child.tag for child in root.children] == ["e"]
    assert root.child_text("other", "x") == "x"


def test_markup_is_bounded_in_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "MAX_ELEMENTS", 3)
    assert len(parse(b"<a><b/><b/></a>").children) == 2
    with pytest.raises(FeedUnreadable, match="too many elements"):
        parse(b"<a><b/><b/><b/></a>")
