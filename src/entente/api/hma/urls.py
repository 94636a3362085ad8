"""Every address below /hma/, under the names that the table of permissions knows."""

from django.urls import URLPattern, path

from entente.api.hma import banks, contents, exchanges, hashing, matching, status

app_name = "hma"
PREFIX = "/hma/"

urlpatterns: list[URLPattern] = [
    path("", status.root, name="root"),
    path("status", status.status, name="status"),
    path("status/live", status.live, name="live"),
    path("site-map", status.site_map, name="site_map"),
    path("h/hash", hashing.hash_file, name="hash"),
    path("m/raw_lookup", matching.raw_lookup, name="raw_lookup"),
    path("m/lookup", matching.lookup, name="lookup"),
    path("m/compare", matching.compare, name="compare"),
    path("m/index/status", status.index_status, name="index_status"),
    path("c/banks", banks.banks, name="banks"),
    path("c/bank/<str:bank_name>", banks.bank, name="bank"),
    path("c/bank/<str:bank_name>/content", contents.add_content, name="add_content"),
    path("c/bank/<str:bank_name>/signal", contents.add_signal, name="add_signal"),
    path("c/bank/<str:bank_name>/content/<int:number>", contents.content, name="content"),
    path("c/exchanges", exchanges.exchanges, name="exchanges"),
    path("c/exchanges/apis", exchanges.kinds, name="exchange_kinds"),
    path("c/exchanges/api/<str:api_name>", exchanges.kind, name="exchange_kind"),
    path("c/exchanges/api/<str:api_name>/schema", exchanges.schema, name="exchange_schema"),
    path("c/exchange/<str:exchange_name>", exchanges.exchange, name="exchange"),
    path("c/exchange/<str:exchange_name>/status", exchanges.exchange_status, name="exchange_status"),
    path("c/signal_type", status.types_of_signals, name="signal_types"),
    path("c/signal_type/index", status.index_sizes, name="index_sizes"),
    path("c/signal_type/<str:name>", status.type_of_signals, name="signal_type"),
    path("c/content_type", status.types_of_content, name="content_types"),
    path("<path:rest>", status.nothing, name="nothing"),
]


def routes() -> list[str]:
    """Return the addresses that answer something, as patterns."""
    return [PREFIX + str(one.pattern) for one in urlpatterns if one.name != "nothing"]
