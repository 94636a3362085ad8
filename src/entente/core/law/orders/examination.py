"""Examining a removal order's form: each missing or contradictory element is named (TCO Art. 3(4)(a) to (g), 3(5), 4(1)).

A missing element leads to "insufficient information", a contradiction to "manifest error" (Art. 3(8), Annex III). What is
found never makes an order stop being an order: the host executes it, or answers with Annex III.
"""

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from entente.core.law.clocks import aware, parse_timestamp
from entente.core.law.errors import NaiveTime
from entente.core.law.orders.findings import Finding, ImpossibilityGround, Severity
from entente.core.law.orders.order_types import OrderType
from entente.core.law.orders.removal_form import RemovalOrderForm

CLOCK_TOLERANCE = timedelta(minutes=5)
OLD_ORDER = timedelta(days=30)
SHORT_REASONS = 40
TCO_NAMES = ("2021/784",)

MESSAGES = {
    "issuer.state_missing": "The Member State of the issuing authority is not named.",
    "issuer.name_missing": "The issuing authority is not named.",
    "issuer.representative_missing": "The person who certifies the order is not named.",
    "issuer.post_missing": "The post of the person who certifies the order is not named.",
    "authentication.missing": "Nothing shows that the authority authenticated the order: no signature, no stamp, no authenticated channel.",
    "signature.missing": "The electronic signature is missing, and no authenticated channel replaces it.",
    "reasons.missing": "The statement of reasons is empty.",
    "reasons.short": "The statement of reasons is very short (%(length)s characters); it must be sufficiently detailed.",
    "type.missing": "No type of terrorist content of Art. 2(7) is ticked.",
    "address.missing": "No address is given.",
    "address.empty": "This entry has no address.",
    "address.malformed": "%(url)s is not a complete web address.",
    "address.private": "%(url)s points into a private network, not to published content.",
    "address.wildcard": "%(url)s stands for many addresses; an order needs the exact one.",
    "address.credentials": "%(url)s carries a user name or password.",
    "address.whole_site": "%(url)s is a whole site and nothing says which item is meant.",
    "address.repeated": "%(url)s is named more than once.",
    "address.not_ours": "%(url)s is not an address of this service.",
    "legal_basis.missing": "The order does not name its legal basis.",
    "legal_basis.other": "The legal basis is %(written)s, not %(instrument)s.",
    "issue_time.missing": "The time and date of issuing are missing.",
    "issue_time.unreadable": "%(written)s names no instant: a date, a time and an offset from UTC are needed.",
    "issue_time.future": "The order says it was issued at %(issued)s, after it was received at %(received)s.",
    "issue_time.old": "The order was issued %(days)s days before it was received.",
    "issue_time.certified_earlier": "The order is certified on %(certified)s but issued on %(issued)s.",
    "redress.body_missing": "The body or court to which host and content provider can turn is not named.",
    "redress.deadline_missing": "The deadline for challenging the order is not given.",
    "redress.law_missing": "The national provisions on redress are not referred to.",
    "silence.no_rule": "The order asks for silence, but its law gives no such decision.",
    "silence.no_end": "The order asks for silence without an end; six weeks from its issue at most.",
    "addressee.missing": "The addressee is not named.",
    "addressee.state_missing": "The Member State of the host's establishment or representative is not named.",
    "language.missing": "The language of the order is not given.",
    "language.not_ours": "The order is in %(language)s; the contact point works in %(languages)s.",
    "cross_border.unanswered": "Section D does not say whether the host is established in another Member State.",
    "cross_border.contradiction": "Section D and the Member States of section A contradict each other (%(issuing_state)s, %(host_state)s).",
    "cross_border.no_copy": "No copy to the authority of the Member State of establishment is confirmed.",
    "feedback_contact.missing": "There is no contact for feedback.",
    "feedback_contact.establishment_missing": "The authority of the Member State of establishment is not named.",
    "reference.missing": "The order has no reference number.",
    "form.unread": "This could not be read: %(written)s.",
}


@dataclass(frozen=True, slots=True)
class _Case:
    """What the checks look at."""

    form: RemovalOrderForm
    order_type: OrderType
    received_at: datetime
    our_hosts: frozenset[str]
    languages: frozenset[str]
    issued_at: datetime | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "issued_at", self.form.section_a.issued_at_time)


Raised = tuple[str, str, Severity, ImpossibilityGround | None, dict[str, str]]
_INSUFFICIENT = ImpossibilityGround.INSUFFICIENT_INFORMATION
_ERROR = ImpossibilityGround.MANIFEST_ERROR


def _missing(code: str, where: str) -> Raised:
    return code, where, Severity.MISSING, _INSUFFICIENT, {}


