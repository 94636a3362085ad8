"""Orders as the law sees them: their types, their forms, what is wrong with one, and whether it binds here."""

from entente.core.law.orders.answers import Feedback, Impossibility, Measure
from entente.core.law.orders.binding import Bindingness, HostFacts, IssuerFacts, Reason, Weight, binds
from entente.core.law.orders.examination import examine
from entente.core.law.orders.findings import Finding, ImpossibilityGround, Severity
from entente.core.law.orders.order_types import (
    AuthorityKind,
    Competence,
    Floor,
    OrderType,
    Reach,
    Redressed,
    RedressRoad,
    Safeguard,
    order_type,
    order_types,
    order_types_for,
    read_order_types,
)
from entente.core.law.orders.removal_form import (
    ContentAddress,
    ContentType,
    RemovalOrderForm,
    SectionA,
    SectionB,
    SectionC,
    SectionD,
    SectionE,
    SectionF,
    SectionG,
)
from entente.core.law.orders.schemas import Annex, annex_schema

__all__ = [
    "Annex",
    "AuthorityKind",
    "Bindingness",
    "Competence",
    "ContentAddress",
    "ContentType",
    "Feedback",
    "Finding",
    "Floor",
    "HostFacts",
    "Impossibility",
    "ImpossibilityGround",
    "IssuerFacts",
    "Measure",
    "OrderType",
    "Reach",
    "Reason",
    "RedressRoad",
    "Redressed",
    "RemovalOrderForm",
    "Safeguard",
    "SectionA",
    "SectionB",
    "SectionC",
    "SectionD",
    "SectionE",
    "SectionF",
    "SectionG",
    "Severity",
    "Weight",
    "annex_schema",
    "binds",
    "examine",
    "order_type",
    "order_types",
    "order_types_for",
    "read_order_types",
]
