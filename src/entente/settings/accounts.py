"""Settings of accounts: allauth with passkeys, TOTP and OIDC, by invitation only.

`base.py` imports everything here. What depends on the configuration file is computed from it here too, so
that accounts are configured in one place.
"""

from typing import Any

from entente.apps.kernel.config import config as _read_config

_settings = _read_config()
_secure = _settings.base_url.startswith("https://")

ACCOUNT_APPS: list[str] = [
    "entente.web.accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
]
ACCOUNT_MIDDLEWARE: list[str] = [
    "allauth.account.middleware.AccountMiddleware",
    "entente.web.accounts.middleware.PersonLanguageMiddleware",
    "entente.web.errors.DomainErrorMiddleware",
    "entente.web.accounts.middleware.TableOfPermissionsMiddleware",
]

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# One shared memory for attempts and used codes; see the module for why it is not Django's own.
CACHES = {"default": {"BACKEND": "entente.apps.parties.shared_cache.SharedCache"}}

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:profile"
LOGOUT_REDIRECT_URL = "account_login"

# People come in by invitation, which proves their address; nobody signs up and nobody changes their address
# alone, because the address is what recoveries are sent to.
ACCOUNT_ADAPTER = "entente.web.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = [
    "email*",
    "password1*",
]  # nobody signs up; this keeps the password on the sign-in form
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _secure else "http"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_FORMS = {"login": "entente.web.accounts.sign_in_forms.SignInForm"}

MFA_ADAPTER = "entente.web.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = _settings.instance_name
MFA_WEBAUTHN_USER_VERIFICATION = "preferred"
MFA_RECOVERY_CODE_COUNT = 10
MFA_FORMS = {"add_webauthn": "entente.web.accounts.sign_in_forms.AddPasskeyForm"}

USERSESSIONS_TRACK_ACTIVITY = False

SOCIALACCOUNT_ADAPTER = "entente.web.accounts.adapters.DirectoryAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}}
if _settings.oidc_server:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"].append(
        {
            "provider_id": "directory",
            "name": _settings.oidc_name or "Single sign-on",
            "client_id": _settings.oidc_client_id,
            "secret": _settings.oidc_client_secret.get_secret_value(),
            "settings": {"server_url": _settings.oidc_server, "token_auth_method": "client_secret_basic"},
        }
    )

# Staff without a passkey or an authenticator app are led to set one up before anything else.
SECOND_FACTOR_REQUIRED = not _settings.demo
