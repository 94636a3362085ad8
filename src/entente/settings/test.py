"""What the suite runs with: a throw-away data directory and fast password hashing; the rules stay on."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Each process of a parallel run has its own: a shared clock or vault would couple tests.
_process = os.environ.get("PYTEST_XDIST_WORKER", "")
if "ENTENTE_DATA_DIR" not in os.environ or os.environ.get("TEST_DATA_MADE_FOR", _process) != _process:
    os.environ["TEST_DATA_MADE_FOR"] = _process
    os.environ["ENTENTE_DATA_DIR"] = tempfile.mkdtemp(prefix="entente-test-")
    atexit.register(shutil.rmtree, os.environ["ENTENTE_DATA_DIR"], ignore_errors=True)

from entente.apps.kernel import keys  # noqa: E402

keys.create(Path(os.environ["ENTENTE_DATA_DIR"]))
(Path(os.environ["ENTENTE_DATA_DIR"]) / "tmp").mkdir(exist_ok=True)

from entente.settings import base  # noqa: E402
from entente.settings.base import *  # noqa: E402, F403
from entente.settings.databases import from_url  # noqa: E402

if os.environ.get("ENTENTE_TEST_DATABASE_URL"):
    DATABASES = {"default": from_url(os.environ["ENTENTE_TEST_DATABASE_URL"])}
else:
    # In memory, by the name test runners know it; tests with several writers point at a file with our own engine.
    DATABASES = {"default": {**base.DATABASES["default"], "ENGINE": "django.db.backends.sqlite3"}}

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
WRITE_COUNTS_IN_BACKGROUND = False
