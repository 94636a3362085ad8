"""How the pages of banks say what are codes in the tables: states with their shape, kinds, advice."""

from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.banks import queries
from entente.apps.banks.choices import (
    AuthorKind,
    BankPolicy,
    BankState,
    ExchangeState,
    NegativeKind,
    OpinionKind,
    OwnerKind,
    ProposalState,
    ProvenanceKind,
    RunOutcome,
    SharingUse,
    SignalState,
)
from entente.core.law import bases
from entente.core.signals.registry import signal_types
from entente.web.templatetags.entente_ui import brief

Tone = tuple[str, str]
"""A word and the tone it stands in."""

TYPE_TITLES: Final = {
    "pdq": gettext_lazy("Picture (PDQ)"),
    "vpdq": gettext_lazy("Film (vPDQ)"),
    "sha256": gettext_lazy("File (SHA-256)"),
    "md5": gettext_lazy("File (MD5)"),
    "url": gettext_lazy("Address (URL)"),
    "url_md5": gettext_lazy("Address (URL-MD5)"),
    "text_exact": gettext_lazy("Text, exact"),
    "text_minhash": gettext_lazy("Text, near-duplicate"),
    "keyword": gettext_lazy("Keyword"),
}
UNITS: Final = {
    "pdq": gettext_lazy("bits of 256 that may differ"),
    "vpdq": gettext_lazy("per cent of the frames that may be missing"),
    "text_minhash": gettext_lazy("of 128 positions that may differ"),
}
POLICY_HELP: Final = {
    "observe": gettext_lazy("A match is counted, and nothing else."),
    "open_case": gettext_lazy("A match opens a case, and a person looks."),
    "restrict": gettext_lazy(
        "A match with a signal that a person of this service confirmed restricts for a while, and opens a case."
    ),
}
MAY_RESTRICT: Final = {
    "": gettext_lazy("A match restricts for a while, tells the uploader at once, and opens a case."),
    "bank_not_enforced": gettext_lazy("Nothing: the bank is disabled, expired or retired."),
    "negative": gettext_lazy(
        "Nothing is restricted: this bank says what must not be, and overrules the others."
    ),
    "referral": gettext_lazy(
        "A match opens a case at most: what an authority sends are referrals, until a person adopts them."
    ),
    "policy": gettext_lazy("A match never restricts, because the bank does not."),
    "not_standing": gettext_lazy("Nothing: this signal does not stand."),
    "not_confirmed": gettext_lazy(
        "A match opens a case only: no person of this service has confirmed this signal."
    ),
    "open_cases_only": gettext_lazy("A match opens a case only: it was shared for no more."),
}
_SIGNAL_TONES: Final = {
    "standing": "ample",
    "disabled": "near",
    "quarantined": "near",
    "expired": "neutral",
    "retracted": "over",
}
_RUN_TONES: Final = {"running": "accent", "done": "ample", "more": "accent", "failed": "over"}
_PROPOSAL_TONES: Final = {
    "proposed": "near",
    "confirmed": "ample",
    "refused": "over",
    "overtaken": "neutral",
}
_OPINION_TONES: Final = {"confirm": "ample", "contest": "over", "withdrawn": "neutral"}


def type_title(name: str) -> str:
    """Return what people call a signal type; one that was added here names itself."""
    if name in TYPE_TITLES:
        return str(TYPE_TITLES[name])
    kind = signal_types().get(name)
    return kind.title if kind else name


def type_choices() -> list[tuple[str, str]]:
    """Return the signal types that are installed."""
    return [(name, type_title(name)) for name in signal_types()]


def ranged_types() -> list[tuple[str, int, int]]:
    """Return the types whose matches may be at a distance: name, default radius, widest radius."""
    return [
        (name, kind.default_radius, kind.widest_radius)
        for name, kind in signal_types().items()
        if kind.widest_radius > 0
    ]


def unit(name: str) -> str:
    """Return what the distance of a type counts."""
    if name in UNITS:
        return str(UNITS[name])
    kind = signal_types().get(name)
    return kind.distance_unit if kind else ""


def policy(line: queries.BankPolicy) -> str:
    """Return what a match with a bank may lead to; a protective bank says what it protects."""
    if line.negative_kind:
        protects = str(NegativeKind(line.negative_kind).label)
        return _("Protects: %(what)s") % {"what": protects}
    return str(BankPolicy(line.policy).label)


def owner(line: queries.BankPolicy) -> str:
    """Return whose bank it is."""
    label = str(OwnerKind(line.owner_kind).label)
    return line.owner if line.owner and line.owner_kind != OwnerKind.OWN else label


