"""The API: routers put together, described by OpenAPI 3.1."""

from ninja import NinjaAPI

from entente import __version__
from entente.api import actions, notices, orders, problems, snapshots
from entente.api.checking import endpoint as checking

api = NinjaAPI(
    title="Entente",
    version=__version__,
    description="Orders, notices, measures and receipts. Errors are problem documents (RFC 9457).",
    urls_namespace="api",
    docs_url=None,
)
for router in (orders.router, notices.router, actions.router, snapshots.router, checking.router):
    api.add_router("", router)
problems.install(api)
