"""Banks, signals and their changes, what people say about signals, entity labels, proposals, exchanges."""

from entente.apps.banks.models.bank import (
    MOST_PROVISIONAL_HOURS,
    Bank,
    BankPolicy,
    BankState,
    NegativeKind,
    OwnerKind,
)
from entente.apps.banks.models.entity import Designation, EntityLabel
from entente.apps.banks.models.exchange import Exchange, ExchangeRun, ExchangeState, RunOutcome
from entente.apps.banks.models.proposal import ProposalState, RestrictProposal, SharingProposal, SharingUse
from entente.apps.banks.models.signal import (
    ChangeCounter,
    ChangeKind,
    Provenance,
    ProvenanceKind,
    RetractedBy,
    Signal,
    SignalChange,
    SignalState,
)
from entente.apps.banks.models.voice import AuthorKind, OpinionKind, SignalJudgement, SignalOpinion

__all__ = [
    "MOST_PROVISIONAL_HOURS",
    "AuthorKind",
    "Bank",
    "BankPolicy",
    "BankState",
    "ChangeCounter",
    "ChangeKind",
    "Designation",
    "EntityLabel",
    "Exchange",
    "ExchangeRun",
    "ExchangeState",
    "NegativeKind",
    "OpinionKind",
    "OwnerKind",
    "ProposalState",
    "Provenance",
    "ProvenanceKind",
    "RestrictProposal",
    "RetractedBy",
    "RunOutcome",
    "SharingProposal",
    "SharingUse",
    "Signal",
    "SignalChange",
    "SignalJudgement",
    "SignalOpinion",
    "SignalState",
]
