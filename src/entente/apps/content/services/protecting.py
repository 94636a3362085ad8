"""The protected corpus: press, archives, research, government, human-rights documentation.

It is never disabled on an unverified order; on a verified one the check says so and wakes the legal person.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.content.addresses import canonical_url
from entente.apps.content.errors import AddressError, NoSuchProtectedSource, PatternInvalid
from entente.apps.content.models import ProtectedSource, SourceKind
from entente.apps.kernel.actors import Actor

MAX_PREFIX_CHARACTERS = 2000


@transaction.atomic
def add_protected_source(
    *, pattern: str, kind: str, actor: Actor, at: datetime, note: str = ""
) -> ProtectedSource:
    """Protect a host with its subdomains ("archive.example"), or the start of a path ("site.example/records").

    The same pattern again returns the source that is there. Raises PatternInvalid.
    """
    host, prefix = parse_pattern(pattern)
    if kind not in SourceKind.values:
        raise PatternInvalid(_("Say what kind of source this is."), kinds=sorted(SourceKind.values))
    known = ProtectedSource.objects.filter(host=host, path_prefix=prefix, removed_at__isnull=True).first()
    if known is not None:
        return known
    source = ProtectedSource.objects.create(
        host=host, path_prefix=prefix, kind=kind, note=note[:300], added_by_name=actor.name, added_at=at
    )
    _audit(source, "added", actor, at)
    return source


@transaction.atomic
def remove_protected_source(*, source_id: UUID, actor: Actor, at: datetime) -> ProtectedSource:
    """Take a source off the list; it stays in the record. Raises NoSuchProtectedSource."""
    source = ProtectedSource.objects.select_for_update().filter(pk=source_id, removed_at__isnull=True).first()
    if source is None:
        raise NoSuchProtectedSource(_("This source is not on the list."))
    source.removed_at = at
    source.save(update_fields=["removed_at"])
    _audit(source, "removed", actor, at)
    return source


def parse_pattern(pattern: str) -> tuple[str, str]:
    """Return host and path prefix of a pattern, in canonical form. Raises PatternInvalid."""
    text = pattern.strip()
    try:
        address = canonical_url(text if "://" in text else f"https://{text}")
    except AddressError as error:
        raise PatternInvalid(
            _("Write a host, or a host and the start of a path."), reason=error.facts["reason"]
        ) from None
    if "?" in address.url or "*" in text or len(address.path) > MAX_PREFIX_CHARACTERS:
        raise PatternInvalid(_("Write a host, or a host and the start of a path."), reason="not_a_prefix")
    if "." not in address.host:
        raise PatternInvalid(_("A whole top-level domain cannot be protected."), reason="top_level")
    return address.host, address.path


def _audit(source: ProtectedSource, what: str, actor: Actor, at: datetime) -> None:
    audit.record(
        kind=f"content:protected_source:{what}",
        subject_kind="protected_source",
        subject_id=source.id,
        actor=actor,
        at=at,
        facts={"host": source.host, "path_prefix": source.path_prefix, "source_kind": source.kind},
    )
