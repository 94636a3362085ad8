"""Asking a partner: the guarded client, with credentials for the one origin that the exchange names.

The kernel's client sends no credentials, because it fetches what strangers point at. An exchange's address was entered
by a person of this service together with its credentials; all other guards stay as they are. What an answer holds lies
in a file without a name, so that a list of a gigabyte does not lie in memory.
"""

import contextlib
import mmap
import tempfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from typing_extensions import override

from entente.apps.kernel.config import config
from entente.apps.kernel.http import AddressRefused, GuardedClient
from entente.core.exchange.feeds.feed import MAX_PAGE_BYTES, Request, Response

if TYPE_CHECKING:
    import httpcore
    import httpx

    from entente.apps.kernel.http_transport import TimeLeft

SECONDS_PER_ANSWER: Final = 120.0
MOST_ANSWER_BYTES: Final = 1 << 30
_AUTHORIZATION: Final = "authorization"


class PartnerClient(GuardedClient):
    """Asks one partner at a time: every connection of a request goes to the origin it was made for."""

    _credentials: Mapping[str, str] = {}
    _origin: "tuple[str, str, int | None] | None" = None

    def ask(self, request: Request) -> Response:
        """Return the answer to a request, whatever its status.

        Raises AddressRefused for a redirect to another origin too, FetchTimeout, FetchFailed, FetchTooLarge.
        """
        secret = {name: value for name, value in request.headers.items() if name.lower() == _AUTHORIZATION}
        headers = {name: value for name, value in request.headers.items() if name not in secret}
        self._credentials, self._origin = secret, _origin(self._checked_url(request.url))
        try:
            with (
                self.stream(
                    request.url,
                    method=request.method,
                    headers=headers,
                    content=request.body,
                    max_bytes=MOST_ANSWER_BYTES,
                ) as answer,
                tempfile.TemporaryFile(dir=config().data_dir / "tmp") as file,
            ):
                for chunk in answer.chunks():
                    file.write(chunk)
                file.flush()
                size = file.tell()
                if size > MAX_PAGE_BYTES:
                    body: bytes | memoryview = memoryview(
                        mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
                    )
                else:
                    file.seek(0)
                    body = file.read()
                return Response(answer.status_code, dict(answer.headers), body)
        finally:
            self._credentials, self._origin = {}, None

    @override
    @contextlib.contextmanager
    def _one(
        self,
        method: str,
        url: "httpx.URL",
        headers: Mapping[str, str],
        content: bytes,
        left: "TimeLeft",
    ) -> "Iterator[tuple[httpcore.Response, str]]":
        if _origin(url) != self._origin:
            raise AddressRefused(_("The partner points to another address."), reason="redirect")
        with super()._one(method, url, {**headers, **self._credentials}, content, left) as found:
            yield found


def partner_client() -> PartnerClient:
    """Return this instance's client for partners, with the hosts of an exercise where it is one."""
    return PartnerClient(overrides=config().resolve, total_seconds=SECONDS_PER_ANSWER)


def _origin(url: "httpx.URL") -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
