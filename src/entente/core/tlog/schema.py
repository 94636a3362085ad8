"""THE table of leaf kinds: everything the public log can ever say, in one place, published with the log.

A kind that is not here cannot be appended; a field that is not here cannot be stated. Names and addresses, exact
times, our own ids and reasons are commitments: they can be opened by whoever holds the salt, and by nobody else.
Adding a kind or an optional field is safe; changing or removing one is not, because old leaves stay.
"""

from collections.abc import Mapping
from types import MappingProxyType

from entente.core.tlog.canonical import JSONValue
from entente.core.tlog.errors import LeafRefused
from entente.core.tlog.kinds import (
    LeafKind,
    PublicField,
    choice,
    code,
    count,
    country,
    digest,
    flag,
    on_day,
    text,
)

SCHEMA_VERSION = 1

_LAW = code("tco", "dsa", "lcen", "terms", "provisional", "house", required=False)
_PLAIN = code(required=False)


def _decisions() -> list[LeafKind]:
    """Return the kinds of orders, decisions and actions: each about one person's content."""
    order = {"order_type": _LAW, "day": on_day()}
    action = {"measure": code(), "basis": _LAW, "day": on_day()}
    acted_on = frozenset({"action", "decision", "effect_at"})
    return [
        LeafKind(
            "order_received",
            facts=order
            | {
                "issuing_state": country(required=False),
                "binding": flag(),
                "addresses": count(required=False),
            },
            commitments=frozenset({"order", "issuer", "reference", "received_at", "digest", "addresses"}),
        ),
        LeafKind("order_executed", facts=order, commitments=frozenset({"order", "executed_at"})),
        LeafKind(
            "order_ended",
            facts=order | {"fate": choice("withdrawn", "ceased", "annulled")},
            commitments=frozenset({"order", "by", "happened_at"}),
        ),
        LeafKind(
            "decision_issued",
            facts={"outcome": code(), "basis": _LAW, "ground": _LAW, "scope": _PLAIN, "day": on_day()},
            commitments=frozenset({"decision", "address", "reasons", "decided_at", "decided_by"}),
        ),
        LeafKind("action_applied", facts=action, commitments=acted_on),
        LeafKind("action_undone", facts=action, commitments=acted_on),
    ]


def _register_changes() -> list[LeafKind]:
    """Return the kinds of the register of authorities: institutions and keys, never a person."""
    base: dict[str, PublicField] = {
        "authority": text(required=False),
        "country": country(),
        "exercise": flag(),
        "day": on_day(),
    }
    key = base | {"fingerprint": digest(required=False)}
    names = frozenset({"authority", "key_id", "replaces"})
    facts_of: dict[str, dict[str, PublicField]] = {
        "authority_registered": base,
        "authority_changed": base,
        "authority_status_set": base | {"status": choice("registered", "suspended", "removed")},
        "key_registered": key,
        "key_rotated": key,
        "key_revoked": key,
        "certificate_registered": key,
        "certificate_removed": key,
    }
    return [
        LeafKind(name, facts=facts, commitments=names, personal=False) for name, facts in facts_of.items()
    ]


def _oversight() -> list[LeafKind]:
    """Return the kinds that say who watches: that there is an overseer, named by which body, since which day. The person is committed to."""
    facts = {"body": code(), "day": on_day()}
    who = frozenset({"overseer", "ground"})
    return [
        LeafKind("overseer_appointed", facts=facts, commitments=who),
        LeafKind("overseer_ended", facts=facts, commitments=who),
    ]


def _evidence() -> list[LeafKind]:
    """Return the kinds of keeping: that something was destroyed at the end of its ground, never what."""
    return [
        LeafKind(
            "evidence_destroyed",
            facts={"ground": code("tco", "redress", "court", "house", required=False), "day": on_day()},
            commitments=frozenset({"item", "digest", "destroyed_at"}),
        )
    ]


def _voices() -> list[LeafKind]:
    """Return the kinds of what people outside say, and what we look at of our own accord. Nobody is named."""
    complaint = {"road": choice("complaint", "challenge"), "day": on_day()}
    return [
        LeafKind(
            "notice_received",
            facts={"kind": choice("notice", "referral"), "day": on_day()},
            commitments=frozenset({"notice", "received_at", "digest"}),
        ),
        LeafKind(
            "own_initiative_opened",
            facts={
                "found": choice(
                    "order_withdrawn", "order_ceased", "order_annulled", "order_refuted", "not_binding"
                ),
                "day": on_day(),
            },
            commitments=frozenset({"notice", "found_in", "opened_at", "digest"}),
        ),
        LeafKind(
            "complaint_lodged",
            facts=complaint | {"by": choice("affected", "notifier")},
            commitments=frozenset({"complaint", "decision", "lodged_at"}),
        ),
        LeafKind(
            "complaint_decided",
            facts=complaint | {"outcome": choice("upheld", "rejected", "used", "not_used")},
            commitments=frozenset({"complaint", "decided_at", "reasons"}),
        ),
    ]


def _banks() -> list[LeafKind]:
    """Return the kinds of banks: what restricts, what was adopted, what left this instance. No bank and no signal is named."""
    owner = choice("own", "partner", "authority")
    said = {"count": count(), "day": on_day()}
    return [
        LeafKind(
            "bank_policy_set",
            facts={"policy": choice("observe", "open_case", "restrict"), "owner": owner, "day": on_day()},
            commitments=frozenset(
                {"bank", "name", "basis", "reference", "reason", "proposed_by", "confirmed_by"}
            ),
            personal=False,
        ),
        LeafKind(
            "signals_adopted",
            facts=said | {"owner": owner},
            commitments=frozenset({"bank", "signals", "reason", "adopted_by"}),
        ),
        LeafKind(
            "signals_shared",
            facts=said | {"use": choice("open_case", "restrict"), "ground": _LAW},
            commitments=frozenset(
                {"proposal", "bank", "signals", "statement", "proposed_by", "confirmed_by"}
            ),
        ),
        LeafKind("sharing_ended", facts=said, commitments=frozenset({"signals", "reason"})),
        LeafKind(
            "content_recognised",
            facts={
                "through": choice("check", "stored"),
                "policy": choice("open_case", "restrict"),
                "day": on_day(),
            },
            commitments=frozenset({"recognition", "address", "signals"}),
        ),
    ]


LEAF_KINDS: Mapping[str, LeafKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (*_decisions(), *_register_changes(), *_oversight(), *_evidence(), *_voices(), *_banks())
    }
)


def leaf_kind(name: str) -> LeafKind:
    """Return one kind. Raises LeafRefused for a kind that is not published."""
    try:
        return LEAF_KINDS[name]
    except KeyError:
        raise LeafRefused(f"{name!r} is not a published kind of leaf") from None


def published_schema() -> dict[str, JSONValue]:
    """Return the whole table as it is published with the log."""
    return {
        "version": SCHEMA_VERSION,
        "kinds": [LEAF_KINDS[name].published() for name in sorted(LEAF_KINDS)],
    }
