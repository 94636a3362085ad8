"""Banks, signals and their changes, what people say about signals, entity labels, proposals, exchanges."""

from entente.apps.banks.choices import (
    MOST_PROVISIONAL_HOURS,
    AuthorKind,
    BankPolicy,
    BankState,
    ChangeKind,
    ExchangeState,
    NegativeKind,
    OpinionKind,
    OwnerKind,
    ProposalState,
    ProvenanceKind,
    RetractedBy,
    RunOutcome,
    SharingUse,
    SignalState,
)
from entente.apps.banks.models.bank import Bank
from entente.apps.banks.models.entity import Designation, EntityLabel
from entente.apps.banks.models.exchange import Exchange, ExchangeRun
from entente.apps.banks.models.proposal import RestrictProposal, SharingProposal
from entente.apps.banks.models.signal import ChangeCounter, Provenance, Signal, SignalChange
from entente.apps.banks.models.voice import SignalJudgement, SignalOpinion

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
