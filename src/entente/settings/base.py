"""Every Django setting, computed from the typed configuration; operators never edit this file."""

import sys
from pathlib import Path
from typing import Any

from entente.apps.kernel import keys
from entente.apps.kernel.config import config
from entente.settings.accounts import *  # noqa: F403 - plain settings of allauth, kept beside its adapters
from entente.settings.databases import database_of

_config = config()
_source = Path(__file__).resolve().parent.parent

SECRET_KEY = keys.secret_key()
DEBUG = False
ALLOWED_HOSTS = (
    ["*"] if _config.demo else [_config.base_url.split("://", 1)[-1].split("/")[0].rsplit(":", 1)[0]]
)
CSRF_TRUSTED_ORIGINS = [_config.base_url.rstrip("/")]
DATABASES = {"default": database_of(_config)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "parties.Person"
SITE_ID = 1

INSTALLED_APPS = [
    "entente.apps.kernel",
    "entente.apps.audit",
    "entente.apps.parties",
    "entente.apps.deliveries",
    "entente.apps.tlog",
    "entente.apps.deadlines",
    "entente.apps.oversight",
    "entente.apps.evidence",
    "entente.apps.content",
    "entente.apps.banks",
    "entente.apps.cases",
    "entente.apps.arrivals",
    "entente.apps.notices",
    "entente.apps.matching",
    "entente.apps.orders",
    "entente.apps.complaints",
    "entente.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    *ACCOUNT_APPS,  # noqa: F405
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    *ACCOUNT_MIDDLEWARE,  # noqa: F405
    "entente.web.middleware.PersonMiddleware",
]

ROOT_URLCONF = "entente.web.urls"
WSGI_APPLICATION = "entente.web.wsgi.application"
FAST_DOORS = {"/api/v1/check": "entente.api.checking.fast_door.answer"}
"""Path -> WSGI callable that answers before the framework is entered, or returns None to let it go on."""
WRITE_COUNTS_IN_BACKGROUND = True
"""Whether each process writes its counts of checks once a second; a test writes them when it says so."""
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_source / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "entente.web.context.layout",
            ],
            "builtins": ["django.templatetags.i18n", "entente.web.templatetags.entente_ui"],
        },
    }
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español"), ("de", "Deutsch"), ("ar", "العربية")]
LOCALE_PATHS = [_source / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = _config.data_dir / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = False
DATA_UPLOAD_MAX_MEMORY_SIZE = _config.limits.order_bytes + 1_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "entente.web.uploading.SealedUploadHandler",  # what people send may be evidence: never in plain on the disk
]

_secure = _config.base_url.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_SSL_REDIRECT = False  # the proxy in front redirects; a redirect here would break the health check
SECURE_HSTS_SECONDS = 31_536_000 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _secure
_proto = _config.server.forwarded_proto_header.upper().replace("-", "_")
SECURE_PROXY_SSL_HEADER = (f"HTTP_{_proto}", "https") if _proto else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # see SECURE_SSL_REDIRECT

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "media-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = _config.mail.host
EMAIL_PORT = _config.mail.port
EMAIL_HOST_USER = _config.mail.user
EMAIL_HOST_PASSWORD = _config.mail.password.get_secret_value()
EMAIL_USE_TLS = _config.mail.security == "starttls"
EMAIL_USE_SSL = _config.mail.security == "tls"
EMAIL_TIMEOUT = _config.mail.timeout_seconds
DEFAULT_FROM_EMAIL = _config.mail.sender

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stderr}},
    "root": {"handlers": ["stderr"], "level": _config.log_level},
    "loggers": {
        # A 404 or a refused form is an answer, not an incident, and its path may hold a token.
        "django.request": {"level": "ERROR"},
        # httpx writes whole addresses at INFO; addresses never belong in a log.
        "httpx": {"level": "WARNING"},
        # fido2 writes the data of a ceremony; who signs in with which key is nobody's to read in a log.
        "fido2": {"level": "WARNING"},
    },
}
