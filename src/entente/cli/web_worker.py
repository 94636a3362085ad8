"""One web worker: granian's WSGI server on the listening socket of the tree.

Granian's own process manager binds one socket per worker and starts each from nothing; ours shares one
socket and one loaded program. So this module, and no other, speaks to granian's worker directly; the
pinned version and tests/cli hold it in place.
"""

import asyncio
import importlib
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

HEADER_BYTES = 32 * 1024
"""The size at which a request's line and headers are refused; the server looks when its buffer, which
doubles, is full, so up to twice this may pass."""

HEADER_TIMEOUT_MS = 15_000
"""How long a client may take to send them."""

CONNECTIONS = 256
"""How many connections one worker holds; the rest waits in the kernel's queue."""

_IDLE_THREAD_SECONDS = 30
_BLOCKING_IO_THREADS = 4
_MULTIPART_EXTRA_BYTES = 1_000_000


def serve_wsgi(application: WsgiApplication, listener: socket.socket, *, threads: int, number: int) -> int:
    """Serve until SIGTERM or SIGINT, then finish the requests that have begun; return 0."""
    # Its stub describes an older constructor, so the compiled module is taken as it is.
    server: Any = importlib.import_module("granian._granian")
    futures: Any = importlib.import_module("granian._futures")
    signals: Any = importlib.import_module("granian._signals")
    from granian.http import HTTP1Settings
    from granian.wsgi import _callback_wrapper

    loop = asyncio.new_event_loop()
    stop = signals.set_sync_signals()
    stopped = threading.Event()
    stop.add_cb(stopped.set)
    http1 = HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS, max_buffer_size=HEADER_BYTES)
    plain: tuple[Any, ...] = (False, None, None, None, "tls1.3", None, [], False)
    # The holder owns the descriptor from here on and closes it on stop: then nobody listens any more.
    holder = server.SocketHolder(listener.detach(), False, CONNECTIONS)
    worker = server.WSGIWorker(
        number,
        (None, holder),
        None,  # no channel for metrics
        1,  # one thread of the server's runtime
        _BLOCKING_IO_THREADS,
        threads,
        _IDLE_THREAD_SECONDS,
        CONNECTIONS,
        "1",  # the proxy in front speaks HTTP/2 to the world, and HTTP/1.1 to us
        http1,
        None,
        None,  # static files are served by whitenoise, with their manifest
        *plain,
        (None, None),
    )
    limited = limit_body(application, largest_body())
    scheduler = futures._new_cbscheduler(loop, _callback_wrapper(limited, {}, None), impl_asyncio=True)  # noqa: SLF001 - see the top of this module
    worker.serve_mtr(scheduler, loop, stop)
    stopped.wait()
    return 0


def largest_body() -> int:
    """Return the most bytes any request may carry: a snapshot, or an upload by staff."""
    from entente.apps.kernel.config import config

    limits = config().limits
    return max(limits.snapshot_bytes, limits.upload_bytes, limits.order_bytes) + _MULTIPART_EXTRA_BYTES


def limit_body(application: WsgiApplication, largest: int) -> WsgiApplication:
    """Wrap `application` so that a body announced larger than `largest` is answered 413, unread.

    A body without an announced length is never read at all: Django reads as many bytes as Content-Length says.
    """

    def limited(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if length.isascii() and length.isdigit() and int(length) <= largest:
            return application(environ, start_response)
        body = b'{"type":"about:blank","status":413,"title":"Too large","limit_bytes":%d}' % largest
        headers = [
            ("Content-Type", "application/problem+json"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
        ]
        start_response("413 Content Too Large", headers)
        return [body]

    return limited
