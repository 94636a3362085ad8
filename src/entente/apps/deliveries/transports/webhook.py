"""Webhooks out, signed as Standard Webhooks describes.

This is plain httpx and not the kernel's guarded client: the endpoint is not an address somebody handed to us but one
the administrator configured or registered, and a platform beside its Entente is often on a private or loopback
address, which the guarded client exists to refuse. What is guarded here instead: redirects are not followed, proxies
and netrc of the environment are ignored, no cookie is kept, the response is read up to LARGEST_RESPONSE bytes and
only for its answer, and one attempt as a whole ends in bounded time even when the other side drips byte by byte.
"""

import json
import logging
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from socket import SHUT_RDWR
from typing import Any

import httpx

from entente.apps.deliveries.answers import answer_in_body
from entente.apps.deliveries.endpoints import Endpoint, known_destination
from entente.apps.deliveries.errors import MalformedDelivery
from entente.apps.deliveries.registries import webhook_endpoints
from entente.apps.deliveries.standard_webhooks import signed_headers
from entente.apps.deliveries.types import Outcome, Parcel
from entente.apps.kernel import clock, keys
from entente.apps.kernel.jsontypes import JSONObject

LARGEST_RESPONSE = 65_536
_LONGEST_CONNECT_SECONDS = 5.0
_SUCCESS = range(200, 300)
_CLIENT_ERROR = range(400, 500)
_RESERVED = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})

logger = logging.getLogger(__name__)


class WebhookTransport:
    """HTTP POST of a JSON body to an endpoint known by name.

    The platform is spoken to under a shared secret, an institution of the register under this instance's own key.
    """

    def check(self, *, destination: str, payload: JSONObject) -> str:
        """Refuse a destination we do not know by name or address, and a payload without type. Raises MalformedDelivery."""
        known = known_destination(destination)
        if webhook_endpoints.find(known.partition(":")[0]) is None:
            raise MalformedDelivery("This goes to an address that is neither configured nor in the register.")
        if "type" not in payload:
            raise MalformedDelivery("A webhook's payload says its type.")
        return known

    def address(self, destination: str) -> Endpoint:
        """Return the endpoint as it is now. Raises Unreachable."""
        scheme, _colon, rest = destination.partition(":")
        return webhook_endpoints.get(scheme)(rest)

    def send(self, parcel: Parcel) -> Outcome:
        """Post the payload once. 2xx is delivered; an answer in the body of a 2xx or 4xx is the acknowledgement."""
        endpoint = parcel.address
        if not isinstance(endpoint, Endpoint):
            raise TypeError("a webhook parcel carries its endpoint")
        body = json.dumps(parcel.payload, ensure_ascii=False, separators=(",", ":")).encode()
        headers = _headers(parcel, endpoint, body)
        with _deadline(endpoint.timeout_seconds) as watch:
            try:
                return _post(endpoint, body, headers, watch)
            except httpx.HTTPError as error:
                late = watch.expired or isinstance(error, httpx.TimeoutException)
                return Outcome(
                    "retry", detail="the other side took too long" if late else type(error).__name__
                )
            except (httpx.InvalidURL, ValueError):
                return Outcome("retry", detail="the endpoint's address is not usable")


TRANSPORT = WebhookTransport()


def _headers(parcel: Parcel, endpoint: Endpoint, body: bytes) -> dict[str, str]:
    """Return all headers of one attempt; ours win over those of the delivery."""
    headers = {name: value for name, value in parcel.headers.items() if name.lower() not in _RESERVED}
    headers |= {"content-type": "application/json", "accept": "application/json", "user-agent": "Entente"}
    if keys.is_exercise():
        headers["entente-exercise"] = "EXERCISE"
    # The receiver checks the age of an attempt by its own clock, which an exercise does not move.
    return headers | signed_headers(
        message_id=str(parcel.delivery_id),
        at=parcel.sent_at - clock.offset(),
        body=body,
        signer=endpoint.signer,
    )


def _post(endpoint: Endpoint, body: bytes, headers: Mapping[str, str], watch: "_Watch") -> Outcome:
    """Make the request and read its answer."""
    timeout = httpx.Timeout(
        endpoint.timeout_seconds, connect=min(endpoint.timeout_seconds, _LONGEST_CONNECT_SECONDS)
    )
    with (
        httpx.Client(verify=_tls(), trust_env=False, follow_redirects=False, timeout=timeout) as client,
        client.stream(
            "POST", endpoint.url, content=body, headers=headers, extensions={"trace": watch.trace}
        ) as response,
    ):
        return _outcome(response, _limited_body(response))


def _limited_body(response: httpx.Response) -> bytes | None:
    """Return the decoded body, or None when it is larger than anybody's answer needs to be."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > LARGEST_RESPONSE:
            return None
        parts.append(part)
    return b"".join(parts)


def _outcome(response: httpx.Response, body: bytes | None) -> Outcome:
    """Judge a response by its status and, where there is one, its answer."""
    status = response.status_code
    answer = answer_in_body(body) if body is not None else None
    if status in _SUCCESS:
        if answer is not None:
            return Outcome("answered", status_code=status, answer=answer)
        detail = "the response was too large to read" if body is None else ""
        return Outcome("delivered", status_code=status, detail=detail)
    if status in _CLIENT_ERROR and answer is not None and not answer.applied:
        return Outcome("answered", status_code=status, answer=answer, detail="refused")
    # A wrong token, a moved path, a full queue: whatever the status, the duty stays, so it is tried again.
    return Outcome(
        "retry", status_code=status, detail=f"status {status}", retry_after_seconds=_retry_after(response)
    )


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110 section 10.2.3); its date form is not needed here."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) <= 6 else None  # noqa: PLR2004 - eleven days


@cache
def _tls() -> ssl.SSLContext:
    """Return the TLS settings, read once: loading the certificates costs more than a request."""
    return httpx.create_ssl_context(trust_env=False)


class _Watch:
    """Ends an attempt that as a whole took too long, by shutting its socket down from a timer's thread.

    httpx limits each read but not their sum: an endpoint that sends one byte every few seconds would hold a thread of
    the worker for hours.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._sockets: list[Any] = []
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self.expired = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember each socket that httpx opens (its documented "trace" extension)."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._sockets.append(info["return_value"].get_extra_info("socket"))
            if self.expired:
                self._expire()

    def _expire(self) -> None:
        self.expired = True
        for opened in self._sockets:
            with suppress(OSError):
                opened.shutdown(SHUT_RDWR)


@contextmanager
def _deadline(seconds: float) -> Iterator[_Watch]:
    """Run a block that ends in bounded time."""
    watch = _Watch(seconds)
    watch._timer.start()  # noqa: SLF001 - the two belong together
    try:
        yield watch
    finally:
        watch._timer.cancel()  # noqa: SLF001 - the two belong together
