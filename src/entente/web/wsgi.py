"""The WSGI entry point that the web workers load."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entente.settings.production")
_framework = get_wsgi_application()


def _fast_doors() -> dict[str, Callable[..., Iterable[bytes] | None]]:
    """Return the doors of the settings that answer before the framework is entered, by their path."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    return {path: import_string(name) for path, name in settings.FAST_DOORS.items()}


_DOORS = _fast_doors()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request: by its fast door, if it has one that wants it, else by the framework."""
    door = _DOORS.get(environ.get("PATH_INFO", ""))
    answered = door(environ, start_response) if door is not None else None
    return answered if answered is not None else _framework(environ, start_response)
