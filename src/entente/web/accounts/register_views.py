"""The register of authorities: entries, standing, keys, certificates."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entente.apps.kernel import clock, keys
from entente.apps.parties import queries, services
from entente.apps.parties.choices import AuthorityKind, AuthorityStatus, Competence
from entente.apps.parties.key_material import grouped
from entente.web.accounts.answering import actor, attempt, attempt_or_say, page
from entente.web.accounts.house_forms import AuthorityForm, CertificateForm, KeyForm, ReasonForm, StatusForm
from entente.web.permissions import requires

if TYPE_CHECKING:
    from entente.apps.parties.models import Authority, AuthorityKey


@requires("register.view")
@require_GET
def register_list(request: HttpRequest) -> HttpResponse:
    """Show the register, removed entries last."""
    rows = sorted(queries.authorities(include_removed=True), key=lambda one: one.status == "removed")
    labels = {**dict(AuthorityKind.choices), **dict(AuthorityStatus.choices)}
    context = {"authorities": [(one, labels[one.kind], labels[one.status]) for one in rows]}
    return page(request, "register/list.html", context)


@requires("register.view")
@require_GET
def authority_detail(request: HttpRequest, authority_id: UUID) -> HttpResponse:
    """Show one entry with its keys and certificates."""
    return _detail(request, authority_id)


@requires("register.edit")
@require_http_methods(["GET", "POST"])
def add_authority(request: HttpRequest) -> HttpResponseBase:
    """Write an authority into the register."""
    form = AuthorityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: services.register_authority(
                entry=form.entry(exercise=keys.is_exercise()), actor=actor(request), at=clock.now()
            ),
        )
        if made is not None:
            messages.success(request, _("The authority is in the register. Now add its key, if it signs."))
            return redirect("register:detail", made.pk)
    return page(request, "register/edit.html", {"form": form})


@requires("register.edit")
@require_http_methods(["GET", "POST"])
def edit_authority(request: HttpRequest, authority_id: UUID) -> HttpResponseBase:
    """Change an entry."""
    row = queries.authority_row(authority_id)
    form = AuthorityForm(request.POST or None, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        entry = form.entry(exercise=row.exercise)
        done = attempt(
            form,
            lambda: services.update_authority(
                authority_id=authority_id, entry=entry, actor=actor(request), at=clock.now()
            ),
        )
        if done is not None:
            messages.success(request, _("The entry was changed."))
            return redirect("register:detail", authority_id)
    return page(request, "register/edit.html", {"form": form, "authority": row})


@requires("register.edit")
@require_POST
def set_status(request: HttpRequest, authority_id: UUID) -> HttpResponseBase:
    """Suspend, remove or register an authority again."""
    form = StatusForm(request.POST)
    if form.is_valid():
        attempt(
            form,
            lambda: services.set_authority_status(
                authority_id=authority_id, **form.cleaned_data, actor=actor(request), at=clock.now()
            ),
        )
    if form.errors:
        return _detail(request, authority_id, status_form=form)
    messages.success(request, _("The standing was changed; it counts from now on."))
    return redirect("register:detail", authority_id)


@requires("register.edit")
@require_http_methods(["GET", "POST"])
def add_key(request: HttpRequest, authority_id: UUID) -> HttpResponseBase:
    """Register a public key, or replace an old one."""
    row = queries.authority_row(authority_id)
    form = KeyForm(request.POST or None, running=_running(row), initial={"valid_from": _this_minute()})
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        made = attempt(
            form,
            lambda: services.add_authority_key(
                authority_id=authority_id,
                **{**facts, "replaces": UUID(facts["replaces"]) if facts["replaces"] else None},
                actor=actor(request),
                at=clock.now(),
            ),
        )
        if made is not None:
            messages.success(
                request,
                _("Registered. Read the fingerprint to them on the telephone: %(print)s")
                % {"print": grouped(made.fingerprint)},
            )
            return redirect("register:detail", authority_id)
    return page(request, "register/add_key.html", {"form": form, "authority": row})


@requires("register.edit")
@require_http_methods(["GET", "POST"])
def revoke_key(request: HttpRequest, key_id: UUID) -> HttpResponseBase:
    """Make a key useless, with a reason."""
    key = queries.authority_key_row(key_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        attempt(
            form,
            lambda: services.revoke_authority_key(
                key_id=key_id, reason=reason, actor=actor(request), at=clock.now()
            ),
        )
        if not form.errors:
            messages.success(request, _("The key does not count any more."))
            return redirect("register:detail", key.authority_id)
    context = {"form": form, "key": key, "fingerprint": grouped(key.fingerprint)}
    return page(request, "register/revoke_key.html", context)


@requires("register.edit")
@require_http_methods(["GET", "POST"])
def add_certificate(request: HttpRequest, authority_id: UUID) -> HttpResponseBase:
    """Trust a certificate for this authority's sealed or signed forms."""
    row = queries.authority_row(authority_id)
    form = CertificateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: services.add_authority_certificate(
                authority_id=authority_id, **form.cleaned_data, actor=actor(request), at=clock.now()
            ),
        )
        if made is not None:
            messages.success(request, _("Trusted: %(subject)s") % {"subject": made.subject})
            return redirect("register:detail", authority_id)
    return page(request, "register/add_certificate.html", {"form": form, "authority": row})


@requires("register.edit")
@require_POST
def remove_certificate(request: HttpRequest, authority_id: UUID, certificate_id: UUID) -> HttpResponseBase:
    """Stop trusting a certificate."""
    attempt_or_say(
        request,
        lambda: services.remove_authority_certificate(
            certificate_id=certificate_id, actor=actor(request), at=clock.now()
        ),
        _("The certificate is not trusted any more."),
    )
    return redirect("register:detail", authority_id)


def _detail(request: HttpRequest, authority_id: UUID, **forms: Any) -> HttpResponse:
    row = queries.authority_row(authority_id)
    at = clock.now()
    context = {
        "authority": row,
        "competences": [label for value, label in Competence.choices if value in row.competences],
        "keys": [(key, grouped(key.fingerprint), _standing(key)) for key in row.keys.all()],
        "certificates": row.certificates.all(),
        "status_form": StatusForm(initial={"status": row.status}),
        "now": at,
        **forms,
    }
    return page(request, "register/detail.html", context)


def _standing(key: "AuthorityKey") -> str:
    facts = queries.authority_key(key.key_id)
    if facts is None:  # pragma: no cover - the row was read a moment ago
        return "revoked"
    return services.key_usable(facts, clock.now(), exercise_instance=keys.is_exercise())


def _running(row: "Authority") -> list[tuple[str, str]]:
    return [(str(key.pk), key.key_id) for key in row.keys.all() if key.revoked_at is None]


def _this_minute() -> Any:
    return timezone.localtime(clock.now()).replace(second=0, microsecond=0)


def _initial(row: "Authority") -> dict[str, Any]:
    plain = ("name", "country", "kind", "competences", "languages", "callback_phone", "contact_mail")
    values = {name: getattr(row, name) for name in (*plain, "callback_url", "source_note")}
    return {**values, "mail_domains": [item.domain for item in row.mail_domains.all()]}
