"""The host's own profile: one row, written whole."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit.services import record
from entente.apps.kernel.actors import Actor
from entente.apps.parties import registries
from entente.apps.parties.entries import (
    clean_countries,
    clean_country,
    clean_host,
    clean_language_codes,
    clean_mail,
    clean_url,
)
from entente.apps.parties.errors import InvalidEntry
from entente.apps.parties.models import HostProfile


@transaction.atomic
def set_host_profile(
    *,
    name: str,
    contact_point_mail: str,
    actor: Actor,
    at: datetime,
    established_in: str = "",
    represented_in: str = "",
    representative_name: str = "",
    offers_in: Iterable[str] = (),
    disseminates_to_public: bool | None = None,
    service_hosts: Iterable[str] = (),
    languages: Iterable[str] = (),
    size_class: str = HostProfile.SizeClass.SMALL,
    terms_url: str = "",
) -> HostProfile:
    """Write who the host is; what decides whether a law binds it changes from `at` on.

    Raises InvalidEntry, whose `field` names what is wrong.
    """
    if not name.strip():
        raise InvalidEntry(_("The service needs a name."), field="name")
    if size_class not in HostProfile.SizeClass.values:
        raise InvalidEntry(_("Choose one of the sizes offered."), field="size_class")
    values = {
        "name": name.strip(),
        "established_in": clean_country(established_in, "established_in", optional=True),
        "represented_in": clean_country(represented_in, "represented_in", optional=True),
        "representative_name": representative_name.strip(),
        "offers_in": clean_countries(offers_in, "offers_in"),
        "disseminates_to_public": disseminates_to_public,
        "service_hosts": sorted({clean_host(host, "service_hosts") for host in service_hosts}),
        "contact_point_mail": clean_mail(contact_point_mail, "contact_point_mail"),
        "languages": clean_language_codes(languages, "languages"),
        "size_class": size_class,
        "terms_url": clean_url(terms_url, "terms_url"),
        "updated_at": at,
    }
    before: dict[str, Any] = dict(HostProfile.objects.filter(slot="host").values().first() or {})
    profile, _created = HostProfile.objects.update_or_create(slot="host", defaults=values)
    changed = sorted(key for key, value in values.items() if key != "updated_at" and before.get(key) != value)
    record(
        kind="parties:host_profile:set",
        subject_kind="host_profile",
        subject_id=profile.id,
        actor=actor,
        at=at,
        facts={"changed": changed},
    )
    registries.tell_host_changed(at)
    return profile
