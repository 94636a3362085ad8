"""Where a request comes from: what limits count by. One place, so that every limit means the same visitor.

Behind a proxy the connection is the proxy's. What it says is believed only where the operator named the header, and
only its last entry: what stands before it was written by whoever called the proxy.
"""

import ipaddress

from django.http import HttpRequest

from entente.apps.kernel.config import config


def visitor_address(request: HttpRequest) -> str:
    """Return the visitor's address, or an empty text where not even the connection has one."""
    name = config().server.client_address_header
    told = request.headers.get(name, "").rsplit(",", 1)[-1] if name else ""
    return _address(told) or _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str:
    """Return an address without port and brackets, or an empty text where it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