def bank_state(line: queries.BankPolicy, at: datetime) -> Tone:
    """Return whether a bank is matched, and until or since when it is not."""
    if line.state == BankState.RETIRED:
        return str(BankState.RETIRED.label), "neutral"
    if line.expires_at is not None and line.expires_at <= at:
        return _("Expired on %(day)s") % {"day": brief(line.expires_at, "j M Y")}, "over"
    if line.disabled_until is not None and line.disabled_until > at:
        return _("Disabled until %(until)s") % {"until": brief(line.disabled_until, "j M Y, H:i")}, "near"
    return str(BankState.IN_USE.label), "ample"


def signal_states() -> list[tuple[str, str]]:
    """Return the states of signals; “Standing” alone is the head of a column elsewhere, and translated as one."""
    stands = {SignalState.STANDING.value: _("It stands")}
    return [(code, stands.get(code, str(label))) for code, label in SignalState.choices]


def signal_state(code: str) -> Tone:
    """Return the state of a signal."""
    return dict(signal_states())[code], _SIGNAL_TONES[code]


def exchange_state(line: queries.ExchangeLine) -> Tone:
    """Return whether an exchange is fetched, and whether that goes well."""
    if line.state == ExchangeState.OFF:
        return str(ExchangeState.OFF.label), "neutral"
    return (_("Failing"), "over") if line.failures else (str(ExchangeState.ON.label), "ample")


def run_outcome(code: str) -> Tone:
    """Return how a fetch ended."""
    return str(RunOutcome(code).label), _RUN_TONES[code]


def proposal_state(code: str) -> Tone:
    """Return how far a proposal is."""
    return str(ProposalState(code).label), _PROPOSAL_TONES[code]


def opinion(code: str) -> Tone:
    """Return what an opinion says."""
    return str(OpinionKind(code).label), _OPINION_TONES[code]


def author(code: str) -> str:
    """Return whose opinion it is."""
    return str(AuthorKind(code).label)


def provenance(code: str) -> str:
    """Return how a signal came into its bank."""
    return str(ProvenanceKind(code).label)


def use(code: str) -> str:
    """Return for what partners may use a shared signal."""
    return str(SharingUse(code).label) if code else ""


def ground(identifier: str) -> str:
    """Return the title of a ground of the law data; one that is gone keeps its identifier."""
    known = bases.grounds(exercise=True).get(identifier)
    return _(known.title) if known else identifier


def precision(right: int, wrong: int) -> str:
    """Return how many of the matches that people judged were right."""
    if not right + wrong:
        return _("not judged yet")
    share = 100 * right // (right + wrong)
    return _("%(share)d %% of %(count)d judged") % {"share": share, "count": right + wrong}


def precision_short(right: int, wrong: int) -> str:
    """Return the same for the narrow column of a list."""
    if not right + wrong:
        return "–"
    return _("%(share)d %% of %(count)d") % {"share": 100 * right // (right + wrong), "count": right + wrong}


def settings(values: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a proposal keeps of a bank's settings, as the second person reads it."""
    rows = [(_("Basis"), values.get("basis", "")), (_("Reference"), values.get("basis_reference", ""))]
    rows += [
        (_("Radius: %(type)s") % {"type": type_title(name)}, str(radius))
        for name, radius in dict(values.get("radii") or {}).items()
    ]
    share = float(values.get("share_of_traffic", 1.0)) * 100
    end = values.get("expires_at")
    return [
        *rows,
        (_("Share of traffic"), _("%(share)g per cent") % {"share": share}),
        (_("Ends by itself after"), _("%(hours)s hours") % {"hours": values.get("provisional_hours", "")}),
        (_("Expires"), brief(datetime.fromisoformat(end), "j M Y, H:i T") if end else _("never")),
        (_("Signals that stood then"), str(values.get("signals", ""))),
    ]


def failure_advice(error: str) -> str:
    """Return what to do about an error of a fetch; nothing for one that passes by itself."""
    return next((str(advice) for words, advice in _ADVICE if words in error), str(_OTHERWISE))


_ADVICE: Final = (
    ("refuses the credentials", gettext_lazy("Ask the partner for new credentials and enter them.")),
    ("credentials of this exchange", gettext_lazy("Enter the credentials again.")),
    (
        "are missing from the new list",
        gettext_lazy(
            "Nothing was retracted. Ask the partner whether the list is right; if it is, start anew and say so."
        ),
    ),
    ("points elsewhere", gettext_lazy("Ask the partner for the new address, and change it here.")),
    ("cannot answer now", gettext_lazy("Wait: it is tried again by itself, later each time.")),
    ("interrupted", gettext_lazy("Wait: the next fetch goes on where this one stopped.")),
    ("refuses the request", gettext_lazy("Check the settings with the partner.")),
    ("a fault of ours", gettext_lazy("Report it: the log of the worker says where it broke.")),
)
_OTHERWISE: Final = gettext_lazy(
    "It is tried again by itself. If it goes on, check the address and ask the partner."
)
