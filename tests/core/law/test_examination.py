"""Every element of Art. 3(4), each missing, contradictory or doubtful, with the ground of Annex III it leads to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.law.forms import RECEIVED, complete_order

from entente.core.law.errors import NaiveTime
from entente.core.law.orders import (
    Finding,
    ImpossibilityGround,
    RemovalOrderForm,
    Severity,
    examine,
    order_type,
    order_types,
)
from entente.core.law.orders.examination import MESSAGES

TCO = order_type("eu.tco.removal_order")
Change = Callable[[dict[str, Any]], object]


def findings(written: dict[str, Any], **more: Any) -> tuple[Finding, ...]:
    return examine(RemovalOrderForm.from_json(written), order_type=TCO, received_at=RECEIVED, **more)


def codes(written: dict[str, Any], **more: Any) -> list[str]:
    return [finding.code for finding in findings(written, **more)]


def put(path: str, value: object) -> Change:
    section, _, name = path.partition(".")

    def change(written: dict[str, Any]) -> None:
        if name:
            written[section][name] = value
        else:
            written[section] = value

    return change


def url(address: str, information: str = "") -> Change:
    return put("section_b.contents", [{"url": address, "additional_information": information}])


def both(*changes: Change) -> Change:
    def change(written: dict[str, Any]) -> None:
        for one in changes:
            one(written)

    return change


MISSING, WRONG, DOUBT = Severity.MISSING, Severity.CONTRADICTORY, Severity.DOUBTFUL
MORE, ERROR = ImpossibilityGround.INSUFFICIENT_INFORMATION, ImpossibilityGround.MANIFEST_ERROR
NO_SIGNATURE = put("section_e.signature", "")
CASES: list[tuple[Change, str, Severity, ImpossibilityGround | None, str]] = [
    (put("section_a.issuing_state", ""), "issuer.state_missing", MISSING, MORE, "Art. 3(4)(a)"),
    (put("section_e.authority_name", ""), "issuer.name_missing", MISSING, MORE, "Art. 3(4)(a)"),
    (
        put("section_e.representative_name", ""),
        "issuer.representative_missing",
        MISSING,
        MORE,
        "Art. 3(4)(a)",
    ),
    (put("section_e.representative_post", ""), "issuer.post_missing", MISSING, MORE, "Art. 3(4)(a)"),
    (NO_SIGNATURE, "authentication.missing", MISSING, MORE, "Art. 3(4)(a)"),
    (put("section_b.reasons", ""), "reasons.missing", MISSING, MORE, "Art. 3(4)(b)"),
    (put("section_b.reasons", "It is bad."), "reasons.short", DOUBT, MORE, "Art. 3(4)(b)"),
    (put("section_b.types", []), "type.missing", MISSING, MORE, "Art. 3(4)(b)"),
    (put("section_b.contents", []), "address.missing", MISSING, MORE, "Art. 3(4)(c)"),
    (url(""), "address.empty", MISSING, MORE, "Art. 3(4)(c)"),
    (url("agora.example/posts/7"), "address.malformed", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("ftp://agora.example/7"), "address.malformed", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("https://agora.example/a b"), "address.malformed", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("https://agora.example:99999/7"), "address.malformed", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("https://[::1/7"), "address.malformed", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("https:///7"), "address.malformed", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("https://10.0.0.7/7"), "address.private", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("https://[::1]/7"), "address.private", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("https://localhost/7"), "address.private", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("https://db.internal/7"), "address.private", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("https://intranet/7"), "address.private", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("https://agora.example/posts/*"), "address.wildcard", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("https://me:pass@agora.example/7"), "address.credentials", DOUBT, None, "Art. 3(4)(c)"),
    (url("https://agora.example/"), "address.whole_site", DOUBT, MORE, "Art. 3(4)(c)"),
    (
        put("section_b.contents", ["https://agora.example/7", "https://agora.example/7"]),
        "address.repeated",
        DOUBT,
        None,
        "Art. 3(4)(c)",
    ),
    (url("https://forum.example/7"), "address.not_ours", WRONG, ERROR, "Art. 3(4)(c)"),
    (url("https://notagora.example/7"), "address.not_ours", WRONG, ERROR, "Art. 3(4)(c)"),
    (put("legal_basis", ""), "legal_basis.missing", MISSING, MORE, "Art. 3(4)(d)"),
    (put("legal_basis", "a letter of the minister"), "legal_basis.other", WRONG, ERROR, "Art. 3(4)(d)"),
    (put("section_a.issued_at", ""), "issue_time.missing", MISSING, MORE, "Art. 3(4)(e)"),
    (put("section_a.issued_at", "this morning"), "issue_time.unreadable", DOUBT, MORE, "Art. 3(4)(e)"),
    (put("section_a.issued_at", "2026-11-24T10:00:00Z"), "issue_time.future", WRONG, ERROR, "Art. 3(4)(e)"),
    (put("section_a.issued_at", "2026-10-01T10:00:00Z"), "issue_time.old", DOUBT, None, "Art. 3(4)(e)"),
    (put("section_e.date", "2026-11-01"), "issue_time.certified_earlier", WRONG, ERROR, "Art. 3(4)(e)"),
    (
        put("section_e.date", "2026-11-01T10:00:00Z"),
        "issue_time.certified_earlier",
        WRONG,
        ERROR,
        "Art. 3(4)(e)",
    ),
    (both(NO_SIGNATURE, put("section_e.stamp", True)), "signature.missing", MISSING, MORE, "Art. 3(4)(e)"),
    (put("section_g.body", ""), "redress.body_missing", MISSING, MORE, "Art. 3(4)(f)"),
    (put("section_g.deadline", ""), "redress.deadline_missing", MISSING, MORE, "Art. 3(4)(f)"),
    (put("section_g.legislation_link", ""), "redress.law_missing", DOUBT, None, "Art. 3(4)(f)"),
    (put("section_c.non_disclosure", True), "silence.no_end", DOUBT, None, "Art. 3(4)(g)"),
    (put("section_a.addressee", ""), "addressee.missing", MISSING, MORE, "Art. 3(5)"),
    (put("section_a.host_state", ""), "addressee.state_missing", MISSING, MORE, "Art. 3(5)"),
    (put("language", ""), "language.missing", DOUBT, None, "Art. 15(2)"),
    (put("language", "fi-FI"), "language.not_ours", DOUBT, MORE, "Art. 15(2)"),
    (put("section_d.other_state", None), "cross_border.unanswered", DOUBT, None, "Art. 4(1)"),
    (put("section_d.other_state", False), "cross_border.contradiction", WRONG, ERROR, "Art. 4(1)"),
    (put("section_d.copy_sent", False), "cross_border.no_copy", DOUBT, None, "Art. 4(1)"),
    (
        both(put("section_f.feedback_contact", ""), put("section_e.email", "")),
        "feedback_contact.missing",
        MISSING,
        MORE,
        "Art. 3(6)",
    ),
    (
        put("section_f.establishment_authority_contact", ""),
        "feedback_contact.establishment_missing",
        DOUBT,
        None,
        "Art. 3(6)",
    ),
    (
        both(put("section_a.reference", ""), put("section_e.file_number", "")),
        "reference.missing",
        MISSING,
        MORE,
        "Annex I, section A",
    ),
    (put("surprise", 1), "form.unread", DOUBT, None, "Regulation (EU) 2021/784, Art. 3"),
]


def test_a_complete_order_has_no_finding() -> None:
    assert (
        findings(complete_order(), our_hosts=frozenset({"agora.example"}), languages=frozenset({"en", "fr"}))
        == ()
    )


@pytest.mark.parametrize(("change", "code", "severity", "ground", "article"), CASES)
def test_each_fault_is_named_with_its_article_and_its_ground(
    change: Change, code: str, severity: Severity, ground: ImpossibilityGround | None, article: str
) -> None:
    written = complete_order()
    change(written)
    found = {
        finding.code: finding
        for finding in findings(written, our_hosts=frozenset({"agora.example"}), languages=frozenset({"en"}))
    }
    assert code in found
    finding = found[code]
    assert (finding.severity, finding.annex3_ground, finding.article) == (severity, ground, article)
    assert finding.text
    assert "%(" not in finding.text
    assert finding.field


def test_every_message_has_a_case() -> None:
    assert {case[1] for case in CASES} | {"silence.no_rule"} == set(MESSAGES)


def test_every_element_of_article_3_4_is_covered() -> None:
    articles = {case[4] for case in CASES}
    assert {f"Art. 3(4)({letter})" for letter in "abcdefg"} <= articles


def test_what_is_enough_is_enough() -> None:
    def fine(*changes: Change) -> list[str]:
        written = complete_order()
        both(*changes)(written)
        return codes(written)

    assert fine(NO_SIGNATURE, put("section_e.authenticated_channel", True)) == []
    assert fine(put("section_a.addressee", ""), put("section_a.legal_representative", "Rep")) == []
    assert fine(put("section_a.reference", "")) == []
    assert fine(put("section_f.feedback_contact", "")) == []
    assert fine(put("section_e.date", "")) == []
    assert fine(put("section_a.issued_at", "2026-11-23T10:09:00Z")) == []
    assert fine(url("https://agora.example/", "the picture at the top")) == []
    assert fine(url("https://agora.example/?post=7")) == []
    assert fine(url("https://203.0.114.7/7")) == []
    assert fine(url("https://sub.agora.example./7")) == []


def test_a_domestic_order_needs_no_answer_in_section_d() -> None:
    written = complete_order()
    written["section_a"]["issuing_state"] = "XA"
    written["section_d"] = {}
    assert codes(written) == []
    written["section_a"]["host_state"] = ""
    assert codes(written) == ["addressee.state_missing", "cross_border.unanswered"]


def test_subdomains_are_ours_and_nothing_is_checked_without_our_hosts() -> None:
    written = complete_order()
    url("https://media.agora.example/7")(written)
    assert codes(written, our_hosts=frozenset({"agora.example"})) == []
    url("https://elsewhere.example/7")(written)
    assert codes(written) == []


def test_silence_without_a_rule_is_contradictory() -> None:
    written = complete_order()
    written["section_c"]["non_disclosure"] = True
    form = RemovalOrderForm.from_json(written)
    found = examine(form, order_type=order_type("eu.dsa.art9_order"), received_at=RECEIVED)
    assert [(finding.code, finding.severity) for finding in found] == [("silence.no_rule", WRONG)]


def test_other_instruments_ask_for_less() -> None:
    empty = RemovalOrderForm()
    seen = {
        kind.id: {f.code for f in examine(empty, order_type=kind, received_at=RECEIVED)}
        for kind in order_types().values()
    }
    assert "type.missing" in seen["eu.tco.removal_order"]
    assert seen["au.osa.s109_notice"] == {
        "issuer.state_missing",
        "issuer.name_missing",
        "address.missing",
        "legal_basis.missing",
        "issue_time.missing",
    }
    free = replace(empty, legal_basis="Terrorism Act 2006")
    found = {
        f.code for f in examine(free, order_type=order_type("uk.ta2006.s3_notice"), received_at=RECEIVED)
    }
    assert "legal_basis.other" not in found


def test_an_empty_form_is_examined_and_not_refused() -> None:
    found = examine(RemovalOrderForm(), order_type=TCO, received_at=RECEIVED)
    assert len(found) > 15
    assert {finding.severity for finding in found} == {MISSING, DOUBT}


def test_the_time_of_receipt_must_be_an_instant() -> None:
    with pytest.raises(NaiveTime):
        examine(RemovalOrderForm(), order_type=TCO, received_at=datetime(2026, 11, 23))  # noqa: DTZ001


@settings(deadline=None)
@given(address=st.text(max_size=60), issued=st.text(max_size=30), date=st.text(max_size=30))
def test_nothing_in_a_form_makes_the_examination_fail(address: str, issued: str, date: str) -> None:
    written = complete_order()
    written["section_b"]["contents"] = [{"url": address}, {"url": f"https://{address}"}]
    written["section_a"]["issued_at"] = issued
    written["section_e"]["date"] = date
    for finding in findings(written, our_hosts=frozenset({"agora.example"})):
        assert finding.text


@settings(deadline=None)
@given(age=st.integers(-600, 60 * 24 * 3600))
def test_only_the_future_beyond_the_tolerance_is_contradictory(age: int) -> None:
    written = complete_order()
    written["section_e"]["date"] = ""
    written["section_a"]["issued_at"] = (RECEIVED - timedelta(seconds=age)).isoformat()
    found = codes(written)
    assert ("issue_time.future" in found) == (age < -300)
    assert ("issue_time.old" in found) == (age > 30 * 24 * 3600)
