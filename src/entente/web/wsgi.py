"""The WSGI entry point that the web workers load."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entente.settings.production")
application = get_wsgi_application()
