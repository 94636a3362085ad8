"""Every change of the register of authorities becomes a leaf, in the transaction of the change."""

from typing import TYPE_CHECKING

from entente.apps.tlog.services import append_leaf, day
from entente.core.tlog.disclosure import address_in
from entente.core.tlog.schema import leaf_kind

if TYPE_CHECKING:
    from entente.apps.kernel.jsontypes import JSONValue
    from entente.apps.parties.registries import RegisterChange


def state_change(change: "RegisterChange") -> None:
    """State a change of the register.

    Some institutions are named after their own address; such a name is committed to instead of stated, because a
    refused leaf would refuse the institution.
    """
    kind = leaf_kind(change.kind)
    facts: dict[str, JSONValue] = {
        name: value for name, value in change.public_facts.items() if name in kind.facts
    }
    name = str(facts.get("authority", ""))
    if address_in(name) is not None:
        del facts["authority"]
    committed = {
        name: change.public_facts[name] for name in sorted(kind.commitments) if name in change.public_facts
    }
    append_leaf(
        kind=change.kind, public_facts=facts | {"day": day(change.at)}, commitments=committed, at=change.at
    )
