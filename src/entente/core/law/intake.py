"""What is this? A proposal, with reasons, for what has just arrived; a person settles it.

Seven kinds: removal order, other binding order, referral, notice, request for data, threat to life, unclear. Two rules
decide the hard cases. A message that calls itself an order but names no legal basis is not one, even from a police
mailbox: it is a referral if an authority sends it, and unclear otherwise. A filled removal-order form is an order even
with boxes missing; that is for the examination to say. Who really sent it is authenticity, a question of its own.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from entente.core.law.orders.order_types import order_types
from entente.core.law.orders.removal_form import RemovalOrderForm
from entente.core.law.reading import Problems, Record, read_data, unique
from entente.core.law.texts import Said


class Kind(StrEnum):
    """What a message can be."""

    REMOVAL_ORDER = "removal_order"
    OTHER_BINDING_ORDER = "other_binding_order"
    REFERRAL = "referral"
    NOTICE = "notice"
    DATA_REQUEST = "data_request"
    THREAT_TO_LIFE = "threat_to_life"
    UNCLEAR = "unclear"


@dataclass(frozen=True, kw_only=True)
class IntakeFacts:
    """What is known of a message on arrival.

    ``text`` is its text in any of the five languages; ``form`` a removal-order form read from it, if any;
    ``sender_domain`` the domain it came from; ``sender_in_register`` whether that domain (or the signing key) belongs to
    an authority in our register; ``through_notice_form`` whether it came through a form for notices; ``order_type`` the
    order type that the form itself names, if it names one.
    """

    text: str = ""
    form: RemovalOrderForm | None = None
    sender_domain: str = ""
    sender_in_register: bool = False
    through_notice_form: bool = False
    order_type: str = ""


@dataclass(frozen=True, kw_only=True)
class IntakeReason(Said):
    """One reason for a proposal."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The kind proposed, why, and what else it could be, likeliest first. Never settled by itself.

    ``order_type`` is the order type whose law the message cites (``eu.dsa.art9_order``), or empty: whoever settles it as
    another binding order is offered that one first.
    """

    kind: Kind
    reasons: tuple[IntakeReason, ...]
    alternatives: tuple[Kind, ...]
    order_type: str = ""

    @property
    def is_urgent(self) -> bool:
        """Whether a legal clock may be running already, so that people ring until somebody has said what it is.

        Orders of any law, threats, and whatever sets a deadline without being understood.
        """
        if self.kind in _URGENT:
            return True
        return self.kind in _UNSURE and any(reason.code == "deadline" for reason in self.reasons)


_URGENT = frozenset({Kind.REMOVAL_ORDER, Kind.OTHER_BINDING_ORDER, Kind.THREAT_TO_LIFE})
_UNSURE = frozenset({Kind.UNCLEAR, Kind.REFERRAL})


@dataclass(frozen=True, slots=True)
class CitedLaw:
    """Words by which a message cites the law of an order type."""

    order_type: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Signal:
    """A group of words that point the same way; ``pattern`` matches folded text, ``laws`` say which law it cites."""

    id: str
    message: str
    pattern: re.Pattern[str]
    laws: tuple[CitedLaw, ...] = ()


@dataclass(frozen=True, slots=True)
class IntakeWords:
    """All signals by id, and the domains of free mail services."""

    signals: Mapping[str, Signal]
    free_mail_domains: frozenset[str]


SIGNALS = (
    "cites_tco",
    "cites_dsa_order",
    "cites_other_law",
    "orders",
    "deadline",
    "refers",
    "reports",
    "asks_data",
    "preserves_data",
    "threat",
)
MESSAGES = {
    "form": "A removal-order form (Annex I) is filled in.",
    "form_other": "A form is filled in that names another law: %(title)s.",
    "form_incomplete": "Boxes of the form are missing; it stays an order.",
    "registered": "The sender's domain or key belongs to an authority in our register.",
    "free_mail": "It comes from a free mail service (%(domain)s).",
    "no_basis": "It speaks like an order but names no legal basis.",
    "notice_form": "It came through the public form for notices.",
    "address": "It names a web address.",
    "nothing": "Nothing says what it is.",
}
_ADDRESS = re.compile(r"https?://\S", re.IGNORECASE)
_ARABIC = re.compile(r"[\u0600-\u06ff]")


def fold(text: str) -> str:
    """Return the text without case, accents and vowel marks, with single blanks, for comparison only."""
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace("’", "'")
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(plain.split())


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    parts = [
        re.escape(fold(word)) if _ARABIC.search(word) else rf"(?<!\w){re.escape(fold(word))}"
        for word in words
    ]
    return re.compile("|".join(parts) or r"(?!)")


def read_intake(table: Mapping[str, object]) -> IntakeWords:
    """Validate a parsed file of intake words. Raises LawDataError with every fault."""
    problems = Problems()
    file = Record(table, "intake", problems)
    file.provenance()
    records = file.records("signal")
    found = []
    for record in records:
        laws, cited = _read_laws(record)
        words = (*record.texts("words", required=not laws), *cited)
        found.append(
            Signal(id=record.text("id"), message=record.text("message"), pattern=_pattern(words), laws=laws)
        )
        record.done()
    unique(records, [signal.id for signal in found])
    if {signal.id for signal in found} != set(SIGNALS):
        file.note(f"the signals must be {', '.join(SIGNALS)}")
    free = file.texts("free_mail_domains", required=True)
    file.done()
    problems.raise_if_any()
    return IntakeWords({signal.id: signal for signal in found}, frozenset(free))


def _read_laws(record: Record) -> tuple[tuple[CitedLaw, ...], tuple[str, ...]]:
    """Return the laws a signal tells apart, and all the words they are cited by."""
    laws: list[CitedLaw] = []
    cited: list[str] = []
    for law in record.records("laws", required=False):
        identifier, words = law.text("order_type"), law.texts("words", required=True)
        if identifier and identifier not in order_types():
            law.note(f"order_type names {identifier!r}, which is no order type")
        laws.append(CitedLaw(identifier, _pattern(words)))
        cited += words
        law.done()
    return tuple(laws), tuple(cited)


@cache
def intake_words() -> IntakeWords:
    """Return the intake words. Raises LawDataError if the file is wrong."""
    return read_intake(read_data("intake.toml"))


def _is_filled(form: RemovalOrderForm | None) -> bool:
    """Whether a form holds anything beyond an empty one; an exercise mark alone is nothing."""
    return form is not None and form.to_json() != RemovalOrderForm(exercise=form.exercise).to_json()


def _is_incomplete(form: RemovalOrderForm | None) -> bool:
    return form is not None and not (
        form.legal_basis
        and form.section_a.issuing_state
        and form.section_a.issued_at
        and form.section_b.contents
        and form.section_b.reasons
        and form.section_b.types
        and form.section_e.authority_name
        and form.section_g.body
    )


def _seen(facts: IntakeFacts) -> dict[str, IntakeReason]:
    """Return every signal found, with its reason."""
    words = intake_words()
    folded = fold(facts.text)
    seen = {
        signal.id: IntakeReason(code=signal.id, message=signal.message)
        for signal in words.signals.values()
        if signal.pattern.search(folded)
    }
    domain = facts.sender_domain.casefold().rstrip(".")
    filled = _is_filled(facts.form)
    other = filled and facts.order_type in _other_types()
    marks = {
        "form": filled and not other,
        "form_other": other,
        "form_incomplete": filled and not other and _is_incomplete(facts.form),
        "registered": facts.sender_in_register,
        "free_mail": domain in words.free_mail_domains,
        "notice_form": facts.through_notice_form,
        "address": bool(_ADDRESS.search(facts.text)),
    }
    for code, holds in marks.items():
        if holds:
            seen[code] = IntakeReason(code=code, message=MESSAGES[code], params=_params(code, domain, facts))
    if seen.keys() & {"orders", "deadline"} and not seen.keys() & _LEGAL_BASES:
        seen["no_basis"] = IntakeReason(code="no_basis", message=MESSAGES["no_basis"])
    return seen


def _params(code: str, domain: str, facts: IntakeFacts) -> dict[str, str]:
    if code == "free_mail":
        return {"domain": domain}
    return {"title": order_types()[facts.order_type].title} if code == "form_other" else {}


def _other_types() -> frozenset[str]:
    """Return the order types beside the removal order."""
    return frozenset(order_types()) - {REMOVAL_ORDER_TYPE}


REMOVAL_ORDER_TYPE = "eu.tco.removal_order"
"""The order type of the form of Annex I."""

_LEGAL_BASES = {"form", "form_other", "cites_tco", "cites_dsa_order", "cites_other_law"}
# Which signals make a kind possible: every one of some group must be there. The kinds stand in order of urgency and
# bindingness; the first that fits is proposed, the others that fit are the alternatives.
_FITS: tuple[tuple[Kind, tuple[frozenset[str], ...]], ...] = (
    (
        Kind.REMOVAL_ORDER,
        (frozenset({"form"}), frozenset({"cites_tco", "orders"}), frozenset({"cites_tco", "deadline"})),
    ),
    (
        Kind.OTHER_BINDING_ORDER,
        (
            frozenset({"form_other"}),
            *(
                frozenset({law, sign})
                for law in ("cites_dsa_order", "cites_other_law")
                for sign in ("orders", "deadline")
            ),
        ),
    ),
    (Kind.THREAT_TO_LIFE, (frozenset({"threat"}),)),
    (Kind.DATA_REQUEST, (frozenset({"asks_data"}), frozenset({"preserves_data"}))),
    (
        Kind.REFERRAL,
        (
            frozenset({"refers"}),
            frozenset({"registered", "no_basis"}),
            frozenset({"registered", "address"}),
            frozenset({"registered", "reports"}),
        ),
    ),
    (Kind.NOTICE, (frozenset({"notice_form"}), frozenset({"reports"}))),
)
_ABOUT_SENDER = ("registered", "free_mail")


def propose(signals: IntakeFacts) -> Proposal:
    """Propose what a message is, with reasons and alternatives. Never settles, never raises for its content.

    A threat to life beside an order stays an alternative, shown with its own reason, so that nobody overlooks either.
    """
    seen = _seen(signals)
    order_type = _cited(signals)
    fitting = [
        (kind, frozenset().union(*(group for group in groups if group <= seen.keys())))
        for kind, groups in _FITS
        if any(group <= seen.keys() for group in groups)
    ]
    if not fitting:
        return Proposal(Kind.UNCLEAR, _unclear(seen), tuple(_maybe(seen)), order_type)
    kind, because = fitting[0]
    others = tuple(other for other, _ in fitting[1:])
    telling = because | {"form_incomplete", "no_basis", "threat", "deadline", *_ABOUT_SENDER}
    reasons = tuple(reason for code, reason in seen.items() if code in telling)
    return Proposal(kind, reasons, (*others, Kind.UNCLEAR), order_type)


def _cited(signals: IntakeFacts) -> str:
    """Return the order type whose law a message cites, the form's own word first; empty where it cites none."""
    if signals.order_type in _other_types():
        return signals.order_type
    folded = fold(signals.text)
    laws = (law for signal in intake_words().signals.values() for law in signal.laws)
    return next((law.order_type for law in laws if law.pattern.search(folded)), "")


def _unclear(seen: Mapping[str, IntakeReason]) -> tuple[IntakeReason, ...]:
    return tuple(seen.values()) or (IntakeReason(code="nothing", message=MESSAGES["nothing"]),)


def _maybe(seen: Mapping[str, IntakeReason]) -> list[Kind]:
    """Return what an unclear message could still turn out to be."""
    found = []
    if seen.keys() & {"cites_tco", "no_basis"}:
        found.append(Kind.REMOVAL_ORDER)
    if seen.keys() & {"cites_dsa_order", "cites_other_law"}:
        found.append(Kind.OTHER_BINDING_ORDER)
    if "registered" in seen:
        found.append(Kind.REFERRAL)
    found.append(Kind.NOTICE)
    return found