def _wrong(code: str, where: str, **params: str) -> Raised:
    return code, where, Severity.CONTRADICTORY, _ERROR, params


def _doubtful(code: str, where: str, ground: ImpossibilityGround | None = None, **params: str) -> Raised:
    return code, where, Severity.DOUBTFUL, ground, params


def _issuer(case: _Case) -> Iterator[Raised]:
    a, e = case.form.section_a, case.form.section_e
    if not a.issuing_state:
        yield _missing("issuer.state_missing", "section_a.issuing_state")
    if not e.authority_name:
        yield _missing("issuer.name_missing", "section_e.authority_name")
    if case.order_type.form != "annex1":
        return
    if not e.representative_name:
        yield _missing("issuer.representative_missing", "section_e.representative_name")
    if not e.representative_post:
        yield _missing("issuer.post_missing", "section_e.representative_post")


def _authentication(case: _Case) -> Iterator[Raised]:
    e = case.form.section_e
    if not (e.signature or e.stamp or e.authenticated_channel):
        yield _missing("authentication.missing", "section_e.signature")


def _signature(case: _Case) -> Iterator[Raised]:
    e = case.form.section_e
    if not (e.signature or e.authenticated_channel):
        yield _missing("signature.missing", "section_e.signature")


def _reasons(case: _Case) -> Iterator[Raised]:
    reasons = case.form.section_b.reasons
    if not reasons:
        yield _missing("reasons.missing", "section_b.reasons")
    elif len(reasons) < SHORT_REASONS:
        yield _doubtful("reasons.short", "section_b.reasons", _INSUFFICIENT, length=str(len(reasons)))


def _type(case: _Case) -> Iterator[Raised]:
    if not case.form.section_b.types:
        yield _missing("type.missing", "section_b.types")


def _address(case: _Case) -> Iterator[Raised]:
    contents = case.form.section_b.contents
    if not contents:
        yield _missing("address.missing", "section_b.contents")
    seen: set[str] = set()
    for number, content in enumerate(contents):
        where = f"section_b.contents[{number}].url"
        if not content.url:
            yield _missing("address.empty", where)
            continue
        if content.url in seen:
            yield _doubtful("address.repeated", where, url=content.url)
        seen.add(content.url)
        yield from _one_address(content.url, content.additional_information, where, case.our_hosts)


def _one_address(url: str, information: str, where: str, our_hosts: frozenset[str]) -> Iterator[Raised]:
    parts = _split(url)
    if parts is None:
        yield _wrong("address.malformed", where, url=url)
        return
    host = (parts.hostname or "").rstrip(".")
    if "*" in url:
        yield _wrong("address.wildcard", where, url=url)
    elif _is_private(host):
        yield _wrong("address.private", where, url=url)
    elif our_hosts and not any(host == ours or host.endswith(f".{ours}") for ours in our_hosts):
        yield _wrong("address.not_ours", where, url=url)
    elif parts.path in ("", "/") and not parts.query and not information:
        yield _doubtful("address.whole_site", where, _INSUFFICIENT, url=url)
    if parts.username or parts.password:
        yield _doubtful("address.credentials", where, url=url)


