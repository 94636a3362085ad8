"""How allauth behaves here: nobody signs up, secrets at rest are sealed, the directory only recognises.

allauth brings the ceremonies (passwords, TOTP, WebAuthn, OIDC); who may exist at all is decided by
`parties.services`.
"""

import base64
import os
from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.kernel import keys
from entente.apps.kernel.config import config
from entente.apps.parties import queries as parties
from entente.apps.parties.permissions import PERMISSIONS, ROUTES, is_allowed
from entente.web.visitors import visitor_address

_NONCE_BYTES = 12
_PURPOSE = b"entente second-factor secret"
LANDING_ROUTES = ("console:inbox", "oversight:list", "people:list", "audit:list", "accounts:profile")
"""Where somebody lands after signing in: the first of these that exists and that they may open."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Refuse: people are invited."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the page this person's work begins on."""
        return landing_url(request.user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - allauth's signature
        """Go back to the security page."""
        return reverse("mfa_index")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return whom allauth's limits count: the same visitor as every other limit here.

        allauth's own settings would take a named header whole, and know hops only of X-Forwarded-For.
        """
        return visitor_address(request) or super().get_client_ip(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render allauth's mail and put it in the one outbox, like every other message."""
        from entente.web.accounts.letters import post_rendered

        message = self.render_mail(
            template_prefix, email, {"request": self.request, "email": email, **context}
        )
        post_rendered(to=email, subject=message.subject, body=str(message.body))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """TOTP and recovery seeds are sealed with the vault's key before they reach the database."""

    def encrypt(self, text: str) -> str:
        """Seal a secret: AES-256-GCM, a fresh nonce in front, base64."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(keys.vault_key()).encrypt(nonce, text.encode(), _PURPOSE)
        return base64.b64encode(nonce + sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        raw = base64.b64decode(encrypted_text)
        return AESGCM(keys.vault_key()).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _PURPOSE).decode()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        """Suggest a name for a new passkey."""
        number = parties.second_factors(user.pk, kinds=[type]) + 1
        return _("Passkey") if number == 1 else _("Passkey %(number)d") % {"number": number}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Keep at least one second factor where one is required."""
        from django.conf import settings

        if (
            not getattr(settings, "SECOND_FACTOR_REQUIRED", True)
            or authenticator.type == Authenticator.Type.RECOVERY_CODES
        ):
            return True
        kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        return parties.second_factors(authenticator.user_id, but=authenticator.pk, kinds=kinds) > 0

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name this instance to the authenticator; the id is the host, as WebAuthn demands."""
        return {**super().get_public_key_credential_rp_entity(), "name": config().instance_name}


class DirectoryAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """The organisation's own directory (OIDC) recognises people who were invited; it makes nobody."""

    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "not_invited": gettext_lazy("Nobody with this address was invited here."),
    }

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002 - allauth's signature
        """Refuse: people are invited."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Turn away who is not known here, before allauth shows a sign-up page."""
        if not sociallogin.is_existing and not request.user.is_authenticated:
            self._turn_away(request)

    def _turn_away(self, request: HttpRequest) -> NoReturn:
        messages.error(request, self.error_messages["not_invited"])
        raise ImmediateHttpResponse(redirect("account_login"))


def landing_url(person: Any) -> str:
    """Return the first landing page that exists and that `person` may open."""
    for route in LANDING_ROUTES:
        gate = ROUTES.get(route)
        if gate in PERMISSIONS and not is_allowed(person, str(gate)):
            continue
        try:
            return reverse(route)
        except NoReverseMatch:
            continue
    return "/"
