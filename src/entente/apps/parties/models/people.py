"""People: accounts, the roles they were granted, how they came in and how they got back in."""

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from entente.apps.kernel.ids import new_id
from entente.apps.parties import choices
from entente.apps.parties.roles import Role

if TYPE_CHECKING:
    from datetime import datetime

    from entente.apps.kernel.actors import Actor

TOKEN_HASH_LENGTH = 64
NAME_LENGTH = 120


class PersonManager(BaseUserManager["Person"]):
    """Find people by their e-mail address, whatever its case."""

    @override
    def get_by_natural_key(self, username: str | None) -> "Person":
        """Return the person with this address, as Django's authentication asks for it."""
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser):
    """Somebody with an account here; the address is the login, there is no user name.

    An account is never deleted: history names people by id. Somebody who leaves is deactivated.
    """

    Theme = choices.Theme

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    language = models.CharField(_("language"), max_length=8, default="en")
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC")
    theme = models.CharField(_("look"), max_length=8, choices=Theme.choices, default=Theme.AUTO)
    shortcuts_on = models.BooleanField(_("keyboard shortcuts"), default=True)
    from_outside = models.BooleanField(
        default=False,
        help_text=_("A second person from elsewhere, who sees only the files they are asked about."),
    )
    confidentiality_agreed_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = PersonManager()

    class Meta:
        """One account per address, whatever its case."""

        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="parties_address_in_lower_case"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @cached_property
    def role_names(self) -> frozenset[str]:
        """The roles held now; read once per instance, so per request. Empty for somebody who left."""
        if not self.is_active:
            return frozenset()
        grants = RoleGrant.objects.filter(person_id=self.pk, revoked_at__isnull=True)
        return frozenset(grants.values_list("role", flat=True))

    @property
    def actor(self) -> "Actor":
        """This person as the explicit actor of a service."""
        from entente.apps.kernel.actors import Actor

        return Actor(kind="person", id=str(self.pk), name=self.name, roles=self.role_names)

    def get_full_name(self) -> str:
        """Return the name, where Django asks for it."""
        return self.name

    def has_perm(self, perm: str, _obj: Any = None) -> bool:
        """Answer Django's question from our one table."""
        from entente.apps.parties.permissions import PERMISSIONS, is_allowed

        return perm in PERMISSIONS and is_allowed(self, perm)


class RoleGrant(models.Model):
    """A role, from when to when, and by whom; rows are revoked, never removed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    granted_by_name = models.CharField(max_length=200)
    granted_at = models.DateTimeField()
    revoked_by_name = models.CharField(max_length=200, blank=True, default="")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """At most one running grant of a role to a person."""

        ordering: ClassVar = ["granted_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "role"],
                condition=models.Q(revoked_at__isnull=True),
                name="parties_one_running_grant",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True)
                | models.Q(revoked_at__gte=models.F("granted_at")),
                name="parties_grant_ends_after_start",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="parties_known_role"),
        ]


class Invitation(models.Model):
    """A one-time way in. Only the SHA-256 of its token is kept; whoever reads the table cannot use it."""

    Purpose = choices.InvitationPurpose

    class State(models.TextChoices):
        """Where it stands; expiry is a fact of time, not a state."""

        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.CharField(max_length=24, choices=Purpose.choices, default=Purpose.JOIN)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    email = models.EmailField(max_length=254, blank=True)
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    language = models.CharField(max_length=8, default="en")
    roles = models.JSONField(default=list)
    from_outside = models.BooleanField(default=False)
    token_hash = models.CharField(max_length=TOKEN_HASH_LENGTH, unique=True)
    invited_by_name = models.CharField(max_length=200)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="invitations")

    class Meta:
        """An address may be asked once at a time."""

        ordering: ClassVar = ["-invited_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(state="open", purpose="join"),
                name="parties_one_open_invitation",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", closed_at__isnull=True)
                | (~models.Q(state="open") & models.Q(closed_at__isnull=False)),
                name="parties_closed_invitation_has_time",
            ),
        ]

    def is_usable(self, at: "datetime") -> bool:
        """Say whether the link still opens the door at `at`."""
        return self.state == self.State.OPEN and at < self.expires_at


class AccessRecovery(models.Model):
    """Lost access given back by two people; the link exists only after the second one agreed."""

    class State(models.TextChoices):
        """From asked to used."""

        REQUESTED = "requested", _("Waiting for the second person")
        CONFIRMED = "confirmed", _("Confirmed, link sent")
        USED = "used", _("Used")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="recoveries")
    state = models.CharField(max_length=12, choices=State.choices, default=State.REQUESTED)
    reason = models.TextField()
    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    token_hash = models.CharField(max_length=TOKEN_HASH_LENGTH, blank=True, default="")
    expires_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Two people, and neither of them the one who lost access: the database says so too."""

        ordering: ClassVar = ["-requested_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(requested_by=models.F("person")), name="parties_recovery_not_by_oneself"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | (
                    ~models.Q(confirmed_by=models.F("requested_by"))
                    & ~models.Q(confirmed_by=models.F("person"))
                ),
                name="parties_recovery_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["requested", "cancelled"])
                | models.Q(confirmed_by__isnull=False),
                name="parties_recovery_confirmed_first",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(state__in=["requested", "confirmed"]),
                name="parties_one_running_recovery",
            ),
            models.UniqueConstraint(
                fields=["token_hash"],
                condition=~models.Q(token_hash=""),
                name="parties_recovery_token_once",
            ),
        ]