def _split(url: str) -> SplitResult | None:
    """Return the parts of an http or https address with a host, or None."""
    if any(character.isspace() for character in url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or "." not in host


def _legal_basis(case: _Case) -> Iterator[Raised]:
    written = case.form.legal_basis
    if not written:
        yield _missing("legal_basis.missing", "legal_basis")
    elif case.order_type.form == "annex1" and not any(name in written for name in TCO_NAMES):
        yield _wrong(
            "legal_basis.other", "legal_basis", written=written, instrument=case.order_type.instrument
        )


def _issue_time(case: _Case) -> Iterator[Raised]:
    a = case.form.section_a
    if not a.issued_at:
        yield _missing("issue_time.missing", "section_a.issued_at")
    elif case.issued_at is None:
        yield _doubtful("issue_time.unreadable", "section_a.issued_at", _INSUFFICIENT, written=a.issued_at)
    else:
        yield from _issue_instant(case, case.issued_at)


def _issue_instant(case: _Case, issued: datetime) -> Iterator[Raised]:
    received = case.received_at
    if issued > received + CLOCK_TOLERANCE:
        yield _wrong(
            "issue_time.future", "section_a.issued_at", issued=_shown(issued), received=_shown(received)
        )
    elif received - issued > OLD_ORDER:
        yield _doubtful("issue_time.old", "section_a.issued_at", days=str((received - issued).days))
    certified = _instant(case.form.section_e.date)
    if certified is not None and certified < issued - timedelta(days=1):
        yield _wrong(
            "issue_time.certified_earlier",
            "section_e.date",
            certified=_shown(certified),
            issued=_shown(issued),
        )


def _instant(text: str) -> datetime | None:
    """Return the instant of a time, or the first of a day written without one."""
    try:
        return parse_timestamp(text)
    except NaiveTime:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
    except ValueError:
        return None


def _shown(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _redress(case: _Case) -> Iterator[Raised]:
    g = case.form.section_g
    if not g.body:
        yield _missing("redress.body_missing", "section_g.body")
    if not g.deadline:
        yield _missing("redress.deadline_missing", "section_g.deadline")
    if not g.legislation_link:
        yield _doubtful("redress.law_missing", "section_g.legislation_link")


def _silence(case: _Case) -> Iterator[Raised]:
    if case.form.section_c.non_disclosure:
        yield _doubtful("silence.no_end", "section_c.non_disclosure")


def _addressee(case: _Case) -> Iterator[Raised]:
    a = case.form.section_a
    if not a.addressee and not a.legal_representative:
        yield _missing("addressee.missing", "section_a.addressee")
    if not a.host_state:
        yield _missing("addressee.state_missing", "section_a.host_state")


def _language(case: _Case) -> Iterator[Raised]:
    language = case.form.language.lower().split("-")[0]
    if not language:
        yield _doubtful("language.missing", "language")
    elif case.languages and language not in case.languages:
        yield _doubtful(
            "language.not_ours",
            "language",
            _INSUFFICIENT,
            language=language,
            languages=", ".join(sorted(case.languages)),
        )


def _cross_border(case: _Case) -> Iterator[Raised]:
    a, d = case.form.section_a, case.form.section_d
    differ = a.issuing_state.upper() != a.host_state.upper()
    both_known = bool(a.issuing_state and a.host_state)
    if d.other_state is None:
        if not both_known or differ:
            yield _doubtful("cross_border.unanswered", "section_d.other_state")
    elif both_known and d.other_state != differ:
        yield _wrong(
            "cross_border.contradiction",
            "section_d.other_state",
            issuing_state=a.issuing_state,
            host_state=a.host_state,
        )
    if (d.other_state or (both_known and differ)) and not d.copy_sent:
        yield _doubtful("cross_border.no_copy", "section_d.copy_sent")


def _feedback_contact(case: _Case) -> Iterator[Raised]:
    f, e = case.form.section_f, case.form.section_e
    if not (f.feedback_contact or e.email):
        yield _missing("feedback_contact.missing", "section_f.feedback_contact")
    if case.form.section_d.other_state and not f.establishment_authority_contact:
        yield _doubtful("feedback_contact.establishment_missing", "section_f.establishment_authority_contact")


def _reference(case: _Case) -> Iterator[Raised]:
    if not (case.form.section_a.reference or case.form.section_e.file_number):
        yield _missing("reference.missing", "section_a.reference")


_CHECKS: dict[str, Callable[[_Case], Iterator[Raised]]] = {
    "issuer": _issuer,
    "authentication": _authentication,
    "reasons": _reasons,
    "type": _type,
    "address": _address,
    "legal_basis": _legal_basis,
    "issue_time": _issue_time,
    "signature": _signature,
    "redress": _redress,
    "silence": _silence,
    "addressee": _addressee,
    "language": _language,
    "cross_border": _cross_border,
    "feedback_contact": _feedback_contact,
    "reference": _reference,
}


def examine(
    form: RemovalOrderForm,
    *,
    order_type: OrderType,
    received_at: datetime,
    our_hosts: frozenset[str] = frozenset(),
    languages: frozenset[str] = frozenset(),
) -> tuple[Finding, ...]:
    """Name each missing, contradictory or doubtful element of an order, in the order of the law's list.

    Only elements that the order type requires are looked at. ``our_hosts`` are the service's host names (subdomains
    count; empty means not checked), ``languages`` the codes of the contact point's languages (TCO Art. 15(2); empty
    means not checked). Raises NaiveTime if ``received_at`` has no offset; nothing in the form makes it raise.
    """
    case = _Case(form, order_type, aware(received_at), our_hosts, languages)
    found = [
        _finding(raised, article)
        for element, article in order_type.required_elements.items()
        for raised in _CHECKS[element](case)
    ]
    if form.section_c.non_disclosure and order_type.non_disclosure_rule is None:
        found.append(_finding(_wrong("silence.no_rule", "section_c.non_disclosure"), order_type.instrument))
    unread = (
        _finding(_doubtful("form.unread", path, written=path), order_type.instrument) for path in form.unread
    )
    return (*found, *unread)


def _finding(raised: Raised, article: str) -> Finding:
    code, where, severity, ground, params = raised
    return Finding(
        code=code,
        message=MESSAGES[code],
        params=params,
        field=where,
        severity=severity,
        article=article,
        annex3_ground=ground,
    )
