"""/status, /site-map, and what is known of indexes, types of signals and types of content."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from entente.api.hma.gate import Asked, NothingThere, NotThroughHere, RequestUnreadable, answer, door
from entente.api.hma.names import CONTENT_TYPES, our_type, their_type
from entente.apps.banks import queries
from entente.apps.matching.hub import HubStatus, TypeStatus, hub
from entente.core.signals.registry import signal_types

ALIVE = "I-AM-ALIVE"


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def _live(asked: Asked) -> HttpResponse:
    del asked
    return _plain(ALIVE)


def _status(asked: Asked) -> HttpResponse:
    del asked
    found = _hub_status()
    if found.unknown == "not_ready" or any(one.state == "building" for one in found.types):
        return _plain("INDEX-NOT-LOADED", 503)
    return _plain("INDEX-STALE", 503) if found.unknown else _plain(ALIVE)


def _hub_status() -> HubStatus:
    """Return how the index of this process is, and let it begin if nobody has asked it yet."""
    mine = hub()
    mine.start()
    return mine.status()


def _root(asked: Asked) -> HttpResponse:
    del asked
    return HttpResponseRedirect(reverse("hma:status"))


def _site_map(asked: Asked) -> HttpResponse:
    del asked
    from entente.api.hma.urls import routes

    return answer(routes())


def _nothing(asked: Asked, rest: str) -> HttpResponse:
    del asked, rest
    raise NothingThere("There is no such address.")


def _types(asked: Asked) -> list[str]:
    """Return the types that a request is about, by our names."""
    alone = asked.text("signal_type")
    return [our_type(alone)] if alone else list(signal_types())


def _index_status(asked: Asked) -> HttpResponse:
    found = _hub_status()
    ready = {one.name: one for one in found.types if one.state == "ready"}
    read_at = -1 if found.seconds_behind is None else int(asked.at.timestamp() - found.seconds_behind)
    return answer({their_type(name): _present(ready.get(name), read_at) for name in _types(asked)})


def _present(one: TypeStatus | None, read_at: int) -> dict[str, Any]:
    if one is None:
        return {"present": False, "built_to": -1, "size": 0}
    return {"present": True, "built_to": read_at, "size": one.size}


def _index_sizes(asked: Asked) -> HttpResponse:
    """Return the sizes beside each other; the two newest are numbers of the change sequence, not times."""
    found = _hub_status()
    last = queries.last_change()
    sizes = {one.name: one.size for one in found.types if one.state == "ready"}
    body = {}
    for name in _types(asked):
        count, size = queries.standing_count(name), sizes.get(name, 0)
        body[their_type(name)] = {
            "db_size": count,
            "index_size": size,
            "index_out_of_date": count != size or found.reached < last,
            "newest_db_item": last,
            "index_built_to": found.reached,
        }
    return answer(body)


def _signal_types(asked: Asked) -> HttpResponse:
    del asked
    return answer([{"name": their_type(name), "enabled_ratio": 1.0} for name in signal_types()])


def _set_signal_type(asked: Asked, name: str) -> HttpResponse:
    """Take note that a type is fully on, as it always is: what is looked at is set bank by bank."""
    if name not in map(their_type, signal_types()):
        raise NothingThere("There is no type of signal of this name.")
    ratio = asked.json().get("enabled_ratio")
    if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not 0 <= ratio <= 1:
        raise RequestUnreadable("`enabled_ratio` is a number from 0 to 1.")
    if ratio != 1:
        raise NotThroughHere("A type of signal is on; turn banks up or down instead.")
    return HttpResponse(status=204)


def _content_types(asked: Asked) -> HttpResponse:
    del asked
    return answer([{"name": name, "enabled": True} for name in CONTENT_TYPES])


root = door(GET=_root)
nothing = door(GET=_nothing, POST=_nothing, PUT=_nothing, DELETE=_nothing)
status = door(GET=_status)
live = door(GET=_live)
site_map = door(GET=_site_map)
index_status = door(GET=_index_status)
index_sizes = door(GET=_index_sizes)
types_of_signals = door(GET=_signal_types)
type_of_signals = door(PUT=_set_signal_type)
types_of_content = door(GET=_content_types)
